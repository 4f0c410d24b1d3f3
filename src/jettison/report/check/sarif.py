"""Findings as SARIF 2.1.0, with the edits of each change as its fix."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from urllib.parse import quote

from jettison.report.check.remedies import bytes_of, change_of, outlook, saving_of
from jettison.report.check.sarif_model import (
    Artifact,
    ArtifactChange,
    ArtifactLocation,
    Driver,
    Fix,
    Invocation,
    Location,
    Message,
    Notification,
    PhysicalLocation,
    Region,
    Replacement,
    ReportingConfiguration,
    ReportingDescriptor,
    Result,
    Run,
    SarifLog,
    Suppression,
    Tool,
    plain,
)
from jettison.report.rules.page import rule_markdown

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from jettison.changes.checking import Checked
    from jettison.changes.model import Suppressed
    from jettison.rules import Change, Finding, Rule
    from jettison.source import SourceText, TextEdit

__all__ = ["check_to_sarif"]


def check_to_sarif(
    checked: Checked, rules: Sequence[Rule], *, version: str, prefix: str = ""
) -> str:
    """The findings as a SARIF file, ASCII only.

    ``rules`` are all that were run, ``version`` is Jettison's, and ``prefix`` leads from the
    repository to the project, with a slash at its end, or is empty. Silenced findings are in it
    with their comment's reason. Source: OASIS SARIF 2.1.0; GitHub documentation, "SARIF support".
    """
    writer = _Writer(checked, {rule.code: at for at, rule in enumerate(rules)}, prefix)
    driver = Driver("jettison", version, tuple(_rule(rule) for rule in rules))
    invocation = Invocation(
        execution_successful=True, tool_execution_notifications=tuple(writer.notifications())
    )
    log = SarifLog((Run(Tool(driver), (invocation,), tuple(writer.results())),))
    return json.dumps(plain(log), indent=2) + "\n"


def _rule(rule: Rule) -> ReportingDescriptor:
    page = rule_markdown(rule)
    return ReportingDescriptor(
        id=rule.code,
        name=rule.name,
        short_description=Message(rule.summary),
        full_description=Message(rule.summary),
        help=Message(page, page),
        default_configuration=ReportingConfiguration(rule.level.word),
        properties={"kind": rule.kind.value, "grade": rule.grade.value, "tags": ["container"]},
    )


class _Writer:
    """The results of one check."""

    def __init__(self, checked: Checked, indexes: dict[str, int], prefix: str) -> None:
        self._checked = checked
        self._indexes = indexes
        self._prefix = prefix

    def results(self) -> Iterator[Result]:
        """A result for each finding, silenced ones too."""
        for finding in self._checked.findings:
            yield self._result(finding, None)
        for one in self._checked.suppressed:
            yield self._result(one.finding, one)

    def notifications(self) -> Iterator[Notification]:
        """What could not be read, and comments that silence nothing."""
        for one in self._checked.project.unread:
            text = f"{one.reason} {one.remedy}" if one.remedy else one.reason
            yield Notification("warning", Message(text), (self._place(one.file, one.line),))
        for file, line, message in self._checked.unused:
            text = f"unused suppression: {message}"
            yield Notification("note", Message(text), (self._place(file, line),))

    def _result(self, finding: Finding, silenced: Suppressed | None) -> Result:
        found = outlook(finding, self._checked)
        saving = saving_of(finding)
        size = f" ({bytes_of(saving)})" if bytes_of(saving) else ""
        change = change_of(finding)
        properties: dict[str, object] = {"services": finding.services, "fate": found.fate.value}
        if saving is not None:
            properties["lowBytes"], properties["highBytes"] = saving.low_bytes, saving.high_bytes
        return Result(
            rule_id=finding.code,
            rule_index=self._indexes.get(finding.code),
            level=finding.level.word,
            message=Message(f"{finding.message}{size}. {found.fate.value}: {found.text}"),
            locations=(self._place(finding.file, finding.line),),
            partial_fingerprints={"jettisonKey/v1": str(finding.key)},
            properties=properties,
            fixes=None if change is None else self._fixes(change),
            suppressions=None if silenced is None else (self._suppression(silenced),),
        )

    def _suppression(self, one: Suppressed) -> Suppression:
        return Suppression("inSource", one.reason, self._place(one.file, one.line))

    def _fixes(self, change: Change) -> tuple[Fix, ...] | None:
        """The change as a fix; ``None`` where it needs others, as edits alone would break."""
        if change.needs or change.group or change.patch.empty:
            return None
        tree = self._checked.project.tree
        changes = []
        for path, edits in sorted(change.patch.edits.items()):
            source = tree.read(path)
            if source is None:
                return None
            replacements = tuple(_replacement(source, edit) for edit in sorted(edits))
            changes.append(ArtifactChange(self._file(path), replacements))
        for path, text in sorted(change.patch.files.items()):
            whole = Replacement(Region(1, 1, 1, 1), Artifact(text))
            changes.append(ArtifactChange(self._file(path), (whole,)))
        return (Fix(Message(change.title), tuple(changes)),)

    def _place(self, file: str, line: int) -> Location:
        return Location(PhysicalLocation(self._file(file), Region(max(line, 1))))

    def _file(self, path: str) -> ArtifactLocation:
        name = (self._prefix + path).encode("utf-8", "surrogateescape")
        return ArtifactLocation(quote(name), "%SRCROOT%")


def _replacement(source: SourceText, edit: TextEdit) -> Replacement:
    start, end = source.position(edit.span.start), source.position(edit.span.end)
    region = Region(start.line, start.column, end.line, end.column)
    return Replacement(region, Artifact(edit.text) if edit.text else None)
