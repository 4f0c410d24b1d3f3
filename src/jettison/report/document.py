"""A report as JSON."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from jettison.report.figures import PULL_MODEL, pull_seconds
from jettison.report.markdown import to_markdown
from jettison.report.model import basis, reasons
from jettison.report.standing import standing_to_json
from jettison.rules import Change

if TYPE_CHECKING:
    from jettison.changes.attribution import Attribution
    from jettison.report.model import Comparison, ProbeResult, Report, Verdict
    from jettison.trial import Answer, BuildMeasure, ServiceMeasure, Side, Trial
    from jettison.trial.extras.model import VariantTrial
    from jettison.trial.outcomes import Row

__all__ = ["METHODS", "SCHEMA_VERSION", "to_json", "to_markdown"]

SCHEMA_VERSION = 2


def to_json(report: Report) -> str:
    """The report as JSON; bytes and seconds as numbers, what was not measured as ``null``."""
    return json.dumps(_document(report), indent=2, ensure_ascii=False) + "\n"


def _document(report: Report) -> dict[str, Any]:
    comparison = report.comparison
    engine = report.engine
    return {
        "schema": SCHEMA_VERSION,
        "tool": {"name": "jettison", "version": report.version},
        "engine": None
        if engine is None
        else {
            "name": engine.name,
            "version": engine.version,
            "compose_version": engine.compose_version,
            "buildx_version": engine.buildx_version,
            "storage_driver": engine.storage_driver,
            "cpus": engine.cpus,
            "memory_bytes": engine.memory_bytes,
        },
        "project": report.project,
        "started": report.started,
        "seconds": round(report.seconds, 3),
        "tried": report.tried,
        "verified": report.verified,
        "exit_code": int(report.exit_code),
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
        "stacks": _stacks(comparison),
        "probes": [_probe(result) for result in comparison.probes] if comparison else [],
        "comparisons": [_comparison(row) for row in (comparison.rows if comparison else ())],
        "without_comparison": dict(comparison.without_comparison) if comparison else {},
        "unexercised": [
            {"service": service, "what": what}
            for service, what in (comparison.unexercised if comparison else ())
        ],
        "findings": [_finding(report, verdict) for verdict in report.verdicts],
        "suppressed": [
            {"key": str(s.finding.key), "file": s.file, "line": s.line, "reason": s.reason}
            for s in report.suppressed
        ],
        "extras": [_variant(one) for one in report.extras],
        "attribution": [_attribution(one) for one in report.attributions],
        "bases": [
            {"reference": b.reference, "stand_in": b.stand_in, "used_by": list(b.used_by)}
            for b in report.bases
        ],
        "files": [{"path": f.path, "purpose": f.purpose, "new": f.new} for f in report.files],
        "untouched": [
            {"file": u.file, "line": u.line, "reason": u.reason, "remedy": u.remedy}
            for u in report.untouched
        ],
        "standings": [standing_to_json(one) for one in report.standings],
        "version_changes": [
            {
                "target": d.target,
                "kind": d.kind,
                "name": d.name,
                "before": d.before,
                "after": d.after,
                "cause": d.cause or None,
            }
            for d in report.drifts
        ],
        "notes": list(report.notes),
        "methods": METHODS,
    }


METHODS = {
    "uncompressed_bytes": "sum of the image's layer archives (tar) as the engine saves them",
    "compressed_bytes": "the same archives through gzip level 6, as a registry stores them",
    "modelled_pull_seconds": f"modelled, not measured, from both: {PULL_MODEL}; nothing for the "
    "number of files and layers",
    "once": "each distinct layer of the built images counted once",
    "context": "bytes that all builds of a side send to the builder, from a folder new to it",
    "seconds_to_healthy": "from the container's start to the end of its first successful check, or "
    "to its first HTTP answer, looked for twice a second; the median of `starts`",
    "starts": "seconds to healthy of each start; both stacks are started in turn, before and after",
    "memory_bytes": "anonymous memory (RSS, no page cache) once all services were healthy, "
    "median of three readings",
    "builds": "wall seconds; cold means no cached step, with the base image in the engine's store",
    "rebuilds": "wall seconds of a build after one blank line was added to a file of the code, or "
    "to the lists of packages, with all else in the builder's cache",
    "packages": "Python distributions that the image's python3 sees, without installers",
    "attribution": "uncompressed bytes of a target's layer archives, before minus after, by whose "
    "files they are; the parts add up to the difference",
    "saved_bytes": "the sum of the parts of a finding's change over all targets",
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


def _comparison(row: Row) -> dict[str, Any]:
    return {
        "service": row.service,
        "what": row.what,
        "same": row.same,
        "before": row.before,
        "after": row.after,
        "difference": row.difference,
    }


def _variant(one: VariantTrial) -> dict[str, Any]:
    return {
        "name": one.name,
        "files": list(one.files),
        "seconds": round(one.seconds, 3),
        "services": dict(one.services),
        "not_tried": dict(one.not_tried),
        "reloaded": dict(one.reloaded),
        "comparisons": [_comparison(row) for row in one.rows],
    }


def _finding(report: Report, verdict: Verdict) -> dict[str, Any]:
    finding = verdict.finding
    saving, remedy = finding.saving, finding.remedy
    return {
        "key": str(finding.key),
        "code": finding.code,
        "name": finding.name,
        "level": finding.level.word,
        "message": finding.message,
        "file": finding.file,
        "line": finding.line,
        "services": list(finding.services),
        "state": verdict.state.value,
        "evidence": verdict.evidence,
        "title": remedy.title if isinstance(remedy, Change) else None,
        "grade": remedy.grade.value if isinstance(remedy, Change) else None,
        "basis": basis(verdict) or None,
        "reasons": list(reasons(verdict)),
        "saved_bytes": report.saved(verdict),
        "estimate": None
        if saving is None
        else {
            "low_bytes": saving.low_bytes,
            "high_bytes": saving.high_bytes,
            "basis": saving.basis.word,
        },
    }


def _attribution(one: Attribution) -> dict[str, Any]:
    return {
        "target": one.target,
        "before_bytes": one.before_bytes,
        "after_bytes": one.after_bytes,
        "saved_bytes": one.saved_bytes,
        "parts": [
            {
                "kind": part.kind.value,
                "key": part.key or None,
                "line": part.line,
                "package": part.package or None,
                "saved_bytes": part.saved_bytes,
                "files": part.files,
            }
            for part in one.parts
        ],
    }
