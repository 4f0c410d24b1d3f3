"""What all renderings of a report say alike."""

from __future__ import annotations

import statistics
from dataclasses import replace
from typing import TYPE_CHECKING

from jettison.changes.attribution import PartKind
from jettison.errors import ExitCode
from jettison.report.figures import (
    PULL_MODEL,
    change,
    counted,
    pull_seconds,
    seconds,
    share,
)
from jettison.report.model import State, is_extra

if TYPE_CHECKING:
    from collections.abc import Iterable

    from jettison.changes.attribution import Attribution, Part
    from jettison.report.model import Comparison, Pulls, Report

__all__ = [
    "STATES",
    "headline",
    "imports_of",
    "largest_parts",
    "packages_of",
    "part_name",
    "part_share",
    "pull_of",
    "pulls_of",
    "starts_of",
    "times_of",
    "untried",
]

STATES = (
    State.VERIFIED,
    State.BUILT,
    State.APPLIED,
    State.REVERTED,
    State.PROPOSED,
    State.REFUSED,
)
_MOST_PARTS = 12


def headline(report: Report) -> str:
    """The verdict on a run in a sentence."""
    counts = {state: len(report.of_state(state)) for state in STATES}
    kept = counts[State.VERIFIED] + counts[State.BUILT] + counts[State.APPLIED]
    back = f", {counts[State.REVERTED]} taken back" if counts[State.REVERTED] else ""
    if not report.diff and not counts[State.REVERTED]:
        waiting = sum("a trial" in verdict.evidence for verdict in report.of_state(State.PROPOSED))
        if report.tried or not waiting:
            return "Nothing to change."
        need = "needs" if waiting == 1 else "need"
        return f"Nothing was changed: {counted(waiting, 'finding')} {need} a trial to be mended."
    if not report.tried:
        return f"Nothing was built or measured: {counted(kept, 'finding')} mended, not verified."
    if report.exit_code is ExitCode.UNCOMPARED:
        return f"NOT VERIFIED: everything was built, but nothing could be compared{back}."
    if report.comparison is None or not report.comparison.passed:
        return f"NOT VERIFIED: no trial was passed{back}."
    short_of = [v for v in report.verdicts if v.state in (State.BUILT, State.APPLIED)]
    if short_of and all(is_extra(verdict) for verdict in short_of):
        names = ", ".join(str(verdict.finding.key) for verdict in short_of)
        rows = len(report.comparison.rows)
        untried = all(verdict.state is State.APPLIED for verdict in short_of)
        return (
            f"{'Verified but for what was not tried' if untried else 'NOT VERIFIED'}: {names}. "
            f"{counted(counts[State.VERIFIED], 'finding')} verified, "
            f"{counted(rows, 'comparison')} before and after agree{back}."
        )
    if not report.verified:
        short = counts[State.BUILT] + counts[State.APPLIED]
        return (
            f"NOT VERIFIED: {counted(short, 'finding')} mended without anything to compare; "
            f"{counts[State.VERIFIED]} verified{back}."
        )
    rows = len(report.comparison.rows)
    return (
        f"Verified: {counted(kept, 'finding')} mended, {counted(rows, 'comparison')} before and "
        f"after agree{back}."
    )


def packages_of(report: Report) -> tuple[str, int, int] | None:
    """The service whose Python packages are counted, and how many it has before and after."""
    service, comparison = report.package_service, report.comparison
    if service is None or comparison is None or service not in comparison.before.packages:
        return None
    before, after = comparison.before.packages[service], comparison.after.packages.get(service, ())
    return service, len(before), len(after)


def imports_of(comparison: Comparison) -> tuple[str, ...]:
    """How many imports of which services were compared."""
    return _shared(
        (row.service, f"{row.what}: {row.before}, {row.after}")
        for row in comparison.rows
        if row.what.endswith(" imports")
    )


def starts_of(comparison: Comparison) -> tuple[tuple[str, str], ...]:
    """For each service that was started more than once the medians, and how far they spread."""
    found = []
    for name, before, after in comparison.services():
        sides = [one.starts for one in (before, after) if one is not None and len(one.starts) > 1]
        if len(sides) > 1:
            found.append((name, " → ".join(map(_spread, sides))))
    return tuple(found)


def times_of(report: Report) -> str:
    """How long the run took, and how much of it was no build and no start of a service."""
    own = report.seconds - report.build_seconds - report.start_seconds
    return (
        f"{report.seconds:.0f} s: builds {report.build_seconds:.0f} s, services starting and "
        f"stopping {report.start_seconds:.0f} s, the trial itself {own:.0f} s "
        f"({share(own, report.seconds)})"
    )


def pull_of(comparison: Comparison) -> str:
    """How long a pull of all built images would take, each layer once; ``""`` without their bytes.

    The figure is modelled and says so.
    """
    before, after = (
        pull_seconds(one.compressed_once_bytes, one.uncompressed_once_bytes)
        for one in (comparison.before, comparison.after)
    )
    if not before or not after:
        return ""
    return f"{seconds(before)} → {seconds(after)} ({change(before, after)}; {PULL_MODEL})"


def pulls_of(pulls: Pulls) -> str:
    """How long the pulls of both sides took that were measured, and how far they spread."""
    middles = [statistics.median(one) for one in (pulls.before_seconds, pulls.after_seconds)]
    both = " → ".join(map(_spread, (pulls.before_seconds, pulls.after_seconds)))
    speed = f"{pulls.bits_per_second / 1e6:.0f} Mbit/s"
    return f"{both} ({change(*middles)}) at {speed}, unpacked"


def _spread(starts: tuple[float, ...]) -> str:
    middle, least, most = statistics.median(starts), min(starts), max(starts)
    return f"{middle:.1f} s (median of {len(starts)}, from {least:.1f} to {most:.1f})"


def untried(comparison: Comparison) -> tuple[str, ...]:
    """What was not tried, with the services of which that is true."""
    return _shared(comparison.unexercised)


def _shared(told: Iterable[tuple[str, str]]) -> tuple[str, ...]:
    """What is told of services, each sentence once."""
    services: dict[str, list[str]] = {}
    for service, sentence in told:
        services.setdefault(sentence, []).append(service)
    return tuple(f"{', '.join(names)}: {sentence}" for sentence, names in services.items())


def part_share(saved: int, whole: int) -> str:
    """A part in per cent of the difference, ``-`` for one that goes the other way."""
    return share(saved, whole) if saved * whole > 0 else "-"


def part_name(part: Part | None) -> str:
    """What a part of a difference is called; ``None`` stands for the smaller ones."""
    if part is None:
        return "all smaller parts"
    match part.kind:
        case PartKind.CHANGE:
            return part.key
        case PartKind.SHADOWED:
            return "overwritten or deleted in a later layer"
        case PartKind.OVERHEAD:
            return "tar headers and padding"
        case PartKind.LINE | PartKind.ADDED:
            place = f"line {part.line}" if part.line is not None else ""
            words = [word for word in (place, part.package) if word]
            if part.kind is PartKind.ADDED:
                return " ".join(["added", *words])
            return ", ".join(words) or "base image"


def largest_parts(one: Attribution) -> tuple[tuple[Part | None, int], ...]:
    """The parts with the most bytes, last the sum of the others.

    What one change let go is one part, and so is what one line of the Dockerfile brought.
    """
    sums: dict[Part, int] = {}
    for part in one.parts:
        line = None if part.key else part.line
        package = "" if part.key or line is not None else part.package
        name = replace(part, saved_bytes=0, files=0, line=line, package=package)
        sums[name] = sums.get(name, 0) + part.saved_bytes
    ordered = sorted(sums.items(), key=lambda item: -abs(item[1]))
    shown: list[tuple[Part | None, int]] = list(ordered[:_MOST_PARTS])
    rest = one.saved_bytes - sum(saved for _, saved in shown)
    if rest:
        shown.append((None, rest))
    return tuple(shown)
