"""Which versions of npm and pnpm an image has, and which lock files they read.

Seen with pnpm 8 to 12 and npm 6 to 11: another version installs all the same and writes the file
anew, but one that may not write it stops.
"""

from __future__ import annotations

import re

from jettison.patterns import regex

__all__ = ["has_npm_6", "pnpm_lock_misfit", "pnpm_major"]

_NODE = regex(r"(?:^|/)node:v?(?:lts-)?(\d+|[a-z]+)")
_FIRST_WITH_NPM_7 = 15
_OLD_NAMES = frozenset("argon boron carbon dubnium erbium fermium".split())
_READERS = {5: range(6, 8), 6: range(8, 10)}
_FIRST_THAT_CHANGES_ITSELF = 9


def has_npm_6(image: str) -> bool:
    """Whether an image is one of Node before 15, which brings npm 6 or older."""
    found = _NODE.search(image)
    if found is None:
        return False
    return int(found[1]) < _FIRST_WITH_NPM_7 if found[1].isdigit() else found[1] in _OLD_NAMES


def pnpm_major(commands: str, manager: object) -> int | str | None:
    """The major version of the pnpm that runs, ``None`` for the newest, text for one not known.

    ``commands`` are those that ran before, ``manager`` is ``packageManager`` of the manifest, to
    which Corepack keeps, and pnpm itself from 9 on.
    """
    kept = re.match(r"pnpm@(\d+)", manager) if isinstance(manager, str) else None
    named = re.findall(r"\bpnpm@([^\s;&|'\"]+)", commands)
    number = re.match(r"[\^~v=]*(\d+)", named[-1]) if named else None
    if number and (kept is None or int(number[1]) < _FIRST_THAT_CHANGES_ITSELF):
        return int(number[1])
    if kept:
        return int(kept[1])
    if named and named[-1] not in ("latest", "*"):
        return str(named[-1])
    return None


def pnpm_lock_misfit(lock: str, major: int | str | None) -> str:
    """Why a pnpm (see :func:`pnpm_major`) does not read a lock file, or ``""``."""
    found = re.search(r"^lockfileVersion:\s*['\"]?(\d+)", lock, re.MULTILINE)
    if found is None:
        return "the version of the lock file is not known"
    if isinstance(major, str):
        return f"which pnpm {major} is, is not known"
    readers = _READERS.get(int(found[1]), range(9, 1000))
    if major is None:
        fits = int(found[1]) not in _READERS
        return "" if fits else f"the newest pnpm does not read lockfileVersion {found[1]}"
    return "" if major in readers else f"pnpm {major} does not read lockfileVersion {found[1]}"
