"""One report in several renderings: terminal, Markdown, JSON."""

from jettison.report.document import to_json, to_markdown
from jettison.report.model import Comparison, Report, build_report
from jettison.report.terminal import render_report

__all__ = [
    "Comparison",
    "Report",
    "build_report",
    "render_report",
    "to_json",
    "to_markdown",
]
