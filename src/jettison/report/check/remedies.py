"""What becomes of a finding, in words that every rendering shares."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from jettison.record import record
from jettison.report.figures import byte_count, counted
from jettison.rules import Advice, Basis, Blocked, Change, Grade, Refused

if TYPE_CHECKING:
    from jettison.changes.checking import Checked
    from jettison.rules import Finding, Saving

__all__ = ["Fate", "Outlook", "bytes_of", "change_of", "outlook", "saving_of", "summary"]


class Fate(StrEnum):
    """What can be done about a finding."""

    FIX = "fix"
    NO_FIX = "no fix"
    ADVICE = "advice"


@record
class Outlook:
    """What can be done about a finding, and how; ``how`` may be empty."""

    fate: Fate
    text: str
    how: str = ""


def outlook(finding: Finding, checked: Checked) -> Outlook:
    """What can be done about a finding."""
    match finding.remedy:
        case Change() as change:
            return _outlook_of(change)
        case Blocked(wants=wants, why=why):
            before = checked.enablers.get(wants)
            if isinstance(before, Change):
                return Outlook(Fate.FIX, f"{before.title}, as {why}", _how(before))
            reason = "" if before is None else f": {_reason(before)}"
            return Outlook(Fate.NO_FIX, f"{why}{reason}")
        case Refused() as refused:
            return Outlook(Fate.NO_FIX, _reason(refused))
        case Advice(text=text):
            return Outlook(Fate.ADVICE, text)


def _outlook_of(change: Change) -> Outlook:
    if change.grade is Grade.DISPLAY_ONLY:
        return Outlook(Fate.ADVICE, change.title)
    return Outlook(Fate.FIX, change.title, _how(change))


def _how(change: Change) -> str:
    if change.grade is Grade.UNSAFE or change.basis < Basis.DECLARED:
        return "jettison optimize, proved by a trial"
    return "jettison optimize"


def _reason(refused: Refused) -> str:
    said = refused.line is None or f"line {refused.line}" in refused.reason
    where = "" if said else f" (line {refused.line})"
    return f"{refused.reason}{where}"


def change_of(finding: Finding) -> Change | None:
    """The change that mends a finding by itself, or ``None``."""
    remedy = finding.remedy
    if isinstance(remedy, Change) and remedy.grade is not Grade.DISPLAY_ONLY:
        return remedy
    return None


def saving_of(finding: Finding) -> Saving | None:
    """What mending the finding saves, where that is known."""
    change = change_of(finding)
    return finding.saving or (change.saving if change is not None else None)


def bytes_of(saving: Saving | None) -> str:
    """A saving in figures, ``""`` for one that is not known."""
    if saving is None or saving.high_bytes <= 0:
        return ""
    low, high = byte_count(saving.low_bytes), byte_count(saving.high_bytes)
    if saving.low_bytes <= 0:
        return f"up to {high}"
    return f"about {high}" if low == high else f"{low} to {high}"


def summary(checked: Checked) -> str:
    """One line that counts the findings."""
    findings = checked.findings
    if not findings:
        looked_at = sum(not target.development for target in checked.project.targets)
        return f"no findings in {counted(looked_at, 'image')}"
    files = {finding.file for finding in findings}
    fates = [outlook(finding, checked).fate for finding in findings]
    levels = [
        counted(sum(one.level.word == word for one in findings), word)
        for word in ("error", "warning", "note")
        if any(one.level.word == word for one in findings)
    ]
    fixable = f"{fates.count(Fate.FIX)} of {len(fates)}"
    return (
        f"{counted(len(findings), 'finding')} in {counted(len(files), 'file')} "
        f"({', '.join(levels)}); `jettison optimize` can mend {fixable}"
    )
