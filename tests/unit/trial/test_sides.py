"""A project tried before and after, on an engine in memory."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING

import pytest
from tests.serving import serving

from jettison.analysis.discover import discover
from jettison.engine import FakeEngine, RunResult
from jettison.source import TextTree
from jettison.trial import (
    Differs,
    Passed,
    Progress,
    TrialSettings,
    Unbuildable,
    Unhealthy,
    watching,
)
from jettison.trial.attempt import attempt
from jettison.trial.learned import Command
from jettison.trial.observe import observe
from jettison.trial.weighing import weighed

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from jettison.engine import BuildRequest
    from jettison.trial import Attempt, Observation

_COMPOSE = """\
services:
  web: {build: ., ports: ["8000:8000"]}
  job: {image: redis, privileged: true}
"""
_DOCKERFILE = "FROM python:3.11-slim\nRUN true\n"


class _Handler(BaseHTTPRequestHandler):
    said = "one"
    kind = "text/plain"

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", self.kind)
        self.end_headers()
        self.wfile.write(self.said.encode())


@pytest.fixture
def server() -> Iterator[tuple[str, int]]:
    _Handler.said, _Handler.kind = "one", "text/plain"
    with serving(_Handler) as where:
        yield where


@dataclass
class _Case:
    engine: FakeEngine
    root: Path
    tree: Path
    settings: TrialSettings = field(default_factory=TrialSettings)

    def observe(self) -> Observation:
        project = discover(TextTree(self.root), dict(os.environ))
        return observe(
            self.engine,
            project,
            self.tree,
            run_id="r",
            settings=self.settings,
            progress=Progress(),
        )

    def attempt(self, before: Observation, *, measure: bool = False) -> Attempt:
        project = discover(TextTree(self.root), dict(os.environ))
        return attempt(
            self.engine,
            project,
            self.tree,
            run_id="r",
            settings=self.settings,
            progress=Progress(),
            before=before,
            label="after",
            measure=measure,
        )


@pytest.fixture
def case(tmp_path: Path, server: tuple[str, int]) -> _Case:
    for folder in (tmp_path / "project", tmp_path / "work" / "tree"):
        folder.mkdir(parents=True)
        (folder / "compose.yaml").write_text(_COMPOSE)
        (folder / "Dockerfile").write_text(_DOCKERFILE)
    engine = FakeEngine(
        services={
            "web": {"build": {"context": "."}, "ports": [{"target": 8000, "published": "8000"}]},
            "job": {"image": "redis", "privileged": True},
        },
        ports={"web": {8000: server}},
    )
    return _Case(engine, tmp_path / "project", tmp_path / "work" / "tree")


def test_what_is_as_before_passes(case: _Case) -> None:
    before = case.observe()
    assert [s.service for s in before.trial.services if s.healthy] == ["web"]
    assert before.built_only == {"job": "it wants to be privileged"}
    after = case.attempt(before)
    assert isinstance(after, Passed)
    assert {row.what for row in after.rows} >= {"GET /", "health check"}
    assert not case.engine.running


def test_a_service_that_is_started_again_while_it_is_asked_is_not_as_before(case: _Case) -> None:
    asked: list[str] = []
    case.engine.restarts = lambda side, _: side == "after" and len(asked)

    class Noting(_Handler):
        def do_GET(self) -> None:
            asked.append(self.path)
            super().do_GET()

    with serving(Noting) as where:
        case.engine.ports = {"web": {8000: where}}
        before = case.observe()
        asked.clear()
        after = case.attempt(before)
    assert isinstance(after, Unhealthy)
    assert after.services == ("web",)
    assert "it fell and was started again while it was asked" in after.details


def test_a_service_that_falls_a_moment_after_its_answer_is_not_as_before(
    case: _Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watching, "SETTLE_SECONDS", 1.0)
    asked: list[float] = []

    class Noting(_Handler):
        def do_GET(self) -> None:
            asked.append(time.monotonic())
            super().do_GET()

    def restarts(side: str, _: str) -> int:
        return int(side == "after" and bool(asked) and time.monotonic() - asked[-1] > 0.5)

    case.engine.restarts = restarts
    with serving(Noting) as where:
        case.engine.ports = {"web": {8000: where}}
        before = case.observe()
        asked.clear()
        assert isinstance(case.attempt(before), Unhealthy)


def test_a_service_that_was_started_again_before_it_was_ready_is_as_before(case: _Case) -> None:
    case.engine.restarts = lambda _, __: 2
    before = case.observe()
    assert isinstance(case.attempt(before), Passed)


def test_another_answer_differs(case: _Case) -> None:
    before = case.observe()
    _Handler.said = "two"
    after = case.attempt(before)
    assert isinstance(after, Differs)
    assert after.services == ("web",)


def test_a_build_that_fails_names_its_line(case: _Case) -> None:
    before = case.observe()
    case.engine.broken_builds = frozenset({"Dockerfile"})
    after = case.attempt(before)
    assert after == Unbuildable("Dockerfile", 2, "[2/3] RUN false", "the log's end", "web")


def test_a_service_that_does_not_come_up(case: _Case) -> None:
    before = case.observe()
    case.engine.unhealthy = frozenset({("web", "after")})
    after = case.attempt(before)
    assert isinstance(after, Unhealthy)
    assert after.services == ("web",)
    assert "last words of web" in after.details


def test_a_new_error_in_the_log_differs(case: _Case) -> None:
    before = case.observe()
    said = "Traceback (most recent call last):\nModuleNotFoundError: No module named 'x'\n"
    case.engine.logs_of = lambda side, _: said if side == "after" else ""
    after = case.attempt(before)
    assert isinstance(after, Differs)
    assert [row.what for row in after.rows if not row.same] == ["log"]


def test_only_what_is_measured_is_built_from_nothing_and_weighed_beside(case: _Case) -> None:
    before = case.observe()
    assert before.trial.builds[0].cold
    quick, measured = case.attempt(before), case.attempt(before, measure=True)
    assert isinstance(quick, Passed)
    assert isinstance(measured, Passed)
    assert not quick.trial.builds[0].cold
    assert measured.trial.builds[0].cold
    asked = [call.split()[0] for call in case.engine.calls if "weigh" in call or "up" in call]
    measuring = ["await_weighing", "up", "weigh_beside"]
    assert asked == [*measuring, "up", *measuring]


def test_a_trial_is_weighed_when_that_is_asked_for(case: _Case) -> None:
    trial = case.observe().trial
    assert not trial.uncompressed_once_bytes
    done = weighed(case.engine, trial)
    web = next(one for one in done.services if one.service == "web")
    assert web.uncompressed_bytes == done.uncompressed_once_bytes == 1_000_000
    assert web.compressed_bytes == done.compressed_once_bytes == 500_000


def test_an_image_that_cannot_be_built_before_keeps_nothing_from_being_tried(case: _Case) -> None:
    case.engine.broken_builds = frozenset({"Dockerfile"})
    before = case.observe()
    assert before.unbuilt == {"web": "the log's end"}
    after = case.attempt(before)
    assert isinstance(after, Passed)
    assert not after.rows


def test_a_dockerfile_without_compose_is_a_stack_of_its_own(case: _Case) -> None:
    for folder in (case.root, case.tree):
        (folder / "compose.yaml").unlink()
    before = case.observe()
    assert [s.service for s in before.trial.services] == ["dockerfile"]
    assert isinstance(case.attempt(before), Passed)


def test_what_compose_gives_a_build_is_carried_over(
    case: _Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)
    monkeypatch.setenv("FROM_SHELL", "b")
    case.engine.services["web"]["build"] = {
        "context": ".",
        "args": {"SAID": "a$$", "FROM_SHELL": None, "NOT_SET": None},
        "ssh": ["default", "github=/keys/one"],
        "additional_contexts": {
            "data": "./data",
            "base": "docker-image://alpine:3",
            "layout": "oci-layout://./layout:tag",
            "code": "https://github.com/owner/name.git#main",
            "cache": "service:job",
        },
        "extra_hosts": {"mirror": "10.0.0.1"},
        "network": "host",
        "shm_size": "64m",
    }
    requests: list[BuildRequest] = []
    layers = case.engine.layers

    def noted(request: BuildRequest) -> int:
        requests.append(request)
        return layers(request)

    monkeypatch.setattr(case.engine, "layers", noted)
    case.observe()
    (request,) = requests
    assert request.args == {"SAID": "a$", "FROM_SHELL": "b"}
    assert request.ssh == ("github=/keys/one",), "there is no agent"
    assert request.contexts == {
        "data": str(case.tree / "data"),
        "base": "docker-image://alpine:3",
        "layout": f"oci-layout://{case.tree / 'layout:tag'}",
        "code": "https://github.com/owner/name.git#main",
        "cache": "docker-image://redis",
    }
    assert request.hosts == ("mirror:10.0.0.1",)
    assert (request.network, request.shm_size) == ("host", "64m")


def _on_base(case: _Case, **services: str) -> None:
    """Gives the stack services that are built from the images of others."""
    for name, other in services.items():
        build = {"context": ".", "additional_contexts": {"other": f"service:{other}"}}
        case.engine.services[name] = {"build": build}
    case.engine.services["web"]["build"] = {
        "context": ".",
        "additional_contexts": {"first": "service:base"},
    }


@pytest.mark.parametrize("cold", [True, False])
def test_an_image_is_built_before_those_that_take_it(
    case: _Case, monkeypatch: pytest.MonkeyPatch, *, cold: bool
) -> None:
    _on_base(case, base="bottom", bottom="job")
    case.settings = TrialSettings(cold=cold)
    requests: dict[str, BuildRequest] = {}
    layers = case.engine.layers

    def noted(request: BuildRequest) -> int:
        requests[request.tag] = request
        return layers(request)

    monkeypatch.setattr(case.engine, "layers", noted)
    before = case.observe()
    assert not before.unbuilt
    made = [(one.tag, *one.contexts.values()) for one in requests.values()]
    tags = [f"jettison-trial:r-before-{n}" for n in range(3)]
    assert made == [
        (f"{tags[0]}-bottom", "docker-image://redis"),
        (f"{tags[1]}-base", f"docker-image://{tags[0]}-bottom"),
        (f"{tags[2]}-web", f"docker-image://{tags[1]}-base"),
    ]
    requests.clear()
    assert isinstance(case.attempt(before), Passed)
    assert {one.tag: one for one in requests.values()}["jettison-trial:r-after-2-web"].contexts == {
        "first": "docker-image://jettison-trial:r-after-1-base"
    }


def test_images_that_wait_for_each_other_keep_no_other_from_being_tried(case: _Case) -> None:
    _on_base(case, base="bottom", bottom="base")
    case.engine.services["web"]["build"] = {"context": "."}
    before = case.observe()
    assert [s.service for s in before.trial.services if s.healthy] == ["web"]
    assert "which cannot be built before it" in before.unbuilt["base"]


def test_what_is_built_from_an_image_that_cannot_be_built_is_not_either(case: _Case) -> None:
    _on_base(case, base="nobody")
    before = case.observe()
    assert before.unbuilt["base"] == "it is built from the image of nobody, which is not there"
    assert "the image of base, which cannot be built" in before.unbuilt["web"]


def test_everything_is_labelled(case: _Case) -> None:
    case.observe()
    (launched,) = case.engine.launched.values()
    assert launched["web"]["labels"] == {"dev.jettison.run": "r"}
    assert case.engine.images_of("jettison-trial:r-*") == ("jettison-trial:r-before-0-web",)


_ASKS = """python3 -c '
import os, urllib.request as u
assert u.urlopen(os.environ["JETTISON_URL_WEB"]).read() == b"one"
assert os.environ["JETTISON_URL_WEB"] == "http://" + os.environ["JETTISON_WEB_8000"]
' && cat Dockerfile && touch written && [ "$(basename "$PWD")" = project ]"""
_FAILS_AFTER = "echo said; if [ $JETTISON_SIDE = after ]; then echo no ink; exit 3; fi"
_ONCE = "[ $JETTISON_SIDE = before ] || [ -e tried ] || { touch tried; exit 1; }"


def _tested(case: _Case, *tests: str) -> _Case:
    case.settings = TrialSettings(tests=tuple(Command.parsed_test(text) for text in tests))
    return case


def test_a_test_runs_in_a_copy_of_the_project_and_is_told_where_the_stack_is(case: _Case) -> None:
    before = _tested(case, _ASKS).observe()
    after = case.attempt(before)
    assert isinstance(after, Passed), after
    (row,) = (row for row in after.rows if row.what.startswith("test "))
    assert (row.service, row.before, row.after) == ("this machine", "exit code 0", "exit code 0")
    assert not row.exercises, "nobody knows what of the stack it asked"
    assert not list(case.tree.parent.rglob("written"))
    assert not list(case.root.rglob("written"))
    assert [path.name for path in case.tree.parent.iterdir() if path.is_dir()] == ["tree"]


def test_a_test_that_fails_only_after_differs_with_what_it_said(case: _Case) -> None:
    before = _tested(case, _FAILS_AFTER).observe()
    after = case.attempt(before)
    assert isinstance(after, Differs)
    (row,) = (row for row in after.rows if not row.same)
    assert row.difference == "exit code 0 became 3\n  said\n  no ink"
    assert row.after == "exit code 3, at the second try"


def test_a_test_that_passes_at_the_second_try_is_said_to(case: _Case) -> None:
    after = case.attempt(_tested(case, _ONCE).observe())
    assert isinstance(after, Passed)
    assert {row.after for row in after.rows if row.what.startswith("test ")} == {
        "exit code 0, at the second try"
    }


def test_tests_that_tell_nothing_are_named(case: _Case) -> None:
    before = _tested(case, "echo dry; false", "wen: pytest").observe()
    after = case.attempt(before)
    assert isinstance(after, Passed)
    assert not [row for row in after.rows if row.what.startswith("test ")]
    assert ("this machine", "test echo dry; false fails before, too: dry") in after.unexercised
    assert ("wen", "test pytest fails before, too: it does not run") in after.unexercised


def test_a_test_in_a_container_is_one_of_its_service(case: _Case) -> None:
    said = [RunResult(0, "3 passed in 1.2 s", ""), RunResult(0, "3 passed in 0.4 s", "")]
    case.engine.executed = lambda _, command: (
        said.pop() if command == "pytest -q" else RunResult(127, "", "not found")
    )
    after = case.attempt(_tested(case, "web: pytest -q").observe())
    assert isinstance(after, Passed)
    (row,) = (row for row in after.rows if row.what == "test pytest -q")
    assert row.service == "web"
    assert row.exercises


def test_a_page_that_needs_a_browser_is_named_where_there_is_none(
    case: _Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    _Handler.said, _Handler.kind = "<div id=root></div><script>start()</script>", "text/html"
    after = case.attempt(case.observe())
    assert isinstance(after, Passed)
    assert "page / in Chromium" not in {row.what for row in after.rows}
    (said,) = (what for service, what in after.unexercised if service == "web")
    assert said.startswith("its pages need JavaScript, and there is no Chromium (chromium,")
