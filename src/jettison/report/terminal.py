"""A report in a terminal: it reads well at 80 columns, and no figure is ever cut."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Group
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from jettison.report.builds import build_rows
from jettison.report.figures import byte_count, change, clipped, counted, sent
from jettison.report.model import State, basis, is_extra, reasons
from jettison.report.side_by_side import Figures
from jettison.report.standing import counts_of
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
    from collections.abc import Iterator, Sequence

    from rich.console import RenderableType

    from jettison.changes.attribution import Attribution
    from jettison.report.model import Comparison, Report, Verdict
    from jettison.rules import Finding

__all__ = ["render_findings", "render_report"]

_STYLES = {
    State.VERIFIED: "green",
    State.BUILT: "yellow",
    State.APPLIED: "cyan",
    State.PROPOSED: "dim",
    State.REVERTED: "red",
    State.REFUSED: "magenta",
}
_EVIDENCE_LINES = 16
_DRIFTS = 8


def render_report(report: Report) -> RenderableType:
    """The findings by how far they came, what was measured, and whose the bytes were."""
    parts: list[RenderableType] = []
    for state in STATES:
        parts += _of_state(report, state)
    for one in report.attributions:
        parts += [_attribution(one), Text()]
    if report.comparison is not None:
        parts += [Figures(report.comparison), Text(), _summary(report, report.comparison), Text()]
    if report.untouched:
        parts += [Text("Not touched", style="bold"), *_untouched(report), Text()]
    parts += [Text(f"versions: {one.sentence}", style="yellow") for one in report.drifts[:_DRIFTS]]
    if len(report.drifts) > _DRIFTS:
        more = counted(len(report.drifts) - _DRIFTS, "more package")
        parts.append(Text(f"versions: {more} in another version, see the report", style="yellow"))
    if report.standings:
        told = counts_of(report.standings)
        parts.append(Text(f"packages and folders: {told}; jettison why NAME tells", style="dim"))
    parts += [Text(f"note: {clipped(note, 2000)}", style="dim") for note in report.notes]
    style = "bold red" if report.exit_code else "bold green" if report.verified else "bold"
    parts.append(Text(headline(report), style=style))
    return Group(*parts)


def render_findings(findings: Sequence[Finding]) -> RenderableType:
    """Findings, each with its place and what is wrong."""
    table = Table.grid(padding=(0, 2))
    table.add_column(style="bold", no_wrap=True)
    table.add_column(ratio=1)
    for finding in findings:
        place = f"{finding.file}:{finding.line}"
        table.add_row(finding.code, Text(f"{place}: {clipped(finding.message, 2000)}"))
    return table


def _of_state(report: Report, state: State) -> list[RenderableType]:
    verdicts = report.of_state(state)
    if not verdicts:
        return []
    parts: list[RenderableType] = [
        Text(f"{state.value} ({len(verdicts)})", style=f"bold {_STYLES[state]}")
    ]
    for verdict in verdicts:
        parts += _finding(report, verdict)
    return [*parts, Text()]


def _finding(report: Report, verdict: Verdict) -> Iterator[RenderableType]:
    finding, saved = verdict.finding, report.saved(verdict)
    head = Text("  ")
    head.append(str(finding.key), style="bold")
    if saved is not None and saved > 0:
        head.append(f"  saved {byte_count(saved)}", style="green")
    yield head
    yield _below(Text(f"{finding.file}:{finding.line}: {clipped(finding.message, 2000)}"))
    how = basis(verdict)
    for reason in reasons(verdict):
        yield _below(Text(f"{f'{how}: ' if how else ''}{clipped(reason, 2000)}", style="dim"))
    if verdict.evidence and (verdict.state is not State.VERIFIED or is_extra(verdict)):
        for line in verdict.evidence.splitlines()[:_EVIDENCE_LINES]:
            yield _below(Text(clipped(line, 2000), style=_STYLES[verdict.state]))


def _below(text: Text) -> Padding:
    return Padding(text, (0, 0, 0, 4), expand=False)


def _untouched(report: Report) -> Iterator[RenderableType]:
    for one in report.untouched:
        place = f"{one.file}:{one.line}" if one.line else one.file
        yield _below(Text(f"{place}: {clipped(one.reason, 2000)}"))


def _attribution(one: Attribution) -> RenderableType:
    table = Table.grid(padding=(0, 2))
    table.add_column(justify="right", no_wrap=True)
    table.add_column(justify="right", no_wrap=True)
    table.add_column(ratio=1)
    for part, saved in largest_parts(one):
        bytes_ = byte_count(saved) if saved >= 0 else f"+{byte_count(-saved)}"
        table.add_row(f"  {bytes_}", part_share(saved, one.saved_bytes), Text(part_name(part)))
    title = Text(f"Where {one.target}'s {byte_count(abs(one.saved_bytes))} ", style="bold")
    title.append("went" if one.saved_bytes >= 0 else "came from")
    return Group(title, table)


def _summary(report: Report, comparison: Comparison) -> RenderableType:
    one, other = comparison.before, comparison.after
    table = Table.grid(padding=(0, 2))
    table.add_column(style="bold", no_wrap=True)
    table.add_column(ratio=1)
    table.add_row("build context", sent(one.context_bytes, other.context_bytes))
    counts = packages_of(report)
    if counts is not None:
        _, before, after = counts
        table.add_row("Python packages", f"{before} → {after} ({change(before, after)})")
    for name, taken in build_rows(report, comparison):
        table.add_row(name, taken)
    if report.pulls is not None:
        table.add_row("pull, measured", pulls_of(report.pulls))
    if pull_of(comparison):
        table.add_row("pull, modelled", pull_of(comparison))
    healthy = f"{sum(s.healthy for s in one.services)} of {len(one.services)} before, "
    healthy += f"{sum(s.healthy for s in other.services)} of {len(other.services)} after"
    table.add_row("healthy services", healthy)
    for name, spread in starts_of(comparison):
        table.add_row("seconds to healthy", Text(f"{name}: {spread}"))
    if comparison.probes:
        alike = sum(result.same for result in comparison.probes)
        table.add_row("probes", f"{alike} of {len(comparison.probes)} answered as before")
    agree = sum(row.same for row in comparison.rows)
    table.add_row("comparisons", f"{agree} of {counted(len(comparison.rows), 'comparison')} agree")
    for service, why in comparison.without_comparison.items():
        table.add_row("not compared", Text(f"{service}: {why}", style="yellow"))
    for sentence in imports_of(comparison):
        table.add_row("imports", Text(sentence))
    for sentence in untried(comparison):
        table.add_row("not tried", Text(sentence))
    for row in comparison.rows:
        if not row.same:
            said = row.difference or f"{row.before} → {row.after}"
            table.add_row("differs", Text(f"{row.service}: {row.what}: {said}", style="red"))
    table.add_row("time", times_of(report))
    stand_ins = [base.reference for base in report.bases if base.stand_in]
    if stand_ins:
        table.add_row("stand-in bases", Text(", ".join(stand_ins), style="yellow"))
    return table
