"""A report as JSON and as Markdown."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from jettison.report.figures import change, megabytes, seconds

if TYPE_CHECKING:
    from jettison.report.model import Comparison, ProbeResult, Report
    from jettison.rules import Finding
    from jettison.trial import Answer, BuildMeasure, ServiceMeasure, Side, Trial

SCHEMA_VERSION = 1


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
        "verified": comparison.verified if comparison else False,
        "services": [_row(*row) for row in comparison.rows()] if comparison else [],
        "totals": _totals(comparison) if comparison else None,
        "context": _context(comparison),
        "packages": _packages(report),
        "builds": _builds(comparison),
        "stacks": _stacks(comparison),
        "probes": [_probe(result) for result in comparison.probes] if comparison else [],
        "findings": [{**_finding(f), "state": state.value} for f, state in report.findings],
        "bases": [
            {"reference": b.reference, "stand_in": b.stand_in, "used_by": list(b.used_by)}
            for b in report.bases
        ],
        "files": [{"path": f.path, "purpose": f.purpose} for f in report.plan.files],
        "notes": list(report.plan.notes),
        "methods": METHODS,
    }


METHODS = {
    "uncompressed_bytes": "sum of the image's layer archives (tar) as the engine saves them",
    "compressed_bytes": "the same archives through gzip level 6, as a registry stores them",
    "once": "each distinct layer of the built images counted once",
    "context": "bytes that all builds of a side send to the builder, from a folder new to it",
    "seconds_to_healthy": "from the container's start to the end of its first successful check",
    "memory_bytes": "anonymous memory (RSS, no page cache) once all services were healthy, "
    "median of three readings",
    "builds": "wall seconds; cold means no cached step, with the base image in the engine's store",
    "packages": "Python distributions that the image's python3 sees, without installers",
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
        "healthy": measure.healthy,
        "health_source": measure.health_source,
        "seconds_to_healthy": None if healthy is None else round(healthy, 3),
        "memory_bytes": measure.memory_bytes,
        "stand_in": measure.stand_in,
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
        "removed": sorted(set(before) - set(after)),
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


def _finding(finding: Finding) -> dict[str, Any]:
    saving = finding.saving
    return {
        "code": finding.code,
        "name": finding.name,
        "message": finding.message,
        "file": finding.file,
        "line": finding.line,
        "services": list(finding.services),
        "applicability": finding.applicability.value,
        "saving": None
        if saving is None
        else {
            "low_bytes": saving.low_bytes,
            "high_bytes": saving.high_bytes,
            "basis": saving.basis.value,
        },
        "evidence": list(finding.evidence),
    }


def to_markdown(report: Report) -> str:
    """The report as Markdown, for a pull request or a documentation folder."""
    parts = [f"# Image optimization of {report.project}\n"]
    engine = report.engine
    if report.comparison is None:
        parts.append(
            "Nothing was built or measured (`--no-trial`): the changes below are applied, "
            "not verified.\n"
        )
    else:
        verdict = "every service is healthy and answers as before"
        if not report.comparison.verified:
            verdict = "NOT VERIFIED: see the probes below"
        asked = len(report.comparison.probes)
        parts.append(
            f"Built and launched before and after on {engine.name if engine else 'an engine'} "
            f"{engine.version if engine else ''}: {verdict} ({asked} probes).\n"
        )
        parts += _tables(report, report.comparison)
    parts.append("## Findings\n")
    for finding, state in report.findings:
        parts.append(
            f"* **{finding.code} {finding.name}** ({state}) `{finding.file}:{finding.line}`: "
            f"{finding.message}"
        )
    parts.append("\n## Files written\n")
    parts += [f"* `{file.path}`: {file.purpose}" for file in report.plan.files]
    if report.plan.notes:
        parts.append("\n## Notes\n")
        parts += [f"* {note}" for note in report.plan.notes]
    if any(base.stand_in for base in report.bases):
        names = ", ".join(f"`{b.reference}`" for b in report.bases if b.stand_in)
        parts.append(
            f"\nStand-ins built from packages took the place of these images, which could not be "
            f"pulled: {names}. Their sizes are close to the official ones, not equal."
        )
    return "\n".join(parts) + "\n"


def _tables(report: Report, comparison: Comparison) -> list[str]:
    rows = [
        "| service | image before | image after | change | pull before | pull after | change |"
        " healthy after (s) | memory (MB) |",
        "|---|--:|--:|--:|--:|--:|--:|--:|--:|",
    ]
    for name, before, after in comparison.rows():
        if after is None:
            continue
        rows.append(
            f"| {name} | {megabytes(before.uncompressed_bytes)} |"
            f" {megabytes(after.uncompressed_bytes)} |"
            f" {change(before.uncompressed_bytes, after.uncompressed_bytes)} |"
            f" {megabytes(before.compressed_bytes)} | {megabytes(after.compressed_bytes)} |"
            f" {change(before.compressed_bytes, after.compressed_bytes)} |"
            f" {seconds(before.seconds_to_healthy)} → {seconds(after.seconds_to_healthy)} |"
            f" {megabytes(before.memory_bytes)} → {megabytes(after.memory_bytes)} |"
        )
    (before_all, before_gz), (after_all, after_gz) = comparison.totals()
    once = (comparison.before, comparison.after)
    rows += [
        f"| **built, each whole** | {megabytes(before_all)} | {megabytes(after_all)} |"
        f" **{change(before_all, after_all)}** | {megabytes(before_gz)} | {megabytes(after_gz)} |"
        f" **{change(before_gz, after_gz)}** | | |",
        f"| **built, layers once** | {megabytes(once[0].uncompressed_once_bytes)} |"
        f" {megabytes(once[1].uncompressed_once_bytes)} |"
        f" **{change(once[0].uncompressed_once_bytes, once[1].uncompressed_once_bytes)}** |"
        f" {megabytes(once[0].compressed_once_bytes)} |"
        f" {megabytes(once[1].compressed_once_bytes)} |"
        f" **{change(once[0].compressed_once_bytes, once[1].compressed_once_bytes)}** | | |\n",
        f"Build context: {megabytes(once[0].context_bytes)} → {megabytes(once[1].context_bytes)} "
        f"({change(once[0].context_bytes, once[1].context_bytes)}).",
    ]
    packages = _packages(report)
    if packages["before"]:
        rows.append(
            f"Python packages of {packages['service']}: {packages['before']} → "
            f"{packages['after']} ({change(packages['before'], packages['after'])})."
        )
    for build in _builds(comparison):
        if build["cold"]:
            rows.append(
                f"Cold build of {', '.join(build['services'])} {build['side']}: "
                f"{build['seconds']:.1f} s."
            )
    different = [result for result in comparison.probes if not result.same]
    if different:
        rows.append("\nProbes that were not answered as before:\n")
        rows += [
            f"* {r.probe.service}:{r.probe.port}{r.probe.path}: {r.before.status} "
            f"{r.before.content_type} {r.before.shape} → {r.after.status} {r.after.content_type} "
            f"{r.after.shape} {r.after.error}"
            for r in different
        ]
    rows.append(
        "\nSizes are layers' archives, uncompressed (image) and through gzip (pull); MB are 10⁶ "
        "bytes.\n"
    )
    return rows
