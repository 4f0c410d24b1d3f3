"""BuildKit's progress, in both layouts and in pieces."""

from __future__ import annotations

import base64
import json

import pytest

from jettison.engine.buildlog import BuildLog

_RECORDS: list[dict[str, object]] = [
    {"vertexes": [{"digest": "a", "name": "[internal] load build context", "started": "t"}]},
    {"statuses": [{"id": "transferring context:", "current": 5}]},
    {"statuses": [{"id": "transferring context:", "current": 1234}]},
    {"vertexes": [{"digest": "b", "name": "[1/2] FROM x", "started": "t", "completed": "t"}]},
    {
        "vertexes": [
            {"digest": "c", "name": "[2/2] RUN y", "started": "t", "completed": "t", "cached": True}
        ]
    },
    {"logs": [{"vertex": "c", "data": base64.b64encode(b"hello\n").decode()}]},
]


@pytest.mark.parametrize("indent", [None, 2])
@pytest.mark.parametrize("piece", [1, 7, 100_000])
def test_records_are_read_in_any_pieces(indent: int | None, piece: int) -> None:
    text = "\n".join(json.dumps(record, indent=indent) for record in _RECORDS)
    log = BuildLog()
    steps = [s for at in range(0, len(text), piece) for s in log.feed(text[at : at + piece])]
    assert log.context_bytes == 1234
    assert (log.steps, log.cached_steps) == (2, 1)
    assert log.tail() == "hello"
    assert [step.name for step in steps if step.finished] == ["[1/2] FROM x", "[2/2] RUN y"]


def test_the_error_and_its_step_are_kept() -> None:
    log = BuildLog()
    record = {"vertexes": [{"digest": "c", "name": "[2/2] RUN y", "error": "exit code: 1"}]}
    list(log.feed(json.dumps(record)))
    assert log.failed_step == "[2/2] RUN y"
    assert log.tail().endswith("exit code: 1")


def test_plain_lines_between_records_are_log() -> None:
    log = BuildLog()
    list(log.feed('ERROR: no such file\n{"logs": []}\nbye\n'))
    assert log.tail() == "ERROR: no such file\nbye"


def test_rubbish_does_not_grow_without_bound() -> None:
    log = BuildLog()
    for _ in range(40):
        list(log.feed("{" * 1_000_000))
    assert len(log._buffer) < 20_000_000


def test_the_line_that_failed_is_read_from_the_builders_excerpt() -> None:
    log = BuildLog()
    said = (
        "Dockerfile:4\n--------------------\n   4 | >>> RUN false\n--------------------\nERROR: x\n"
    )
    assert not list(log.feed(said))
    assert log.failed_line() == 4
    assert not log.lost


def test_a_builder_that_went_away_is_no_failed_step() -> None:
    log = BuildLog()
    list(log.feed("ERROR: rpc error: code = Unavailable desc = error reading from server: EOF\n"))
    assert log.lost
    assert log.failed_line() == 0


def test_a_step_that_was_told_of_beforehand_is_told_of_when_it_begins() -> None:
    def step(**more: str) -> dict[str, object]:
        return {"vertexes": [{"digest": "a", "name": "[2/2] RUN y", **more}]}

    log = BuildLog()
    told = [step(), step(started="t"), step(started="t"), step(started="t", completed="t")]
    steps = [one for record in told for one in log.feed(json.dumps(record))]
    assert [(one.name, one.finished) for one in steps] == [
        ("[2/2] RUN y", False),
        ("[2/2] RUN y", True),
    ]
