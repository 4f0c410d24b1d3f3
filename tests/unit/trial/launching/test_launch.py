"""When a container counts as up."""

from __future__ import annotations

import time
from dataclasses import replace
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest
from tests.serving import serving

from jettison.engine import ContainerState, FakeEngine, RunResult, StackRequest
from jettison.trial.launching.launch import (
    ANSWERS,
    EXIT_CODE,
    SCHEDULES,
    TIMEOUT,
    WORKS,
    Expectation,
    Health,
    _failed,
    _look,
    _ping,
    addresses,
    judge,
)
from jettison.trial.launching.reach import Answering

_STATE = ContainerState(
    service="s",
    container_id="c",
    status="running",
    exit_code=0,
    restarts=0,
    started=100.0,
    health=None,
    first_success=None,
    health_output="",
    ports={},
)
_SILENT, _TCP, _ERROR, _HTTP = Answering


@pytest.mark.parametrize(
    ("changes", "answers", "healthy"),
    [
        ({"health": "healthy", "first_success": 102.5}, _SILENT, True),
        ({"health": "unhealthy"}, _SILENT, False),
        ({"health": "starting", "started": 150.0}, _SILENT, None),
        ({"health": "starting"}, _SILENT, False),  # longer than the project grants
        ({}, _SILENT, True),
        ({"started": 195.0}, _SILENT, None),
        ({"started": 199.0}, _HTTP, True),
        ({"started": 199.0}, _TCP, None),
        ({"started": 199.0}, _ERROR, None),
        ({"status": "exited", "exit_code": 0}, _SILENT, True),
        ({"status": "exited", "exit_code": 3}, _SILENT, False),
        ({"status": "restarting", "exit_code": 3}, _SILENT, None),
        ({"status": "created"}, _SILENT, None),
    ],
)
def test_verdict(changes: dict[str, Any], answers: Answering, healthy: bool | None) -> None:
    state = replace(_STATE, **changes)
    verdict = judge(state, 200.0, Expectation(budget=90.0), answers)
    assert (verdict.healthy if verdict else None) is healthy


@pytest.mark.parametrize(
    ("status", "source", "said"),
    [
        ("running", TIMEOUT, "running; not ready in time, see --timeout"),
        ("created", TIMEOUT, "created; not ready in time, see --timeout"),
        ("exited", EXIT_CODE, "exited, exit code 3; judged by exit code"),
    ],
)
def test_how_a_failure_is_told(status: str, source: str, said: str) -> None:
    state = replace(_STATE, status=status, exit_code=3)
    assert _failed(state, Health(healthy=False, source=source, seconds=None)) == said
    assert _failed(None, None) == "never started"


def test_a_connection_must_be_held_and_a_server_error_may_pass() -> None:
    assert judge(_STATE, 200.0, Expectation(answered_since=198.0), _TCP) is not None
    assert judge(_STATE, 200.0, Expectation(answered_since=190.0), _ERROR) is None
    assert judge(_STATE, 200.0, Expectation(answered_since=170.0), _ERROR) is not None


def test_a_worker_that_talks_is_given_time_to_fail() -> None:
    state = replace(_STATE, started=180.0)
    assert judge(state, 200.0, Expectation(log_since=199.0), _SILENT) is None
    assert judge(state, 200.0, Expectation(log_since=190.0), _SILENT) is not None


def test_what_answered_on_the_other_side_is_waited_for() -> None:
    assert judge(_STATE, 200.0, Expectation(), _SILENT) is not None
    assert judge(_STATE, 200.0, Expectation(answers=True), _SILENT) is None


@pytest.mark.parametrize(
    ("age", "silent", "up"), [(30.0, 20.0, False), (60.0, 5.0, False), (60.0, 20.0, True)]
)
def test_what_builds_when_it_starts_is_given_time(age: float, silent: float, *, up: bool) -> None:
    state = replace(_STATE, started=200.0 - age)
    expected = Expectation(builds=True, log_since=200.0 - silent)
    assert (judge(state, 200.0, expected, _SILENT) is not None) is up


def test_a_worker_is_up_when_it_answers_and_not_before() -> None:
    asked = Expectation(asks=("celery", "-A", "x"), pings=1)
    assert judge(_STATE, 200.0, asked, _SILENT) is None
    assert judge(_STATE, 200.0, Expectation(asks=("celery",), pings=3), _SILENT) is not None
    works = Expectation(asks=("celery",), pings=3, works=True)
    assert judge(_STATE, 200.0, works, _SILENT) is None, "it answered on the other side"
    verdict = judge(_STATE, 100.5, Expectation(pinged=True), _SILENT)
    assert verdict is not None
    assert verdict.source == WORKS


def test_a_scheduler_is_up_when_it_said_that_it_begins() -> None:
    log = "[2026-11-27 04:30:00,000: INFO/MainProcess] beat: Starting...\n"
    verdict = judge(_STATE, 200.0, Expectation(log=log, works=True), _SILENT)
    assert verdict is not None
    assert verdict.source == SCHEDULES
    assert judge(_STATE, 101.0, Expectation(log=log), _SILENT) is None, "it may end at once"
    worker = Expectation(log=log, asks=("celery",), works=True)
    assert judge(_STATE, 200.0, worker, _SILENT) is None, "a worker that schedules, too"
    verdict = judge(_STATE, 200.0, Expectation(log=f"{log}Traceback"), _SILENT)
    assert verdict is not None
    assert verdict.source != SCHEDULES
    verdict = judge(_STATE, 200.0, Expectation(began=True, works=True), _SILENT)
    assert verdict is not None
    assert verdict.source == SCHEDULES, "it wrote its schedule"


def test_what_was_started_again_must_hold_out_first() -> None:
    state = replace(_STATE, restarts=2, started=198.0)
    assert judge(state, 200.0, Expectation(), _HTTP) is None
    assert judge(state, 205.0, Expectation(), _HTTP) is not None


def test_a_job_that_ended_on_the_other_side_is_awaited() -> None:
    assert judge(_STATE, 200.0, Expectation(ends=True), _SILENT) is None


def test_a_worker_is_asked_by_the_name_of_its_container() -> None:
    said = {"celery -A app inspect ping": RunResult(0, "->  celery@0123456789ab: OK\n", "")}
    engine = FakeEngine(
        {},
        processes={"w": ("PID", "/usr/bin/python /usr/bin/celery worker -A app -l info")},
        executed=lambda _, words: next(
            (one for end, one in said.items() if words.replace("/usr/bin/", "").endswith(end)),
            RunResult(1, "", ""),
        ),
    )
    expected = Expectation()
    state = replace(_STATE, container_id="id-of-w")
    _ping(engine, state, expected, 200.0)
    assert expected.pinging is not None
    expected.pinging.join()
    assert expected.asks == ("/usr/bin/python", "/usr/bin/celery", "-A", "app")
    assert not expected.pinged, "another worker answered"
    said["celery -A app inspect ping"] = RunResult(0, "->  w1@id-of-w: OK\n        pong\n", "")
    _ping(engine, state, expected, 300.0e9)
    expected.pinging.join()
    assert expected.pinged


def test_a_worker_is_asked_in_the_folder_that_its_script_went_to() -> None:
    said = {
        "readlink /proc/1/cwd": RunResult(0, "/app/backend\n", ""),
        "cd /app/backend && celery -A backend inspect ping": RunResult(0, "->  a@id-of-w: OK", ""),
    }
    engine = FakeEngine(
        {},
        processes={"w": ("PID", "sh /app/start.sh", "celery -A backend worker")},
        executed=lambda _, words: said.get(words, RunResult(1, "", "")),
    )
    expected = Expectation()
    _ping(engine, replace(_STATE, container_id="id-of-w"), expected, 200.0)
    assert expected.pinging is not None
    expected.pinging.join()
    assert expected.pinged


def test_a_published_port_that_is_silent_is_waited_for_longer() -> None:
    state = replace(_STATE, started=180.0)
    assert judge(state, 200.0, Expectation(published=True), _SILENT) is None


def test_seconds_run_from_the_start_to_the_first_success() -> None:
    state = replace(_STATE, health="healthy", first_success=102.5)
    verdict = judge(state, 200.0, Expectation(), _SILENT)
    assert verdict is not None
    assert verdict.seconds == 2.5


def test_a_port_goes_by_the_name_that_the_project_publishes() -> None:
    state = replace(_STATE, ports={80: ("127.0.0.1", 40001)}, address="172.18.0.2")
    found = addresses({"web": state}, {("web", 80): 8080}, {"web": frozenset({80, 9000})})
    assert found == {("web", 8080): ("127.0.0.1", 40001), ("web", 9000): ("172.18.0.2", 9000)}


class _Page(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()


def test_a_server_behind_another_port_than_the_one_that_is_told_is_found() -> None:
    engine, stack = FakeEngine({}), StackRequest("s-before", Path("f"), Path())
    with serving(_Page) as (host, port):
        engine.heard["c"] = frozenset({port})
        told = replace(_STATE, ports={8000: (host, 1)}, address=host)
        early = replace(told, started=time.time() - 5.0)
        assert _look(engine, stack, early, Expectation(), "s", going=True) is None
        late = replace(told, started=time.time() - 13.0)
        health = _look(engine, stack, late, Expectation(), "s", going=True)
    assert health is not None
    assert health.source == ANSWERS
    assert health.seconds is None, "it may have answered long before it was found"
