"""How a command prints its result."""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from rich.console import RenderableType

_PIPED_WIDTH = 200


def print_renderable(renderable: RenderableType) -> None:
    """Prints to standard output, with colour only on a terminal.

    A pipe has no width; it gets long lines, so that paths in it stay whole.
    """
    from rich.console import Console

    console = Console(highlight=False, markup=False, emoji=False)
    if not console.is_terminal:
        console = Console(highlight=False, markup=False, emoji=False, width=_PIPED_WIDTH)
    console.print(renderable)


def waiting(text: str) -> AbstractContextManager[object]:
    """A word on standard error while something lasts, if that is a terminal."""
    from rich.console import Console

    console = Console(stderr=True, highlight=False)
    return console.status(text) if console.is_terminal else nullcontext()
