"""What a file tree needs of a layer, whatever the layer is made of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from jettison.oci.entry import Entry
    from jettison.oci.tree.filetree import Node

MAX_CONTENT = 64 << 20
"""The longest file that is read into memory unless more is asked for, in bytes."""


class EntrySource(Protocol):
    """The least that a file tree needs of a layer; folders of an engine's store have no more."""

    @property
    def name(self) -> str:
        """What errors and reports call the layer."""

    def entries(self, *, digests: bool = False, verify: bool = True) -> Iterator[Entry]:
        """The layer's entries in its own order, with digests of file contents if wanted."""

    def contents(
        self, nodes: Iterable[Node], *, max_bytes: int = MAX_CONTENT
    ) -> Iterator[tuple[Node, bytes]]:
        """The contents of files that the layer holds, in its own order.

        A file longer than ``max_bytes`` raises :class:`~jettison.oci.errors.LimitExceeded`.
        """
