"""What is known of an EXTRA after it was tried."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from jettison.record import record

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jettison.changes.verdicts import Reached
    from jettison.trial.outcomes import Row

__all__ = ["ExtraTrial", "Judged", "VariantTrial"]


@record
class VariantTrial:
    """A variant of the stack that was launched.

    ``files`` are the Compose files that it was launched from, or the Dockerfiles where there are
    none. ``services`` tells of each whether it came up, ``not_tried`` why others were not started.
    ``rows`` are the comparisons with the stack as it was; ``reloaded`` says of services what of a
    changed source was seen.
    """

    name: str
    files: tuple[str, ...]
    services: Mapping[str, bool]
    rows: tuple[Row, ...]
    not_tried: Mapping[str, str]
    reloaded: Mapping[str, str]
    seconds: float


@dataclass(slots=True)
class Judged:
    """What one trial says of changes, by key: how far they came, or why they must go.

    ``trial`` is ``None`` where nothing was launched.
    """

    reached: dict[str, Reached] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)
    trial: VariantTrial | None = None
    notes: tuple[str, ...] = ()


@dataclass(slots=True)
class ExtraTrial:
    """What all trials of EXTRAs say, put together."""

    reached: dict[str, Reached] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)
    trials: tuple[VariantTrial, ...] = ()
    notes: tuple[str, ...] = ()

    def add(self, judged: Judged) -> None:
        """Takes over what one trial says."""
        self.reached.update(judged.reached)
        self.failed.update(judged.failed)
        self.notes += tuple(note for note in judged.notes if note not in self.notes)
        if judged.trial is not None:
            self.trials += (judged.trial,)
