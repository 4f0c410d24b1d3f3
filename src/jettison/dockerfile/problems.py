"""Errors of a Dockerfile: where, what, and what was probably meant."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

from jettison.errors import DockerfileError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from jettison.source import SourceText, Span

__all__ = ["did_you_mean", "problem"]

_LONGEST = 200


def problem(
    source: SourceText, span: Span, message: str, *, remedy: str | None = None
) -> DockerfileError:
    """An error to raise about ``span``, with the lines round it as its details.

    What the file says is made harmless in the message: no control characters, and not too long.
    """
    position = source.position(span.start)
    return DockerfileError(
        _harmless(message),
        file=source.name,
        line=position.line,
        column=position.column,
        remedy=_harmless(remedy) if remedy else None,
        details=source.frame(span),
    )


def _harmless(message: str) -> str:
    short = message if len(message) <= _LONGEST else f"{message[:_LONGEST]}…"
    return "".join([char if char.isprintable() else "?" for char in short])


def did_you_mean(word: str, known: Iterable[str]) -> str | None:
    """``Did you mean X?`` for the nearest of ``known``, or ``None`` where nothing is near."""
    names = {name.lower(): name for name in known}
    near = difflib.get_close_matches(word.lower(), names, n=1, cutoff=0.6) if len(word) < 80 else []
    return f"Did you mean {names[near[0]]}?" if near else None
