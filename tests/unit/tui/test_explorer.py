"""The explorer, driven by keys."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from tests.unit.imaging.samples import image_of, inspected
from textual.widgets import DataTable, Input, OptionList, Static, TabbedContent

from jettison.tui.app import Explorer
from jettison.tui.files import MOST_LINES, FileTree
from jettison.tui.help import HelpScreen
from jettison.tui.view import Line

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from textual.pilot import Pilot

SITE = "usr/lib/python3/site-packages"
LAYERS: tuple[Mapping[str, bytes], ...] = (
    {"bin/sh": b"s" * 3000, "etc/[red]name": b"n"},
    {f"{SITE}/flask.py": b"f" * 2000, f"{SITE}/flask-1.0.dist-info/RECORD": b"flask.py,,\n"},
    {f"{SITE}/flask.py": b"f" * 2000},
)


def _drive(
    steps: Callable[[Explorer, Pilot[None]], Awaitable[None]],
    layers: tuple[Mapping[str, bytes], ...] = LAYERS,
) -> None:
    async def session() -> None:
        app = Explorer(inspected(image_of(*layers)))
        async with app.run_test(size=(120, 36)) as pilot:
            await pilot.pause()
            await steps(app, pilot)

    asyncio.run(session())


def _shown(app: Explorer) -> list[str]:
    """The names of the tree's open lines below the root."""
    tree = app.query_one(FileTree)
    found = []
    for number in range(1, tree.last_line + 1):
        node = tree.get_node_at_line(number)
        if node is not None and isinstance(node.data, Line):
            found.append(node.data.name)
    return found


def _in_help(app: Explorer) -> bool:
    return isinstance(app.screen, HelpScreen)


def _said(app: Explorer) -> str:
    return str(app.query_one("#detail", Static).content)


def test_the_tree_opens_folder_by_folder_and_says_whose_a_file_is() -> None:
    many = {f"data/f{n}/x": b"x" for n in range(200)}

    async def steps(app: Explorer, pilot: Pilot[None]) -> None:
        assert _shown(app) == ["bin", "usr", "data", "etc"]
        await pilot.press("down", "down", "enter")
        await pilot.pause()
        assert _shown(app) == ["bin", "usr", "lib", "data", "etc"]
        for _ in range(3):
            await pilot.press("down", "enter")
            await pilot.pause()
        await pilot.press("down")
        await pilot.pause()
        assert "flask.py  2,000 bytes, python flask 1.0" in _said(app)
        assert "layer 2" in _said(app)

    _drive(steps, ({**LAYERS[0], **many}, *LAYERS[1:]))


def test_the_filter_narrows_the_tree_and_the_tables() -> None:
    async def steps(app: Explorer, pilot: Pilot[None]) -> None:
        await pilot.press("slash", *"flask.py")
        await pilot.pause(0.6)
        assert _shown(app) == ["usr", "lib", "python3", "site-packages", "flask.py"]
        assert app.query_one("#waste", DataTable).row_count == 1
        assert app.query_one("#packages", DataTable).row_count == 0
        await pilot.press("enter")
        await pilot.pause()
        assert app.query_one(FileTree).has_focus
        await pilot.press("escape")
        await pilot.pause(0.6)
        assert app.query_one("#filter", Input).value == ""
        assert "bin" in _shown(app)

    _drive(steps)


def test_a_layer_shows_its_own_files() -> None:
    async def steps(app: Explorer, pilot: Pilot[None]) -> None:
        await pilot.press("l")
        await pilot.pause()
        layers = app.query_one("#layers", OptionList)
        assert layers.has_focus
        assert layers.option_count == 4
        await pilot.press("home", "down", "enter")
        await pilot.pause()
        assert _shown(app) == ["bin", "sh", "etc", "[red]name"]
        await pilot.press("l", "home", "enter")
        await pilot.pause()
        assert "usr" in _shown(app)

    _drive(steps)


def test_tabs_help_sorting_and_quitting() -> None:
    async def steps(app: Explorer, pilot: Pilot[None]) -> None:
        await pilot.press("2")
        await pilot.pause()
        assert app.query_one(TabbedContent).active == "waste-tab"
        waste = app.query_one("#waste", DataTable)
        assert waste.has_focus
        assert [str(cell) for cell in waste.get_row_at(0)][1:] == [
            "overwritten",
            "1",
            "2",
            "the same",
            f"/{SITE}/flask.py",
        ]
        await pilot.press("3")
        await pilot.pause()
        packages = app.query_one("#packages", DataTable)
        assert {str(packages.get_row_at(row)[5]) for row in range(packages.row_count)} == {
            "flask",
            "(files of no package)",
        }
        await pilot.press("question_mark")
        await pilot.pause()
        assert _in_help(app)
        await pilot.press("escape")
        await pilot.pause()
        assert not _in_help(app)
        await pilot.press("1", "s")
        await pilot.pause()
        assert app.query_one(FileTree).by_size is False
        await pilot.press("q")

    _drive(steps)


def test_a_folder_of_many_files_is_cut() -> None:
    async def steps(app: Explorer, pilot: Pilot[None]) -> None:
        await pilot.press("down", "enter")
        await pilot.pause()
        tree = app.query_one(FileTree)
        assert len(tree.root.children[0].children) == MOST_LINES + 1
        last = tree.root.children[0].children[-1]
        assert str(last.label) == "500 more with 500 B: filter to see them"

    _drive(steps, ({f"many/{n:05}": b"x" for n in range(MOST_LINES + 500)},))
