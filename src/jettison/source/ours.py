"""Files that Jettison itself made: they say so at their head."""

from __future__ import annotations

__all__ = ["MARK", "is_ours"]

MARK = "Written by Jettison"


def is_ours(text: str) -> bool:
    """Whether a file's head says that it was made here."""
    return MARK in text[:400]
