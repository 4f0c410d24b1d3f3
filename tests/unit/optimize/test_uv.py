"""What is made of uv's answers; the resolver itself runs in the end-to-end tests."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

from jettison.optimize import uv

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pytest


def _answer(code: int, out: str = "", err: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.CompletedProcess([], code, out, err)


def _lock(
    monkeypatch: pytest.MonkeyPatch, wanted: Sequence[str], without_wheel: frozenset[str]
) -> tuple[str, ...] | None:
    def compile_(
        asked: Sequence[str], constraints: Sequence[str], python: str
    ) -> subprocess.CompletedProcess[str]:
        del constraints, python
        for line in asked:
            name = line.partition("==")[0]
            if name in without_wheel:
                return _answer(1, err=f"hint: Wheels are required for `{name}` because building")
        return _answer(0, "".join(f"{line}\n" for line in asked) + "# via x\nextra==1\n")

    monkeypatch.setattr(uv, "_compile", compile_)
    return uv.UvResolver().lock(wanted, [], "3.12", Path())


def test_the_answer_is_the_pinned_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    assert _lock(monkeypatch, ["flask==3.0"], frozenset()) == ("extra==1", "flask==3.0")


def test_a_pinned_package_without_a_wheel_is_listed_as_it_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found = _lock(monkeypatch, ["psycopg2==2.9.9", "flask==3.0"], frozenset({"psycopg2"}))
    assert found == ("extra==1", "flask==3.0", "psycopg2==2.9.9")


def test_an_unpinned_one_has_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    assert _lock(monkeypatch, ["psycopg2", "flask==3.0"], frozenset({"psycopg2"})) is None


def test_uv_that_cannot_be_asked_has_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uv, "_compile", lambda *_: None)
    assert uv.UvResolver().lock(["flask"], [], "3.12", Path()) is None
