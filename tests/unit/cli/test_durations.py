"""How long is left is told by the last run, from what was done last."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from jettison.cli.durations import Clock, LastRun, about, last_run, remember_run

if TYPE_CHECKING:
    from pathlib import Path

_LAST = LastRun(
    100.0, (("# findings", 2.0), ("built api in # s", 40.0), ("built web in # s", 90.0))
)


@pytest.fixture(autouse=True)
def cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path / "jettison/runs"


def test_what_was_done_sets_the_clock() -> None:
    clock = Clock(_LAST)
    clock.done("12 findings", 4.0)
    assert clock.left(5.0) == pytest.approx(97.0)
    clock.done("built api in 71.5 s", 80.0)
    assert clock.left(90.0) == pytest.approx(50.0)
    clock.done("something that the last run did not do", 91.0)
    assert clock.left(92.0) == pytest.approx(48.0)


def test_a_step_that_comes_twice_goes_on_from_the_second() -> None:
    clock = Clock(LastRun(30.0, (("built a", 10.0), ("built a", 20.0))))
    clock.done("built a", 10.0)
    assert clock.left(10.0) == pytest.approx(20.0)
    clock.done("built a", 15.0)
    assert clock.left(15.0) == pytest.approx(10.0)


def test_nothing_is_said_without_a_last_run_or_beyond_it() -> None:
    assert Clock(None).left(1.0) is None
    assert Clock(_LAST).left(101.0) is None


def test_a_run_is_remembered_by_its_key() -> None:
    remember_run(("a", "b"), _LAST)
    assert last_run(("a", "b")) == _LAST
    assert last_run(("ab",)) is None


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"seconds": "x", "marks": [1]}', "x" * 70_000])
def test_what_cannot_be_read_is_no_last_run(cache: Path, text: str) -> None:
    remember_run(("a",), _LAST)
    next(cache.iterdir()).write_text(text)
    assert last_run(("a",)) is None


def test_a_place_that_cannot_be_written_is_no_error(cache: Path) -> None:
    cache.parent.mkdir()
    cache.write_text("a file")
    remember_run(("a",), _LAST)
    assert last_run(("a",)) is None


def test_the_oldest_are_forgotten(cache: Path) -> None:
    for number in range(205):
        remember_run((str(number),), _LAST)
    assert len(list(cache.iterdir())) == 200


@pytest.mark.parametrize(
    ("seconds", "said"), [(3, "10 s"), (44, "40 s"), (59.9, "60 s"), (61, "1 min"), (330, "6 min")]
)
def test_an_estimate_is_no_more_exact_than_it_can_be(seconds: float, said: str) -> None:
    assert about(seconds) == said
