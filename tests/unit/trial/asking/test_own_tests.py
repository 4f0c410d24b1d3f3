"""The project's own tests: how they are asked for, and how they end."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from jettison.trial.asking.commands import command_notes, command_rows
from jettison.trial.asking.own_tests import run_here, variables
from jettison.trial.asking.passed_tests import passed_tests
from jettison.trial.learned import HOST, Command, Ran
from jettison.trial.model import Answer, Probe, Side


@pytest.mark.parametrize(
    ("text", "service", "words"),
    [
        ("api: pytest -k 'a b'", "api", ("pytest", "-k", "a b")),
        ("my_api.v1:  pytest", "my_api.v1", ("pytest",)),
        ("npm run test:e2e", HOST, ("sh", "-c", "npm run test:e2e")),
        ("cd e2e && URL=http://$JETTISON_WEB_80 make", HOST, None),
        ("A=b:c pytest", HOST, None),
    ],
)
def test_where_a_test_is_to_run(text: str, service: str, words: tuple[str, ...] | None) -> None:
    command = Command.parsed_test(text)
    assert command.service == service
    assert command.words == (words or ("sh", "-c", text))
    assert command.test


@pytest.mark.parametrize("text", ["", "  ", "api: ", "api: pytest 'x"])
def test_what_is_no_test(text: str) -> None:
    with pytest.raises(ValueError, match=r"No closing|no command"):
        Command.parsed_test(text)


def test_variables_name_services_and_ports() -> None:
    places = {("my-db", 5432): ("127.0.0.1", 40001), ("my-db", 8080): ("127.0.0.1", 40002)}
    answers = {Probe("my-db", 8080, "/"): Answer(404, "", "", 0.1)}
    assert variables(Side.AFTER, places, answers) == {
        "JETTISON_SIDE": "after",
        "JETTISON_MY_DB_5432": "127.0.0.1:40001",
        "JETTISON_MY_DB_8080": "127.0.0.1:40002",
        "JETTISON_URL_MY_DB": "http://127.0.0.1:40002",
    }


@pytest.mark.parametrize(
    ("text", "passed"),
    [
        ("..s\n2 passed, 1 skipped in 0.04s\n", 2),
        ("=========== 1 failed, 12 passed, 3 warnings in 65.20s (0:01:05) ===========", 12),
        ("===== 3 skipped in 0.01s =====", 0),
        ("no tests ran in 0.00s", 0),
        ("-----\nRan 9 tests in 0.102s\n\nOK (skipped=2)\nDestroying test database", 7),
        ("Ran 1 test in 0.1s\n\nOK\n", 1),
        ("Ran 0 tests in 0.000s\n\nOK\n", 0),
        ("Test Suites: 2 passed, 2 total\nTests:       1 skipped, 5 passed, 6 total\n", 5),
        ("No tests found, exiting with code 0\n", 0),
        (" Test Files  2 passed (2)\n      Tests  4 passed | 1 skipped (5)\n", 4),
        ("  12 passing (20ms)\n  1 pending\n", 12),
        ("# tests 3\n# pass 3\n# fail 0\n", 3),
        ("\u2139 tests 3\n\u2139 pass 2\n\u2139 skipped 1\n", 2),
        (
            "Tests run: 2, Failures: 0, Errors: 0, Skipped: 0, Time elapsed: 1.3 s - in A\n"
            "[WARNING] Tests run: 5, Failures: 0, Errors: 0, Skipped: 1\n",
            4,
        ),
        ("5 examples, 0 failures, 1 pending\n", 4),
        ("OK (5 tests, 7 assertions)\n", 5),
        ("No tests executed!\n", 0),
        ("2 passed in 0.1s\nRan 3 tests in 1s\n\nOK\n", 5),
        ("all loaded\nTests: none here\n", None),
        ("", None),
    ],
)
def test_how_many_tests_passed(text: str, passed: int | None) -> None:
    assert passed_tests(text) == passed


@pytest.mark.parametrize(
    ("before", "after", "difference"),
    [
        (Ran(0, (), passed=9), Ran(0, ("Ran 0 tests",), passed=0), "9 tests passed, then 0"),
        (Ran(0, (), passed=9), Ran(0, (), passed=8), "9 tests passed, then 8"),
        (Ran(0, (), passed=9), Ran(5, (), "no", passed=0), "exit code 0 became 5"),
        (Ran(0, (), passed=9), Ran(0, (), passed=9), ""),
        (Ran(0, (), passed=9), Ran(0, (), passed=10), ""),
        (Ran(0, (), passed=9), Ran(0, ()), ""),
        (Ran(0, ()), Ran(0, (), passed=0), ""),
    ],
)
def test_a_test_that_no_longer_runs_is_a_difference(
    before: Ran, after: Ran, difference: str
) -> None:
    command = Command.parsed_test("api: python manage.py test")
    (row,) = command_rows({command: before}, {command: after})
    assert row.difference.partition("\n")[0] == difference
    assert row.same is not bool(difference)


def test_a_test_that_runs_nothing_before_is_told_and_proves_nothing() -> None:
    command = Command.parsed_test("api: python manage.py test")
    ran = {command: Ran(0, (), passed=0)}
    assert list(command_rows(ran, ran)) == []
    assert list(command_notes(ran)) == [
        ("api", "test python manage.py test ran no test before: it says nothing")
    ]


def test_a_command_is_ended_in_time_with_what_it_started(tmp_path: Path) -> None:
    clock = time.monotonic()
    words = ("sh", "-c", "sleep 60 & echo $!; sleep 60")
    code, text = run_here(words, tmp_path, os.environ, 0.5)
    assert code == 124
    assert time.monotonic() - clock < 5
    assert not _runs(int(text))


def test_what_a_command_leaves_running_is_ended(tmp_path: Path) -> None:
    code, text = run_here(("sh", "-c", "sleep 60 & echo $!; exit 4"), tmp_path, os.environ, 20)
    assert code == 4
    assert not _runs(int(text))


def _runs(pid: int) -> bool:
    """Whether a process is there and no zombie."""
    for _ in range(50):
        try:
            state = Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()[0]
        except OSError:
            return False
        if state == "Z":
            return False
        time.sleep(0.1)
    return True
