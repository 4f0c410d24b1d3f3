"""The measured figures of a report as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jettison.report.figures import pull_seconds

if TYPE_CHECKING:
    from jettison.report.model import Comparison, ProbeResult, Pulls, Report
    from jettison.trial import Answer, BuildMeasure, ServiceMeasure, Side, Trial
    from jettison.trial.outcomes import Row

__all__ = ["comparison_to_json", "measured_to_json"]


def measured_to_json(report: Report) -> dict[str, Any]:
    """What was measured and compared on both sides; ``None`` or empty where nothing was tried."""
    comparison = report.comparison
    return {
        "services": [_row(*row) for row in comparison.services()] if comparison else [],
        "totals": _totals(comparison) if comparison else None,
        "context": _context(comparison),
        "packages": _packages(report),
        "builds": _builds(comparison),
        "rebuilds": [
            {
                "services": list(one.services),
                "change": one.what,
                "before_seconds": round(one.before_seconds, 3),
                "after_seconds": round(one.after_seconds, 3),
            }
            for one in report.rebuilds
        ],
        "pulls": _pulls(report.pulls),
        "stacks": _stacks(comparison),
        "probes": [_probe(result) for result in comparison.probes] if comparison else [],
        "comparisons": [comparison_to_json(row) for row in (comparison.rows if comparison else ())],
        "without_comparison": dict(comparison.without_comparison) if comparison else {},
        "unexercised": [
            {"service": service, "what": what}
            for service, what in (comparison.unexercised if comparison else ())
        ],
    }


def _row(name: str, before: ServiceMeasure, after: ServiceMeasure | None) -> dict[str, Any]:
    return {
        "name": name,
        "image": after.image if after else before.image,
        "built": before.built,
        "before": _side(before),
        "after": _side(after) if after else None,
    }


def _side(measure: ServiceMeasure) -> dict[str, Any]:
    healthy = measure.seconds_to_healthy
    return {
        "image": measure.image,
        "uncompressed_bytes": measure.uncompressed_bytes,
        "compressed_bytes": measure.compressed_bytes,
        "modelled_pull_seconds": _pull(measure.compressed_bytes, measure.uncompressed_bytes),
        "healthy": measure.healthy,
        "health_source": measure.health_source,
        "seconds_to_healthy": None if healthy is None else round(healthy, 3),
        "starts": [round(one, 3) for one in measure.starts]
        or ([] if healthy is None else [round(healthy, 3)]),
        "memory_bytes": measure.memory_bytes,
        "stand_in": measure.stand_in,
    }


def _pull(compressed_bytes: int, uncompressed_bytes: int) -> float | None:
    """The modelled seconds of a pull, ``None`` where no bytes were measured."""
    found = pull_seconds(compressed_bytes, uncompressed_bytes)
    return round(found, 1) if found else None


def _pulls(pulls: Pulls | None) -> dict[str, Any] | None:
    if pulls is None:
        return None
    sides = {"before": pulls.before_seconds, "after": pulls.after_seconds}
    sizes = {"before": pulls.before_bytes, "after": pulls.after_bytes}
    return {
        "bits_per_second": round(pulls.bits_per_second),
        **{
            side: {"seconds": [round(one, 3) for one in taken], "bytes": sizes[side]}
            for side, taken in sides.items()
        },
    }


def _totals(comparison: Comparison) -> dict[str, Any]:
    (before, before_gz), (after, after_gz) = comparison.totals()
    return {
        "per_service": {
            "before": {"uncompressed_bytes": before, "compressed_bytes": before_gz},
            "after": {"uncompressed_bytes": after, "compressed_bytes": after_gz},
        },
        "once": {
            side.side.value: {
                "uncompressed_bytes": side.uncompressed_once_bytes,
                "compressed_bytes": side.compressed_once_bytes,
                "modelled_pull_seconds": _pull(
                    side.compressed_once_bytes, side.uncompressed_once_bytes
                ),
            }
            for side in (comparison.before, comparison.after)
        },
    }


def _context(comparison: Comparison | None) -> dict[str, Any]:
    return {
        "before_bytes": comparison.before.context_bytes if comparison else None,
        "after_bytes": comparison.after.context_bytes if comparison else None,
    }


def _packages(report: Report) -> dict[str, Any]:
    comparison, service = report.comparison, report.package_service
    if comparison is None or service is None:
        return {"service": service, "before": None, "after": None, "removed": []}
    before = comparison.before.packages[service]
    after = comparison.after.packages.get(service, ())
    return {
        "service": service,
        "before": len(before),
        "after": len(after),
        "removed": sorted(
            one
            for one in before
            if one.partition("==")[0] not in {a.partition("==")[0] for a in after}
        ),
    }


def _builds(comparison: Comparison | None) -> list[dict[str, Any]]:
    if comparison is None:
        return []
    sides = (comparison.before, comparison.after)
    return [_build(side.side, build) for side in sides for build in side.builds]


def _build(side: Side, build: BuildMeasure) -> dict[str, Any]:
    return {
        "side": side.value,
        "services": list(build.services),
        "dockerfile": build.dockerfile,
        "seconds": round(build.seconds, 3),
        "cold": build.cold,
        "context_bytes": build.context_bytes,
        "steps": build.steps,
        "cached_steps": build.cached_steps,
    }


def _stacks(comparison: Comparison | None) -> dict[str, Any]:
    def one(trial: Trial) -> dict[str, Any]:
        return {
            "all_healthy": trial.all_healthy,
            "slowest_seconds_to_healthy": round(trial.seconds_to_all_healthy, 3),
        }

    sides = (comparison.before, comparison.after) if comparison else ()
    return {trial.side.value: one(trial) for trial in sides}


def _probe(result: ProbeResult) -> dict[str, Any]:
    return {
        "service": result.probe.service,
        "port": result.probe.port,
        "path": result.probe.path,
        "same": result.same,
        "before": _answer(result.before),
        "after": _answer(result.after),
    }


def _answer(answer: Answer) -> dict[str, Any]:
    return {
        "status": answer.status,
        "content_type": answer.content_type,
        "shape": answer.shape,
        "seconds": round(answer.seconds, 4),
        "error": answer.error,
    }


def comparison_to_json(row: Row) -> dict[str, Any]:
    return {
        "service": row.service,
        "what": row.what,
        "same": row.same,
        "before": row.before,
        "after": row.after,
        "difference": row.difference,
    }
