"""Images for these tests, and a hand on the explorer's keys."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.unit.imaging.samples import image_of, inspected
from textual import events
from textual.keys import _character_to_key
from textual.widgets import Static

from jettison.oci import Entry, EntryKind, LayerBuilder
from jettison.tui.app import Explorer
from jettison.tui.tables import Table

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from textual.pilot import Pilot

    from jettison.dockerfile import Dockerfile
    from jettison.imaging import Inspection

SITE = "usr/lib/python3/site-packages"
STEPS = ("ADD rootfs.tar /", "RUN pip install flask", "RUN chown -R app / && rm -rf /tmp/build")


def layers() -> list[LayerBuilder]:
    """A base; a package; a layer that changes, deletes and copies."""
    base = LayerBuilder().file("bin/sh", b"s" * 3000, mode=0o755)
    base.file("etc/[red]name", b"n").file("etc/esc\x1b[31m", b"e").file("etc/bad\udcff", b"b")
    base.symlink("bin/bash", "sh").directory("srv", mode=0o700, uid=7, gid=8)
    base.file("tmp/build/a.o", b"a" * 500).file("tmp/build/b.o", b"b" * 400)
    package = LayerBuilder().file(f"{SITE}/flask.py", b"f" * 2000)
    package.file(f"{SITE}/flask-1.0.dist-info/RECORD", b"flask.py,,\n")
    package.file("opt/data.bin", b"d" * 700).hard_link("opt/link.bin", "opt/data.bin")
    last = LayerBuilder().whiteout("tmp/build").file(f"{SITE}/flask.py", b"f" * 2000, uid=5)
    last.file("opt/copy.bin", b"d" * 700).file("etc/new\nline", b"x")
    return [base, package, last]


def sample(*given: LayerBuilder, dockerfile: Dockerfile | None = None) -> Inspection:
    """The image of the layers, or of :func:`layers`, taken apart."""
    image = image_of(*given) if given else image_of(*layers(), steps=STEPS)
    return inspected(image, dockerfile=dockerfile)


def large_folder(files: int) -> LayerBuilder:
    """A layer with one large folder."""
    builder = LayerBuilder()
    for number in range(files):
        builder.entry(Entry(f"large/f{number:06}", EntryKind.FILE), b"")
    return builder


@dataclass(frozen=True, slots=True)
class Hand:
    """What tests do with an explorer: press keys, wait for what they bring about, look."""

    app: Explorer
    pilot: Pilot[None]

    async def send(self, *keys: str) -> None:
        """Presses keys, each when the one before has been dealt with."""
        for key in keys:
            name = _character_to_key(key) if len(key) == 1 else key
            self.app.post_message(events.Key(name, key if len(key) == 1 else None))
            for _ in range(60):
                await asyncio.sleep(0)

    async def press(self, *keys: str) -> None:
        """Presses keys and waits until nothing is under way."""
        await self.send(*keys)
        await self.settle()

    async def type(self, text: str) -> None:
        """Types into the filter, and waits for its pause to end."""
        await self.send("/", *text)
        await self.wait_for_filter()

    async def wait_for_filter(self) -> None:
        """Waits for the pause that a filter makes to end."""
        async with asyncio.timeout(10):
            while self.app.page.filter_text != self.app.box.value:
                await asyncio.sleep(0.01)
        await self.settle()

    async def settle(self) -> None:
        """Waits until nothing is under way."""
        for _ in range(3):
            await self.pilot._wait_for_screen()
            await self.app.workers.wait_for_complete()
        self.app.screen._on_timer_update()
        await self.pilot._wait_for_screen()

    def names(self) -> list[str]:
        """The names of the tree's rows below the root."""
        tree = self.app.files.file_tree
        one = tree.view.catalogue
        return [
            f"{one.folders[~key].rpartition('/')[2]}/" if key < 0 else one.names[key]
            for key in tree.shown[1:]
        ]

    def rows(self) -> list[str]:
        """The tree's rows as they are drawn, without what is blank at the right."""
        tree = self.app.files.file_tree
        return [tree.row_text(row).plain.rstrip() for row in range(tree.row_count())]

    def title(self) -> str:
        """What the tree is of."""
        return self.app.files.file_tree.title

    def at(self) -> str:
        """The name at the tree's cursor."""
        tree = self.app.files.file_tree
        return ["/", *self.names()][tree.cursor]

    def told(self) -> str:
        """The details that are shown."""
        return str(self.app.query_one("#details", Static).content)

    def table(self) -> Table[object]:
        """The table in view."""
        found = self.app.page.main_list()
        assert isinstance(found, Table)
        return found

    def cells(self) -> list[list[str]]:
        """The cells of the table in view."""
        table = self.table()
        return [[column.text(row) for column in table.columns] for row in table.rows]


def drive(
    steps: Callable[[Hand], Awaitable[None]],
    inspection: Inspection | None = None,
    size: tuple[int, int] = (140, 36),
) -> None:
    """Opens the explorer, lets ``steps`` press keys, and closes it."""

    async def session() -> None:
        app = Explorer(inspection or sample())
        async with app.run_test(size=size) as pilot:
            hand = Hand(app, pilot)
            await hand.settle()
            await steps(hand)

    asyncio.run(session())
