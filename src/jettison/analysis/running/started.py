"""The words of all that an image runs: at its build, at its start, in its health checks."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from jettison.analysis.landing import brought_from, landings, project_path
from jettison.analysis.package_runs import feeding_stages
from jettison.dockerfile import Run
from jettison.patterns import regex
from jettison.record import record
from jettison.shell import Verb, package_calls, parse_commands, unwrap

if TYPE_CHECKING:
    from collections.abc import Iterable

    from jettison.analysis.facts import Facts
    from jettison.analysis.landing import Landing
    from jettison.analysis.project import Target

__all__ = ["Started", "StartedCommand", "started", "starts_something"]

_SHELLS = frozenset({"sh", "bash", "dash", "ash", "zsh", "ksh"})
_RUNNERS = frozenset({"npm", "yarn", "pnpm", "bun"})
_SEVERAL = frozenset({"concurrently", "npm-run-all", "run-p", "run-s"})
_MOST_SCRIPTS = 50
_STARTS_A_SHELL = frozenset(
    "scratch alpine amazonlinux archlinux buildpack-deps busybox bun cargo centos clojure composer "
    "dart debian deno elixir erlang fedora gcc golang gradle groovy haskell julia maven node "
    "openjdk eclipse-temurin amazoncorretto oraclelinux perl php pypy python r-base rockylinux "
    "ruby rust sdk swift ubuntu".split()
)
_STARTS_A_SERVER = regex(r"\b(apache|fpm|onbuild)\b")


@record
class StartedCommand:
    """A simple command; ``origin`` says for a person where it stands.

    ``line`` is that of its RUN, 0 for what runs when a container runs. ``stage`` is the RUN's.
    ``service`` is the one whose own command it is, or belongs to; ``""`` for the image's.
    """

    words: tuple[str, ...]
    origin: str
    line: int = 0
    stage: int = -1
    program: str = ""
    service: str = ""


@record
class Started:
    """All commands, package managers' installs left out; ``scripts`` are the files followed."""

    commands: tuple[StartedCommand, ...]
    scripts: frozenset[str]

    @property
    def at_run_time(self) -> tuple[StartedCommand, ...]:
        """The commands that run when a container runs."""
        return tuple(command for command in self.commands if not command.line)

    @property
    def programs(self) -> frozenset[str]:
        """The base names of all programs."""
        return frozenset(command.program for command in self.commands)


def starts_something(target: Target) -> bool:
    """Whether a service runs the image, or it has a command; else it is a base, or for its tools.

    The command may be that of the image it starts from, but for a shell or an interpreter.
    """
    written = any(step.instruction.keyword in ("CMD", "ENTRYPOINT") for step in target.steps)
    name, _, tag = target.base.partition("@")[0].rpartition("/")[2].partition(":")
    return (
        written
        or bool(target.services)
        or name not in _STARTS_A_SHELL
        or _STARTS_A_SERVER.search(tag) is not None
    )


def started(facts: Facts, target: Target) -> Started:
    """The commands of a target's services and health checks, its image and its RUNs.

    Shell scripts of the context that a command names are read in turn.
    """
    stages = sorted(feeding_stages(target.dockerfile, target.stage.index))
    landed = landings(target, tuple(s for stage in stages for s in target.all_steps[stage]))
    walker = _Walker(facts, target, landed)
    for run in target.runs:
        walker.service = run.service if run.overrides_command else ""
        walker.argv(run.argv, f"{run.service or 'the image'}'s command")
        walker.argv(_check_words(run.check), f"{run.service or 'the image'}'s health check")
    walker.service = ""
    state = target.state
    walker.argv((*(state.entrypoint or ()), *(state.cmd or ())), "the image's command")
    if state.healthcheck is not None and not state.healthcheck.disabled:
        check = state.healthcheck
        walker.argv(check.argv or ("/bin/sh", "-c", check.command), "the image's health check")
    for stage in stages:
        for step in target.all_steps[stage]:
            inner = step.instruction
            if not isinstance(inner, Run):
                continue
            origin = f"{target.dockerfile_name}:{inner.line}"
            walker.line, walker.stage = inner.line, stage
            walker.workdir = step.before.workdir
            if inner.argv is not None:
                walker.argv(inner.argv, origin)
            else:
                walker.script(inner.script.text if inner.script else inner.command, origin)
    return Started(tuple(walker.found), frozenset(walker.scripts))


def _check_words(check: tuple[str, ...]) -> tuple[str, ...]:
    match check:
        case ("CMD-SHELL", text, *_):
            return ("/bin/sh", "-c", text)
        case ("CMD", *words):
            return tuple(words)
        case _:
            return ()


class _Walker:
    def __init__(self, facts: Facts, target: Target, landed: tuple[Landing, ...]) -> None:
        self.facts = facts
        self.target = target
        self.landed = landed
        self.found: list[StartedCommand] = []
        self.scripts: set[str] = set()
        self.packages: set[tuple[str, str]] = set()
        self.line, self.stage = 0, -1
        self.service = ""
        self.workdir = target.state.workdir

    def argv(self, words: tuple[str, ...], origin: str) -> None:
        """Takes a command in exec form."""
        if not words:
            return
        name = posixpath.basename(words[0])
        if name in _SHELLS:
            for at, word in enumerate(words[:-1]):
                if word.startswith("-") and not word.startswith("--") and "c" in word[1:]:
                    self.script(words[at + 1], origin)
                    return
        self._take(words, name, origin)

    def script(self, text: str, origin: str) -> None:
        """Takes every simple command of a shell script but, in a RUN, package managers' calls."""
        script = parse_commands(text)
        calls = package_calls(script) if self.line else ()
        installs = {call.command.span for call in calls if call.verb is not Verb.RUN}
        for command in script.commands:
            words = tuple(word.unquoted for word in command.words)
            if words and command.span not in installs:
                inner = unwrap(command)
                program = inner[0].unquoted if inner else words[0]
                if posixpath.basename(words[0]) in _SHELLS:
                    self.argv(words, origin)
                else:
                    self._take(words, posixpath.basename(program), origin)

    def _take(self, words: tuple[str, ...], program: str, origin: str) -> None:
        place = (self.line, self.stage)
        self.found.append(StartedCommand(words, origin, *place, program, self.service))
        if program in _RUNNERS:
            self._script(words)
        if program in _SEVERAL:
            self._several(words[1:], origin, quoted=program == "concurrently")
        self._follow(words)

    def _several(self, words: tuple[str, ...], origin: str, *, quoted: bool) -> None:
        """Takes the commands, or the names of scripts, that a program of Node runs side by side."""
        for word in words:
            if " " in word and quoted:
                self.script(word, origin)
            elif not word.startswith("-"):
                self._script(("npm", "run", word.removeprefix("npm:")))

    def _script(self, words: tuple[str, ...]) -> None:
        """Takes the script of a package.json that a command runs, in a workspace or here."""
        from jettison.analysis.node_packages import (  # noqa: PLC0415  (only for Node)
            Packages,
            script_of,
        )

        found = script_of(Packages(self.facts, self.target, self.landed), words, self.workdir)
        if found is None:
            return
        member, name = found
        if (member.path, name) in self.packages:
            return
        self.packages.add((member.path, name))
        scripts = member.package.scripts
        for each in (f"pre{name}", name, f"post{name}"):
            if each in scripts:
                self.script(scripts[each], f"the script {each} of {member.path}")

    def _follow(self, words: Iterable[str]) -> None:
        for word in words:
            if word.startswith("-") or "$" in word or "://" in word or not word.strip():
                continue
            place = posixpath.normpath(posixpath.join(self.workdir, word))
            path = brought_from(self.target, self.landed, place)
            if not path or path in self.scripts or len(self.scripts) >= _MOST_SCRIPTS:
                continue
            source = self.facts.tree.read(project_path(self.target, path))
            if source is None:
                continue
            first = source.text.partition("\n")[0]
            shebang = first.startswith("#!") and any(shell in first for shell in _SHELLS)
            self.scripts.add(path)
            if path.endswith(".sh") or shebang:
                self.script(source.text, path)
