"""A tar reader that makes entries as the bytes go by, whatever the tar's dialect and length."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from jettison.oci.entry import Entry, EntryKind
from jettison.oci.errors import LimitExceeded, MalformedLayer
from jettison.oci.tar import header as tarheader
from jettison.oci.tar.header import BLOCK, ZERO_BLOCK, Numbers, Pax
from jettison.oci.tar.window import Window
from jettison.record import record

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from jettison.oci.digest import ByteStream


@record
class Limits:
    """What a layer may ask of its reader; beyond it :class:`LimitExceeded` is raised.

    ``max_content_bytes`` bounds the uncompressed content of one layer, holes of sparse files
    included, so that a bomb ends.
    """

    max_entries: int = 20_000_000
    max_header_bytes: int = 1 << 20
    max_path_bytes: int = 8192
    max_content_bytes: int = 1 << 38


DEFAULT_LIMITS = Limits()
_KINDS = {
    b"0"[0]: EntryKind.FILE,
    0: EntryKind.FILE,
    b"7"[0]: EntryKind.FILE,
    b"S"[0]: EntryKind.FILE,
    b"1"[0]: EntryKind.HARD_LINK,
    b"2"[0]: EntryKind.SYMLINK,
    b"3"[0]: EntryKind.CHARACTER_DEVICE,
    b"4"[0]: EntryKind.BLOCK_DEVICE,
    b"5"[0]: EntryKind.DIRECTORY,
    b"D"[0]: EntryKind.DIRECTORY,
    b"6"[0]: EntryKind.FIFO,
}
_DEVICES = (EntryKind.CHARACTER_DEVICE, EntryKind.BLOCK_DEVICE)
_LONG_NAME, _LONG_LINK, _PAX, _SOLARIS_PAX, _GLOBAL_PAX, _LABEL = b"LKxXgV"
_SPARSE, _DUMP = b"SD"
_ZEROS = memoryview(bytes(1 << 16))
_MAX_SECONDS = 1 << 33
_LONGEST_MAP = 40 << 20


class _Facts(NamedTuple):
    """What a header says and an extended header may say otherwise."""

    name: bytes
    link: bytes
    mode: int
    stored: int
    uid: int
    gid: int
    mtime_ns: int

    @classmethod
    def of(
        cls, header: bytes, numbers: Numbers, long_name: bytes | None, long_link: bytes | None
    ) -> _Facts:
        mode, uid, gid, stored, seconds = numbers
        if not -_MAX_SECONDS < seconds < _MAX_SECONDS:
            seconds = _MAX_SECONDS if seconds > 0 else -_MAX_SECONDS
        name = _short_name(header) if long_name is None else long_name
        link = tarheader.c_text(header[157:257]) if long_link is None else long_link
        return cls(name, link, mode, stored, uid, gid, seconds * 1_000_000_000)

    def overridden(self, pax: Pax) -> _Facts:
        records = pax.records
        mtime = records.get(b"mtime")
        return _Facts(
            records.get(b"path", self.name),
            records.get(b"linkpath", self.link),
            self.mode,
            _decimal(records, b"size", self.stored),
            _decimal(records, b"uid", self.uid),
            _decimal(records, b"gid", self.gid),
            self.mtime_ns if mtime is None else tarheader.nanoseconds(mtime),
        )


class TarReader:
    """Iterates over a tar's entries; between two of them the content of the first can be read.

    Reads ustar, pax, GNU and V7 tars, GNU long names, all four GNU sparse formats and
    ``SCHILY.xattr`` attributes. Global pax headers are passed over, as engines do. Every header's
    checksum is checked. Nothing of the content is kept.
    """

    def __init__(
        self, raw: ByteStream, *, layer: str = "layer", limits: Limits = DEFAULT_LIMITS
    ) -> None:
        self._window = Window(raw, layer)
        self._layer = layer
        self._limits = limits
        self._pending = 0  # stored bytes of the current entry that nobody read yet
        self._padding = 0
        self._content_bytes = 0
        self._parts: tuple[tuple[int, int], ...] | None = None
        self._total = 0
        self._count = 0

    def __iter__(self) -> Iterator[Entry]:
        while (entry := self.next()) is not None:
            yield entry

    def next(self) -> Entry | None:
        """The next entry, ``None`` after the last; unread content is passed over."""
        window = self._window
        if rest := self._pending + self._padding:
            self._pending = self._padding = 0
            window.skip(rest)
        start = window.position
        long_name = long_link = None
        pax: Pax | None = None
        while True:
            at = window.position
            header = window.take_some(BLOCK)
            if len(header) < BLOCK or header == ZERO_BLOCK:
                self._check_end(header, at, pending=at != start)
                return None
            try:
                numbers = tarheader.numbers(header)
                kind = header[156]
                if kind == _LONG_NAME:
                    long_name = tarheader.c_text(self._meta(numbers.length))
                elif kind == _LONG_LINK:
                    long_link = tarheader.c_text(self._meta(numbers.length))
                elif kind in (_PAX, _SOLARIS_PAX):
                    pax = tarheader.pax(self._meta(numbers.length))
                elif kind in (_GLOBAL_PAX, _LABEL):
                    self._meta(numbers.length)
                    start = window.position if at == start else start
                else:
                    facts = _Facts.of(header, numbers, long_name, long_link)
                    if pax is not None:
                        facts = facts.overridden(pax)
                    return self._entry(header, facts, pax, start)
            except ValueError as error:
                raise MalformedLayer(str(error), layer=self._layer, offset=at) from None

    def jump(self, offset: int) -> Entry:
        """The entry whose :attr:`Entry.offset` is given, which must lie ahead unless seekable."""
        self._pending = self._padding = 0
        self._window.jump(offset)
        entry = self.next()
        if entry is None:
            raise MalformedLayer("no entry here", layer=self._layer, offset=offset)
        return entry

    @property
    def content_offset(self) -> int:
        """Where the current entry's unread content starts in the stream."""
        return self._window.position

    def pipe(self, write: Callable[[memoryview], object]) -> None:
        """Hands the current entry's content to ``write``, holes as zeros; once for each entry."""
        if self._parts is None:
            stored, self._pending = self._pending, 0
            self._window.pipe(stored, write)
            return
        at = 0
        for offset, length in (*self._parts, (self._content_bytes, 0)):
            _write_zeros(offset - at, write)
            if length > self._pending:
                raise self._error("a sparse file holds less than its map says")
            self._pending -= length
            self._window.pipe(length, write)
            at = offset + length
        self._parts = ()
        self._content_bytes = 0

    def content(self, max_bytes: int = 1 << 30) -> bytes:
        """The current entry's content; longer content raises :class:`LimitExceeded`."""
        if (self._content_bytes if self._parts is not None else self._pending) > max_bytes:
            raise self._limit(f"a file is longer than the {max_bytes} bytes asked for")
        found = bytearray()
        self.pipe(found.extend)
        return bytes(found)

    def drain(self) -> int:
        """Reads to the end of the stream; returns the uncompressed bytes of the whole tar."""
        self._window.drain()
        return self._window.position

    def _check_end(self, block: bytes, at: int, *, pending: bool) -> None:
        if pending or 0 < len(block) < BLOCK:
            raise MalformedLayer("the stream ends too early", layer=self._layer, offset=at)
        if block:
            second = self._window.take_some(BLOCK)
            if second.strip(b"\0"):
                raise MalformedLayer("data after an end mark", layer=self._layer, offset=at)

    def _meta(self, length: int) -> bytes:
        if length < 0:
            raise ValueError("a negative length")
        if length > self._limits.max_header_bytes:
            raise self._limit(f"an extended header of {length} bytes")
        data = self._window.take(length)
        self._window.skip(-length % BLOCK)
        return data

    def _entry(self, header: bytes, facts: _Facts, pax: Pax | None, start: int) -> Entry:
        flag = header[156]
        kind = _KINDS.get(flag)
        if kind is None:
            raise ValueError(f"an entry of the unknown type {chr(flag)!r}")
        if kind is EntryKind.FILE:
            if flag == 0 and facts.name.endswith(b"/"):
                kind = EntryKind.DIRECTORY
        elif flag != _DUMP:
            facts = facts._replace(stored=0)
        name = self._set_content(header, kind, facts, pax)
        self._check(name, facts)
        is_file = kind is EntryKind.FILE
        device = None
        if kind in _DEVICES:
            device = (tarheader.number(header[329:337]), tarheader.number(header[337:345]))
        return Entry(
            tarheader.clean_path(name),
            kind,
            facts.mode & 0o7777,
            facts.uid,
            facts.gid,
            self._content_bytes if is_file else 0,
            self._pending if is_file else 0,
            facts.mtime_ns,
            _link(kind, facts.link),
            start,
            device,
            tuple(sorted(pax.xattrs)) if pax is not None else (),
        )

    def _set_content(self, header: bytes, kind: EntryKind, facts: _Facts, pax: Pax | None) -> bytes:
        """Sets what is known of the content; returns the name, which sparse files hide in pax."""
        stored, name = facts.stored, facts.name
        if stored < 0:
            raise ValueError("a negative length")
        self._pending = self._content_bytes = stored
        self._padding = -stored % BLOCK
        self._parts = None
        if kind is EntryKind.FILE:
            if header[156] == _SPARSE:
                self._read_old_map(header)
            elif pax is not None and (pax.sparse_pairs or _is_sparse(pax)):
                self._read_pax_map(pax)
                name = pax.records.get(b"GNU.sparse.name", name)
        self._total += max(self._content_bytes, stored)
        self._count += 1
        limits = self._limits
        if self._total > limits.max_content_bytes:
            raise self._limit(f"more than {limits.max_content_bytes} bytes of content")
        if self._count > limits.max_entries:
            raise self._limit(f"more than {limits.max_entries} entries")
        return name

    def _read_old_map(self, header: bytes) -> None:
        numbers = _pairs(header[386:482], 4)
        more = header[482]
        while more:
            block = self._window.take(BLOCK)
            numbers += _pairs(block, 21)
            more = block[504]
            if len(numbers) > 2_000_000:
                raise self._limit("a sparse file's map is too long")
        self._set_parts(numbers, tarheader.number(header[483:495]))

    def _read_pax_map(self, pax: Pax) -> None:
        records = pax.records
        if records.get(b"GNU.sparse.major") == b"1":
            content = tarheader.decimal(records.get(b"GNU.sparse.realsize", b""))
            self._set_parts(self._read_new_map(), content)
            return
        content = tarheader.decimal(records.get(b"GNU.sparse.size", b""))
        listed = records.get(b"GNU.sparse.map")
        numbers = pax.sparse_pairs
        if listed is not None:
            numbers = [tarheader.decimal(text) for text in listed.split(b",")]
        self._set_parts(numbers, content)

    def _read_new_map(self) -> list[int]:
        """The map at the start of the content: decimal lines, padded to whole blocks."""
        text = bytearray()
        wanted = 1
        lines: list[bytes] = []
        while len(lines) < wanted:
            if self._pending < BLOCK or len(text) > _LONGEST_MAP:
                raise ValueError("a sparse file's map does not end")
            text += self._window.take(BLOCK)
            self._pending -= BLOCK
            *complete, rest = bytes(text).split(b"\n")
            lines += complete
            text = bytearray(rest)
            if lines:
                wanted = 1 + 2 * tarheader.decimal(lines[0])
        return [tarheader.decimal(line) for line in lines[1:wanted]]

    def _set_parts(self, numbers: list[int], content_bytes: int) -> None:
        if content_bytes < 0:
            raise ValueError("a negative length")
        self._parts = tarheader.sparse_parts(numbers, content_bytes)
        self._content_bytes = content_bytes
        if sum(length for _, length in self._parts) > self._pending:
            raise ValueError("a sparse file holds less than its map says")

    def _check(self, name: bytes, facts: _Facts) -> None:
        if (longest := max(len(name), len(facts.link))) > self._limits.max_path_bytes:
            raise self._limit(f"a name of {longest} bytes")
        if not (0 <= facts.uid < 1 << 32 and 0 <= facts.gid < 1 << 32):
            raise ValueError(f"an owner that cannot be: {facts.uid}:{facts.gid}")

    def _error(self, problem: str) -> MalformedLayer:
        return MalformedLayer(problem, layer=self._layer, offset=self._window.position)

    def _limit(self, problem: str) -> LimitExceeded:
        return LimitExceeded(problem, layer=self._layer, offset=self._window.position)


def _short_name(header: bytes) -> bytes:
    name = tarheader.c_text(header[:100])
    if header[345] and header[257:263] == b"ustar\0":
        end = 476 if header[508:512] == b"tar\0" else 500
        return tarheader.c_text(header[345:end]) + b"/" + name
    return name


def _decimal(records: dict[bytes, bytes], key: bytes, default: int) -> int:
    value = records.get(key)
    return default if value is None else tarheader.decimal(value)


def _is_sparse(pax: Pax) -> bool:
    return b"GNU.sparse.major" in pax.records or b"GNU.sparse.map" in pax.records


def _pairs(block: bytes, count: int) -> list[int]:
    numbers: list[int] = []
    for at in range(0, 24 * count, 24):
        if not block[at]:
            break
        numbers.append(tarheader.number(block[at : at + 12]))
        numbers.append(tarheader.number(block[at + 12 : at + 24]))
    return numbers


def _link(kind: EntryKind, link: bytes) -> str:
    if kind is EntryKind.HARD_LINK:
        return tarheader.clean_path(link)
    if kind is EntryKind.SYMLINK:
        if b"\0" in link:
            raise ValueError("a link has a NUL in it")
        return link.decode("utf-8", "surrogateescape")
    return ""


def _write_zeros(count: int, write: Callable[[memoryview], object]) -> None:
    while count > 0:
        step = min(count, len(_ZEROS))
        write(_ZEROS[:step])
        count -= step
