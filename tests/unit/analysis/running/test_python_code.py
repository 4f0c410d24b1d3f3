"""Strings of the code that reaches an image, found without parsing all of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jettison.analysis.running.python_code import ImageCode
from jettison.ecosystem.python.code import CodeBase

if TYPE_CHECKING:
    from pathlib import Path


def _strings(tmp_path: Path, word: str, **files: str) -> list[str]:
    for name, text in files.items():
        (tmp_path / f"{name}.py").write_text(text)
    base = CodeBase({f"{name}.py": str(tmp_path / f"{name}.py") for name in files})
    return list(ImageCode(base, base.files, frozenset(), {}).strings_with(word))


def test_strings_with_a_whole_word(tmp_path: Path) -> None:
    found = _strings(
        tmp_path,
        "g++",
        a="run('g++ -c x')\n",
        b='run(f"{x};g++")\n',
        c="run('cd /x &&\\n\\tg++ y')\n",
        d="run('dig++')\n",
        e="# g++ it is\n",
    )
    assert found == [";g++", "cd /x &&\n\tg++ y", "g++ -c x"]


def test_files_without_the_word_are_not_parsed(tmp_path: Path) -> None:
    assert _strings(tmp_path, "cc", a="success = 'account'\ndef (:\n", b="x = 'cc -c'\n") == [
        "cc -c"
    ]
