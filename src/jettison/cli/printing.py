"""How a command prints its result: nothing that a project says reaches a terminal as an order."""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from rich.console import Console, RenderableType

_PIPED_WIDTH = 200


def console(*, stderr: bool = False, width: int | None = None) -> Console:
    """A console that takes no markup, and shows escape sequences in texts as ``?``."""
    from rich.console import Console, ConsoleOptions, ConsoleRenderable, RenderHook, RenderResult
    from rich.control import Control
    from rich.segment import Segment

    from jettison.source import printable

    class Plain:
        """A renderable whose texts hold nothing but what can be seen."""

        def __init__(self, shown: RenderableType) -> None:
            self.shown = shown

        def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
            for one in console.render(self.shown, options):
                if one.control:
                    yield one
                else:
                    text = "\n".join(printable(line) for line in one.text.split("\n"))
                    yield Segment(text, one.style)

    class Hook(RenderHook):
        def process_renderables(
            self, renderables: list[ConsoleRenderable]
        ) -> list[ConsoleRenderable]:
            return [one if isinstance(one, Control) else Plain(one) for one in renderables]

    made = Console(highlight=False, markup=False, emoji=False, stderr=stderr, width=width)
    made.push_render_hook(Hook())
    return made


def print_renderable(renderable: RenderableType) -> None:
    """Prints to standard output, with colour only on a terminal.

    A pipe has no width; it gets long lines, so that paths in it stay whole.
    """
    found = console()
    if not found.is_terminal:
        found = console(width=_PIPED_WIDTH)
    found.print(renderable)


def waiting(text: str) -> AbstractContextManager[object]:
    """A word on standard error while something lasts, if that is a terminal."""
    found = console(stderr=True)
    return found.status(text) if found.is_terminal else nullcontext()
