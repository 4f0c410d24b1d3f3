"""A project's settings: ``jettison.toml``, or ``[tool.jettison]`` of ``pyproject.toml``."""

from jettison.config.reading import read_settings
from jettison.config.settings import Settings, TrialSettings

__all__ = ["Settings", "TrialSettings", "read_settings"]
