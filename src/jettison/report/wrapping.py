"""Text wrapped for a terminal without cutting a word."""

from __future__ import annotations

from textwrap import TextWrapper

from jettison.source.text import printable

__all__ = ["wrapped"]


def wrapped(text: str, width: int, *, indent: int = 0, hang: int = 0) -> list[str]:
    """The text in lines of ``width``; ``hang`` is what later lines are indented beyond the first.

    A word that is longer than a line stays whole. Control characters are shown as ``?``.
    """
    lines = TextWrapper(
        width=max(width, indent + hang + 20),
        initial_indent=" " * indent,
        subsequent_indent=" " * (indent + hang),
        break_long_words=False,
        break_on_hyphens=False,
    ).wrap(printable(" ".join(text.split())))
    return lines or [""]
