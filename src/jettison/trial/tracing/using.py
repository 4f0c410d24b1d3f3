"""What was opened while services ran, as evidence for decisions."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from jettison.ecosystem.python.places import metadata_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from jettison.analysis.evidence import Evidence, ImageEvidence
    from jettison.trial.tracing.opened import Running

__all__ = ["used_distributions", "with_opened"]


def with_opened(evidence: Evidence, running: Mapping[str, Running]) -> Evidence:
    """The evidence with what each target's services opened of its image."""
    opened: dict[str, frozenset[str]] = {}
    for one in running.values():
        image = evidence.image(one.target)
        if image is not None and one.opened.files:
            found = frozenset(path for path in one.opened.files if path in image.files)
            opened[one.target] = opened.get(one.target, frozenset()) | found
    used = {
        target: used_distributions(paths, evidence.images[target])
        for target, paths in opened.items()
    }
    return replace(evidence, opened=opened, used=used)


def used_distributions(opened: Iterable[str], image: ImageEvidence) -> dict[str, str]:
    """The Python distributions whose code or data was opened, each with the first such file.

    Metadata does not count, as all of it is listed at once; nor does what Python loads of a
    distribution at every start.
    """
    found: dict[str, str] = {}
    for path in sorted(opened):
        if metadata_of(path) or path.endswith(".pth"):
            continue
        for name in image.distributions_at(path):
            if name not in found and not image.is_start_hook(name, path):
                found[name] = path
    return found
