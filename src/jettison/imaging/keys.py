"""Private keys, told from certificates by what is in them.

Source: RFC 7468, "Textual Encodings of PKIX, PKCS, and CMS Structures"; OpenSSH's PROTOCOL.key.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from jettison.imaging.categories import Category
from jettison.oci import read_contents

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from jettison.imaging.listing import Listing
    from jettison.oci import EntrySource, FileTree

_SUFFIXES = (".pem", ".key")
_MARK = b"PRIVATE KEY-----"
_LARGEST = 64 << 10


def may_be_key(listing: Listing, file: int) -> bool:
    """Whether a file's name and length are those of a key or a certificate."""
    return listing.names[file].endswith(_SUFFIXES) and 0 < listing.held[file] <= _LARGEST


def private_keys(
    tree: FileTree, listing: Listing, layers: Sequence[EntrySource]
) -> Iterator[tuple[int, Category]]:
    """The files that hold private keys, by number, with their category."""
    files = {
        listing.record[file]: file
        for file in range(len(listing.names))
        if may_be_key(listing, file)
    }
    nodes = [tree.node(record) for record in files]
    for node, data in read_contents(layers, nodes, max_bytes=_LARGEST):
        if _MARK in data:
            yield files[node.record], Category.SECRET
