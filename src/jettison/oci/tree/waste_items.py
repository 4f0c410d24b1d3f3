"""One wasted entry of a layer, and why its bytes are of no use."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from jettison.record import record

if TYPE_CHECKING:
    from jettison.oci.tree.filetree import Node


class WasteReason(StrEnum):
    """Why bytes of a layer are of no use."""

    OVERWRITTEN = "overwritten"
    """A higher layer, or the same one, has another entry at the path."""
    DELETED = "deleted"
    """A higher layer removed the path or a directory above it."""
    DUPLICATED = "duplicated"
    """The merged tree has the same content at another path, which is not counted."""


@record
class WasteItem:
    """Bytes of one layer's entry that are of no use.

    ``twin`` is what makes them so: the surviving copy of duplicated content, or the entry that
    replaced an overwritten one. ``same_content`` tells an overwritten file that only changed its
    owner, mode or time; it is ``None`` when the digests are not known.
    """

    reason: WasteReason
    node: Node
    stored_bytes: int
    twin: Node | None = None
    same_content: bool | None = None
