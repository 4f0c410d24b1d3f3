"""What a trial is told, what it saw before any change, and how an attempt at a change ended."""

from __future__ import annotations

from dataclasses import field
from types import MappingProxyType
from typing import TYPE_CHECKING

from jettison.record import record

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jettison.analysis.evidence import Evidence
    from jettison.analysis.project import Unread
    from jettison.config.settings import Step
    from jettison.trial.launches import Launch
    from jettison.trial.learned import Command, Imports, Ran
    from jettison.trial.model import Probe, Trial
    from jettison.trial.tracing import Running


@record
class TrialSettings:
    """How to try.

    ``timeout_seconds`` bounds every wait, ``build_timeout_seconds`` each build. With ``cold``, what
    is measured is built from nothing. ``allow`` names what a trial refuses unless told: ``socket``
    (an engine's socket), ``privileged``, and ``host`` (the host's own services, by
    ``host-gateway``). ``requests`` are further GET paths to ask of every service that speaks HTTP
    (``/path``, or ``service:/path``), ``steps`` requests that are asked in order, once on each
    side; ``commands`` are services with a command to run in them, ``tests`` the project's own.
    ``environment`` adds to the variables that Compose expands. ``starts`` is how often both stacks
    are started to measure how soon they are ready. With ``rebuilds`` both sides are built again
    after small changes. ``pulls`` is how often what is built is pulled on each side, to measure it.
    """

    timeout_seconds: float = 300.0
    build_timeout_seconds: float = 3600.0
    cold: bool = True
    allow: frozenset[str] = frozenset()
    requests: tuple[str, ...] = ()
    steps: tuple[Step, ...] = ()
    commands: tuple[tuple[str, tuple[str, ...]], ...] = ()
    tests: tuple[Command, ...] = ()
    environment: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    starts: int = 3
    rebuilds: bool = False
    pulls: int = 0


@record
class Row:
    """One comparison: what was asked of a service, and what both sides said, in short.

    ``what`` is ``GET /path``, ``command …``, ``test …``, ``health check``, ``exit code``, ``log``,
    ``opened files`` or ``Python imports``.
    ``exercises`` tells that the service itself did something: only with such a comparison is
    anything of it verified.
    """

    service: str
    what: str
    before: str
    after: str
    same: bool
    difference: str = ""
    exercises: bool = True


@record
class Observation:
    """The project as it is: built, read, launched and watched.

    ``built_only`` are the services whose image was built and that did not come up, or were not
    started, with the reason; ``unbuilt`` the targets whose image cannot be built, by target name.
    Neither takes part in a comparison. ``varying`` are the parts of an answer that differed
    between two askings of the same stack: they are never compared.

    ``trial.services`` has every service with an image, those of ``built_only`` too, not healthy.
    ``dropped`` are the services that no side starts, ``removed`` the mounts (service and place)
    that both sides go without, ``complaints`` the errors in services' logs, ``running`` what was
    seen of each service's container: its command and the files that it opened. ``imports`` is what
    can be imported in the image of each service, ``ran`` how commands ended in their containers,
    ``unasked`` are routes and pages that were not asked, as (service, sentence). ``launch`` is what
    was launched.
    """

    trial: Trial
    evidence: Evidence
    notes: tuple[str, ...] = ()
    lacking: tuple[Unread, ...] = ()
    built_only: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    unbuilt: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    varying: Mapping[Probe, frozenset[str]] = field(default_factory=lambda: MappingProxyType({}))
    dropped: frozenset[str] = frozenset()
    removed: Mapping[tuple[str, str], frozenset[str]] = field(default_factory=dict)
    complaints: Mapping[str, frozenset[str]] = field(default_factory=lambda: MappingProxyType({}))
    running: Mapping[str, Running] = field(default_factory=lambda: MappingProxyType({}))
    ran: Mapping[Command, Ran] = field(default_factory=lambda: MappingProxyType({}))
    unasked: tuple[tuple[str, str], ...] = ()
    imports: Mapping[str, tuple[Imports, ...]] = field(default_factory=lambda: MappingProxyType({}))
    launch: Launch | None = None


@record
class Passed:
    """Every service that ran before runs, and every comparison agrees.

    ``without_comparison`` are the services for which there was nothing to compare, with the reason,
    ``unexercised`` what else was not tried, as (service, sentence). ``launch`` is what was
    launched, ``replaced`` are the services that run another program than before.
    """

    trial: Trial
    rows: tuple[Row, ...]
    without_comparison: Mapping[str, str]
    unexercised: tuple[tuple[str, str], ...] = ()
    launch: Launch | None = None
    replaced: frozenset[str] = frozenset()


@record
class Unbuildable:
    """An image cannot be built: ``line`` (from 1, 0 for unknown) of ``dockerfile`` failed.

    ``dockerfile`` is relative to the project's root.
    """

    dockerfile: str
    line: int
    step: str
    log: str
    service: str


@record
class Unhealthy:
    """Services that ran before do not come up; ``details`` are their logs' ends."""

    services: tuple[str, ...]
    details: str


@record
class Differs:
    """Everything runs, but a comparison disagrees; ``rows`` are all of them, agreeing too."""

    rows: tuple[Row, ...]
    trial: Trial

    @property
    def services(self) -> tuple[str, ...]:
        """The services that answered otherwise."""
        return tuple(dict.fromkeys(row.service for row in self.rows if not row.same))


Attempt = Passed | Unbuildable | Unhealthy | Differs
