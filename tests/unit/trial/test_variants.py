"""A variant is verified only by what its services did themselves."""

from __future__ import annotations

from jettison.analysis import NO_EVIDENCE
from jettison.trial import ServiceMeasure, Side, Trial
from jettison.trial.extras.launching import Seen, uncompared
from jettison.trial.outcomes import Observation, Row


def _service(name: str, *, built: bool) -> ServiceMeasure:
    return ServiceMeasure(
        service=name,
        image=name,
        built=built,
        stand_in=False,
        uncompressed_bytes=1,
        compressed_bytes=1,
        healthy=True,
        health_source="running",
        seconds_to_healthy=None,
        memory_bytes=None,
    )


def test_what_a_service_did_not_do_itself_does_not_count() -> None:
    services = (
        _service("api", built=True),
        _service("job", built=True),
        _service("db", built=False),
    )
    before = Observation(Trial(Side.BEFORE, (), services, {}, 0, {}, 0, 0, 0.0), NO_EVIDENCE)
    seen = Seen(model={"services": {"api": {}, "job": {}, "db": {}}})
    rows = (
        Row("api", "GET /", "200", "200", same=True),
        Row("job", "log", "", "", same=True, exercises=False),
    )
    assert uncompared(before, seen, rows) == ("job",)
    assert uncompared(before, Seen(model={"services": {"api": {}}}), rows) == ()
