"""Compose files to services, and round-trip edits of them."""

from jettison.compose.editor import ComposeEditor
from jettison.compose.files import Lack
from jettison.compose.project import find_compose_files, read_compose
from jettison.compose.render import EditValue
from jettison.compose.services import (
    Build,
    ComposeProject,
    Healthcheck,
    Limits,
    Mount,
    MountKind,
    Port,
    Resource,
    Service,
)
from jettison.compose.units import split_command

__all__ = [
    "Build",
    "ComposeEditor",
    "ComposeProject",
    "EditValue",
    "Healthcheck",
    "Lack",
    "Limits",
    "Mount",
    "MountKind",
    "Port",
    "Resource",
    "Service",
    "find_compose_files",
    "read_compose",
    "split_command",
]
