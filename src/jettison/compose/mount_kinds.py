"""What can be mounted into a service."""

from __future__ import annotations

from enum import StrEnum

__all__ = ["MountKind"]


class MountKind(StrEnum):
    """What is mounted (Compose specification, "volumes", long syntax ``type``)."""

    BIND = "bind"
    VOLUME = "volume"
    TMPFS = "tmpfs"
    NPIPE = "npipe"
    CLUSTER = "cluster"
    IMAGE = "image"
