"""Comments that a change does not declare stay, in whatever text file they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from jettison.analysis import Facts, discover
from jettison.changes.contract import broken_promise
from jettison.rules import Basis, Change, Grade, Key
from jettison.source import Patch, Span, TextEdit, TextTree

if TYPE_CHECKING:
    from pathlib import Path

_FILES = {
    "compose.yaml": (
        "services:\n  web: # the site\n    build: .\n    # of its own\n"
        "    command: ['#a', 'b#c'] # d\n    environment: {A: '1 # 2'}\n"
    ),
    "Dockerfile": "# Debian\nFROM debian\nRUN a \\\n  # why\n  && b\n",
    ".dockerignore": "# data\ndata\n",
    "requirements.txt": "# web\nflask\n",
    "README.md": "# Shop\n",
}


def _broken(root: Path, path: str, text: str, drops: frozenset[str] = frozenset()) -> str | None:
    for name, content in _FILES.items():
        (root / name).write_text(content)
    tree = TextTree(root)
    at = _FILES[path].index(text)
    patch = Patch.of(path, [TextEdit(Span(at, at + len(text)), "")])
    change = Change(Key("JT001", "web"), "t", patch, Grade.SAFE, Basis.READ, drops_comments=drops)
    before = Facts(discover(tree, {}))
    after = Facts(discover(tree.edited(patch), {}))
    return broken_promise(before, after, [change])


@pytest.mark.parametrize(
    ("path", "comment"),
    [
        ("compose.yaml", "# the site"),
        ("compose.yaml", "# of its own"),
        ("compose.yaml", "# d"),
        ("Dockerfile", "# Debian"),
        (".dockerignore", "# data"),
        ("requirements.txt", "# web"),
    ],
)
def test_a_comment_goes_only_where_a_change_says_so(
    tmp_path: Path, path: str, comment: str
) -> None:
    assert _broken(tmp_path, path, comment) == f"{path} would lose the comment {comment!r}"
    assert _broken(tmp_path, path, comment, frozenset({comment})) is None


@pytest.mark.parametrize(
    ("path", "text"),
    [("compose.yaml", "'#a', "), ("compose.yaml", " # 2"), ("README.md", "# Shop")],
)
def test_what_is_no_comment_may_go(tmp_path: Path, path: str, text: str) -> None:
    assert _broken(tmp_path, path, text) is None
