"""A plan: the files to write, and why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class PlannedFile:
    """One file of the new tree: its path relative to the project, its text, what it is for."""

    path: str
    text: str
    purpose: str
    executable: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything to write, and what a reader should know about it.

    ``addressed`` are the codes of the rules whose findings the files mend. ``notes`` are
    decisions that a person may want to know or to act on.
    """

    files: tuple[PlannedFile, ...]
    addressed: frozenset[str]
    notes: tuple[str, ...]

    def text_of(self, path: str) -> str | None:
        """The planned text of a path, or ``None``."""
        return next((file.text for file in self.files if file.path == path), None)


class Resolver(Protocol):
    """Pins a list of requirements with all they depend on."""

    def lock(
        self, wanted: Sequence[str], constraints: Sequence[str], python: str, folder: Path
    ) -> tuple[str, ...] | None:
        """The pinned requirements, one ``name==version`` each, or ``None`` when it cannot tell."""
        ...
