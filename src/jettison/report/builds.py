"""What builds took, before and after, as rows for a person."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jettison.report.figures import change, seconds

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jettison.report.model import Comparison, Report

__all__ = ["build_rows"]


def build_rows(report: Report, comparison: Comparison) -> Iterator[tuple[str, str]]:
    """Each build that was made on both sides: what it is called, and its seconds.

    Two builds are the same if a service has both: several of before may have become one.
    """
    for build in comparison.before.builds:
        mine = set(build.services)
        again = next((b for b in comparison.after.builds if mine & set(b.services)), None)
        if build.cold and again is not None and again.cold:
            name = build.services[0] if build.services else build.dockerfile
            yield f"cold build, {name}", _pair(build.seconds, again.seconds)
    for one in report.rebuilds:
        taken = _pair(one.before_seconds, one.after_seconds)
        yield f"build, {one.services[0]}", f"{taken} after {one.what}"


def _pair(before: float, after: float) -> str:
    return f"{seconds(before)} → {seconds(after)} ({change(before, after)})"
