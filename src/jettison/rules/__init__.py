"""What is wrong, why, what fixes it and what that saves."""

from jettison.rules.model import (
    Applicability,
    Basis,
    Example,
    Finding,
    Rule,
    Saving,
    findings_of,
)
from jettison.rules.registry import all_rules

__all__ = [
    "Applicability",
    "Basis",
    "Example",
    "Finding",
    "Rule",
    "Saving",
    "all_rules",
    "findings_of",
]
