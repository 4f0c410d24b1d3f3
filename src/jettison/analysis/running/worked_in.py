"""Images of PHP that are made to work on the code in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jettison.analysis.running.started import started

if TYPE_CHECKING:
    from jettison.analysis.facts import Facts
    from jettison.analysis.project import Target

__all__ = ["made_to_work_in"]


def made_to_work_in(facts: Facts, target: Target) -> tuple[str, int] | None:
    """Why an image is one for work on the code, with the line (from 1); or ``None``."""
    for command in facts.of(started, target).commands:
        for mark in ("xdebug", "php.ini-development"):
            if command.line and mark in " ".join(command.words):
                reason = f"line {command.line} names {mark}: the image is one to work in"
                return reason, command.line
    return None
