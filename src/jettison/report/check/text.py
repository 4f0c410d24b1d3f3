"""Findings for a person, by file."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from jettison.report.check.remedies import bytes_of, outlook, saving_of, summary
from jettison.report.figures import counted
from jettison.report.wrapping import wrapped
from jettison.source.text import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from jettison.changes.checking import Checked
    from jettison.rules import Finding

__all__ = ["render_check"]


def _plain(text: str, _style: str) -> str:
    return text


def render_check(
    checked: Checked, *, width: int = 80, style: Callable[[str, str], str] = _plain
) -> str:
    """The findings, what could not be read, and a line that counts them.

    Lines are wrapped at ``width`` between words; no word and no figure is cut. ``style`` colours a
    text by what it is: ``file``, ``error``, ``warning``, ``note``, ``fix`` or ``faint``.
    """
    lines: list[str] = []
    for file, findings in groupby(checked.findings, key=lambda one: one.file):
        lines.append(style(printable(file), "file"))
        for finding in findings:
            lines += _finding(finding, checked, width, style)
        lines.append("")
    lines += _unread(checked, width, style)
    lines += _suppressions(checked, width, style)
    lines += wrapped(f"{summary(checked)}.", width)
    return "\n".join(lines) + "\n"


def _finding(
    finding: Finding, checked: Checked, width: int, style: Callable[[str, str], str]
) -> Iterator[str]:
    level = finding.level.word
    size = bytes_of(saving_of(finding))
    code = f"{finding.code} {finding.name}{f', {size}' if size else ''}"
    yield f"  {finding.line:>4}  {style(level, level)}  {code}"
    services = f" (in {', '.join(finding.services)})" if finding.services else ""
    yield from wrapped(f"{finding.message}{services}", width, indent=8)
    found = outlook(finding, checked)
    how = f" [{found.how}]" if found.how else ""
    label, *more = wrapped(f"{found.fate.value}: {found.text}{how}", width, indent=8, hang=2)
    yield label.replace(f"{found.fate.value}:", style(f"{found.fate.value}:", "fix"), 1)
    yield from more
    for line in finding.evidence:
        yield from (style(row, "faint") for row in wrapped(line, width, indent=8, hang=2))


def _unread(checked: Checked, width: int, style: Callable[[str, str], str]) -> Iterator[str]:
    project = checked.project
    for title, said in (
        ("Not read, or lacking", project.unread),
        ("Left alone", project.left_alone),
    ):
        if said:
            yield style(title, "file")
        for one in said:
            where = f"{one.file}:{one.line}" if one.line else one.file
            remedy = f". {one.remedy}" if one.remedy else ""
            yield from wrapped(f"{where}: {one.reason}{remedy}", width, indent=2, hang=6)
        if said:
            yield ""


def _suppressions(checked: Checked, width: int, style: Callable[[str, str], str]) -> Iterator[str]:
    for file, line, message in checked.unused:
        yield from wrapped(f"{file}:{line}: unused suppression: {message}", width, hang=4)
    if checked.suppressed:
        count = counted(len(checked.suppressed), "finding")
        yield style(f"{count} silenced by comments", "faint")
    if checked.unused or checked.suppressed:
        yield ""
