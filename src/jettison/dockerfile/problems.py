"""Errors of a Dockerfile: where, what, and what was probably meant."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

from jettison.errors import DockerfileError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from jettison.source import SourceText, Span

__all__ = ["did_you_mean", "problem"]


def problem(
    source: SourceText, span: Span, message: str, *, remedy: str | None = None
) -> DockerfileError:
    """An error to raise about ``span``, with the lines round it as its details."""
    position = source.position(span.start)
    return DockerfileError(
        message,
        file=source.name,
        line=position.line,
        column=position.column,
        remedy=remedy,
        details=source.frame(span),
    )


def did_you_mean(word: str, known: Iterable[str]) -> str | None:
    """``Did you mean X?`` for the nearest of ``known``, or ``None`` where nothing is near."""
    names = {name.lower(): name for name in known}
    near = difflib.get_close_matches(word.lower(), names, n=1, cutoff=0.6) if len(word) < 80 else []
    return f"Did you mean {names[near[0]]}?" if near else None
