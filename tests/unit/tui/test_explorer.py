"""The explorer, driven by keys."""

from __future__ import annotations

import pytest
from tests.unit.tui.samples import SITE, Hand, drive, large_folder, sample
from textual.containers import VerticalScroll
from textual.geometry import Offset
from textual.widgets import Static

from jettison.dockerfile import parse
from jettison.source.text import SourceText
from jettison.tui.files_page import FilesPage
from jettison.tui.heading import TABS, Asked, TabBar
from jettison.tui.help import FILTERS, KEYS, DetailsScreen, HelpScreen
from jettison.tui.view import View

TOP = ["bin/", "usr/", "opt/", "etc/", "srv/", "tmp/"]


def test_the_tree_is_sorted_by_bytes_and_opened_folder_by_folder() -> None:
    async def steps(hand: Hand) -> None:
        assert hand.names() == TOP
        assert hand.at() == "/"
        await hand.press("down", "enter")
        assert hand.names() == ["bin/", "sh", "bash", *TOP[1:]]
        assert hand.rows()[2].split() == ["3.0", "kB", "━━━━━━━━", "100.0", "%", "0", "sh"]
        assert hand.rows()[3].endswith("bash → sh")
        await hand.press("space")
        assert hand.names() == TOP

    drive(steps)


@pytest.mark.parametrize(("right", "left"), [("right", "left"), ("l", "h")])
def test_right_goes_in_and_left_goes_out(right: str, left: str) -> None:
    async def steps(hand: Hand) -> None:
        await hand.press("down", right, right)
        assert hand.at() == "sh"
        await hand.press(right)
        assert hand.at() == "sh"
        await hand.press(left)
        assert hand.at() == "bin/"
        assert "sh" in hand.names()
        await hand.press(left)
        assert hand.names() == TOP
        await hand.press(left)
        assert hand.at() == "/"

    drive(steps)


def test_the_cursor_moves_by_lines_pages_and_to_the_ends() -> None:
    async def steps(hand: Hand) -> None:
        tree = hand.app.files.file_tree
        for key, row in (("j", 1), ("down", 1), ("k", 0), ("up", 0), ("end", 1)):
            await hand.press(key)
            assert tree.cursor == row, key
        await hand.press("home", "E")
        assert tree.row_count() == 302
        page = tree.size.height - 2
        for key, row in (
            ("pagedown", page),
            ("ctrl+f", 2 * page),
            ("ctrl+b", page),
            ("pageup", 0),
            ("ctrl+d", page // 2),
            ("ctrl+d", 2 * (page // 2)),
            ("ctrl+u", page // 2),
            ("G", 301),
            ("down", 301),
        ):
            await hand.press(key)
            assert tree.cursor == row, key
        assert tree.scroll_offset.y == 301 - tree.size.height + 2
        await hand.press("g")
        assert (tree.cursor, tree.scroll_offset.y) == (0, 0)

    drive(steps, sample(large_folder(300)))


def test_all_folders_open_and_close() -> None:
    async def steps(hand: Hand) -> None:
        await hand.press("asterisk")
        assert {"flask.py", "sh", "data.bin", "new\nline"} <= set(hand.names())
        await hand.press("minus")
        assert hand.names() == TOP
        await hand.press("down", "down", "E")
        assert hand.names()[1:5] == ["usr/", "lib/", "python3/", "site-packages/"]
        assert "sh" not in hand.names()
        await hand.press("C")
        assert hand.names() == TOP

    drive(steps)


def test_sorting_the_tree() -> None:
    async def steps(hand: Hand) -> None:
        tree = hand.app.files.file_tree
        await hand.press("s")
        assert hand.names() == sorted(TOP)
        assert tree.head_text().plain.endswith("(by name)")
        await hand.press("s")
        assert tree.head_text().plain.endswith("(by entries)")
        assert hand.names() == ["etc/", "opt/", "bin/", "usr/", "srv/", "tmp/"]
        await hand.press("s")
        assert hand.names() == TOP

    drive(steps)


def test_details_say_whose_a_file_is_and_what_it_hides() -> None:
    dockerfile = parse(
        SourceText("Dockerfile", "FROM scratch\nADD rootfs.tar /\n\nRUN pip install flask\n")
    )

    async def steps(hand: Hand) -> None:
        assert hand.told().startswith("/\n")
        await hand.press("down", "down", "E", *["down"] * 4)
        assert hand.at() == "flask.py"
        told = hand.told()
        assert f"/{SITE}/flask.py" in told
        assert "file, 2,000 bytes, -rw-r--r-- 5:0, 1970-01-01 00:00, sha256:" in told
        assert "made by layer 2: RUN chown -R app" in told
        assert "belongs to python flask 1.0, program text" in told
        assert "hides 2,000 bytes, -rw-r--r-- 0:0, the same content, of layer 1" in told
        assert "Dockerfile line 4: RUN pip install flask" in told

    drive(steps, sample(dockerfile=dockerfile))


def test_enter_on_a_file_shows_all_about_it() -> None:
    async def steps(hand: Hand) -> None:
        await hand.press("down", "down", "down", "right", "down", "down")
        assert hand.at() == "data.bin"
        await hand.press("enter")
        screen = hand.app.screen
        assert isinstance(screen, DetailsScreen)
        assert {("path", "/opt/data.bin"), ("also named", "/opt/link.bin")} <= set(screen.facts)
        content = dict(screen.facts)["content"]
        assert len(content) == len("sha256:") + 64
        await hand.press("escape")
        assert not isinstance(hand.app.screen, DetailsScreen)

    drive(steps)


def test_i_shows_all_about_what_the_cursor_is_at() -> None:
    async def steps(hand: Hand) -> None:
        titles = []
        for keys in (["down"], ["shift+tab", "end"], ["2"], ["3"], ["4"]):
            await hand.press(*keys)
            await hand.press("i")
            assert isinstance(hand.app.screen, DetailsScreen)
            titles.append(str(hand.app.screen.query_one(VerticalScroll).border_title))
            await hand.press("escape")
        assert titles == [
            "/bin",
            "layer 2",
            f"/{SITE}/flask.py",
            "(files of no package)",
            "programs",
        ]

    drive(steps)


def test_tab_goes_from_the_tree_to_the_layers_and_back() -> None:
    async def steps(hand: Hand) -> None:
        files = hand.app.files
        for key in ("tab", "shift+tab"):
            await hand.press(key)
            assert files.layer_list.has_focus
            await hand.press(key)
            assert files.file_tree.has_focus

    drive(steps)


def test_moving_in_the_layers_shows_their_changes() -> None:
    async def steps(hand: Hand) -> None:
        await hand.press("shift+tab")
        layers = hand.app.files.layer_list
        assert layers.has_focus
        assert [layers.row_text(row).plain.split()[0] for row in range(4)] == ["all", "0", "1", "2"]
        await hand.press("end")
        assert hand.title() == "layer 2: +2 (701 B)  ~1 (2.0 kB)  -3 (900 B)"
        assert "layer 2" in hand.told()
        assert "RUN chown -R app / && rm -rf /tmp/build" in hand.told()
        rows = hand.rows()
        marks = {row.split()[-1].split("/")[0]: row.split("%")[-1].strip()[:1] for row in rows}
        assert marks["flask.py"] == "~"
        assert marks["a.o"] == marks["b.o"] == "-"
        assert marks["copy.bin"] == "+"
        await hand.press("tab")
        assert hand.app.files.file_tree.has_focus
        await hand.press("end", "up")
        await hand.press("escape")
        assert hand.title() == "the image"
        assert layers.cursor == 0
        assert hand.names() == TOP

    drive(steps)


def test_a_removed_file_says_which_layer_removed_it() -> None:
    async def steps(hand: Hand) -> None:
        await hand.press("shift+tab", "end", "enter")
        tree = hand.app.files.file_tree
        assert tree.has_focus
        assert tree.reveal("tmp/build/a.o")
        await hand.settle()
        assert "made by layer 0: ADD rootfs.tar /" in hand.told()
        assert "deleted by layer 2: RUN chown" in hand.told()

    drive(steps)


def test_v_shows_what_is_left_of_a_layer() -> None:
    async def steps(hand: Hand) -> None:
        assert not hand.app.check_action("turn", ())
        await hand.press("v")
        assert hand.title() == "the image"
        await hand.press("shift+tab", "down")
        assert hand.title().startswith("layer 0: +")
        assert hand.app.check_action("turn", ())
        await hand.press("v")
        assert hand.title() == "what the image shows of layer 0"
        assert "flask.py" not in hand.names()
        assert "sh" in hand.names()
        assert "a.o" not in hand.names()
        await hand.press("v")
        assert hand.title().startswith("layer 0: +")
        assert "a.o" in hand.names()

    drive(steps)


def test_the_filter_narrows_the_tree_and_escape_widens_it() -> None:
    async def steps(hand: Hand) -> None:
        await hand.type("flask.py")
        assert hand.names() == ["usr/", "lib/", "python3/", "site-packages/", "flask.py"]
        assert hand.title() == "the image: 1 fit with 2.0 kB"
        assert "2,000 bytes in 1 entry" in hand.told()
        await hand.press("enter")
        assert hand.app.files.file_tree.has_focus
        assert hand.app.box.value == "flask.py"
        await hand.press("escape")
        await hand.wait_for_filter()
        assert hand.app.box.value == ""
        assert hand.names()[: len(TOP)] == TOP

    drive(steps)


def test_leaving_the_filter_does_not_wait_for_its_pause() -> None:
    async def steps(hand: Hand) -> None:
        await hand.send("slash", "s", "h", "escape")
        await hand.settle()
        assert hand.names() == ["bin/", "sh", "bash"]
        await hand.send("slash", "x", "x", "down")
        await hand.settle()
        assert hand.app.files.file_tree.has_focus
        assert hand.names() == []
        assert hand.title() == "the image: 0 fit with 0 B"

    drive(steps)


def test_a_tree_that_was_asked_for_too_long_ago_is_not_shown() -> None:
    async def steps(hand: Hand) -> None:
        files = hand.app.files
        late = View(files.file_tree.view.catalogue, hand.app.inspection.owners, text="sh")
        files.post_message(FilesPage.Ready(Asked(text="sh"), late))
        await hand.settle()
        assert hand.names() == TOP
        files.post_message(FilesPage.Ready(files.asked, late))
        await hand.settle()
        assert hand.names() == ["bin/", "sh", "bash"]

    drive(steps)


def test_an_expression_that_is_none_says_so() -> None:
    async def steps(hand: Hand) -> None:
        await hand.type("re:(x")
        assert hand.names() == []
        assert hand.title().startswith("re:(x: missing )")

    drive(steps)


def test_help_lists_every_key_and_closes() -> None:
    async def steps(hand: Hand) -> None:
        for key in ("escape", "q", "question_mark", "enter"):
            await hand.press("question_mark")
            assert isinstance(hand.app.screen, HelpScreen), key
            await hand.press("down", "k", key)
            assert not isinstance(hand.app.screen, HelpScreen), key
        assert hand.app.files.file_tree.has_focus

    drive(steps)
    words = " ".join(key for key, _ in (*KEYS, *FILTERS)).split()
    assert {"?", "q", "s", "r", "v", "/", "Escape", "*.pyc", "!word"} <= set(words)


def test_q_quits() -> None:
    async def steps(hand: Hand) -> None:
        assert hand.app.is_running
        await hand.send("q")
        await hand.pilot.pause()
        assert not hand.app.is_running

    drive(steps)


def test_foreign_names_draw_nothing_but_text() -> None:
    async def steps(hand: Hand) -> None:
        await hand.press("E", "end")
        rows = "\n".join(hand.rows())
        assert "[red]name" in rows
        assert "esc?[31m" in rows
        assert "bad?" in rows
        assert "new?line" in rows
        svg = hand.app.export_screenshot()
        assert "\x1b" not in svg
        tree = hand.app.files.file_tree
        assert len(tree.render_line(1).text) == tree.line_width
        for path in ("etc/[red]name", "etc/esc\x1b[31m", "etc/bad\udcff", "etc/new\nline"):
            assert tree.reveal(path)
            await hand.settle()
            assert hand.told().isprintable() or "\n" in hand.told()
            assert not {"\x1b", "\udcff"} & set(hand.told())
            assert hand.told().count("\n") == 3
            await hand.press("enter")
            assert isinstance(hand.app.screen, DetailsScreen)
            await hand.press("escape")

    drive(steps)


def test_a_small_terminal_stacks_the_layers_above_the_tree() -> None:
    async def steps(hand: Hand) -> None:
        layers, tree = hand.app.files.layer_list, hand.app.files.file_tree
        assert layers.region.bottom <= tree.region.y
        assert layers.region.height == 5
        assert tree.region.height >= 8
        assert hand.app.query_one("#details", Static).size.height == 5
        await hand.pilot.resize_terminal(150, 50)
        await hand.settle()
        assert layers.region.right <= tree.region.x
        assert layers.region.y == tree.region.y
        await hand.pilot.resize_terminal(30, 8)
        await hand.press("down", "2", "down", "1")

    drive(steps, size=(80, 24))


def test_the_mouse_moves_opens_sorts_and_shows_tabs() -> None:
    async def steps(hand: Hand) -> None:
        await hand.pilot.click("#files", Offset(30, 2))
        await hand.settle()
        assert hand.at() == "bin/"
        await hand.pilot.click("#files", Offset(30, 2), times=2)
        await hand.settle()
        assert "sh" in hand.names()
        for number, tab in enumerate(TABS):
            left = sum(len(f" {n} {name} ") for n, name in enumerate(TABS[:number]))
            await hand.pilot.click(TabBar, Offset(left + 3, 0))
            await hand.settle()
            assert hand.app.page.id == f"{tab}-page"
        await hand.press("2")
        await hand.pilot.click("#waste", Offset(12, 0))
        await hand.settle()
        assert (hand.table().sorted_by, hand.table().turned) == (1, False)
        await hand.pilot.click("#waste", Offset(12, 0))
        await hand.settle()
        assert hand.table().turned

    drive(steps)


def test_without_colour_the_cursor_and_the_signs_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")

    async def steps(hand: Hand) -> None:
        await hand.press("shift+tab", "end")
        tree, layers = hand.app.files.file_tree, hand.app.files.layer_list
        cursor = list(layers.render_line(layers.cursor + 1))
        assert all(segment.style is not None and segment.style.reverse for segment in cursor)
        assert not any(
            segment.style is not None and segment.style.reverse for segment in tree.render_line(2)
        )
        removed = next(n for n, row in enumerate(hand.rows()) if "- " in row)
        colours = {
            segment.style and segment.style.color for segment in tree.render_line(removed + 1)
        }
        assert len(colours) == 1

    drive(steps)


def test_an_empty_image() -> None:
    async def steps(hand: Hand) -> None:
        assert hand.names() == []
        for key in ("down", "enter", "E", "s", "2", "enter", "s", "r", "3", "4", "down", "enter"):
            await hand.press(key)
        assert hand.app.is_running

    drive(steps, sample(large_folder(0)))
