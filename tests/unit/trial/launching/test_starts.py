"""Further starts: their order, when they end, and what is made of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jettison.engine import FakeEngine, StackRequest
from jettison.trial import Progress, ServiceMeasure, Side, Trial
from jettison.trial.launches import Launch
from jettison.trial.launching.starts import Start, moved, start_in_turn, start_once, with_starts

if TYPE_CHECKING:
    from pathlib import Path


def _service(name: str, seconds: float | None) -> ServiceMeasure:
    return ServiceMeasure(name, "image", True, False, 1, 1, True, "health check", seconds, None)


def _launch(tree: Path, **volumes: str) -> Launch:
    services = {
        name: {"image": "x", "volumes": [{"type": "bind", "source": source, "target": "/data"}]}
        for name, source in volumes.items()
    }
    request = StackRequest("jettison-r-before", tree.parent / "x.json", tree)
    model = {"name": request.name, "services": services}
    return Launch(request, model, tree, dict.fromkeys(services, 9.0), 1.0)


def test_sides_are_started_in_turn() -> None:
    asked: list[Side] = []

    def start(side: Side) -> Start:
        asked.append(side)
        return Start({"api": float(len(asked))}, 1.0)

    made = start_in_turn(2, 1.0, start)
    assert asked == [Side.BEFORE, Side.AFTER, Side.BEFORE, Side.AFTER]
    assert [one.seconds["api"] for one in made.before] == [1.0, 3.0]
    assert [one.seconds["api"] for one in made.after] == [2.0, 4.0]
    assert not made.note


def test_a_long_start_is_not_made_again() -> None:
    assert start_in_turn(2, 75.0, lambda _: Start()).before == []
    made = start_in_turn(4, 59.0, lambda side: Start({}, 61.0 if side is Side.AFTER else 3.0))
    assert (len(made.before), len(made.after)) == (1, 1)
    assert made.note == ("seconds to ready are of 2 of 5 starts: one start of the stack took 61 s")


def test_a_start_that_fails_is_told_and_leaves_as_many_on_both_sides() -> None:
    made = start_in_turn(2, 1.0, lambda s: Start(failed="api" if s is Side.AFTER else ""))
    assert (made.before, made.after) == ([], [])
    assert made.note == "start 2 of the stack after failed: api"


def test_medians_and_what_has_no_seconds() -> None:
    services = (_service("api", 9.0), _service("web", 1.0), _service("job", None))
    trial = Trial(Side.AFTER, (), services, {}, 0, {}, 0, 0, 9.0)
    found = with_starts(trial, [Start({"api": 2.0, "web": 3.0}), Start({"api": 4.0})])
    assert [one.seconds_to_healthy for one in found.services] == [4.0, 2.0, None]
    assert [one.starts for one in found.services] == [(9.0, 2.0, 4.0), (1.0, 3.0), ()]
    assert found.seconds_to_all_healthy == 4.0


def test_a_launch_moves_with_its_copy(tmp_path: Path) -> None:
    old, new = tmp_path / "tree1", tmp_path / "tree2"
    mounts = {"api": f"{old}/conf/a.ini", "db": f"{old}0/x", "web": "/elsewhere"}
    launch, mounted = moved(_launch(old, **mounts), new)
    sources = [one["volumes"][0]["source"] for one in launch.model["services"].values()]
    assert sources == [f"{new}/conf/a.ini", f"{old}0/x", "/elsewhere"]
    assert mounted == ("conf/a.ini",)
    assert launch.request.folder == new


def test_one_start_is_launched_waited_for_and_gone(tmp_path: Path) -> None:
    engine = FakeEngine({})
    launch = _launch(tmp_path / "tree", api="/x", other="/x")
    progress = Progress()
    start = start_once(engine, launch, ["api"], 5.0, progress)
    assert set(start.seconds) == {"api"}
    assert progress.times.starts > 0
    assert progress.times.builds == 0
    assert not start.failed
    assert engine.running == set()
    assert engine.calls == ["up jettison-r-before", "down jettison-r-before"]
    sick = FakeEngine({}, unhealthy=frozenset({("api", "before")}))
    assert start_once(sick, launch, ["api"], 5.0, Progress()).failed == "api (health check)"
    assert sick.running == set()
