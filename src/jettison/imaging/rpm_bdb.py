"""The headers in rpm's Berkeley database, which RHEL used up to version 8.

Sources: Berkeley DB's dbinc/db_page.h and rpm's lib/backend/bdb_ro.c. It is a hash of the headers
by number, in the byte order of the machine that wrote it. A header longer than a part of a page
is in a chain of overflow pages. A page, an item or a chain that is not sound is left out.
"""

from __future__ import annotations

import struct
from dataclasses import field
from itertools import islice
from typing import TYPE_CHECKING

from jettison.record import record

if TYPE_CHECKING:
    from collections.abc import Iterator

_META_BYTES = 512
_MAGIC = 0x00061561
_VERSIONS = range(8, 11)
_PAGE_SIZES = tuple(1 << bits for bits in range(9, 17))
_PAGE_HEAD_BYTES = 26
_HASH_META, _OVERFLOW, _HASHES = 8, 7, (2, 13)
_KEY_DATA, _OFF_PAGE = 1, 3
_OFF_PAGE_BYTES = 12
_KEY_BYTES = 4
_CHECKSUMS = 1
_COUNTER = 0
_MOST_ITEMS = 1 << 20


def bdb_headers(data: bytes) -> Iterator[bytes]:
    """The headers by number; no two share a page, so that they are no longer than the data."""
    database = _open(data)
    if database is None:
        return
    items: dict[int, bytes] = {}
    for key, value in islice(database.items(), _MOST_ITEMS):
        number = database.number(key)
        if number != _COUNTER:
            items.setdefault(number, value)
    for number in sorted(items):
        blob = database.value(items[number])
        if blob is not None:
            yield blob


@record
class _Page:
    """A page's bytes with the parts of its head that are of use."""

    kind: int
    next_page: int
    entries: int
    used: int
    data: bytes


@record
class _Database:
    """The pages of a database; a page of overflow is given out once."""

    data: bytes
    order: str
    page_bytes: int
    last_page: int
    given: set[int] = field(default_factory=set)

    def page(self, number: int) -> _Page | None:
        """A page that says itself that it is the one."""
        start = number * self.page_bytes
        if not 0 < number <= self.last_page or start + self.page_bytes > len(self.data):
            return None
        own, _, next_page, entries, used, _, kind = struct.unpack_from(
            f"{self.order}8xIIIHHBB", self.data, start
        )
        if own != number:
            return None
        return _Page(kind, next_page, entries, used, self.data[start : start + self.page_bytes])

    def number(self, key: bytes) -> int:
        """The header's number of which a key is made; 0 for other keys, as for the counter."""
        if len(key) != _KEY_BYTES + 1 or key[0] != _KEY_DATA:
            return _COUNTER
        return int(struct.unpack_from(f"{self.order}I", key, 1)[0])

    def items(self) -> Iterator[tuple[bytes, bytes]]:
        """The keys and values on all hash pages, each with the byte that says its kind."""
        for number in range(1, min(self.last_page, len(self.data) // self.page_bytes) + 1):
            page = self.page(number)
            if page is not None and page.kind in _HASHES:
                found = list(self._items_on(page))
                yield from zip(found[::2], found[1::2], strict=False)

    def _items_on(self, page: _Page) -> Iterator[bytes]:
        """A page's items, which fill it from its end; those up to one that is not sound."""
        lowest = _PAGE_HEAD_BYTES + 2 * page.entries
        if lowest > self.page_bytes:
            return
        end = self.page_bytes
        starts = struct.unpack_from(f"{self.order}{page.entries}H", page.data, _PAGE_HEAD_BYTES)
        for start in starts:
            if not lowest <= start < end:
                return
            yield page.data[start:end]
            end = start

    def value(self, item: bytes) -> bytes | None:
        """The bytes that an item holds or points to."""
        if item[0] == _KEY_DATA:
            return item[1:]
        if item[0] != _OFF_PAGE or len(item) != _OFF_PAGE_BYTES:
            return None
        return self._chained(*struct.unpack_from(f"{self.order}4xII", item))

    def _chained(self, number: int, length: int) -> bytes | None:
        """The bytes on a chain of overflow pages, ``None`` unless they are as many as said."""
        pieces = []
        while length:
            page = self.page(number)
            if page is None or page.kind != _OVERFLOW or number in self.given:
                return None
            if page.used > min(length, self.page_bytes - _PAGE_HEAD_BYTES):
                return None
            self.given.add(number)
            pieces.append(page.data[_PAGE_HEAD_BYTES : _PAGE_HEAD_BYTES + page.used])
            length -= page.used
            number = page.next_page
        return b"".join(pieces)


def _open(data: bytes) -> _Database | None:
    """The database, ``None`` for one of another kind, or with checksums or encryption."""
    if len(data) < _META_BYTES:
        return None
    for order in "<>":
        magic, version, page_bytes, cipher, kind, flags, last_page = struct.unpack_from(
            f"{order}12xIIIBBBx4xI", data
        )
        known = magic == _MAGIC and version in _VERSIONS and page_bytes in _PAGE_SIZES
        if known and kind == _HASH_META and not cipher and not flags & _CHECKSUMS:
            return _Database(data, order, page_bytes, last_page)
    return None
