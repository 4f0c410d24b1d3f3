"""Measure how long a pull of what both sides build takes, at a stated bandwidth."""

from __future__ import annotations

import time
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING

from jettison.engine.pulls import PullRegistry, packed_layers
from jettison.errors import JettisonError
from jettison.report.figures import BITS_PER_SECOND
from jettison.report.model import Pulls
from jettison.trial.interrupts import uninterrupted
from jettison.trial.labels import TRIAL_REPOSITORY
from jettison.trial.model import Side

if TYPE_CHECKING:
    from pathlib import Path

    from jettison.engine import Engine
    from jettison.oci import ImageConfig
    from jettison.trial import Progress, Trial
    from jettison.trial.outcomes import Observation, TrialSettings
    from jettison.trial.prove import Proof

__all__ = ["measured_pulls"]


def measured_pulls(
    engine: Engine,
    proof: Proof,
    observation: Observation,
    *,
    run_id: str,
    work: Path,
    settings: TrialSettings,
    progress: Progress,
) -> tuple[Pulls | None, str]:
    """The seconds of pulls of all built images of each side, in turn, and why there are none.

    Every round fetches and unpacks all layers, those of base images too, each once. Nothing is
    pulled where that is not wanted, or nothing passed.
    """
    if not settings.pulls or proof.passed is None:
        return None, ""
    trials = {Side.BEFORE: observation.trial, Side.AFTER: proof.passed.trial}
    folder = work / "pulls"
    folder.mkdir()
    progress.status("packing the images to pull them")
    try:
        measuring = _Measuring(engine, run_id, folder, settings, progress)
        return measuring.both({side: _built(engine, one) for side, one in trials.items()}), ""
    except (_NotMeasuredError, JettisonError, OSError) as error:
        return None, f"a pull could not be measured: {error}"


class _NotMeasuredError(Exception):
    """The engine did not pull, or not all; the text says why."""


def _built(engine: Engine, trial: Trial) -> dict[str, ImageConfig]:
    """The built images of a side with their configs, by reference."""
    found = {}
    for reference in sorted({one.image for one in trial.services if one.built}):
        stored = engine.stored(reference)
        if stored is None:
            raise _NotMeasuredError(f"{reference} is not in the engine's store")
        found[reference] = stored.config
    return found


@dataclass(slots=True)
class _Measuring:
    engine: Engine
    run_id: str
    folder: Path
    settings: TrialSettings
    progress: Progress

    def both(self, images: dict[Side, dict[str, ImageConfig]]) -> Pulls:
        """The seconds of all rounds, one side after the other."""
        configs = [config for one in images.values() for config in one.values()]
        wanted = frozenset(str(diff_id) for config in configs for diff_id in config.diff_ids)
        references = sorted({reference for one in images.values() for reference in one})
        with self.engine.saved(references) as stream:
            layers = packed_layers(stream, wanted, self.folder)
        registry = PullRegistry(layers, BITS_PER_SECOND)
        seconds: dict[Side, list[float]] = {side: [] for side in images}
        sizes: dict[Side, int] = {}
        with registry.serving() as address:
            for number in range(self.settings.pulls):
                for side, known in images.items():
                    said = f"pulling what is built {side.value}, {number + 1} of"
                    self.progress.status(f"{said} {self.settings.pulls}")
                    taken, sizes[side] = self._round(registry, address, side, [*known.values()])
                    seconds[side].append(taken)
        taken_by = ", ".join(f"{median(s):.1f} s {side.value}" for side, s in seconds.items())
        self.progress.say(f"pulled what is built at {BITS_PER_SECOND / 1e6:.0f} Mbit/s: {taken_by}")
        return Pulls(
            before_seconds=tuple(seconds[Side.BEFORE]),
            after_seconds=tuple(seconds[Side.AFTER]),
            before_bytes=sizes[Side.BEFORE],
            after_bytes=sizes[Side.AFTER],
            bits_per_second=BITS_PER_SECOND,
        )

    def _round(
        self, registry: PullRegistry, address: str, side: Side, configs: list[ImageConfig]
    ) -> tuple[float, int]:
        """The seconds of pulling some images that the engine has not, and their bytes."""
        tags = {f"{self.run_id}-pull-{side.value}{n}": one for n, one in enumerate(configs)}
        size, sent = registry.put(tags), registry.sent
        references = [f"{address}/{TRIAL_REPOSITORY}:{tag}" for tag in tags]
        begin = time.monotonic()
        try:
            for reference in references:
                failed = self.engine.pull(reference, self.settings.timeout_seconds)
                if failed:
                    raise _NotMeasuredError(failed)
            taken = time.monotonic() - begin
        finally:
            with uninterrupted():
                self.engine.remove_images(references)
        if registry.sent - sent < size:
            raise _NotMeasuredError("the engine took layers that it had already")
        return taken, size
