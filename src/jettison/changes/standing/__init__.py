"""What becomes of each listed dependency, system package and folder, and why."""

from jettison.changes.standing.account import standings
from jettison.changes.standing.model import Standing, Subject, Which

__all__ = ["Standing", "Subject", "Which", "standings"]
