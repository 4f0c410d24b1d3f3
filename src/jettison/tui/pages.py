"""What a tab shows: lists, a filter of its own, and details to tell."""

from __future__ import annotations

import gc
from contextlib import contextmanager
from typing import TYPE_CHECKING

from textual.containers import Container
from textual.message import Message

from jettison.tui.lines import LineList

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jettison.tui.details import Details


class Page(Container):
    """What a tab shows. Filters are applied on a thread: keys never wait for them."""

    filter_text = ""

    class Ready(Message):
        """What was asked for is there."""

        def __init__(self, asked: object, found: object, extra: object = None) -> None:
            super().__init__()
            self.asked, self.found, self.extra = asked, found, extra

    def main_list(self) -> LineList:
        """The list that a visitor wants first."""
        raise NotImplementedError

    def details(self, *, full: bool = False) -> Details | None:
        """What is known about what the cursor is at, all of it or what a panel has room for."""
        raise NotImplementedError

    def apply_filter(self, text: str) -> None:
        """Shows what a filter fits, soon."""
        raise NotImplementedError

    def on_page_ready(self, event: Ready) -> None:
        """Shows what was made, unless something else was asked for since."""
        event.stop()
        self.receive(event)

    def receive(self, event: Ready) -> None:
        """Shows what was made."""
        raise NotImplementedError

    def opened(self) -> None:
        """The page comes into view."""

    def shown(self) -> None:
        """Says that the cursor is at something else: what a child says itself ends here."""
        self.post_message(LineList.Moved(self.main_list()))


@contextmanager
def no_collection() -> Iterator[None]:
    """No search for cycles among half a million new objects that have none: keys would wait."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()
