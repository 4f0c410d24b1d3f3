"""When a container counts as healthy."""

from __future__ import annotations

from dataclasses import replace

import pytest

from jettison.engine import ContainerState
from jettison.trial.launch import judge

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


@pytest.mark.parametrize(
    ("changes", "healthy"),
    [
        ({"health": "healthy", "first_success": 102.5}, True),
        ({"health": "unhealthy"}, False),
        ({"health": "starting"}, None),
        ({}, True),
        ({"restarts": 1}, False),
        ({"started": 199.0}, None),
        ({"status": "exited", "exit_code": 0}, True),
        ({"status": "exited", "exit_code": 3}, False),
        ({"status": "exited", "exit_code": 0, "health": "starting"}, False),
        ({"status": "created"}, None),
    ],
)
def test_verdict(changes: dict[str, object], healthy: bool | None) -> None:
    verdict = judge(replace(_STATE, **changes), now=200.0)  # type: ignore[arg-type]
    assert (verdict.healthy if verdict else None) is healthy


def test_seconds_run_from_the_start_to_the_first_success() -> None:
    verdict = judge(replace(_STATE, health="healthy", first_success=102.5), now=200.0)
    assert verdict is not None
    assert verdict.seconds == 2.5
