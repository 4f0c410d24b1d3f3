"""A run's report: what it says of each state, and that no figure is cut at any width."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from rich.console import Console
from tests.unit.trial.planned import files_of, replanner, rule

from jettison.changes.attribution import Attribution, Part, PartKind
from jettison.changes.verdicts import Reached, State, Verdict, judge
from jettison.errors import ExitCode
from jettison.report.document import to_json, to_markdown
from jettison.report.model import Comparison, Report, WrittenFile, probe_results
from jettison.report.terminal import render_report
from jettison.report.wording import headline
from jettison.trial import BuildMeasure, ServiceMeasure, Side, Trial
from jettison.trial.outcomes import Row

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def _trial(side: Side, size: int, pull: int, seconds: float, memory: int) -> Trial:
    services = tuple(
        ServiceMeasure(
            service=name,
            image=f"image-{side}",
            built=built,
            stand_in=False,
            uncompressed_bytes=size if name == "api" else size * 39 // 10 if built else 256_900_000,
            compressed_bytes=pull if name == "api" else pull * 38 // 10 if built else 99_100_000,
            healthy=True,
            health_source="health check",
            seconds_to_healthy=seconds,
            memory_bytes=memory,
        )
        for name, built in (("api", True), ("a-worker-with-a-long-name", True), ("db", False))
    )
    builds = (BuildMeasure(("api",), "Dockerfile", 86.9, True, 1000, 5, 0),)
    return Trial(side, builds, services, {}, 785_000_000, {}, 8_671_500_000, 2_695_500_000, 6.1)


def _report(root: Path) -> Report:
    replan = replanner(root, rule())
    first, last = replan(frozenset()), replan(frozenset({"JT990/api/b"}))
    reached = {
        "api": Reached(State.VERIFIED, "3 comparisons agree"),
        "web": Reached(State.BUILT, "web: nothing to compare (no port)"),
    }
    evidence = "api: GET /: 200 -> 500\nTraceback\nModuleNotFoundError: wide"
    rows = (Row("api", "GET /", "200", "200", same=True),)
    before = _trial(Side.BEFORE, 1_770_100_000, 556_800_000, 4.9, 349_400_000)
    after = _trial(Side.AFTER, 273_800_000, 90_600_000, 6.1, 359_800_000)
    parts = (
        Part(PartKind.CHANGE, 1_400_000_000, 10, "JT990/api/a", 3, "debian:gcc"),
        Part(PartKind.LINE, 90_000_000, 3, "", 4, "python:wide"),
        Part(PartKind.OVERHEAD, 6_300_000),
    )
    return Report(
        version="1",
        project="shop",
        started="2026-11-26T00:00:00+00:00",
        seconds=1.0,
        exit_code=ExitCode.TRIAL_FAILED,
        verdicts=judge(first, last, reached, {"JT990/api/b": evidence}),
        files=(WrittenFile("api/Dockerfile", "do not echo a", new=False),),
        diff=last.tree.diff(),
        tried=True,
        before=before,
        comparison=Comparison(
            before, after, probe_results(before, after, rows), rows, {"web": "no port"}, passed=True
        ),
        attributions=(Attribution("api", 1_770_100_000, 273_800_000, parts),),
        notes=("a note",),
    )


@pytest.fixture
def report(project: Callable[[dict[str, str]], Path]) -> Report:
    return _report(project(files_of("abc")))


def _printed(report: Report, width: int) -> str:
    console = Console(file=io.StringIO(), width=width, highlight=False, color_system=None)
    console.print(render_report(report))
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


@pytest.mark.parametrize("width", [40, 60, 80, 130])
def test_no_figure_is_cut(report: Report, width: int) -> None:
    text = _printed(report, width)
    assert all(len(line.rstrip()) <= width for line in text.splitlines())
    assert "…" not in text
    for figure in ("1,770.1", "273.8", "556.8", "90.6", "-84.5 %", "4.9", "6.1", "349.4", "359.8"):
        assert figure in text, figure
    words = " ".join(text.split())
    assert "a-worker-with-a-lo" in words, "folded, not cut"
    assert "1.4 GB" in words


def test_starts_and_a_modelled_pull_say_what_they_are(report: Report) -> None:
    assert report.comparison is not None

    def started(trial: Trial, *starts: float) -> Trial:
        services = (
            replace(one, starts=starts if one.service == "api" else ()) for one in trial.services
        )
        return replace(trial, services=tuple(services))

    told = replace(
        report,
        comparison=replace(
            report.comparison,
            before=started(report.comparison.before, 4.9, 4.1, 6.0),
            after=started(report.comparison.after, 6.1, 3.0, 7.0),
        ),
    )
    spread = "4.9 s (median of 3, from 4.1 to 6.0) → 6.1 s (median of 3, from 3.0 to 7.0)"
    pull = "302.4 s → 302.4 s (+0.0 %; 100 Mbit/s, then unpacking at 100 MB/s)"
    terminal = " ".join(_printed(told, 120).split())
    assert f"api: {spread}" in terminal
    assert f"pull, modelled {pull}" in terminal
    assert f"Healthy, api: {spread}." in to_markdown(told)
    assert f"modelled: {pull}." in to_markdown(told)
    row = json.loads(to_json(told))["services"][0]
    assert row["before"]["starts"] == [4.9, 4.1, 6.0]
    assert row["before"]["modelled_pull_seconds"] == 62.2
    assert json.loads(to_json(told))["services"][1]["before"]["starts"] == [4.9]


def test_where_the_time_went_is_told(report: Report) -> None:
    told = replace(report, seconds=200.0, build_seconds=100.0, start_seconds=70.0)
    where = (
        "200 s: builds 100 s, services starting and stopping 70 s, the trial itself 30 s (15.0 %)"
    )
    assert f"time {where}" in " ".join(_printed(told, 120).split())
    assert f"Time: {where}." in to_markdown(told)
    parts = json.loads(to_json(told))["seconds_in"]
    assert parts == {"builds": 100.0, "starts": 70.0, "own_work": 30.0}


def test_what_only_waits_for_a_trial_is_not_nothing(report: Report) -> None:
    finding = report.verdicts[0].finding
    waits = Verdict(finding, State.PROPOSED, "only a trial could show that it is right")
    bare = replace(report, verdicts=(waits,), diff="", tried=False, comparison=None)
    assert headline(bare) == "Nothing was changed: 1 finding needs a trial to be mended."
    assert headline(replace(bare, tried=True)) == "Nothing to change."


def test_each_state_is_told_with_its_evidence(report: Report) -> None:
    text = " ".join(_printed(report, 80).split())
    assert "verified (2) JT990/api/a saved 1.4 GB" in text
    assert "reverted (1) JT990/api/b" in text
    assert "ModuleNotFoundError: wide" in text
    assert "built (1) JT990/web/z" in text
    assert "nothing to compare (no port)" in text
    assert "NOT VERIFIED: 1 finding mended without anything to compare; 2 verified, 1 taken" in text


def test_what_was_not_tried_is_named_once(report: Report) -> None:
    assert report.comparison is not None
    imports = Row("api", "Python imports", "9 looked for", "9 can be had", True, exercises=False)
    late = "routes that were not asked: POST /items"
    told = replace(
        report,
        comparison=replace(
            report.comparison,
            rows=(*report.comparison.rows, imports, replace(imports, service="worker")),
            unexercised=(("api", late), ("worker", late)),
        ),
    )
    text = to_markdown(told)
    assert text.count(f"api, worker: {late}") == 1
    assert "api, worker: Python imports: 9 looked for, 9 can be had." in text
    document = json.loads(to_json(told))
    assert document["unexercised"][1] == {"service": "worker", "what": late}


def test_the_documents_say_the_same(report: Report) -> None:
    document = json.loads(to_json(report))
    assert document["exit_code"] == 7
    assert document["verified"] is False
    states = {finding["key"]: finding["state"] for finding in document["findings"]}
    assert states == {
        "JT990/api/a": "verified",
        "JT990/api/b": "reverted",
        "JT990/api/c": "verified",
        "JT990/web/z": "built",
    }
    saved = {finding["key"]: finding["saved_bytes"] for finding in document["findings"]}
    assert saved["JT990/api/a"] == 1_400_000_000
    assert saved["JT990/api/c"] is None
    (one,) = document["attribution"]
    assert sum(part["saved_bytes"] for part in one["parts"]) == one["saved_bytes"]
    markdown = to_markdown(report)
    assert "## Reverted: 1 finding" in markdown
    assert "taken back: api: GET /: 200 -> 500" in markdown
    assert "| 1.4 GB | 93.6 % | JT990/api/a |" in markdown
