"""Every command that a target's containers run, followed into the project's shell scripts."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass
from typing import TYPE_CHECKING

from jettison.analysis.copies import context_path, placements
from jettison.analysis.installs import read_installs
from jettison.dockerfile import Run
from jettison.shell import parse_commands
from jettison.source import SourceText

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jettison.analysis.project import ServiceRun, Target

_SHELLS = frozenset({"sh", "bash", "dash", "ash", "zsh"})
_SHEBANG_SHELLS = tuple(f"{name}" for name in _SHELLS)
_MAX_SCRIPT_BYTES = 1024 * 1024
_WRAPPERS = frozenset(
    {"exec", "env", "nice", "nohup", "sudo", "time", "timeout", "tini", "dumb-init", "gosu"}
    | {"su-exec", "setpriv", "stdbuf", "ionice", "command"}
)


@dataclass(frozen=True, slots=True)
class CommandUse:
    """One simple command; ``words`` have their quotes removed, a word with a variable as written.

    ``origin`` says for a person where it stands; ``check`` marks a health check's.
    """

    words: tuple[str, ...]
    origin: str
    service: str
    check: bool = False

    @property
    def program(self) -> str:
        """The base name of the program, behind wrappers such as ``exec`` and ``env``."""
        for word in self.words:
            name = posixpath.basename(word)
            assignment = "=" in word and not word.startswith("-")
            if name not in _WRAPPERS and not assignment and not word.startswith("-"):
                return name
        return ""


@dataclass(frozen=True, slots=True)
class CommandReach:
    """The commands that a target's containers run, and the context files that they name."""

    uses: tuple[CommandUse, ...]
    files: frozenset[str]

    @property
    def programs(self) -> frozenset[str]:
        """The base names of the programs run."""
        return frozenset(use.program for use in self.uses)


def command_reach(target: Target) -> CommandReach:
    """What the services that run ``target`` start, health checks included.

    The image's own command counts although every service may override it, and so do RUNs that do
    more than install packages: their ``service`` is ``""``.

    A word that names a file of the image is looked up in the context, through the COPY that puts
    it there; shell scripts found so are read in turn.
    """
    walker = _Walker(target)
    for run in target.runs:
        walker.argv(run.argv, f"{run.service}'s command", run.service, check=False)
        walker.argv(_check_words(run), f"{run.service}'s health check", run.service, check=True)
    state = target.state
    own = (*(state.entrypoint or ()), *(state.cmd or ()))
    walker.argv(own, "the image's command", "", check=False)
    replaced = {run.step.instruction.line for run in read_installs(target).runs if run.pure}
    for step in target.steps:
        inner = step.instruction
        if isinstance(inner, Run) and inner.argv is None and inner.line not in replaced:
            walker.script(inner.command, f"{target.dockerfile_name}:{inner.line}", "", check=False)
    return CommandReach(tuple(walker.uses), frozenset(walker.files))


def _check_words(run: ServiceRun) -> tuple[str, ...]:
    match run.check:
        case ("CMD-SHELL", text, *_):
            return ("/bin/sh", "-c", text)
        case ("CMD", *words):
            return tuple(words)
        case _:
            return ()


class _Walker:
    def __init__(self, target: Target) -> None:
        self.target = target
        self.places = placements(target)
        self.known = {file.path: file.kind for file in target.files.files}
        self.uses: list[CommandUse] = []
        self.files: set[str] = set()

    def argv(self, words: tuple[str, ...], origin: str, service: str, *, check: bool) -> None:
        """Takes a command in exec form."""
        if not words:
            return
        use = CommandUse(words, origin, service, check)
        if use.program in _SHELLS:
            text = _inline_script(words)
            if text is not None:
                self.script(text, origin, service, check=check)
                return
        self._take(use)

    def script(self, text: str, origin: str, service: str, *, check: bool) -> None:
        """Takes every simple command of a shell script."""
        for command in parse_commands(text).commands:
            words = tuple(word.unquoted for word in command.words)
            if words:
                self.argv(words, origin, service, check=check)

    def _take(self, use: CommandUse) -> None:
        self.uses.append(use)
        for word in use.words:
            for path in self._context_files(word):
                if path not in self.files:
                    self.files.add(path)
                    self._follow(path, use)

    def _context_files(self, word: str) -> Iterator[str]:
        bare = word.partition("=")[2] if word.startswith("-") and "=" in word else word
        if not bare or bare.startswith("-") or "$" in bare or "://" in bare:
            return
        absolute = posixpath.normpath(posixpath.join(self.target.state.workdir, bare))
        path = context_path(self.places, absolute)
        if path and path in self.known:
            yield path

    def _follow(self, path: str, use: CommandUse) -> None:
        file = self.target.context / path
        if file.is_symlink() or not file.is_file() or file.stat().st_size > _MAX_SCRIPT_BYTES:
            return
        source = SourceText.read(file, path)
        first = source.line_text(1) if source.text else ""
        is_shell = path.endswith(".sh") or (
            first.startswith("#!") and any(f"{name}" in first for name in _SHEBANG_SHELLS)
        )
        if is_shell:
            self.script(source.text, path, use.service, check=use.check)


def _inline_script(words: tuple[str, ...]) -> str | None:
    """The script of ``sh -c SCRIPT`` (also ``-lc``, ``-ec`` …), or ``None``."""
    for index, word in enumerate(words[:-1]):
        if word.startswith("-") and not word.startswith("--") and "c" in word[1:]:
            return words[index + 1]
    return None
