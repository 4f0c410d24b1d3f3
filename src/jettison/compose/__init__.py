"""Compose files to services, and round-trip edits of them.

What reads and edits is imported when it is first asked for: many projects have no Compose file.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

from jettison.compose.finding import find_compose_files
from jettison.compose.mount_kinds import MountKind

if TYPE_CHECKING:
    from jettison.compose.comments import lost_comments
    from jettison.compose.dotenv import parse_dotenv
    from jettison.compose.editor import ComposeEditor
    from jettison.compose.files import Lack
    from jettison.compose.parsing import parse_yaml
    from jettison.compose.project import read_compose
    from jettison.compose.render import EditValue
    from jettison.compose.services import (
        Build,
        ComposeProject,
        Healthcheck,
        Limits,
        Mount,
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
    "lost_comments",
    "parse_dotenv",
    "parse_yaml",
    "read_compose",
    "split_command",
]

_PLACES = {
    "ComposeEditor": "editor",
    "EditValue": "render",
    "Lack": "files",
    "lost_comments": "comments",
    "parse_dotenv": "dotenv",
    "parse_yaml": "parsing",
    "read_compose": "project",
    "split_command": "units",
}


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module = importlib.import_module(f"{__name__}.{_PLACES.get(name, 'services')}")
    return getattr(module, name)
