"""What more than one rule wants to know, derived once and read-only."""

from jettison.analysis.facts import Analysis, analyze
from jettison.analysis.project import Project, ServiceRun, Target, discover
from jettison.analysis.python_image import PythonImage
from jettison.analysis.static_site import StaticSite

__all__ = [
    "Analysis",
    "Project",
    "PythonImage",
    "ServiceRun",
    "StaticSite",
    "Target",
    "analyze",
    "discover",
]
