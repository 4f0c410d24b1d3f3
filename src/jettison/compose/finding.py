"""Which files of a folder Compose takes.

Source: Compose specification, "Compose file" (03-compose-file.md).
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

__all__ = ["find_compose_files"]

_NAMES = ("compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml")
_OVERRIDES = (
    "compose.override.yml",
    "compose.override.yaml",
    "docker-compose.override.yml",
    "docker-compose.override.yaml",
)


def find_compose_files(
    folder: Path, environment: Mapping[str, str] | None = None
) -> tuple[Path, ...]:
    """The file that Compose takes in ``folder`` and its override file; none when there is none.

    ``compose.yaml`` goes before ``compose.yml``, ``docker-compose.yml`` and
    ``docker-compose.yaml``. Parent folders are not searched. With an ``environment``, its
    ``COMPOSE_FILE``, or the one that ``.env`` sets, names the files instead, be they there or not.
    """
    if environment is not None:
        known = {**_beside(folder, environment), **environment}
        if named := known.get("COMPOSE_FILE"):
            separator = known.get("COMPOSE_PATH_SEPARATOR") or os.pathsep
            return tuple(folder / name for name in named.split(separator) if name)
    main = next((folder / name for name in _NAMES if (folder / name).is_file()), None)
    if main is None:
        return ()
    override = next((folder / name for name in _OVERRIDES if (folder / name).is_file()), None)
    return (main,) if override is None else (main, override)


def _beside(folder: Path, environment: Mapping[str, str]) -> Mapping[str, str]:
    """The variables of the folder's ``.env`` file."""
    if not (folder / ".env").is_file():
        return {}
    from jettison.compose.files import Files  # noqa: PLC0415  (most folders have no such file)

    return Files.of_project(folder).beside(folder, environment)
