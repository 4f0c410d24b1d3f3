"""A side to launch, and what it did."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from jettison.record import record

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from jettison.engine import Engine, ImageInfo
    from jettison.trial.builds import Built
    from jettison.trial.launches import Launch
    from jettison.trial.launching.isolation import Isolated
    from jettison.trial.launching.launch import Health
    from jettison.trial.launching.stack import Stack
    from jettison.trial.learned import Command, Imports, Ran
    from jettison.trial.model import Answer, Probe, Progress
    from jettison.trial.outcomes import TrialSettings
    from jettison.trial.tracing import Running

__all__ = ["Side", "Watched"]


@record
class Side:
    """One side to launch: its stack with its images, by the run's and the side's name.

    ``on_ready`` is called once it is up: from then on nothing is timed.
    """

    engine: Engine
    stack: Stack
    built: Built
    settings: TrialSettings
    run_id: str
    label: str
    progress: Progress
    images: Mapping[str, ImageInfo]
    removed: Mapping[tuple[str, str], frozenset[str]] = field(default_factory=dict)
    hides: Callable[[str, str, str], frozenset[str] | None] = field(
        default=lambda _s, _source, _place: None
    )
    on_ready: Callable[[], None] = field(default=lambda: None)


@dataclass(slots=True)
class Watched:
    """What a launched side did; ``failures`` are services' last words, by service.

    ``words`` are the command lines of each service: what its files say, and what runs. ``unopened``
    is why a page that needs a browser was not looked at in one, by service.
    """

    isolated: Isolated
    health: dict[str, Health] = field(default_factory=dict)
    failures: dict[str, str] = field(default_factory=dict)
    complaint: str = ""
    answers: dict[Probe, Answer] = field(default_factory=dict)
    varying: dict[Probe, frozenset[str]] = field(default_factory=dict)
    memory: dict[str, int | None] = field(default_factory=dict)
    complaints: dict[str, frozenset[str]] = field(default_factory=dict)
    words: dict[str, tuple[str, ...]] = field(default_factory=dict)
    imports: dict[str, tuple[Imports, ...]] = field(default_factory=dict)
    ran: dict[Command, Ran] = field(default_factory=dict)
    unasked: dict[str, tuple[str, ...]] = field(default_factory=dict)
    unopened: dict[str, str] = field(default_factory=dict)
    running: dict[str, Running] = field(default_factory=dict)
    launch: Launch | None = None
    packages: dict[str, tuple[str, ...]] = field(default_factory=dict)
