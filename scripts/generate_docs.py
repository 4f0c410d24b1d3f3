"""Writes the reference pages from the code; with --check only says whether they are stale."""

from __future__ import annotations

import inspect
import os
import subprocess
import sys
from pathlib import Path

import click

from jettison.cli.main import COMMANDS, EXIT_MEANINGS, cli
from jettison.config.settings import KEYS, STEP_KEYS, TRIAL_KEYS
from jettison.imaging import Subject, compare_images, inspect_image
from jettison.oci import History, LayerBuilder, Platform, build_image
from jettison.report.difference.json import difference_to_json
from jettison.report.document import METHODS
from jettison.report.inspection.json import inspection_to_json
from jettison.report.rules.page import rule_markdown
from jettison.rules import all_rules

ROOT = Path(__file__).resolve().parent.parent
REFERENCE = ROOT / "docs" / "reference"
_GENERATED = "<!-- Made by scripts/generate_docs.py: change the code, not this page. -->\n\n"


def commands() -> str:
    """The page of all commands with their help."""
    paths = [(), *_commands()]
    parts = [_GENERATED, "# Commands\n"]
    for path in paths:
        title = " ".join(("jettison", *path))
        parts.append(f"\n## {title}\n\n```text\n{_help(path)}\n```\n")
    return "".join(parts)


def _commands() -> list[tuple[str, ...]]:
    found: list[tuple[str, ...]] = []
    for name in COMMANDS:
        found.append((name,))
        command = cli.get_command(click.Context(cli), name)
        if isinstance(command, click.Group):
            found += [(name, inner) for inner in command.commands]
    return found


def _help(path: tuple[str, ...]) -> str:
    code = "import sys; sys.argv[0] = 'jettison'; from jettison.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", code, *path, "--help"],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "COLUMNS": "90", "NO_COLOR": "1"},
    )
    return "\n".join(line.rstrip() for line in done.stdout.strip().splitlines())


def rules() -> str:
    """The page of all rules, from their modules' docstrings and examples."""
    parts = [
        f"{_GENERATED}# Rules\n\n| code | name | problem | kind | changes | level |\n",
        "| --- | --- | --- | --- | --- | --- |\n",
    ]
    parts += [
        f"| [{rule.code}](#{rule.code.lower()}-{rule.name}) | {rule.name} | {rule.summary} "
        f"| {rule.kind.value} | {rule.grade.value} | {rule.level.word} |\n"
        for rule in all_rules()
    ]
    parts += [f"\n{rule_markdown(rule, heading='##')}" for rule in all_rules()]
    return "".join(parts)


def settings() -> str:
    """The page of the settings files."""
    page = (Path(__file__).parent / "settings.md.in").read_text("utf-8")
    tables = (("@KEYS@\n", KEYS), ("@TRIAL_KEYS@\n", TRIAL_KEYS), ("@STEP_KEYS@\n", STEP_KEYS))
    for mark, keys in tables:
        rows = "".join(f"| `{key}` | {meaning} |\n" for key, meaning in keys.items())
        page = page.replace(mark, rows)
    return _GENERATED + page


def exit_codes() -> str:
    """The page of the exit codes."""
    page = (Path(__file__).parent / "exit-codes.md.in").read_text("utf-8")
    rows = "".join(f"| {int(code)} | {said} |\n" for code, said in EXIT_MEANINGS.items())
    return _GENERATED + page.replace("@CODES@\n", rows)


def report() -> str:
    """The page of report.json."""
    page = (Path(__file__).parent / "report.md.in").read_text("utf-8")
    rows = "".join(f"| `{name}` | {method} |\n" for name, method in METHODS.items())
    return _GENERATED + page.replace("@METHODS@\n", rows)


def images() -> str:
    """The page of what the commands about images print with --json, on an image made here."""
    platform = Platform("linux", "amd64")
    lower = LayerBuilder().file("usr/bin/app", b"a" * 900, mode=0o755).file("tmp/x", b"x" * 100)
    upper = LayerBuilder().whiteout("tmp/x").file("srv/.git/HEAD", b"ref: refs/heads/main\n")
    history = [History(created_by="COPY app /usr/bin/"), History(created_by="COPY . /srv")]
    inspections = []
    for name, layers in (("app:1", [lower]), ("app:2", [lower, upper])):
        image = build_image(layers, platform=platform, history=history[: len(layers)])
        unknown = (None,) * len(layers)
        subject = Subject(name, "archive", image.config, image.layers, unknown)
        inspections.append(inspect_image(subject))
    parts = [_GENERATED, "# JSON of the commands about images\n"]
    for command, function, shown in (
        ("inspect", inspection_to_json, inspection_to_json(inspections[1])),
        ("diff", difference_to_json, difference_to_json(compare_images(*inspections))),
    ):
        words = (inspect.getdoc(function) or "").replace("``", "`")
        parts.append(f"\n## jettison {command} --json\n\n{words}\n\n```json\n{shown}```\n")
    return "".join(parts)


def main() -> int:
    """0 when the pages are written or, with --check, are as the code says."""
    pages = {
        "commands.md": commands(),
        "rules.md": rules(),
        "settings.md": settings(),
        "exit-codes.md": exit_codes(),
        "report.md": report(),
        "images.md": images(),
    }
    stale = []
    for name, text in pages.items():
        path = REFERENCE / name
        if path.is_file() and path.read_text("utf-8") == text:
            continue
        stale.append(name)
        if "--check" not in sys.argv[1:]:
            path.write_text(text, "utf-8")
    if stale and "--check" in sys.argv[1:]:
        sys.stderr.write(f"stale: {', '.join(stale)}; run scripts/generate_docs.py\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
