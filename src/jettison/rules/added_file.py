"""Findings of EXTRAs that add one file to a project."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jettison.analysis.variants.overlays import free_name
from jettison.rules.model import Basis, Change, Finding, Grade, Key, Level, Patch

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from jettison.analysis.facts import Facts

__all__ = ["added_file"]


def added_file(
    facts: Facts,
    key: Key,
    name: str,
    *,
    wanted: str,
    text: Callable[[], str],
    what: str,
    why: str,
) -> Iterator[Finding]:
    """The finding that adds a file at ``wanted``, or beside it where the author has one there.

    None where Jettison's own is there. ``what`` it is says the change, ``why`` the finding.
    """
    path, present = free_name(facts, wanted)
    if present is not None:
        return
    change = Change(
        key,
        f"{what}: {path}",
        Patch({}, {path: text()}),
        Grade.SAFE,
        Basis.DECLARED,
        reasons=() if path == wanted else (f"{wanted} is the author's own and is left as it is",),
    )
    yield Finding(key, name, why, path, 1, (), change, level=Level.NOTE)
