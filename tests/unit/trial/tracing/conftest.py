"""A service's container that is of no engine on this machine."""

from __future__ import annotations

import pytest

from jettison.engine import ContainerState


@pytest.fixture
def state() -> ContainerState:
    return ContainerState(
        service="web",
        container_id="f" * 64,
        status="running",
        exit_code=0,
        restarts=0,
        started=0.0,
        health=None,
        first_success=None,
        health_output="",
        ports={},
        command=("python", "app.py"),
    )
