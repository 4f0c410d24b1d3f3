"""What a server of Node is started with, and what else is run where its packages are."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

from jettison.analysis.package_runs import sharing
from jettison.analysis.running.documented import documented
from jettison.analysis.running.overlaid import overlaid
from jettison.analysis.running.started import started
from jettison.patterns import regex

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jettison.analysis.facts import Facts
    from jettison.analysis.node.following import Followed
    from jettison.analysis.project import Target
    from jettison.analysis.running.started import StartedCommand

__all__ = ["command_beside", "next_settings", "other_command", "own_commands"]

_RUNNERS = frozenset({"npm", "yarn", "pnpm", "bun", "npx", "bunx"})
_CHECKS = frozenset("curl wget nc node exit true test [ echo grep".split())
_SHELL = frozenset("echo set exec sleep sh bash ash docker-entrypoint.sh".split())
_BY_HAND = frozenset(
    "sh bash ash ls cat env printenv curl wget ps top tail date id whoami kill nc ping".split()
)
_PORT = regex(r"\$(PORT|\{PORT(:-3000)?\})$")


def own_commands(facts: Facts, target: Target) -> Iterator[StartedCommand]:
    """The commands that start the services, without their health checks."""
    for one in sharing(facts, target):
        for command in facts.of(started, one).at_run_time:
            if "health check" not in command.origin:
                yield command


def command_beside(facts: Facts, target: Target, start: Followed) -> str:
    """What the services start besides one program, for a person; or ``""``."""
    package = start.member.package
    for command in own_commands(facts, target):
        words = _from_program(command)
        runner = command.program in _RUNNERS
        if runner and (package.script(words) or _without_runner(words) == start.words):
            continue
        if words and start.words[: len(words)] == words:
            continue
        if command.program not in _SHELL:
            return f"{command.origin} runs `{' '.join(words[:3])}`"
    return ""


def other_command(facts: Facts, target: Target, start: Followed) -> str:
    """What is run besides the server and needs its packages, for a person; or ``""``."""
    beside = command_beside(facts, target, start)
    if beside:
        return beside
    for one in sharing(facts, target):
        for command in facts.of(started, one).at_run_time:
            if "health check" in command.origin and command.program not in _CHECKS:
                return f"{command.origin} runs `{command.program}`"
        for command in (*overlaid(facts, one), *documented(facts, one)):
            if command.program not in _BY_HAND:
                return f"{command.origin} runs `{' '.join(command.words[:3])}` in its image"
    return ""


def next_settings(target: Target, options: tuple[str, ...]) -> tuple[str, ...] | str:
    """The variables that say to Next.js's own server what ``next start`` is told, or a reason."""
    found = {"HOSTNAME": "0.0.0.0", "PORT": ""}  # noqa: S104
    checks = [run.check for run in target.runs]
    check = target.state.healthcheck
    checks += [check.argv or (check.command,)] if check is not None and not check.disabled else []
    if any("localhost" in word for words in checks for word in words):
        found["HOSTNAME"] = "::"  # `next start` listens there, and localhost may mean ::1
    at = 0
    while at < len(options):
        head, equals, value = options[at].partition("=")
        if head not in ("-p", "--port", "-H", "--hostname"):
            return f"`next start` is told {head}"
        value = value if equals else "".join(options[at + 1 : at + 2])
        at += 1 if equals else 2
        found["PORT" if head in ("-p", "--port") else "HOSTNAME"] = value
    if _PORT.match(found["PORT"]):
        found["PORT"] = ""
    for name, value in found.items():
        if value and not re.fullmatch(r"[\w.:]+", value):
            return f"`next start` is told {value}"
        given = {run.environment.get(name) for run in target.runs if name in run.environment}
        if value and given - {value}:
            return f"{name} is set to something else"
        if value and name == "HOSTNAME" and target.state.env.get(name, value) != value:
            return f"{name} is set to something else"
    return tuple(
        f"{name}={value}"
        for name, value in found.items()
        if value and target.state.env.get(name) != value
    )


def _from_program(command: StartedCommand) -> tuple[str, ...]:
    """The words from the program on, without what wraps it."""
    words = command.words
    at = next((i for i, w in enumerate(words) if posixpath.basename(w) == command.program), 0)
    return words[at:]


def _without_runner(words: tuple[str, ...]) -> tuple[str, ...]:
    rest = words[2:] if words[1:2] in (("exec",), ("run",), ("x",)) else words[1:]
    return tuple(word for word in rest if word not in ("--yes", "-y", "--no-install", "--"))
