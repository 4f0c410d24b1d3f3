"""The project's own tests, run against a launched side: on this machine, or in a container.

Only the command line asks for a test on this machine, never a project's settings: a folder that
somebody else wrote runs nothing outside of containers. Such a test runs in a copy of the project,
as the user who called, with the user's environment and variables that tell where the stack is.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import tempfile
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import IO, TYPE_CHECKING

from jettison.changes.copying import copy_tree
from jettison.engine.running import TOO_LONG
from jettison.errors import ProjectError
from jettison.source import without_escapes
from jettison.trial.asking.passed_tests import passed_tests
from jettison.trial.asking.services import where_of
from jettison.trial.interrupts import uninterrupted
from jettison.trial.labels import SIDE_VARIABLE
from jettison.trial.learned import HOST, Command, Ran
from jettison.trial.model import Side as Name

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from jettison.engine import ContainerState
    from jettison.trial.launching.reach import Addresses
    from jettison.trial.model import Answer, Probe
    from jettison.trial.outcomes import Observation
    from jettison.trial.sides import Side, Watched

__all__ = ["run_here", "run_tests", "variables"]

_NOT_RUN = 126
_MOST_LINES = 12
_MOST_BYTES = 64 * 1024
_GRACE_SECONDS = 5.0


def run_tests(
    side: Side,
    watched: Watched,
    states: Mapping[str, ContainerState],
    before: Observation | None,
) -> dict[Command, Ran]:
    """How the tests end that were asked for, one after another.

    With ``before`` only those that passed there are run; one that fails, or says that fewer tests
    passed, has a second try, as tests may fail by chance.
    """
    wanted = side.settings.tests
    if before is not None:
        wanted = tuple(c for c in wanted if c in before.ran and before.ran[c].proves)
    found: dict[Command, Ran] = {}
    if not wanted:
        return found
    name = Name.BEFORE if before is None else Name.AFTER
    known = variables(name, where_of(side, watched, states), watched.answers)
    with _copy_of(side, wanted) as folder:
        for command in wanted:
            side.progress.status(f"running the test {command.name}")
            ran = _ran(side, states, command, folder, known)
            if before is not None and ran.worse_than(before.ran[command]):
                side.progress.status(f"running the test {command.name} once more")
                ran = replace(_ran(side, states, command, folder, known), again=True)
            found[command] = ran
            side.progress.say(f"the test {command.name} {_end_of(ran)} {name.value} the change")
    return found


def _end_of(ran: Ran) -> str:
    if ran.exit_code:
        return f"failed, exit code {ran.exit_code}"
    counted = "" if ran.passed is None else f" ({ran.passed} tests)"
    return f"passed{counted}" if ran.proves else "ran no test"


def variables(name: Name, places: Addresses, answers: Mapping[Probe, Answer]) -> dict[str, str]:
    """What tells a test where a side is: by service and port, and a URL by service.

    The URL is that of the service's first port that answered in HTTP.
    """
    told = {SIDE_VARIABLE: name.value}
    speaks = {(probe.service, probe.port) for probe, one in answers.items() if one.status}
    for (service, port), (host, number) in places.items():
        known = re.sub(r"[^A-Z0-9]", "_", service.upper())
        told[f"JETTISON_{known}_{port}"] = f"{host}:{number}"
        if (service, port) in speaks:
            told.setdefault(f"JETTISON_URL_{known}", f"http://{host}:{number}")
    return told


@contextmanager
def _copy_of(side: Side, wanted: tuple[Command, ...]) -> Iterator[Path | str]:
    """A copy of the side's tree under the project's own name; or why there is none."""
    if all(command.service != HOST for command in wanted):
        yield "no copy was needed"
        return
    tree = side.stack.binds.tree
    holder = Path(tempfile.mkdtemp(prefix=f"{tree.name}.tests-", dir=tree.parent))
    folder = holder / (side.stack.binds.root.name or "project")
    try:
        side.progress.status("copying the project for its tests")
        try:
            copy_tree(tree, folder)
        except ProjectError as error:
            yield str(error)
        else:
            yield folder
    finally:
        shutil.rmtree(holder, ignore_errors=True)


def _ran(
    side: Side,
    states: Mapping[str, ContainerState],
    command: Command,
    folder: Path | str,
    known: Mapping[str, str],
) -> Ran:
    seconds = side.settings.timeout_seconds
    if command.service != HOST:
        state = states.get(command.service)
        if state is None or state.status != "running":
            return Ran(_NOT_RUN, (), "it does not run")
        done = side.engine.execute(state.container_id, command.words, seconds)
        code, text = done.exit_code, f"{done.stdout}\n{done.stderr}"
    elif isinstance(folder, str):
        return Ran(_NOT_RUN, (), folder)
    else:
        code, text = run_here(command.words, folder, {**os.environ, **known}, seconds)
    plain = without_escapes(text)
    written = plain.splitlines()
    lines = tuple(line.rstrip() for line in written if line.strip())[-_MOST_LINES:]
    said = f"ended after {seconds:.0f} s" if code == TOO_LONG else (lines or ("",))[-1].strip()
    return Ran(code, lines, said, passed=passed_tests(plain))


def run_here(
    words: tuple[str, ...], folder: Path, environment: Mapping[str, str], seconds: float
) -> tuple[int, str]:
    """The exit code of a command on this machine, and the end of what it wrote.

    It is ended after ``seconds``, with 124. What it started and left running is ended with it.
    """
    with tempfile.TemporaryFile() as output:
        try:
            process = subprocess.Popen(
                words,
                cwd=folder,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        except OSError as error:
            return _NOT_RUN, f"{words[0]}: {error.strerror}"
        try:
            code = process.wait(seconds)
        except subprocess.TimeoutExpired:
            code = TOO_LONG
        finally:
            with uninterrupted():
                _end(process)
        return code, _tail(output)


def _end(process: subprocess.Popen[bytes]) -> None:
    """Ends the command's group of processes: asks those that still run first, then does not."""
    if process.poll() is None:
        _send(process.pid, signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            process.wait(_GRACE_SECONDS)
    _send(process.pid, signal.SIGKILL)
    process.wait()


def _send(group: int, number: int) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(group, number)


def _tail(output: IO[bytes]) -> str:
    size = output.seek(0, os.SEEK_END)
    output.seek(max(0, size - _MOST_BYTES))
    return output.read().decode("utf-8", "replace")
