"""What we say goes into an image is what the engine puts there.

Each case is one ``docker buildx build`` of ``FROM scratch`` and one COPY over a small tree in
which every file holds its own path.
"""

from __future__ import annotations

import os
import socket
import subprocess
import tarfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from jettison.dockerfile.context import (
    Kind,
    copy_sources,
    missing_sources,
    read_context,
)
from jettison.dockerfile.ignore import IgnoreFile, find_ignore_file
from jettison.source import SourceText

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jettison.dockerfile.context import Context

pytestmark = pytest.mark.engine

DOCKER = "/usr/bin/docker" if Path("/usr/bin/docker").exists() else "docker"
TREE = (
    "README.md",
    "LICENSE",
    "a.txt",
    "a b.txt",
    "a|b.txt",
    "aab.txt",
    "b.md",
    "é.txt",
    "f[1].txt",
    "star*.txt",
    ".env",
    ".git/HEAD",
    ".git/objects/ab/cd",
    "src/main.py",
    "src/main.pyc",
    "src/pkg/a.py",
    "src/pkg/__pycache__/a.pyc",
    "src/pkg/deep/er/x.py",
    "node_modules/x/index.js",
    "node_modules/x/README.md",
    "node_modules/keep/index.js",
    "docs/a.md",
    "docs/b/c.md",
    "docs/b/README.md",
    "foo/bar/baz/file1",
    "foo/bar/file2",
    "foo/x",
    "build/out.bin",
    "1/2/3",
)
LINKS = {
    "link.txt": "a.txt",
    "dangling": "nowhere",
    "linkdir": "src/pkg",
    "abs": "/docs/b",
    "docs/up": "../src",
    "tidy": "src//pkg/./",
}
PATTERNS = {
    "nothing": "",
    "only_comments": "# a.txt\n\n   \n",
    "blank_before_hash_is_no_comment": " #a.txt\n",
    "file": "a.txt\n",
    "folder": "src\n",
    "folder_with_slash": "src/\n",
    "leading_slash": "/src/pkg\n",
    "dot_slash": "./docs/./b/\n",
    "dots_inside": "docs/../src\n",
    "dots_outside": "../src\n",
    "everything": "*\n",
    "everything_but": "*\n!src\n",
    "everything_but_deep": "*\n!src/pkg/deep/er/x.py\n",
    "everything_but_file": "*\n!a.txt\n!docs/b\n",
    "double_star": "**\n!src/main.py\n",
    "double_star_slash": "**/\n!docs\n",
    "any_depth": "**/*.md\n",
    "any_depth_but_one": "**/*.md\n!README.md\n",
    "any_depth_but_all_of_a_name": "**/*.md\n!**/README.md\n",
    "name_at_any_depth": "**/__pycache__\n",
    "suffix_without_slash": "**.pyc\n",
    "prefix": "src/**\n",
    "prefix_without_slash": "do**\n",
    "middle": "src/**/x.py\n",
    "star_is_one_level": "src/*.py\n",
    "star_below": "*/pkg\n",
    "two_levels": "*/*/*.py\n",
    "question_mark": "?.txt\n",
    "question_mark_is_no_slash": "1?2\n",
    "class": "[ab].*\n",
    "class_negated": "[^a]*.txt\n",
    "class_range": "[a-z].md\n",
    "escape": "f\\[1\\].txt\nstar\\*.txt\n",
    "blank_in_name": "a b.txt\n",
    "non_ascii": "é.*\n",
    "crlf": "src\r\ndocs\r\n!docs/a.md\r\n",
    "byte_order_mark": "\ufeffsrc\n",
    "no_final_newline": "src\ndocs",
    "trailing_blanks": "src  \t\n  docs\n",
    "order_matters": "!docs/a.md\ndocs\n",
    "re_exclude": "docs\n!docs/b\ndocs/b/c.md\n",
    "re_exclude_the_parent": "foo\n!foo/x\nfoo\n",
    "re_exclude_by_wildcard": "foo\n!foo/bar\n*/x\nfoo/bar\n",
    "blank_after_mark": "*\n! src\n",
    "double_mark": "*\n!!src\n",
    "slash_alone": "/\n",
    "dot_alone": ".\n",
    "mark_and_dot": "*\n!.\n",
    "exception_by_star": "node_modules\n!node_modules/*/README.md\n",
    "exception_by_double_star": "node_modules\n!**/README.md\n",
    "exception_below_a_file_pattern": "node_modules/**\n!node_modules/keep\n",
    "exception_with_prefix_stars": "*\n!src/**\n",
    "exception_of_a_parent": "foo/bar/baz\n!foo\n",
    "exception_with_a_star_at_the_end": "src\n!src/*\n",
    "link_is_no_folder": "linkdir\nabs/c.md\n",
    "links_by_name": "link*\n",
    "bar_is_a_choice": "a|b*\n",
    "braces_count": "a{2}b*\n",
    "caret_anchors": "^a.tx?\n",
    "digit_class": "\\d\n",
    "posix_class": "[[:alpha:]].txt\n",
    "dockerfile_itself": "Dockerfile\n.dockerignore\n",
    "git": ".git\n.env\n",
    "hidden": ".*\n",
}
SOURCES = {
    "context": (".",),
    "context_slash": ("./",),
    "root": ("/",),
    "file": ("a.txt",),
    "two_files": ("a.txt", "b.md"),
    "folder": ("src",),
    "folder_slash": ("src/",),
    "leading_slash": ("/src/pkg",),
    "dots_out": ("../../src/pkg",),
    "dots_in": ("docs/../src/pkg",),
    "star": ("*.txt",),
    # Not "do*": BuildKit asks for what a link points to that lies in a folder found by a wildcard,
    # and stops where no COPY names that too.
    "star_folders": ("fo*",),
    "star_below": ("src/*",),
    "star_then_file": ("*/x",),
    "star_is_one_level": ("src/*/*.py",),
    "stars_are_no_depth": ("**/*.py",),
    "question_mark": ("?.txt",),
    "class": ("f[[]1].txt",),
    "class_of_two": ("[ab].*",),
    "nothing_matches": ("nothing*", "a.txt"),
    "hidden_too": (".g*",),
    "link_to_file": ("link.txt",),
    "link_to_folder": ("linkdir",),
    "link_absolute": ("abs",),
    "link_untidy": ("tidy",),
    "through_a_link": ("linkdir/deep",),
    "through_a_link_with_star": ("linkdir/*.py",),
    "link_by_star": ("linkd*",),
    "link_out_and_in": ("docs/up/main.py",),
    "excluded_inside": ("node_modules",),
    "overlap": ("src/pkg", "src"),
    "non_ascii": ("é.txt",),
}
SOURCES_IGNORE = "node_modules/x\n**/*.pyc\n"


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("context")
    for name in TREE:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(f"{name}\n", encoding="utf-8")
    for name, target in LINKS.items():
        os.symlink(target, root / name)  # noqa: PTH211  Path would tidy the target up
    (root / "empty/inside").mkdir(parents=True)
    Path(os.fsdecode(os.fsencode(root) + b"/not-utf-8-\xff")).write_text("not-utf-8\n")
    os.mkfifo(root / "fifo")
    with socket.socket(socket.AF_UNIX) as server:
        here = Path.cwd()
        os.chdir(root)  # the address of a socket has to be short
        server.bind("socket")
        os.chdir(here)
    return root


def build(root: Path, dockerfile: str, archive: Path) -> dict[str, str | None] | None:
    """Every path of the image with a file's content; ``None`` where the engine refused."""
    (root / "Dockerfile").write_text(dockerfile, encoding="utf-8")
    command = [DOCKER, "buildx", "build", "--output", f"type=tar,dest={archive}", "."]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    if done.returncode:
        assert "ERROR" in done.stderr
        return None
    found: dict[str, str | None] = {}
    with tarfile.open(archive, encoding="utf-8", errors="surrogateescape") as tar:
        for member in tar:
            content = tar.extractfile(member) if member.isreg() else None
            found[member.name] = content.read().decode() if content else None
    return found


def ignore_of(root: Path) -> IgnoreFile | None:
    path = find_ignore_file(root, root / "Dockerfile")
    return IgnoreFile.parse(SourceText.read(path)) if path else None


def expected(root: Path, context: Context) -> Mapping[str, str | None]:
    out: dict[str, str | None] = {}
    for file in context.files:
        if file.kind is Kind.FILE:
            out[file.path] = (root / file.path).read_bytes().decode()
        else:
            # A socket arrives as an empty file.
            out[file.path] = "" if file.path == "socket" else None
    return out


@pytest.mark.parametrize("name", PATTERNS)
def test_a_copy_of_everything_brings_what_the_patterns_let_through(
    tree: Path, tmp_path: Path, name: str
) -> None:
    (tree / ".dockerignore").write_bytes(PATTERNS[name].encode())

    arrived = build(tree, "FROM scratch\nCOPY . /\n", tmp_path / "out.tar")
    context = read_context(tree, ignore_of(tree))

    assert arrived is not None
    assert arrived == expected(tree, context)


def test_a_file_whose_folder_is_excluded_again_arrives_empty(tmp_path: Path) -> None:
    root = tmp_path / "context"
    (root / "foo").mkdir(parents=True)
    (root / "foo/x").write_text(f"{tmp_path}\n")
    (root / ".dockerignore").write_text(PATTERNS["re_exclude_the_parent"])

    arrived = build(root, "FROM scratch\nCOPY . /\n", tmp_path / "out.tar")
    file = read_context(root, ignore_of(root)).get("foo/x")

    assert arrived is not None
    assert arrived["foo/x"] == ""
    assert file is not None
    assert file.emptied


@pytest.mark.parametrize("text", ["!\n", "!/\n", "[\n", "[]\n", "a\n[a-\n", "a\\\n", "\\y*\n"])
def test_patterns_that_we_call_wrong_stop_the_build(tree: Path, tmp_path: Path, text: str) -> None:
    (tree / ".dockerignore").write_bytes(text.encode())

    ignore = ignore_of(tree)

    assert build(tree, "FROM scratch\nCOPY . /\n", tmp_path / "out.tar") is None
    assert ignore is not None
    assert ignore.problems


def test_the_ignore_file_of_a_dockerfile_comes_first(tree: Path, tmp_path: Path) -> None:
    (tree / ".dockerignore").write_text("docs\n")
    own = tree / "Dockerfile.dockerignore"
    for text in ("src\n", ""):
        own.write_text(text)
        arrived = build(tree, "FROM scratch\nCOPY . /\n", tmp_path / "out.tar")
        context = read_context(tree, ignore_of(tree))
        assert arrived == expected(tree, context)
        assert ("src/main.py" in arrived) is (text == "")
        assert "docs/a.md" in arrived
    own.unlink()


@pytest.mark.parametrize("name", SOURCES)
def test_a_copy_takes_what_we_say(tree: Path, tmp_path: Path, name: str) -> None:
    sources = SOURCES[name]
    (tree / ".dockerignore").write_text(SOURCES_IGNORE)
    dockerfile = f"FROM scratch\nCOPY {' '.join(sources)} /to/\n"

    arrived = build(tree, dockerfile, tmp_path / "out.tar")
    context = read_context(tree, ignore_of(tree))
    taken = copy_sources(context, sources)

    assert arrived is not None
    assert missing_sources(context, sources) == ()
    assert {text for text in arrived.values() if text} == {
        (tree / file.path).read_text("utf-8") for file in taken if file.kind is Kind.FILE
    }


@pytest.mark.parametrize(
    "source",
    [
        *("nothing", "src/nothing", "node_modules/x", "dangling", "dang*", "a.txt/b", "fifo/x"),
        *("nothing/*", "dangling/*.txt", "a.txt/*"),
    ],
)
def test_sources_that_we_miss_stop_the_build(tree: Path, tmp_path: Path, source: str) -> None:
    (tree / ".dockerignore").write_text(SOURCES_IGNORE)

    arrived = build(tree, f"FROM scratch\nCOPY {source} /to/\n", tmp_path / "out.tar")
    context = read_context(tree, ignore_of(tree))

    assert arrived is None
    assert missing_sources(context, [source]) == (source,)
