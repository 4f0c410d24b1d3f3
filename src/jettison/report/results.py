"""The results document that a project keeps: the report under a heading of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jettison.report.document import to_markdown
from jettison.source.ours import MARK, is_ours

if TYPE_CHECKING:
    from jettison.changes import Plan
    from jettison.report.model import Report

__all__ = ["results_path", "results_text"]

_PATHS = ("docs/docker-optimization.md", "DOCKER_OPTIMIZATION.md")


def results_path(plan: Plan) -> str | None:
    """The results document that a plan makes, or that an earlier one made and this one renews.

    ``None`` where it was not asked for.
    """
    if "results" not in plan.after.asked:
        return None
    for path in _PATHS:
        head, _, suffix = path.rpartition(".")
        for candidate in (path, f"{head}.jettison.{suffix}"):
            source = plan.tree.read(candidate)
            if source is not None and is_ours(source.text):
                return candidate
    return None


def results_text(report: Report) -> str:
    """The document with what was measured."""
    return f"<!-- {MARK}. -->\n{to_markdown(report)}"
