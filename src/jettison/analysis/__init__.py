"""Derive once, read-only, what more than one rule wants to know."""

from jettison.analysis.discover import Selection, discover
from jettison.analysis.evidence import (
    NO_EVIDENCE,
    Distribution,
    Evidence,
    ImageEvidence,
    ModuleCode,
    SystemPackage,
)
from jettison.analysis.facts import Facts
from jettison.analysis.project import Project, ServiceRun, Target, Unread

__all__ = [
    "NO_EVIDENCE",
    "Distribution",
    "Evidence",
    "Facts",
    "ImageEvidence",
    "ModuleCode",
    "Project",
    "Selection",
    "ServiceRun",
    "SystemPackage",
    "Target",
    "Unread",
    "discover",
]
