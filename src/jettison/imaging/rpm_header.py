"""An rpm package's header, as every format of rpm's database stores it.

Sources: rpm's docs/manual/format_header.md, lib/header.c (the limits, and entries that are added
after the immutable region and replace those in it) and include/rpm/rpmfiles.h (file states).
"""

from __future__ import annotations

import struct

from jettison.record import record

_INTRO = struct.Struct(">II")
_ENTRY = struct.Struct(">IIII")
_MAX_ENTRIES = 0xFFFF
_MAX_STORE = 32 << 20
_MOST_GROWTH = 8
_NAME, _VERSION, _RELEASE = 1000, 1001, 1002
_OLD_PATHS, _STATES = 1027, 1029
_FOLDER_NUMBERS, _BASE_NAMES, _FOLDERS = 1116, 1117, 1118
_CHAR, _INT32 = 1, 4
_TEXTS = (6, 8, 9)
_INSTALLED = (0, 3)


@record
class RpmHeader:
    """A package's header: its index, and the store that the index points into."""

    entries: dict[int, tuple[int, int, int]]
    store: bytes

    @classmethod
    def parse(cls, blob: bytes) -> RpmHeader:
        """The header; ``struct.error`` for one that is cut off."""
        count, length = _INTRO.unpack_from(blob)
        start = _INTRO.size + count * _ENTRY.size
        sane = count <= _MAX_ENTRIES and length <= _MAX_STORE
        if not sane or start + length > len(blob):
            raise struct.error(f"{count} entries and {length} bytes in {len(blob)}")
        index = _ENTRY.iter_unpack(blob[_INTRO.size : start])
        entries = {tag: (kind, offset, items) for tag, kind, offset, items in index}
        return cls(entries, blob[start : start + length])

    @property
    def name(self) -> str:
        """The package's name, ``""`` for none."""
        return self._text(_NAME)

    @property
    def version(self) -> str:
        """The version and the release."""
        return f"{self._text(_VERSION)}-{self._text(_RELEASE)}".strip("-")

    def paths(self) -> list[str]:
        """The files that were installed; a file that another package replaced is not there.

        ``struct.error`` for lists that are cut off or do not fit together.
        """
        states = self._bytes(_STATES)
        paths = self._texts(_OLD_PATHS) if _BASE_NAMES not in self.entries else self._joined()
        return [
            path
            for number, path in enumerate(paths)
            if number >= len(states) or states[number] in _INSTALLED
        ]

    def _joined(self) -> list[str]:
        """Each base name in its folder."""
        names, numbers = self._texts(_BASE_NAMES), self._numbers(_FOLDER_NUMBERS)
        folders = self._texts(_FOLDERS)
        if len(names) != len(numbers) or (numbers and max(numbers) >= len(folders)):
            raise struct.error(f"{len(names)} names for {len(numbers)} numbers of folders")
        if sum(len(folders[number]) for number in numbers) > _MOST_GROWTH * len(self.store):
            raise struct.error("folders that are repeated out of proportion")
        return [folders[number] + name for name, number in zip(names, numbers, strict=True)]

    def _text(self, tag: int) -> str:
        return next(iter(self._texts(tag)), "")

    def _texts(self, tag: int) -> list[str]:
        offset, count = self._items(tag, _TEXTS)
        pieces = self.store[offset:].split(b"\0", count)
        if len(pieces) <= count:
            raise struct.error(f"the strings of tag {tag} do not end")
        return [piece.decode("utf-8", "surrogateescape") for piece in pieces[:count]]

    def _numbers(self, tag: int) -> tuple[int, ...]:
        offset, count = self._items(tag, (_INT32,))
        return struct.unpack_from(f">{count}I", self.store, offset)

    def _bytes(self, tag: int) -> bytes:
        offset, count = self._items(tag, (_CHAR,))
        return self.store[offset : offset + count]

    def _items(self, tag: int, kinds: tuple[int, ...]) -> tuple[int, int]:
        """Where a tag's items start and how many there are: none for another kind of items."""
        kind, offset, count = self.entries.get(tag, (0, 0, 0))
        if kind not in kinds or not count:
            return 0, 0
        if offset > len(self.store) or count > len(self.store):
            raise struct.error(f"{count} items of tag {tag} at {offset}")
        return offset, count
