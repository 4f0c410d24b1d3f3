"""Findings as GitHub Actions' workflow commands, which annotate the lines of a pull request."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jettison.report.check.remedies import bytes_of, outlook, saving_of
from jettison.rules import Level

if TYPE_CHECKING:
    from jettison.changes.checking import Checked

__all__ = ["check_to_github"]

_COMMANDS = {Level.NOTE: "notice", Level.WARNING: "warning", Level.ERROR: "error"}


def check_to_github(checked: Checked, prefix: str = "") -> str:
    """A workflow command for each finding, suppression of nothing and file that was not read.

    ``prefix`` leads from the repository to the project, with a slash at its end, or is empty.
    Source: GitHub documentation, "Workflow commands for GitHub Actions"; actions/toolkit,
    ``packages/core/src/command.ts`` for what is escaped.
    """
    lines = []
    for finding in checked.findings:
        found = outlook(finding, checked)
        size = bytes_of(saving_of(finding))
        message = f"{finding.message}{f' ({size})' if size else ''}\n{found.fate}: {found.text}"
        title = f"{finding.code} {finding.name}"
        place = (prefix + finding.file, finding.line)
        lines.append(_command(_COMMANDS[finding.level], *place, title, message))
    for file, line, message in checked.unused:
        lines.append(_command("notice", prefix + file, line, "unused suppression", message))
    for one in checked.project.unread:
        message = f"{one.reason}\n{one.remedy}" if one.remedy else one.reason
        lines.append(_command("warning", prefix + one.file, one.line, "not read", message))
    return "".join(f"{line}\n" for line in lines)


def _command(name: str, file: str, line: int, title: str, message: str) -> str:
    values = [("file", file), ("line", str(max(line, 1))), ("title", title)]
    properties = ",".join(f"{key}={_property(value)}" for key, value in values)
    return f"::{name} {properties}::{_data(message)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
