"""The lab's commands."""

import argparse
import json
import os
import shlex
import shutil
import signal
from collections.abc import Sequence
from types import FrameType

from lab.apt import put_usr_bin_first
from lab.check import check
from lab.down import down
from lab.engine import SOCKET, Engine, find_engine
from lab.errors import LabError
from lab.folders import Folders
from lab.registry import Registry
from lab.status import render, survey
from lab.up import up


def main(arguments: Sequence[str]) -> int:
    """Run one command and return its exit code."""
    options = _parser().parse_args(arguments)
    path = os.environ.get("PATH", "")
    put_usr_bin_first()
    signal.signal(signal.SIGTERM, _interrupt)
    folders = Folders.from_environment()
    try:
        match options.command:
            case "up":
                up(folders, options.base)
                return 0
            case "down":
                down(folders, purge=options.purge)
                return 0
            case "status":
                status = survey(folders)
                print(json.dumps(status.as_json(), indent=2) if options.json else render(status))
                return 0 if status.complete else 1
            case "env":
                return _environment(folders, path)
            case _:
                return check(folders, only=options.base)
    except LabError as error:
        print(f"lab: {error}", flush=True)
        return error.exit_code
    except KeyboardInterrupt:
        print("lab: interrupted", flush=True)
        return 130


def _parser() -> argparse.ArgumentParser:
    """The command line."""
    parser = argparse.ArgumentParser(prog="lab", description="A container lab for Jettison.")
    commands = parser.add_subparsers(dest="command", required=True)
    up_parser = commands.add_parser(
        "up", help="engine, registry and base images; quick when all is there"
    )
    up_parser.add_argument("base", nargs="*", help="further base images that not every lab has")
    down_parser = commands.add_parser("down", help="stop what up started")
    down_parser.add_argument("--purge", action="store_true", help="delete the lab's folder, too")
    status = commands.add_parser("status", help="what runs, and which bases are stand-ins")
    status.add_argument("--json", action="store_true", help="for programs")
    commands.add_parser("env", help='exports for a shell: eval "$(lab/lab env)"')
    checks = commands.add_parser("check", help="build and run something small on every base")
    checks.add_argument("base", nargs="*", help="only these references")
    return parser


def _environment(folders: Folders, path: str) -> int:
    """Print shell exports for the engine and the registry."""
    engine = find_engine(folders)
    if not isinstance(engine, Engine):
        raise LabError("no engine is up; run: lab/lab up")
    if shutil.which("docker", path=path) != engine.client:
        print(f"export PATH={shlex.quote(f'/usr/bin:{path}')}")
    if engine.ours and {"DOCKER_HOST", "DOCKER_CONTEXT"} & set(os.environ):
        print(f"export DOCKER_HOST=unix://{SOCKET}")
    registry = Registry(folders)
    if registry.running():
        print(f"export JETTISON_LAB_REGISTRY={registry.address}")
    return 0


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    """End as on Ctrl-C."""
    raise KeyboardInterrupt
