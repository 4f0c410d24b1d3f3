"""A report as Markdown, for a pull request or a documentation folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jettison.report.builds import build_rows
from jettison.report.figures import byte_count, change, counted, megabytes, seconds, sent
from jettison.report.model import State, basis, reasons
from jettison.report.standing import counts_of, table_of
from jettison.report.wording import (
    STATES,
    headline,
    imports_of,
    largest_parts,
    packages_of,
    part_name,
    part_share,
    pull_of,
    pulls_of,
    starts_of,
    times_of,
    untried,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jettison.changes.attribution import Attribution
    from jettison.report.model import Comparison, Report, Verdict
    from jettison.trial.extras.model import VariantTrial

__all__ = ["to_markdown"]


def to_markdown(report: Report) -> str:
    """The report as Markdown."""
    parts = [f"# Image optimization of {report.project}\n", f"{headline(report)}\n"]
    if report.comparison is not None:
        engine = report.engine
        if engine is not None:
            parts.append(
                f"Built and launched before and after on {engine.name} {engine.version}.\n"
            )
        parts += _table(report.comparison)
        parts += _figures(report, report.comparison)
    parts += _findings(report)
    for variant in report.extras:
        parts += _variant(variant)
    for one in report.attributions:
        parts += _attribution(one)
    if report.standings:
        parts.append(f"## What is kept and why: {counts_of(report.standings)}\n")
        parts += [*table_of(report.standings), ""]
    if report.drifts:
        parts.append("## Versions that differ between before and after\n")
        parts += [*(f"* {drift.sentence}" for drift in report.drifts), ""]
    if report.files:
        parts.append("## Files changed\n")
        parts += [f"* `{f.path}`{' (new)' if f.new else ''}: {f.purpose}" for f in report.files]
    if report.untouched:
        parts.append("\n## Not touched\n")
        parts += [f"* `{u.file}:{u.line}`: {u.reason}" for u in report.untouched]
    if report.notes:
        parts.append("\n## Notes\n")
        parts += [f"* {note}" for note in report.notes]
    if any(base.stand_in for base in report.bases):
        names = ", ".join(f"`{b.reference}`" for b in report.bases if b.stand_in)
        parts.append(
            f"\nStand-ins built from packages took the place of these images, which could not be "
            f"pulled: {names}. Their sizes are close to the official ones, not equal."
        )
    return "\n".join(parts) + "\n"


def _findings(report: Report) -> Iterator[str]:
    for state in STATES:
        verdicts = report.of_state(state)
        if not verdicts:
            continue
        yield f"## {state.value.capitalize()}: {counted(len(verdicts), 'finding')}\n"
        for verdict in verdicts:
            yield from _finding(report, verdict)
        yield ""


def _finding(report: Report, verdict: Verdict) -> Iterator[str]:
    finding = verdict.finding
    saved = report.saved(verdict)
    size = f", saved {byte_count(saved)}" if saved is not None and saved > 0 else ""
    yield f"* **{finding.key}** `{finding.file}:{finding.line}`{size}: {finding.message}"
    how = basis(verdict)
    yield from (f"  * {how + ': ' if how else ''}{reason}" for reason in reasons(verdict))
    if verdict.evidence:
        label = {State.REVERTED: "taken back", State.REFUSED: "refused"}.get(verdict.state, "seen")
        first, *rest = verdict.evidence.splitlines()
        yield f"  * {label}: {first}"
        if rest:
            yield "\n    ```text"
            yield from (f"    {line}" for line in rest)
            yield "    ```"


def _variant(one: VariantTrial) -> Iterator[str]:
    yield f"## The variant for {one.name}\n"
    yield f"Launched from {', '.join(f'`{name}`' for name in one.files)}.\n"
    up = [name for name, healthy in one.services.items() if healthy]
    yield f"* came up: {', '.join(up) or 'nothing'}"
    down = [name for name, healthy in one.services.items() if not healthy]
    yield from (f"* did not come up: {name}" for name in down)
    yield from (f"* {name} was not tried: {why}" for name, why in one.not_tried.items())
    alike = sum(row.same for row in one.rows)
    yield f"* comparisons with the stack as it was: {alike} of {len(one.rows)} agree"
    yield from (f"* {name} {what}" for name, what in one.reloaded.items())
    yield ""


def _attribution(one: Attribution) -> Iterator[str]:
    yield f"## Where the {byte_count(one.saved_bytes)} of {one.target} went\n"
    yield "| bytes | share | what |"
    yield "|--:|--:|---|"
    for part, saved in largest_parts(one):
        yield f"| {_signed(saved)} | {part_share(saved, one.saved_bytes)} | {part_name(part)} |"
    yield ""


def _signed(count: int) -> str:
    return byte_count(count) if count >= 0 else f"+{byte_count(-count)} more"


def _table(comparison: Comparison) -> Iterator[str]:
    yield (
        "| service | image before | image after | change | pull before | pull after | change |"
        " healthy after (s) | memory (MB) |"
    )
    yield "|---|--:|--:|--:|--:|--:|--:|--:|--:|"
    for name, before, after in comparison.services():
        if after is None:
            yield f"| {name} | {megabytes(before.uncompressed_bytes)} | gone | | | | | | |"
            continue
        yield (
            f"| {name} | {megabytes(before.uncompressed_bytes)} |"
            f" {megabytes(after.uncompressed_bytes)} |"
            f" {change(before.uncompressed_bytes, after.uncompressed_bytes)} |"
            f" {megabytes(before.compressed_bytes)} | {megabytes(after.compressed_bytes)} |"
            f" {change(before.compressed_bytes, after.compressed_bytes)} |"
            f" {seconds(before.seconds_to_healthy)} → {seconds(after.seconds_to_healthy)} |"
            f" {megabytes(before.memory_bytes)} → {megabytes(after.memory_bytes)} |"
        )
    (whole, whole_gz), (later, later_gz) = comparison.totals()
    one, other = comparison.before, comparison.after
    rows = (
        ("built, each whole", whole, later, whole_gz, later_gz),
        (
            "built, layers once",
            one.uncompressed_once_bytes,
            other.uncompressed_once_bytes,
            one.compressed_once_bytes,
            other.compressed_once_bytes,
        ),
    )
    for name, size, new, pull, pulled in rows:
        yield (
            f"| **{name}** | {megabytes(size)} | {megabytes(new)} | **{change(size, new)}** |"
            f" {megabytes(pull)} | {megabytes(pulled)} | **{change(pull, pulled)}** | | |"
        )
    yield ""


def _figures(report: Report, comparison: Comparison) -> Iterator[str]:
    one, other = comparison.before, comparison.after
    yield (f"Build context: {sent(one.context_bytes, other.context_bytes)}.")
    counts = packages_of(report)
    if counts is not None:
        service, before, after = counts
        yield f"Python packages of {service}: {before} → {after} ({change(before, after)})."
    for name, taken in build_rows(report, comparison):
        yield f"{name[0].upper()}{name[1:]}: {taken}."
    if report.pulls is not None:
        yield f"Pull of what is built, layers once, measured: {pulls_of(report.pulls)}."
    if pull_of(comparison):
        yield f"Pull of what is built, layers once, modelled: {pull_of(comparison)}."
    for name, spread in starts_of(comparison):
        yield f"Healthy, {name}: {spread}."
    yield f"Time: {times_of(report)}."
    alike = sum(row.same for row in comparison.rows)
    yield f"Comparisons: {alike} of {len(comparison.rows)} agree."
    for service, why in comparison.without_comparison.items():
        yield f"Nothing could be compared for {service}: {why}."
    yield from (f"{sentence}." for sentence in imports_of(comparison))
    if comparison.unexercised:
        yield "\nWhat was not tried:\n"
        yield from (f"* {sentence}" for sentence in untried(comparison))
        yield ""
    different = [row for row in comparison.rows if not row.same]
    if different:
        yield "\nWhat differs:\n"
        yield from (
            f"* {r.service}: {r.what}: {r.difference or f'{r.before} → {r.after}'}"
            for r in different
        )
    yield (
        "\nSizes are layers' archives, uncompressed (image) and through gzip (pull); MB are 10⁶ "
        "bytes.\n"
    )
