"""The project's own tests: how they are asked for, and how they end."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from jettison.trial.learned import HOST, Command
from jettison.trial.model import Answer, Probe, Side
from jettison.trial.own_tests import run_here, variables


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
