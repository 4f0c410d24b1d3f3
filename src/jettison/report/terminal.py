"""A report in a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from jettison.report.figures import change, megabytes, seconds
from jettison.report.model import State

if TYPE_CHECKING:
    from jettison.report.model import Comparison, Report
    from jettison.rules import Finding

_STATE_STYLE = {
    State.VERIFIED: "green",
    State.BUILT: "yellow",
    State.APPLIED: "cyan",
    State.PROPOSED: "dim",
    State.REVERTED: "red",
}


def render_report(report: Report) -> RenderableType:
    """The findings, and the table of what was measured."""
    parts: list[RenderableType] = [render_findings(report.findings)]
    comparison = report.comparison
    if comparison is not None:
        parts += [Text(), _table(comparison), Text(), _summary(report, comparison)]
    return Group(*parts)


def render_findings(findings: tuple[tuple[Finding, State], ...]) -> Table:
    """The findings, a line each."""
    table = Table(box=None, pad_edge=False, show_header=False, padding=(0, 1))
    table.add_column(style="bold", no_wrap=True)
    table.add_column(no_wrap=True, style="dim")
    table.add_column(ratio=1)
    table.add_column(no_wrap=True)
    for finding, state in findings:
        table.add_row(
            finding.code,
            f"{finding.file}:{finding.line}",
            Text(finding.message),
            Text(state.value, style=_STATE_STYLE[state]),
        )
    return table


def _table(comparison: Comparison) -> Table:
    table = Table(title="Before and after", title_justify="left", title_style="bold")
    table.add_column("service", no_wrap=True)
    for head in ("image", "", "pull", "", "healthy", "memory"):
        table.add_column(head, justify="right", no_wrap=True)
    for name, before, after in comparison.rows():
        if after is None:
            table.add_row(name, "gone")
            continue
        table.add_row(
            name,
            f"{megabytes(before.uncompressed_bytes)} → {megabytes(after.uncompressed_bytes)}",
            _change(before.uncompressed_bytes, after.uncompressed_bytes),
            f"{megabytes(before.compressed_bytes)} → {megabytes(after.compressed_bytes)}",
            _change(before.compressed_bytes, after.compressed_bytes),
            f"{seconds(before.seconds_to_healthy)} → {seconds(after.seconds_to_healthy)}",
            f"{megabytes(before.memory_bytes)} → {megabytes(after.memory_bytes)}",
            style=None if before.built else "dim",
        )
    (before_all, before_gz), (after_all, after_gz) = comparison.totals()
    table.add_section()
    table.add_row(
        "built, each whole",
        f"{megabytes(before_all)} → {megabytes(after_all)}",
        _change(before_all, after_all),
        f"{megabytes(before_gz)} → {megabytes(after_gz)}",
        _change(before_gz, after_gz),
        style="bold",
    )
    one, other = comparison.before, comparison.after
    sizes = (one.uncompressed_once_bytes, other.uncompressed_once_bytes)
    pulls = (one.compressed_once_bytes, other.compressed_once_bytes)
    table.add_row(
        "built, layers once",
        f"{megabytes(sizes[0])} → {megabytes(sizes[1])}",
        _change(*sizes),
        f"{megabytes(pulls[0])} → {megabytes(pulls[1])}",
        _change(*pulls),
        style="bold",
    )
    return table


def _change(before: int, after: int) -> Text:
    style = "green" if after < before else "red" if after > before else "dim"
    return Text(change(before, after), style=style)


def _summary(report: Report, comparison: Comparison) -> Table:
    one, other = comparison.before, comparison.after
    table = Table(box=None, pad_edge=False, show_header=False, padding=(0, 1))
    table.add_column(style="bold", no_wrap=True)
    table.add_column()
    table.add_row(
        "build context",
        f"{megabytes(one.context_bytes)} → {megabytes(other.context_bytes)} "
        f"({change(one.context_bytes, other.context_bytes)})",
    )
    service = report.package_service
    if service is not None:
        before, after = len(one.packages[service]), len(other.packages.get(service, ()))
        table.add_row("Python packages", f"{before} → {after} ({change(before, after)})")
    for build in one.builds:
        later = next(
            (b for b in other.builds if b.services == build.services and b.cold == build.cold), None
        )
        if build.cold and later is not None:
            table.add_row(
                f"cold build, {build.services[0]}",
                f"{seconds(build.seconds)} → {seconds(later.seconds)} "
                f"({change(build.seconds, later.seconds)})",
            )
    healthy = f"{sum(s.healthy for s in one.services)} of {len(one.services)} before, "
    healthy += f"{sum(s.healthy for s in other.services)} of {len(other.services)} after"
    table.add_row("healthy services", healthy)
    alike = sum(result.same for result in comparison.probes)
    table.add_row("probes", f"{alike} of {len(comparison.probes)} answered as before")
    stand_ins = [base.reference for base in report.bases if base.stand_in]
    if stand_ins:
        table.add_row("stand-in bases", Text(", ".join(stand_ins), style="yellow"))
    return table
