"""Programs that run another program: which word of a command does the work."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jettison.shell.syntax import Command, Word

__all__ = ["is_shell", "reads_script", "shell_argument", "unwrap"]

_SHELLS: Final = frozenset({"sh", "bash", "dash", "ash", "zsh", "ksh"})
_ASSIGNMENT: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\+?=")
# Each with its options that take the next word as their value.
_WRAPPERS: Final = {
    "builtin": "",
    "chroot": "",
    "chrt": "",
    "command": "",
    "conda": "-n --name -p --prefix --cwd",
    "doas": "-u -C",
    "eatmydata": "",
    "env": "-u --unset -C --chdir -S --split-string",
    "exec": "-a",
    "fakeroot": "",
    "gosu": "",
    "ionice": "-c -n -p",
    "mamba": "-n --name -p --prefix --cwd",
    "micromamba": "-n --name -p --prefix --cwd",
    "nice": "-n --adjustment",
    "nohup": "",
    "setarch": "",
    "stdbuf": "-i -o -e --input --output --error",
    "su-exec": "",
    "sudo": "-u --user -g --group -h --host -p --prompt -C -D --chdir -r -t -T -U",
    "time": "-f --format -o --output",
    "timeout": "-k --kill-after -s --signal",
    "xargs": "-I -n -P -d -L -s -a -E",
}
_OPERANDS: Final = {"chroot": 1, "gosu": 1, "setarch": 1, "su-exec": 1, "timeout": 1, "chrt": 1}

_BY_RUN: Final = frozenset({"conda", "mamba", "micromamba"})
"""Those that run another program when they are told ``run``."""


def unwrap(command: Command) -> tuple[Word, ...]:
    """The words from the program that does the work on, past ``sudo``, ``env A=b`` and the like."""
    at = 0
    words = command.words
    while at < len(words) and (name := _name(words[at])) in _WRAPPERS:
        if name in _BY_RUN:
            if at + 1 == len(words) or words[at + 1].unquoted != "run":
                break
            at += 1
        at = _after_wrapper(words, at + 1, name)
    return words[at:]


def _after_wrapper(words: tuple[Word, ...], at: int, name: str) -> int:
    valued = _WRAPPERS[name].split()
    while at < len(words) and words[at].unquoted.startswith("-"):
        option = words[at].unquoted
        at += 1
        if option == "--":
            break
        at += option in valued
    while at < len(words) and name in ("env", "sudo") and _ASSIGNMENT.match(words[at].unquoted):
        at += 1
    return min(at + _OPERANDS.get(name, 0), len(words))


def is_shell(words: Sequence[str]) -> bool:
    """Whether a SHELL instruction's words name a shell that this package reads.

    PowerShell and cmd are none: leave what they are given alone.
    """
    return bool(words) and words[0].rpartition("/")[2] in _SHELLS


def shell_argument(command: Command) -> int | None:
    """The number of the word that a shell, or ``su``, is given to run with ``-c``."""
    words = unwrap(command)
    skipped = len(command.words) - len(words)
    if not words:
        return None
    if _name(words[0]) in ("su", "runuser"):
        options = [word.unquoted for word in words]
        at = next((n for n, text in enumerate(options) if text in ("-c", "--command")), len(words))
        return skipped + at + 1 if at + 1 < len(words) else None
    if _name(words[0]) not in _SHELLS:
        return None
    at, runs = _after_options(words)
    return skipped + at if runs and at < len(words) else None


def reads_script(command: Command) -> bool:
    """Whether the command is a shell that runs what it reads."""
    words = unwrap(command)
    if not words or _name(words[0]) not in _SHELLS:
        return False
    at, runs = _after_options(words)
    options = [word.unquoted for word in words[1:at]]
    return not runs and (at == len(words) or "-s" in options or words[at].unquoted == "-")


def _after_options(words: tuple[Word, ...]) -> tuple[int, bool]:
    """The number of a shell's first operand, and whether ``-c`` stands before it."""
    at = 1
    runs = False
    while at < len(words) and words[at].unquoted[:1] in ("-", "+") and len(words[at].unquoted) > 1:
        option = words[at].unquoted
        at += 1
        if option == "--":
            break
        if not option.startswith("--"):
            runs = runs or (option.startswith("-") and "c" in option)
            at += option[-1] in "oO"
        elif option in ("--rcfile", "--init-file"):
            at += 1
    return at, runs


def _name(word: Word) -> str:
    return (word.value or "").rpartition("/")[2]
