"""Findings as JSON."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from jettison.report.check.remedies import Fate, change_of, outlook, saving_of
from jettison.rules import Blocked

if TYPE_CHECKING:
    from jettison.changes.checking import Checked
    from jettison.rules import Change, Finding

__all__ = ["SCHEMA_VERSION", "check_to_json"]

SCHEMA_VERSION = 1


def check_to_json(checked: Checked) -> str:
    """The findings as one JSON object, ASCII only.

    Files are relative to the project, lines count from 1, sizes are bytes uncompressed, ``null``
    stands for what is not known or not there. The keys::

        schema       1; it grows when a key changes its meaning
        images       [{name, dockerfile, stage, services, development, why}]: what the project
                     builds; ``why`` one is taken to serve development only, "" for the others
        findings     in order of file, line and key:
          key          stable under edits; what --only, --skip and a suppression name
          rule, name, level, file, line, message, services, evidence
          saving       {low_bytes, high_bytes, basis}, or null
          remedy       {fate, text, how, waits_for, grade, basis, files}
            fate         fix, no fix or advice
            how          the command that makes the change, or ""
            waits_for    the key of the change that must come first, or null
            grade, basis, files  of the finding's own change, or null
        suppressed   [{key, file, line, reason}]: where the comment is
        unused       [{file, line, message}]: comments that silence nothing
        unread       [{file, line, reason, remedy}]
        counts       {findings, fixable, suppressed}
    """
    findings = [_finding(finding, checked) for finding in checked.findings]
    document = {
        "schema": SCHEMA_VERSION,
        "images": [
            {
                "name": target.name,
                "dockerfile": target.dockerfile_name,
                "stage": target.stage.name,
                "services": list(target.services),
                "development": target.development,
                "why": target.why,
            }
            for target in checked.project.targets
        ],
        "findings": findings,
        "suppressed": [
            {
                "key": str(one.finding.key),
                "file": one.file,
                "line": one.line,
                "reason": one.reason,
            }
            for one in checked.suppressed
        ],
        "unused": [
            {"file": file, "line": line, "message": message}
            for file, line, message in checked.unused
        ],
        "unread": [
            {"file": one.file, "line": one.line, "reason": one.reason, "remedy": one.remedy}
            for one in checked.project.unread
        ],
        "counts": {
            "findings": len(findings),
            "fixable": sum(one["remedy"]["fate"] == Fate.FIX.value for one in findings),
            "suppressed": len(checked.suppressed),
        },
    }
    return json.dumps(document, indent=2) + "\n"


def _finding(finding: Finding, checked: Checked) -> dict[str, Any]:
    saving = saving_of(finding)
    return {
        "key": str(finding.key),
        "rule": finding.code,
        "name": finding.name,
        "level": finding.level.word,
        "file": finding.file,
        "line": finding.line,
        "message": finding.message,
        "services": list(finding.services),
        "evidence": list(finding.evidence),
        "saving": None
        if saving is None
        else {
            "low_bytes": saving.low_bytes,
            "high_bytes": saving.high_bytes,
            "basis": saving.basis.word,
        },
        "remedy": _remedy(finding, checked, change_of(finding)),
    }


def _remedy(finding: Finding, checked: Checked, change: Change | None) -> dict[str, Any]:
    found = outlook(finding, checked)
    waits = finding.remedy.wants if isinstance(finding.remedy, Blocked) else None
    return {
        "fate": found.fate.value,
        "text": found.text,
        "how": found.how,
        "waits_for": waits,
        "grade": None if change is None else change.grade.value,
        "basis": None if change is None else change.basis.word,
        "files": None if change is None else sorted(change.patch.paths),
    }
