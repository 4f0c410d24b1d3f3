"""A report as JSON."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from jettison.report.figures import PULL_MODEL
from jettison.report.markdown import to_markdown
from jettison.report.measured import comparison_to_json, measured_to_json
from jettison.report.model import basis, reasons
from jettison.report.standing import standing_to_json
from jettison.rules import Change

if TYPE_CHECKING:
    from jettison.changes.attribution import Attribution
    from jettison.report.model import Report, Verdict
    from jettison.trial.extras.model import VariantTrial

__all__ = ["METHODS", "SCHEMA_VERSION", "to_json", "to_markdown"]

SCHEMA_VERSION = 2


def to_json(report: Report) -> str:
    """The report as JSON; bytes and seconds as numbers, what was not measured as ``null``."""
    return json.dumps(_document(report), indent=2, ensure_ascii=False) + "\n"


def _document(report: Report) -> dict[str, Any]:
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
        "seconds_in": {
            "builds": round(report.build_seconds, 3),
            "starts": round(report.start_seconds, 3),
            "own_work": round(report.seconds - report.build_seconds - report.start_seconds, 3),
        },
        "tried": report.tried,
        "verified": report.verified,
        "exit_code": int(report.exit_code),
        **measured_to_json(report),
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
    "seconds_in": "wall seconds of the run: while images were built, while services started or "
    "stopped, and all else, which is what the trial itself costs",
    "uncompressed_bytes": "sum of the image's layer archives (tar) as the engine saves them",
    "compressed_bytes": "the same archives through gzip level 6, as a registry stores them",
    "modelled_pull_seconds": f"modelled, not measured, from both: {PULL_MODEL}; nothing for the "
    "number of files and layers",
    "once": "each distinct layer of the built images counted once",
    "context": "bytes that all builds of a side send to the builder, from a folder new to it",
    "seconds_to_healthy": "from the container's start to the end of its first successful check, or "
    "to its first HTTP answer, looked for twice a second; the median of `starts`",
    "starts": "seconds to healthy of each start; both stacks are started in turn, before and after",
    "memory_bytes": "anonymous memory (RSS, no page cache) once the services had been asked, "
    "median of three readings",
    "builds": "wall seconds; cold means no cached step, with the base image in the engine's store",
    "rebuilds": "wall seconds of a build after one blank line was added to a file of the code, or "
    "to the lists of packages, with all else in the builder's cache",
    "pulls": "wall seconds of pulls of all built images of a side, each layer once, bases too, "
    "from a registry on this machine that sends so many bits a second; unpacking is part of it",
    "packages": "Python distributions of .venv in the working folder, else those that python3 "
    "sees, without installers",
    "attribution": "uncompressed bytes of a target's layer archives, before minus after, by whose "
    "files they are; the parts add up to the difference",
    "saved_bytes": "the sum of the parts of a finding's change over all targets",
}


def _variant(one: VariantTrial) -> dict[str, Any]:
    return {
        "name": one.name,
        "files": list(one.files),
        "seconds": round(one.seconds, 3),
        "services": dict(one.services),
        "not_tried": dict(one.not_tried),
        "reloaded": dict(one.reloaded),
        "comparisons": [comparison_to_json(row) for row in one.rows],
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
