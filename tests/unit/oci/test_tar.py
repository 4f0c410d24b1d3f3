"""The tar reader and writer: every dialect, and archives that mean harm."""

from __future__ import annotations

import io
import struct
import tarfile
import zlib
from typing import TYPE_CHECKING

import pytest

from jettison.errors import ImageError
from jettison.oci import (
    Entry,
    EntryKind,
    LimitExceeded,
    Limits,
    MalformedLayer,
    TarReader,
    TarWriter,
)
from jettison.oci.layers import compression as compression_module
from jettison.oci.layers.compression import decompressed, sniff
from jettison.oci.mediatype import Compression
from jettison.oci.sources.memory import packed
from jettison.oci.tar.header import nanoseconds
from jettison.oci.tar.writer import headers

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer


def read(data: bytes, limits: Limits | None = None) -> list[tuple[Entry, bytes]]:
    reader = TarReader(io.BytesIO(data), layer="x", limits=limits or Limits())
    return [(entry, reader.content()) for entry in reader]


def written(*entries: tuple[Entry, bytes]) -> bytes:
    target = io.BytesIO()
    writer = TarWriter(target)
    for entry, content in entries:
        writer.add(entry, content)
    writer.close()
    return target.getvalue()


def block(
    name: bytes = b"f", kind: bytes = b"0", length: bytes = b"00000000000\0", **at: bytes
) -> bytes:
    """A header by hand; ``at`` overwrites: ``_257=b"ustar\\0"``."""
    raw = bytearray(512)
    raw[: len(name)] = name
    raw[100:124] = b"0000644\0" * 3
    raw[124:136] = length
    raw[136:148] = b"00000000000\0"
    raw[156:157] = kind
    for place, value in at.items():
        start = int(place[1:])
        raw[start : start + len(value)] = value
    raw[148:156] = b" " * 8
    raw[148:156] = b"%06o\0 " % sum(raw)
    return bytes(raw)


def padded(data: bytes) -> bytes:
    return data + bytes(-len(data) % 512)


END = bytes(1024)
LONG = "d" * 90 + "/" + "é" * 60 + "/" + "f" * 110


@pytest.mark.parametrize("dialect", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_what_python_writes(dialect: int) -> None:
    buffer = io.BytesIO()
    names = ["./a/", "a/f", "é", "n" * 99, "p" * 90 + "/" + "q" * 90]
    if dialect != tarfile.USTAR_FORMAT:
        names.append(LONG)
    with tarfile.open(fileobj=buffer, mode="w", format=dialect) as tar:
        for name in names:
            member = tarfile.TarInfo(name)
            member.mode, member.uid, member.gid, member.mtime = 0o4750, 12, 34, 56
            if name.endswith("/"):
                member.type = tarfile.DIRTYPE
                tar.addfile(member)
            else:
                member.size = 700
                tar.addfile(member, io.BytesIO(b"x" * 700))
        link = tarfile.TarInfo("s")
        link.type, link.linkname = tarfile.SYMTYPE, "../" + "t" * 90
        tar.addfile(link)
        link = tarfile.TarInfo("h")
        link.type, link.linkname = tarfile.LNKTYPE, "./a/f"
        tar.addfile(link)
        device = tarfile.TarInfo("dev")
        device.type, device.devmajor, device.devminor = tarfile.BLKTYPE, 7, 300
        tar.addfile(device)
    entries = read(buffer.getvalue())
    files = {entry.path: content for entry, content in entries if entry.kind is EntryKind.FILE}
    assert files == dict.fromkeys(names[1:], b"x" * 700)
    first = entries[0][0]
    assert (first.path, first.kind, first.mode) == ("a", EntryKind.DIRECTORY, 0o4750)
    assert (first.uid, first.gid, first.mtime_ns) == (12, 34, 56_000_000_000)
    symlink, hard_link, block_device = (entry for entry, _ in entries[-3:])
    assert symlink.link == "../" + "t" * 90
    assert (hard_link.kind, hard_link.link) == (EntryKind.HARD_LINK, "a/f")
    assert (block_device.kind, block_device.device) == (EntryKind.BLOCK_DEVICE, (7, 300))


ENTRIES = [
    Entry("", EntryKind.DIRECTORY, mode=0o755),
    Entry(LONG, EntryKind.FILE, mode=0o4755, uid=3_000_000, gid=4_000_000_000),
    Entry("caf\udce9", EntryKind.FILE, mtime_ns=1_700_000_000_123_456_789),
    Entry("old", EntryKind.FILE, mtime_ns=-1_500_000_000),
    Entry("x" * 300, EntryKind.SYMLINK, mode=0o777, link="y" * 300),
    Entry("h", EntryKind.HARD_LINK, link=LONG),
    Entry("c", EntryKind.CHARACTER_DEVICE, device=(1, 3)),
    Entry("p", EntryKind.FIFO),
    Entry("k", EntryKind.FILE, xattrs=(("security.capability", b"\1\0\0\2"), ("user.é", b"="))),
]


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.kind.name + entry.path[:5])
def test_the_writer_and_the_reader_agree(entry: Entry) -> None:
    content = b"hello" if entry.kind is EntryKind.FILE else b""
    found = read(written((entry, content)))
    expected = entry._replace(offset=0, content_bytes=len(content), stored_bytes=len(content))
    assert found == [(expected, content)]


def test_python_reads_what_the_writer_writes() -> None:
    data = written(*((entry, b"") for entry in ENTRIES))
    with tarfile.open(fileobj=io.BytesIO(data), encoding="utf-8", errors="surrogateescape") as tar:
        members = tar.getmembers()
    assert [member.name for member in members] == [entry.path or "." for entry in ENTRIES]
    assert members[1].uid == 3_000_000
    assert members[4].linkname == "y" * 300


def test_offsets_lead_back_to_the_entry() -> None:
    data = written(*((entry, b"z" * 10) for entry in ENTRIES))
    entries = [entry for entry, _ in read(data)]
    reader = TarReader(io.BytesIO(data))
    for entry in reversed(entries):
        assert reader.jump(entry.offset) == entry


def sparse_file(kind: str) -> bytes:
    """A file of 3,000 bytes with "abc" at 1,000 and "de" at 2,000, in each of GNU's ways."""
    old = b"".join(b"%011o\0%011o\0" % pair for pair in ((1000, 3), (2000, 2)))
    match kind:
        case "old":
            return block(
                kind=b"S", length=b"%011o\0" % 5, _386=old, _483=b"%011o\0" % 3000
            ) + padded(b"abcde")
        case "old, extended":
            pairs = b"".join(b"%011o\0%011o\0" % (at, 0) for at in (0, 1, 2))
            header = block(
                kind=b"S",
                length=b"%011o\0" % 5,
                _386=pairs + old[:24],
                _482=b"\1",
                _483=b"%011o\0" % 3000,
            )
            return header + padded(old[24:]) + padded(b"abcde")
        case "0.0":
            records = ["GNU.sparse.size=3000", "GNU.sparse.numblocks=2"]
            for at, length in ((1000, 3), (2000, 2)):
                records += [f"GNU.sparse.offset={at}", f"GNU.sparse.numbytes={length}"]
            return pax(records) + block(length=b"%011o\0" % 5) + padded(b"abcde")
        case "0.1":
            records = ["GNU.sparse.size=3000", "GNU.sparse.map=1000,3,2000,2", "GNU.sparse.name=f"]
            return pax(records) + block(b"junk", length=b"%011o\0" % 5) + padded(b"abcde")
        case _:
            records = ["GNU.sparse.major=1", "GNU.sparse.minor=0", "GNU.sparse.name=f"]
            content = padded(b"2\n1000\n3\n2000\n2\n") + b"abcde"
            header = block(b"junk", length=b"%011o\0" % len(content))
            return pax([*records, "GNU.sparse.realsize=3000"]) + header + padded(content)


def pax(records: list[str], kind: bytes = b"x") -> bytes:
    data = b""
    for record in records:
        length = len(record.encode()) + 3
        while len(f"{length} {record}\n".encode()) != length:
            length += 1
        data += f"{length} {record}\n".encode()
    return block(b"pax", kind, b"%011o\0" % len(data)) + padded(data)


@pytest.mark.parametrize("kind", ["old", "old, extended", "0.0", "0.1", "1.0"])
def test_sparse_files(kind: str) -> None:
    data = sparse_file(kind) + block(b"next") + END
    (entry, content), (following, _) = read(data)
    assert entry.path == "f"
    assert (entry.content_bytes, entry.stored_bytes) == (3000, 5)
    expected = bytearray(3000)
    expected[1000:1003], expected[2000:2002] = b"abc", b"de"
    assert content == expected
    assert following.path == "next"


def test_odd_but_honest_tars() -> None:
    v7_folder = block(b"old/", b"\0")
    base256 = block(b"big-owner", _108=b"\x80\0\0\0\0\0\0\7")
    spaces = block(b"spaces", length=b"         3 \0") + padded(b"abc")
    overridden = pax(["path=good", "uid=5", "mtime=1.5"]) + block(b"bad")
    ignored = pax(["path=evil"], b"g") + block(b"calm")
    taken_back = pax(["path=x", "path="]) + block(b"real")
    found = [e for e, _ in read(v7_folder + base256 + spaces + overridden + ignored + taken_back)]
    assert [entry.path for entry in found] == ["old", "big-owner", "spaces", "good", "calm", "real"]
    assert found[0].kind is EntryKind.DIRECTORY
    assert found[1].uid == 7
    assert (found[3].uid, found[3].mtime_ns) == (5, 1_500_000_000)
    assert read(b"") == []
    assert read(END + b"whatever follows") == []


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("/etc/passwd", "etc/passwd"),
        ("a/../b", "b"),
        ("./a//b/./c", "a/b/c"),
        (".", ""),
        ("./", ""),
        ("..a", "..a"),
        (".hidden", ".hidden"),
        ("a/.wh.b", "a/.wh.b"),
    ],
)
def test_names_are_cleaned(name: str, path: str) -> None:
    assert read(block(name.encode()))[0][0].path == path


HOSTILE = {
    "leaves the root": (block(b"../x"), "leaves the image's root"),
    "leaves the root late": (block(b"a/../../x"), "leaves the image's root"),
    "links out of the root": (block(b"a", b"1", _157=b"../../x"), "leaves the image's root"),
    "negative length": (block(length=b"\xff" * 12), "negative length"),
    "absurd length": (block(length=b"\x80" + b"\x7f" * 11), "bytes of content"),
    "negative pax length": (pax(["size=-1"]) + block(), "not a whole number"),
    "absurd pax length": (pax(["size=" + "9" * 19]) + block(), "bytes of content"),
    "huge long name": (block(b"L", b"L", b"77777777777\0"), "extended header of"),
    "huge pax header": (block(b"x", b"x", b"77777777777\0"), "extended header of"),
    "huge global header": (block(b"g", b"g", b"77777777777\0"), "extended header of"),
    "negative pax header": (block(b"x", b"x", b"\xff" * 12), "negative length"),
    "long path": (pax(["path=" + "a/" * 5000]) + block(), "a name of"),
    "pax without length": (
        block(b"x", b"x", b"%011o\0" % 9) + padded(b"nonsense\n"),
        "record has no length",
    ),
    "pax length lies": (
        block(b"x", b"x", b"%011o\0" % 9) + padded(b"99 a=bcd\n"),
        "wrong length",
    ),
    "nul in a pax name": (pax(["path=a\0b"]) + block(), "NUL"),
    "not octal": (block(length=b"0000000008x\0"), "octal"),
    "wrong checksum": (block()[:100] + b"1" + block()[101:], "checksum"),
    "unknown type": (block(kind=b"Z"), "unknown type"),
    "content cut": (block(length=b"%011o\0" % 600) + bytes(512), "ends too early"),
    "header cut": (block()[:300], "ends too early"),
    "pax and nothing": (pax(["path=x"]), "ends too early"),
    "end mark in the middle": (bytes(512) + block(), "after an end mark"),
    "owner": (pax(["uid=4294967296"]) + block(), "owner"),
    "sparse overlaps": (
        pax(["GNU.sparse.size=9", "GNU.sparse.map=5,2,4,2"]) + block(length=b"%011o\0" % 4),
        "overlap",
    ),
    "sparse beyond the end": (
        pax(["GNU.sparse.size=9", "GNU.sparse.map=5,20"]) + block(length=b"%011o\0" % 20),
        "ends after the file",
    ),
    "sparse holds less": (
        pax(["GNU.sparse.size=99", "GNU.sparse.map=5,20"]) + block(length=b"%011o\0" % 4),
        "holds less",
    ),
    "sparse bomb": (
        pax(["GNU.sparse.size=999999999999999", "GNU.sparse.map=0,0"]) + block(),
        "bytes of content",
    ),
    "sparse map without end": (
        pax(["GNU.sparse.major=1", "GNU.sparse.realsize=5"])
        + block(length=b"%011o\0" % 512)
        + padded(b"9\n1\n"),
        "does not end",
    ),
}


@pytest.mark.parametrize("case", sorted(HOSTILE))
def test_hostile_tars_end_in_a_clear_error(case: str) -> None:
    data, words = HOSTILE[case]
    with pytest.raises(MalformedLayer, match=words) as caught:
        read(block(b"first") + data)
    assert caught.value.layer == "x"
    assert caught.value.offset >= 512
    assert str(caught.value).startswith("layer x, byte ")


def test_limits() -> None:
    many = block() * 5 + END
    with pytest.raises(LimitExceeded, match="more than 4 entries"):
        read(many, Limits(max_entries=4))
    with pytest.raises(LimitExceeded, match="more than 3 bytes"):
        read(block(length=b"%011o\0" % 4) + padded(b"four"), Limits(max_content_bytes=3))
    reader = TarReader(io.BytesIO(block(length=b"%011o\0" % 4) + padded(b"four")))
    assert reader.next() is not None
    with pytest.raises(LimitExceeded):
        reader.content(3)


class Pipe(io.RawIOBase):
    """A stream that is no file and gives few bytes at once."""

    def __init__(self, data: bytes, step: int) -> None:
        self._source = io.BytesIO(data)
        self._step = step

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        return self._source.readinto(memoryview(buffer)[: self._step])


@pytest.mark.parametrize("step", [1, 511, 512, 513, 100_000])
def test_a_pipe_gives_the_same_as_a_file(step: int) -> None:
    data = written(*((entry, b"z" * 1000) for entry in ENTRIES)) + sparse_file("old")
    reader = TarReader(Pipe(data, step))
    assert [(entry, reader.content()) for entry in reader] == read(data)
    half = TarReader(Pipe(data, step))
    assert list(half) == [entry for entry, _ in read(data)]
    assert half.drain() == len(data)


TAR = written((Entry("a", EntryKind.FILE), b"x" * 100_000))


@pytest.mark.parametrize("compression", list(Compression))
def test_compressed_streams(compression: Compression) -> None:
    data = packed(TAR, compression)
    assert sniff(data) is compression
    assert packed(TAR, compression) == data
    found, stream = decompressed(Pipe(data, 1000), layer="x")
    assert found is compression
    assert stream.read() == TAR
    stream.close()


def test_estargz_is_gzip_with_many_members() -> None:
    data = b"".join(packed(TAR[at : at + 999], Compression.GZIP) for at in range(0, len(TAR), 999))
    assert decompressed(io.BytesIO(data), layer="x")[1].read() == TAR


def test_zstd_frames_follow_each_other() -> None:
    skippable = struct.pack("<II", 0x184D2A50, 4) + b"junk"
    data = packed(TAR[:500], Compression.ZSTD) + packed(TAR[500:], Compression.ZSTD)
    assert decompressed(io.BytesIO(skippable + data), layer="x")[1].read() == TAR


@pytest.mark.parametrize("compression", [Compression.GZIP, Compression.ZSTD])
def test_broken_compression_is_an_error_with_an_offset(compression: Compression) -> None:
    data = bytearray(packed(TAR, compression))
    data[len(data) // 2 : len(data) // 2 + 8] = b"\xff" * 8
    with pytest.raises(MalformedLayer, match=f"broken {compression} data"):
        decompressed(io.BytesIO(bytes(data)), layer="x")[1].read()


def test_a_cut_gzip_stream_is_an_error() -> None:
    data = packed(TAR, Compression.GZIP)[:-9]
    with pytest.raises(MalformedLayer, match="broken gzip data"):
        decompressed(io.BytesIO(data), layer="x")[1].read()


def test_without_the_fast_libraries(monkeypatch: pytest.MonkeyPatch) -> None:
    data = packed(TAR, Compression.GZIP)
    zstd = packed(TAR, Compression.ZSTD)
    monkeypatch.setattr(compression_module, "igzip", None)
    monkeypatch.setattr(compression_module, "isal_zlib", None)
    assert decompressed(io.BytesIO(data), layer="x")[1].read() == TAR
    with pytest.raises(MalformedLayer, match="broken gzip data"):
        decompressed(io.BytesIO(data[:-9]), layer="x")[1].read()
    monkeypatch.setattr(compression_module, "zstandard", None)
    with pytest.raises(ImageError, match="zstd") as caught:
        decompressed(io.BytesIO(zstd), layer="x")
    assert caught.value.remedy == "pip install zstandard"
    with pytest.raises(ImageError, match="zstd"):
        packed(TAR, Compression.ZSTD)


def test_the_checksum_may_count_signed_bytes() -> None:
    raw = bytearray(block("é".encode()))
    signed = sum(b - 256 if b > 127 else b for b in raw[:148] + raw[156:]) + 256
    raw[148:156] = b"%06o\0 " % signed
    assert read(bytes(raw))[0][0].path == "é"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (b"0", 0),
        (b"1.5", 1_500_000_000),
        (b"-1.25", -1_250_000_000),
        (b"1.1234567891", 1_123_456_789),
    ],
)
def test_pax_times(text: bytes, found: int) -> None:
    assert nanoseconds(text) == found


def test_headers_are_whole_blocks_with_a_right_checksum() -> None:
    for entry in ENTRIES:
        raw = headers(entry)
        assert len(raw) % 512 == 0
        assert zlib.adler32(raw) != 0
