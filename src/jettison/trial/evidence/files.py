"""An image's files by owner, and their contents where they are wanted."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from jettison.errors import ImageError
from jettison.imaging.elf import read_dynamic
from jettison.oci import OverlayLayer, read_contents

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from jettison.imaging.elf import Dynamic
    from jettison.imaging.listing import Listing
    from jettison.imaging.package import Claims
    from jettison.oci import EntrySource, FileTree, Node

__all__ = ["ImageFiles"]

_MAX_ELF = 64 << 20
_ELF_TOTAL = 256 << 20


@dataclass(slots=True)
class ImageFiles:
    """The files of an image whose packages are claimed; its lowest ``base_layers`` are the base's.

    ``sizes`` has the files' absolute paths, ``owned`` the numbers of the files of each package, by
    the package's number.
    """

    tree: FileTree
    listing: Listing
    claims: Claims
    layers: Sequence[EntrySource]
    base_layers: int
    sizes: dict[str, int] = field(default_factory=dict)
    owned: dict[int, list[int]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        listing = self.listing
        for number, path in enumerate(listing.paths()):
            self.sizes[f"/{path}"] = listing.held[number]
            owner = self.claims.owner.get(listing.inode[number])
            if owner is not None:
                self.owned.setdefault(owner, []).append(number)

    def node(self, file: int) -> Node:
        """The entry of a file by its number."""
        return self.tree.node(self.listing.record[file])

    def texts(self, nodes: Iterable[Node]) -> Mapping[str, str]:
        """The contents of files, by path."""
        return {
            node.path: data.decode("utf-8", "replace")
            for node, data in read_contents(self.layers, nodes)
        }

    def contents(self, files: Iterable[int]) -> Iterator[tuple[int, bytes]]:
        """The contents of files that are not too big, one after the other, with their numbers."""
        numbers = {self.node(file).path: file for file in files}
        nodes = [self.node(file) for file in numbers.values()]
        fitting = [node for node in nodes if node.content_bytes <= _MAX_ELF]
        for node, data in read_contents(self.layers, fitting, max_bytes=_MAX_ELF):
            yield numbers[node.path], data

    def dynamics(self, files: Iterable[int]) -> Mapping[int, Dynamic]:
        """The dynamic sections of ELF files, by the file's number.

        Of a layer that lies unpacked only the headers are read; of others whole files, up to a
        limit.
        """
        found: dict[int, Dynamic] = {}
        whole: dict[str, int] = {}
        left = _ELF_TOTAL
        for file in files:
            node = self.node(file)
            layer = self.layers[node.content_layer]
            if isinstance(layer, OverlayLayer):
                dynamic = _from_folder(layer, node)
                if dynamic is not None:
                    found[file] = dynamic
            elif node.content_bytes <= min(_MAX_ELF, left):
                left -= node.content_bytes
                whole[node.path] = file
        nodes = [self.node(file) for file in whole.values()]
        for node, data in read_contents(self.layers, nodes, max_bytes=_MAX_ELF):
            dynamic = read_dynamic(partial(_part, data))
            if dynamic is not None:
                found[whole[node.path]] = dynamic
        return found


def _part(data: bytes, at: int, size: int) -> bytes:
    return data[at : at + size]


def _from_folder(layer: OverlayLayer, node: Node) -> Dynamic | None:
    """The dynamic section of a file that lies in a layer's folder; links are not followed."""
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC
    try:
        handle = os.open(layer.folder / node.holder_path, flags)
    except OSError:
        return None
    try:
        return read_dynamic(lambda at, size: os.pread(handle, size, at))
    except (OSError, ImageError):
        return None
    finally:
        os.close(handle)
