"""Programs that run another program: which word of a command does the work."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from jettison.shell.syntax import Command, Word

__all__ = ["shell_argument", "unwrap"]

_SHELLS: Final = frozenset({"sh", "bash", "dash", "ash", "zsh", "ksh"})
_ASSIGNMENT: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\+?=")
# Each with its options that take the next word as their value.
_WRAPPERS: Final = {
    "builtin": "",
    "chroot": "",
    "chrt": "",
    "command": "",
    "doas": "-u -C",
    "eatmydata": "",
    "env": "-u --unset -C --chdir -S --split-string",
    "exec": "-a",
    "fakeroot": "",
    "gosu": "",
    "ionice": "-c -n -p",
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


def unwrap(command: Command) -> tuple[Word, ...]:
    """The words from the program that does the work on, past ``sudo``, ``env A=b`` and the like."""
    at = 0
    words = command.words
    while at < len(words) and (name := _name(words[at])) in _WRAPPERS:
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


def shell_argument(command: Command) -> int | None:
    """The number of the word that a shell is given to run with ``-c``."""
    words = unwrap(command)
    skipped = len(command.words) - len(words)
    if not words or _name(words[0]) not in _SHELLS:
        return None
    at = 1
    runs = False
    while at < len(words) and words[at].unquoted[:1] in ("-", "+"):
        option = words[at].unquoted
        if option.startswith("-") and not option.startswith("--"):
            runs = runs or "c" in option
        at += 2 if option in ("-o", "+o", "-O", "+O", "--rcfile", "--init-file") else 1
    return skipped + at if runs and at < len(words) else None


def _name(word: Word) -> str:
    return (word.value or "").rpartition("/")[2]
