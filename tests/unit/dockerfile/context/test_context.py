"""What goes to the builder."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from jettison.dockerfile.context import (
    Context,
    Kind,
    by_folder,
    copy_sources,
    missing_sources,
    read_context,
    weigh,
)
from jettison.dockerfile.ignore import IgnoreFile
from jettison.source import SourceText


def make(root: Path, *names: str) -> None:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(name)


def read(root: Path, text: str = "") -> Context:
    return read_context(root, IgnoreFile.parse(SourceText(".dockerignore", text)))


def paths(context: Context) -> list[str]:
    return [file.path for file in context.files]


def test_folders_come_before_their_entries_and_names_in_byte_order(tmp_path: Path) -> None:
    make(tmp_path, "b", "a/c/d", "a/b", "a.txt", "é", "B")

    context = read(tmp_path)

    assert paths(context) == ["B", "a", "a/b", "a/c", "a/c/d", "a.txt", "b", "é"]
    assert context.size == 1 + 3 + 5 + 5 + 1 + 2
    assert context.problems == ()


def test_the_bytes_below_a_path(tmp_path: Path) -> None:
    make(tmp_path, "b", "a/c/d", "a/b", "ab")
    context = read(tmp_path)
    assert [context.bytes_below(path) for path in ("b", "a", "a/c", "x")] == [1, 8, 5, 0]


def test_an_excluded_folder_is_not_entered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make(tmp_path, "a/b/c", "d")
    entered: list[str] = []
    scandir = os.scandir

    def watched(path: str) -> object:
        entered.append(os.path.relpath(path, tmp_path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", watched)

    context = read(tmp_path, "a\n!b\n")

    assert entered == ["."]
    assert paths(context) == ["d"]
    assert [(one.path, one.size, one.pattern.text) for one in context.excluded] == [
        ("a", None, "a")
    ]
    assert weigh(tmp_path / "a") == len("a/b/c")


def test_an_exception_brings_its_folders_along(tmp_path: Path) -> None:
    make(tmp_path, "a/b/c", "a/b/d", "a/e/f")

    context = read(tmp_path, "a\n!a/*/c\n")

    assert paths(context) == ["a", "a/b", "a/b/c"]
    assert [one.pattern.text if one.pattern else None for one in context.files] == [
        None,
        None,
        "!a/*/c",
    ]
    assert [(one.path, one.size) for one in context.excluded] == [
        ("a/b/d", 5),
        ("a/e/f", 5),
        ("a/e", 0),
    ]


def test_a_folder_entered_in_vain_is_not_sent(tmp_path: Path) -> None:
    make(tmp_path, "a/b/c", "x")

    context = read(tmp_path, "a\n!**/z\n")

    assert paths(context) == ["x"]
    assert [(one.path, one.size) for one in context.excluded] == [
        ("a/b/c", 5),
        ("a/b", 0),
        ("a", 0),
    ]


def test_links_are_not_followed(tmp_path: Path) -> None:
    make(tmp_path, "a/b")
    (tmp_path / "loop").symlink_to(".")
    (tmp_path / "gone").symlink_to("nowhere")
    os.symlink("a//b/", tmp_path / "raw")  # noqa: PTH211

    context = read(tmp_path)

    links = {file.path: file.target for file in context.files if file.kind is Kind.SYMLINK}
    assert links == {"loop": ".", "gone": "nowhere", "raw": "a//b/"}
    assert context.size == 3


def test_strange_entries_do_not_stop_the_walk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make(tmp_path, "a", "z")
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/m\xff")).write_text("m")
    os.mkfifo(tmp_path / "fifo")
    monkeypatch.chdir(tmp_path)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("sock")

    context = read(tmp_path)

    assert paths(context) == ["a", "fifo", "m\udcff", "sock", "z"]
    assert [one.kind for one in context.files if one.path in ("fifo", "sock")] == [
        Kind.SPECIAL,
        Kind.SPECIAL,
    ]


def test_what_cannot_be_read_is_a_problem_and_the_rest_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make(tmp_path, "a/b", "secret", "z")
    (tmp_path / "secret").chmod(0o600)
    scandir = os.scandir

    def denied(path: str) -> object:
        if path.endswith("/a"):
            raise PermissionError(13, "Permission denied", path)
        return scandir(path)

    monkeypatch.setattr(os, "scandir", denied)
    monkeypatch.setattr(os, "access", lambda path, _mode: not path.endswith("secret"))

    context = read(tmp_path)

    assert paths(context) == ["a", "secret", "z"]
    assert [(one.path, one.message) for one in context.problems] == [
        ("a", "Permission denied"),
        ("secret", "Permission denied"),
    ]
    assert weigh(tmp_path) == len("secret") + len("z")


def test_a_context_that_is_not_there_is_a_problem(tmp_path: Path) -> None:
    context = read_context(tmp_path / "none", None)

    assert context.files == ()
    assert [one.path for one in context.problems] == ["."]
    assert weigh(tmp_path / "none") == 0


def test_a_file_that_the_reader_denies_is_marked(tmp_path: Path) -> None:
    make(tmp_path, "foo/x", "foo/y", "bar/x")

    context = read(tmp_path, "foo\n!foo/x\nfoo\n")

    assert [(one.path, one.emptied) for one in context.files if one.kind is Kind.FILE] == [
        ("bar/x", False),
        ("foo/x", True),
    ]


def test_deep_trees(tmp_path: Path) -> None:
    deep = tmp_path.joinpath(*["d"] * 600)
    current = tmp_path
    for _ in range(600):
        current = current / "d"
        current.mkdir()
    (deep / "f").write_text("x")

    context = read(tmp_path, "*\n!**/f\n")

    assert len(context.files) == 601
    assert weigh(tmp_path) == 1
    # pytest's own removal of the folder recurses.
    for _ in range(600):
        for entry in os.scandir(current):
            Path(entry.path).unlink()
        current.rmdir()
        current = current.parent


def test_bytes_by_folder(tmp_path: Path) -> None:
    make(tmp_path, "a/bb/c", "d", "e/f", "a/g")
    (tmp_path / "empty").mkdir()

    assert list(by_folder(read(tmp_path)).items()) == [("a", 9), ("e", 3), (".", 1), ("empty", 0)]


@pytest.fixture
def tree(tmp_path: Path) -> Context:
    make(
        tmp_path,
        "a.txt",
        "b.md",
        "src/main.py",
        "src/pkg/x.py",
        "src/pkg/deep/y.py",
        "src/pkg/deep/y.txt",
        "f[1].txt",
        "docs/a.md",
    )
    (tmp_path / "link").symlink_to("src/pkg")
    (tmp_path / "rooted").symlink_to("/docs")
    (tmp_path / "file").symlink_to("a.txt")
    (tmp_path / "gone").symlink_to("nowhere")
    (tmp_path / "ring1").symlink_to("ring2")
    (tmp_path / "ring2").symlink_to("ring1")
    (tmp_path / "docs/up").symlink_to("../../../src")
    return read(tmp_path)


ALL_SOURCE = "src/main.py src/pkg src/pkg/deep src/pkg/deep/y.py src/pkg/deep/y.txt src/pkg/x.py"
PKG = "src/pkg/deep src/pkg/deep/y.py src/pkg/deep/y.txt src/pkg/x.py"
SOURCES = [
    (["a.txt"], "a.txt"),
    (["/a.txt"], "a.txt"),
    (["../../a.txt"], "a.txt"),
    (["src/../a.txt"], "a.txt"),
    (["src"], ALL_SOURCE),
    (["src/"], ALL_SOURCE),
    (["src/."], ALL_SOURCE),
    (["a.txt", "a.txt", "b.md"], "a.txt b.md"),
    (["*.txt"], "a.txt f[1].txt"),
    (["s*"], ALL_SOURCE),
    (["src/*"], ALL_SOURCE.replace("src/pkg ", "")),
    (["*/*.py"], "src/main.py"),
    (["*/*/*.py"], "src/pkg/x.py"),
    (["**/*.py"], "src/main.py"),
    (["[ab].*"], "a.txt b.md"),
    (["f[[]1].txt"], "f[1].txt"),
    (["f[1].txt"], ""),
    (["x*"], ""),
    (["[x"], ""),
    (["nothing"], ""),
    (["gone"], ""),
    (["ring1"], ""),
    (["link"], PKG),
    (["link/deep"], "src/pkg/deep/y.py src/pkg/deep/y.txt"),
    (["link/*.py"], "src/pkg/x.py"),
    (["lin*"], PKG),
    (["rooted"], "docs/a.md docs/up"),
    (["docs/up/main.py"], "src/main.py"),
    (["file"], "a.txt"),
]


@pytest.mark.parametrize(("sources", "taken"), SOURCES)
def test_what_a_copy_takes(tree: Context, sources: list[str], taken: str) -> None:
    assert [file.path for file in copy_sources(tree, sources)] == taken.split()


def test_a_copy_of_the_context_takes_all_of_it(tree: Context) -> None:
    for source in (".", "./", "/", "..", "src/.."):
        assert copy_sources(tree, [source]) == tree.files


def test_exclude_is_relative_to_each_source(tree: Context) -> None:
    def taken(source: str, *exclude: str) -> str:
        return " ".join(file.path for file in copy_sources(tree, [source], exclude=exclude))

    assert taken("src", "**/*.py") == "src/pkg src/pkg/deep src/pkg/deep/y.txt"
    assert taken("src", "pkg") == "src/main.py"
    assert taken("src", "src") == ALL_SOURCE
    assert taken("src", "pkg", "!pkg/x.py") == "src/main.py src/pkg/x.py"
    assert taken("src/pkg", "*.py") == "src/pkg/deep src/pkg/deep/y.py src/pkg/deep/y.txt"
    assert taken("src/main.py", "*.py") == "src/main.py"


def test_parents_takes_patterns_at_any_depth(tree: Context) -> None:
    def taken(source: str) -> str:
        return " ".join(file.path for file in copy_sources(tree, [source], parents=True))

    assert taken("src/pkg/x.py") == "src/pkg/x.py"
    assert taken("./**/*.py") == "src/main.py src/pkg/deep/y.py src/pkg/x.py"
    assert taken("src/./pkg/*.py") == "src/pkg/x.py"
    assert taken("src/./pkg") == f"src/pkg {PKG}"
    assert taken("link/./*.py") == "src/pkg/x.py"


def test_missing_sources(tree: Context) -> None:
    sources = ["a.txt", "x", "x*", "gone", "g*", "ring1", "link/x", "link/x.py", "a.txt/b", "."]

    assert missing_sources(tree, sources) == ("x", "gone", "g*", "ring1", "link/x", "a.txt/b")
    assert missing_sources(tree, ["src/./x", "src/./*.x"], parents=True) == ("src/./x",)
