"""Requests that change something, in order, against a real HTTP server on loopback."""

from __future__ import annotations

import json
import time
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING

import pytest
from tests.serving import serving

from jettison.config.settings import Step
from jettison.trial import Probe
from jettison.trial.asking.steps import ask_steps, ignored_parts, step_notes

if TYPE_CHECKING:
    from collections.abc import Iterator


class _Handler(BaseHTTPRequestHandler):
    def _say(self, status: int, value: object, cookie: str = "") -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        if cookie:
            self.send_header("Set-Cookie", cookie)
        self.end_headers()
        self.wfile.write(json.dumps(value).encode())

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if body == {"user": "ada"}:
            self._say(200, {"access": [{"key": "secret"}], "number": 41}, "session=s1")
        else:
            self._say(400, {})

    def do_GET(self) -> None:
        known = self.headers["Authorization"] == "Bearer secret"
        self._say(200 if known and "session=s1" in self.headers["Cookie"] else 401, {})


@pytest.fixture
def address() -> Iterator[tuple[str, int]]:
    with serving(_Handler) as where:
        yield where


def test_a_login_is_kept_for_what_follows(address: tuple[str, int]) -> None:
    steps = (
        Step("api", "/login", "POST", body='{"user": "ada"}', save={"key": "access.0.key"}),
        Step("api", "/me", headers={"Authorization": "Bearer ${key}"}, ignore=("$.number",)),
        Step("api", "/me"),
        Step("db", "/"),
    )
    answers = ask_steps({("api", 80): address, ("api", 90): address}, steps, 5)
    assert [(probe.asked, probe.step, one.status) for probe, one in answers.items()] == [
        ("POST /login", 1, 200),
        ("GET /me", 2, 200),
        ("GET /me", 3, 401),
        ("GET /", 4, None),
    ]
    assert next(iter(answers)).port == 80
    assert list(step_notes(answers)) == [
        ("db", "GET / had no answer before: no port of it answers")
    ]


def test_what_is_not_to_be_compared(address: tuple[str, int]) -> None:
    steps = (Step("api", "/login", "POST", body='{"user": "ada"}', ignore=("$.access",)),)
    answers = ask_steps({("api", 80): address}, steps, 5)
    ignored = ignored_parts(answers, steps)[Probe("api", 80, "/login", "POST", 1)]
    assert "$.access[0].key" in ignored
    assert "$.number" not in ignored


def test_a_request_of_the_settings_may_take_as_long_as_they_say() -> None:
    class Slow(_Handler):
        def do_GET(self) -> None:
            time.sleep(0.4)
            self._say(200, {})

    with serving(Slow) as where:
        for seconds, status in ((0.1, None), (5, 200)):
            (answer,) = ask_steps({("api", 80): where}, (Step("api", "/"),), seconds).values()
            assert answer.status == status
