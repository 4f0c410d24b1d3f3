"""Trees of text files with changes laid over them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from jettison.errors import EditConflict, ProjectError
from jettison.source import Patch, Span, TextEdit, TextTree

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def tree(tmp_path: Path) -> TextTree:
    root = tmp_path / "project"
    (root / "app").mkdir(parents=True)
    (root / "Dockerfile").write_bytes(b"FROM x\r\nRUN a\r\n")
    (root / "app/main.py").write_text("one\ntwo\nthree\n")
    (tmp_path / "secret").write_text("s")
    return TextTree(root)


def edits(start: int, end: int, text: str, path: str = "app/main.py") -> Patch:
    return Patch.of(path, [TextEdit(Span(start, end), text)])


def test_reads_and_keeps_bytes(tree: TextTree) -> None:
    text = tree.read("Dockerfile")
    assert text is not None
    assert text.text == "FROM x\r\nRUN a\r\n"
    assert tree.read("nothing") is None
    assert tree.read("app") is None
    assert tree.has("app/main.py")
    assert not tree.has("app")


def test_changes_are_laid_over_and_the_disk_is_as_it_was(tree: TextTree) -> None:
    made = tree.edited(edits(0, 3, "ONE"), "JT001/x")
    text = made.read("app/main.py")
    assert text is not None
    assert text.text == "ONE\ntwo\nthree\n"
    assert (tree.root / "app/main.py").read_text() == "one\ntwo\nthree\n"
    assert tree.read("app/main.py") != text
    assert made.blame("app/main.py", 1) == {"JT001/x"}
    assert made.blame("app/main.py", 2) == frozenset()
    assert list(made.changed()) == ["app/main.py"]
    assert "-one\n+ONE\n" in made.diff()


def test_an_edit_by_another_spelling_of_the_path_is_of_the_same_file(tree: TextTree) -> None:
    made = tree.edited(edits(0, 3, "ONE", "./app/main.py"))
    text = made.read("app/../app/main.py")
    assert text is not None
    assert text.text == "ONE\ntwo\nthree\n"
    assert list(made.changed()) == ["app/main.py"]


def test_a_blame_of_a_cut_line_goes_to_its_neighbours(tree: TextTree) -> None:
    made = tree.edited(edits(4, 8, ""), "cut")
    assert made.blame("app/main.py", 1) == {"cut"}
    assert made.blame("app/main.py", 2) == {"cut"}
    assert made.blame("app/main.py", 9) == frozenset()
    assert made.blame("nothing", 1) == frozenset()


def test_new_files(tree: TextTree) -> None:
    made = tree.edited(Patch({}, {".dockerignore": ".git\n"}), "new")
    assert made.has(".dockerignore")
    assert "--- /dev/null\n+++ b/.dockerignore\n" in made.diff()
    assert made.blame(".dockerignore", 1) == {"new"}
    again = made.edited(Patch.of(".dockerignore", [TextEdit(Span(0, 0), "a\n")]), "more")
    text = again.read(".dockerignore")
    assert text is not None
    assert text.text == "a\n.git\n"
    with pytest.raises(EditConflict):
        made.edited(Patch({}, {"./.dockerignore": "x"}))
    with pytest.raises(EditConflict):
        tree.edited(Patch({}, {"Dockerfile": "x"}))


def test_edits_of_what_is_not_there(tree: TextTree) -> None:
    with pytest.raises(EditConflict):
        tree.edited(edits(0, 0, "x", "nothing"))
    with pytest.raises(EditConflict):
        tree.edited(edits(0, 99, "x"))


@pytest.mark.parametrize("path", ["../secret", "/etc/passwd", "app/../../secret", "..", "a/../.."])
def test_paths_outside(tree: TextTree, path: str) -> None:
    with pytest.raises(ProjectError):
        tree.read(path)
    with pytest.raises(ProjectError):
        tree.has(path)
    with pytest.raises(ProjectError):
        tree.edited(Patch({}, {path: "x"}))


def test_links_that_lead_out(tree: TextTree, tmp_path: Path) -> None:
    (tree.root / "link").symlink_to(tmp_path / "secret")
    (tree.root / "folder").symlink_to(tmp_path)
    (tree.root / "inside").symlink_to("app/main.py")
    (tree.root / "circle").symlink_to("circle")
    for path in ("link", "folder/secret"):
        assert tree.read(path) is None
        assert not tree.has(path)
        assert tree.leads_out(path)
        with pytest.raises(ProjectError):
            tree.stay_inside(path)
    with pytest.raises(ProjectError):
        tree.edited(Patch({}, {"folder/new": "x"}))
    inside = tree.read("inside")
    assert inside is not None
    assert inside.text == "one\ntwo\nthree\n"
    assert tree.read("circle") is None
    assert not tree.has("circle")


def test_a_nul_in_a_path_is_no_file(tree: TextTree) -> None:
    assert tree.read("a\0b") is None
    assert not tree.has("a\0b")


def test_patches_together() -> None:
    one, other = edits(0, 1, "x"), edits(2, 3, "y")
    both = one | other
    assert len(both.edits["app/main.py"]) == 2
    assert both.paths == {"app/main.py"}
    assert not both.empty
    assert Patch().empty
    assert (Patch({}, {"a": "1"}) | Patch({}, {"a": "1"})).files == {"a": "1"}
    with pytest.raises(EditConflict):
        Patch({}, {"a": "1"}) | Patch({}, {"a": "2"})


def test_relative(tree: TextTree, tmp_path: Path) -> None:
    assert tree.relative(tree.root / "app/main.py") == "app/main.py"
    assert tree.relative(tree.root) == "."
    with pytest.raises(ProjectError):
        tree.relative(tmp_path / "secret")
