"""Lines of an ignore file keep out what they are meant to, and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from jettison.analysis.context.ignore_lines import sent_with
from jettison.dockerfile.context import Kind, read_context
from jettison.dockerfile.ignore import IgnoreFile
from jettison.source import SourceText

if TYPE_CHECKING:
    import pytest

FILES = ("a/x.log", "a/b/x.py", "a/b/c/y.log", "x.py", "b/z.txt")
PATTERNS = ("*", "**/*.log", "a", "!a", "!a/b", "a/*", "!a/b/c", "**/b", "!**/y.log", "b/z.txt")


@given(lines=st.lists(st.sampled_from(PATTERNS), max_size=5))
def test_the_walk_in_memory_agrees_with_the_one_on_the_disk(
    tmp_path_factory: pytest.TempPathFactory, lines: list[str]
) -> None:
    root = tmp_path_factory.getbasetemp() / "walk"
    for name in FILES:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text("x")
    ignore = IgnoreFile.parse(SourceText(".dockerignore", "\n".join(lines)))
    context = read_context(root, None)
    sent = {one.path for one in read_context(root, ignore).files if one.kind is not Kind.DIR}
    assert sent_with(context, ignore) == sent
