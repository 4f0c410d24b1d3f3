"""A tar writer whose bytes depend on nothing but the entries given."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from jettison.oci.entry import Entry, EntryKind
from jettison.oci.tar.header import BLOCK

if TYPE_CHECKING:
    from jettison.oci.digest import ByteStream

_FLAGS = {
    EntryKind.FILE: b"0",
    EntryKind.HARD_LINK: b"1",
    EntryKind.SYMLINK: b"2",
    EntryKind.CHARACTER_DEVICE: b"3",
    EntryKind.BLOCK_DEVICE: b"4",
    EntryKind.DIRECTORY: b"5",
    EntryKind.FIFO: b"6",
}
_MAX_OWNER = 0o7777777
_MAX_LENGTH = 0o77777777777


class Sink(Protocol):
    """What takes bytes."""

    def write(self, data: bytes | memoryview, /) -> object: ...


class TarWriter:
    """Writes entries as POSIX pax tar: ustar headers, extended ones only where they are needed.

    Names longer than the header and bytes that are not UTF-8 go into extended headers as they
    are, which is what Go's archive/tar reads back.
    """

    def __init__(self, target: Sink) -> None:
        self._target = target

    def add(self, entry: Entry, content: bytes = b"") -> None:
        """Writes an entry with content in memory."""
        length = len(content) if entry.kind is EntryKind.FILE else 0
        self.begin(entry._replace(content_bytes=length))
        if length:
            self._target.write(content)
        self.end(length)

    def begin(self, entry: Entry) -> None:
        """Writes an entry's headers; ``content_bytes`` bytes must follow, then :meth:`end`."""
        self._target.write(headers(entry))

    def end(self, length: int) -> None:
        """Pads content of ``length`` bytes to whole blocks."""
        if padding := -length % BLOCK:
            self._target.write(bytes(padding))

    def add_stream(self, entry: Entry, content: ByteStream) -> None:
        """Writes an entry with the content of a stream that has ``content_bytes`` bytes."""
        self.begin(entry)
        left = entry.content_bytes
        while left:
            piece = content.read(min(left, 1 << 20))
            if not piece:
                raise ValueError(f"{entry.path}: the content ends {left} bytes too early")
            self._target.write(piece)
            left -= len(piece)
        self.end(entry.content_bytes)

    def close(self) -> None:
        """Writes the two blocks of zeros that end a tar; the target stays open."""
        self._target.write(bytes(2 * BLOCK))


def headers(entry: Entry) -> bytes:
    """The header blocks of an entry, an extended header first where one is needed."""
    name = entry.path.encode("utf-8", "surrogateescape")
    link = entry.link.encode("utf-8", "surrogateescape")
    if entry.kind is EntryKind.DIRECTORY:
        name = name + b"/" if name else b"./"
    records = {f"SCHILY.xattr.{key}": value for key, value in entry.xattrs}
    prefix = b""
    if len(name) > 100:
        prefix, name, whole = *_split(name), name
        if not name:
            records["path"], name = whole, whole[:100]
    if len(link) > 100:
        records["linkpath"], link = link, link[:100]
    seconds, fraction = divmod(entry.mtime_ns, 1_000_000_000)
    if fraction or not 0 <= seconds <= _MAX_LENGTH:
        records["mtime"] = _pax_time(entry.mtime_ns)
        seconds = 0 if seconds < 0 else min(seconds, _MAX_LENGTH)
    for key, value in (("uid", entry.uid), ("gid", entry.gid)):
        if value > _MAX_OWNER:
            records[key] = b"%d" % value
    length = entry.content_bytes if entry.kind is EntryKind.FILE else 0
    if length > _MAX_LENGTH:
        records["size"] = b"%d" % length
    block = _header(entry, name, prefix=prefix, link=link, seconds=seconds, length=length)
    return _extended(records) + block if records else block


def _header(
    entry: Entry, name: bytes, *, prefix: bytes, link: bytes, seconds: int, length: int
) -> bytes:
    major, minor = entry.device or (0, 0)
    uid = entry.uid if entry.uid <= _MAX_OWNER else 0
    gid = entry.gid if entry.gid <= _MAX_OWNER else 0
    stored = length if length <= _MAX_LENGTH else 0
    before = b"%b%07o\0%07o\0%07o\0%011o\0%011o\0" % (
        name.ljust(100, b"\0"),
        entry.mode,
        uid,
        gid,
        stored,
        seconds,
    )
    after = b"%b%bustar\x0000%b%07o\0%07o\0%b" % (
        _FLAGS[entry.kind],
        link.ljust(100, b"\0"),
        bytes(64),
        major,
        minor,
        prefix.ljust(155, b"\0"),
    )
    total = sum(before) + sum(after) + 8 * 32
    return (before + b"%06o\0 " % total + after).ljust(BLOCK, b"\0")


def _split(name: bytes) -> tuple[bytes, bytes]:
    """A long name as ustar's prefix and name, both empty when it does not fit."""
    at = name.rfind(b"/", 0, 156)
    while at > 0 and not name[at + 1 :]:
        at = name.rfind(b"/", 0, at)
    if at <= 0 or len(name) - at - 1 > 100:
        return b"", b""
    return name[:at], name[at + 1 :]


def _pax_time(mtime_ns: int) -> bytes:
    sign, (seconds, fraction) = "-" if mtime_ns < 0 else "", divmod(abs(mtime_ns), 1_000_000_000)
    text = f"{sign}{seconds}.{fraction:09d}" if fraction else f"{sign}{seconds}"
    return text.rstrip("0").encode() if fraction else text.encode()


def _extended(records: dict[str, bytes]) -> bytes:
    data = b"".join(_record(key, records[key]) for key in sorted(records))
    entry = Entry("PaxHeaders.0/entry", EntryKind.FILE, mode=0o644, content_bytes=len(data))
    block = _header(entry, b"PaxHeaders.0/entry", prefix=b"", link=b"", seconds=0, length=len(data))
    typed = block[:156] + b"x" + block[157:]
    total = sum(typed[:148]) + sum(typed[156:]) + 8 * 32
    typed = typed[:148] + b"%06o\0 " % total + typed[156:]
    return typed + data + bytes(-len(data) % BLOCK)


def _record(key: str, value: bytes) -> bytes:
    body = b" " + key.encode("utf-8", "surrogateescape") + b"=" + value + b"\n"
    length = len(body) + 1
    while len(str(length)) + len(body) != length:
        length = len(str(length)) + len(body)
    return str(length).encode() + body
