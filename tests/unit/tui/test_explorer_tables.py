"""The explorer's tables: waste, packages and categories."""

from __future__ import annotations

from tests.unit.tui.samples import SITE, Hand, drive
from textual.widgets import Static

from jettison.tui.view import EVERYTHING

TOP = ["bin/", "usr/", "opt/", "etc/", "srv/", "tmp/"]


def test_waste_names_both_layers_and_leads_to_the_tree() -> None:
    async def steps(hand: Hand) -> None:
        await hand.press("2")
        assert hand.cells() == [
            ["2.0 kB", "overwritten", "1", "2", f"/{SITE}/flask.py", "the content stayed the same"],
            ["700 B", "duplicated", "2", "", "/opt/copy.bin", "same as /opt/data.bin"],
            ["500 B", "deleted", "0", "2", "/tmp/build/a.o", ""],
            ["400 B", "deleted", "0", "2", "/tmp/build/b.o", ""],
        ]
        sums = str(hand.app.page.query_one(Static).content)
        assert sums == "2.0 kB overwritten, 900 B deleted, 700 B duplicated; 4 files"
        assert "held by layer 1: RUN pip install flask" in hand.told()
        assert "overwritten by layer 2: RUN chown" in hand.told()
        await hand.press("down")
        assert "same as /opt/data.bin of layer 1: RUN pip" in hand.told()
        await hand.press("enter")
        assert (hand.app.page, hand.at()) == (hand.app.files, "copy.bin")
        await hand.press("escape")
        assert hand.table().id == "waste"
        await hand.press("down", "enter")
        assert hand.at() == "a.o"
        assert hand.title().startswith("layer 2: ")
        assert hand.app.files.layer_list.cursor == 3
        await hand.press("escape")
        assert hand.table().cursor == 2
        assert hand.app.files.asked.scope == EVERYTHING

    drive(steps)


def test_tables_sort_by_every_column_both_ways() -> None:
    async def steps(hand: Hand) -> None:
        await hand.press("2")
        table = hand.table()
        for column in (1, 2, 3, 4, 5, 0):
            await hand.press("s")
            assert table.sorted_by == column
            keys = [table.columns[column].key(row) for row in table.rows]
            assert keys == sorted(keys, reverse=table.columns[column].number)
            assert f"{table.columns[column].name}{'▼' if column in (0, 2, 3) else '▲'}" in str(
                table.head_text()
            )
        await hand.press("r")
        assert [cells[0] for cells in hand.cells()] == ["400 B", "500 B", "700 B", "2.0 kB"]
        await hand.press("s")
        assert not table.turned

    drive(steps)


def test_a_narrow_table_shows_the_ends_of_paths() -> None:
    async def steps(hand: Hand) -> None:
        await hand.press("2")
        head = hand.table().head_text().plain
        assert "because" not in head
        row = hand.table().row_text(0)
        assert row.plain.rstrip().endswith("…b/python3/site-packages/flask.py")
        assert row.cell_len <= hand.table().line_width
        await hand.pilot.resize_terminal(140, 24)
        await hand.settle()
        assert "because" in hand.table().head_text().plain
        assert f" /{SITE}/flask.py " in hand.table().row_text(0).plain

    drive(steps, size=(76, 24))


def test_packages_have_kinds_and_lead_to_their_files() -> None:
    async def steps(hand: Hand) -> None:
        await hand.press("3")
        assert [cells[4:] for cells in hand.cells()] == [
            ["", "(files of no package)", ""],
            ["python", "flask", "1.0"],
        ]
        await hand.press("down")
        assert hand.told().startswith("python flask 1.0\n2,000 bytes in 1 file,")
        await hand.press("enter")
        assert hand.title() == "python flask 1.0"
        assert hand.names()[-1] == "flask.py"
        assert "sh" not in hand.names()
        await hand.press("escape")
        assert hand.table().id == "packages"
        await hand.press("up", "enter")
        assert hand.title() == "files of no package"
        assert "flask.py" not in hand.names()
        await hand.press("1")
        assert hand.title() == "files of no package"
        await hand.press("escape")
        assert (hand.title(), hand.app.page) == ("the image", hand.app.files)

    drive(steps)


def test_categories_lead_to_their_files() -> None:
    async def steps(hand: Hand) -> None:
        await hand.press("4")
        names = [cells[4] for cells in hand.cells()]
        assert "program text" in names
        assert str(hand.app.page.query_one(Static).content) == "3 categories with 6.4 kB"
        hand.table().go(names.index("program text"))
        await hand.press("enter")
        assert hand.title() == "program text"
        assert hand.names()[-1] == "flask.py"
        await hand.press("escape")
        assert hand.table().id == "categories"

    drive(steps)


def test_each_tab_has_a_filter_of_its_own() -> None:
    async def steps(hand: Hand) -> None:
        await hand.press("2")
        await hand.type("*.o !b.o")
        assert [cells[4] for cells in hand.cells()] == ["/tmp/build/a.o"]
        assert str(hand.app.page.query_one(Static).content) == "1 of 4 with 500 B"
        await hand.press("enter", "3")
        assert hand.app.box.value == ""
        assert len(hand.cells()) == 2
        await hand.type("FLASK")
        assert [cells[5] for cells in hand.cells()] == ["flask"]
        await hand.press("enter")
        await hand.type("nowhere")
        assert hand.cells() == []
        assert hand.told() == ""
        assert "nothing fits the filter" in str(hand.table().head_text())
        await hand.press("enter", "s", "r", "enter", "down", "2")
        assert hand.app.box.value == "*.o !b.o"
        assert len(hand.cells()) == 1
        await hand.press("1")
        assert hand.app.box.value == ""
        assert hand.names() == TOP

    drive(steps)
