"""Tar headers and pax records to values. Sources: POSIX pax, GNU tar's tar.h, Go's archive/tar.

Every function raises :class:`ValueError` with the problem in words; the reader adds where.
"""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass, field
from typing import NamedTuple

BLOCK = 512
ZERO_BLOCK = bytes(BLOCK)
_MAX_SPARSE_PARTS = 1_000_000
_XATTR = b"SCHILY.xattr."
# mode, uid, gid, length, time and checksum as nearly all writers put them, matched in one go.
_USUAL = re.compile(
    rb"([0-7]{7})[ \0]([0-7]{7})[ \0]([0-7]{7})[ \0]([0-7]{11})[ \0]([0-7]{11})[ \0]"
    rb"([0-7]{6})(?:\0[ \0]|[ ]\0)"
)


@dataclass(slots=True)
class Pax:
    """The records of an extended header that this package uses."""

    records: dict[bytes, bytes] = field(default_factory=dict)
    xattrs: list[tuple[str, bytes]] = field(default_factory=list)
    sparse_pairs: list[int] = field(default_factory=list)


class Numbers(NamedTuple):
    """The numbers that every header has."""

    mode: int
    uid: int
    gid: int
    length: int
    seconds: int


def numbers(block: bytes) -> Numbers:
    """A header's numbers, after making sure that its checksum is right."""
    match = _USUAL.match(block, 100)
    if match is None:
        _check_sum(block)
        return Numbers(
            number(block[100:108]),
            number(block[108:116]),
            number(block[116:124]),
            number(block[124:136]),
            number(block[136:148]),
        )
    mode, uid, gid, length, seconds, stored = match.groups()
    expected = int(stored, 8) + sum(block[148:156]) - 255
    if zlib.adler32(block) & 0xFFFF != expected % 65521:
        _check_sum(block)
    return Numbers(int(mode, 8), int(uid, 8), int(gid, 8), int(length, 8), int(seconds, 8))


def _check_sum(block: bytes) -> None:
    """Makes sure that a header's checksum is right, counting bytes as unsigned or as signed.

    Adler-32's low half is the sum of the bytes plus one, modulo 65,521, and runs at C speed;
    a header's sum is at most 130,560, so the two possible sums are told apart by nothing but
    a damage of exactly 65,521.
    """
    try:
        stored = octal(block[148:156])
    except ValueError:
        stored = -1
    plain = zlib.adler32(block) & 0xFFFF
    if (stored + sum(block[148:156]) - 255) % 65521 == plain and stored >= 0:
        return
    signed = sum(byte - 256 if byte > 127 else byte for byte in block[:148] + block[156:]) + 256
    if stored != signed:
        raise ValueError("the header's checksum is wrong")


def octal(text: bytes) -> int:
    """The number in an octal field: padded with spaces or NULs on either side, empty is 0."""
    digits = text.strip(b" \0")
    if not digits:
        return 0
    end = digits.find(b"\0")
    if end >= 0:
        digits = digits[:end].rstrip(b" ")
    if not digits.isdigit():
        raise ValueError(f"not an octal number: {text!r}")
    return int(digits, 8)


def number(text: bytes) -> int:
    """The number in a header field: octal, or GNU's base-256 when the top bit is set."""
    first = text[0]
    if not first & 0x80:
        return octal(text)
    value = int.from_bytes(text, "big") & ~(0x80 << (8 * (len(text) - 1)))
    if first & 0x40:
        value -= 1 << (8 * len(text) - 1)
    return value


def c_text(data: bytes) -> bytes:
    """The bytes up to the first NUL."""
    end = data.find(b"\0")
    return data if end < 0 else data[:end]


def pax(data: bytes) -> Pax:
    """The records of an extended header: ``"%d %s=%s\\n" % (length, key, value)``.

    Of a key given twice the last wins; an empty value takes the key back.
    """
    found = Pax()
    at = 0
    while at < len(data):
        space = data.find(b" ", at, at + 20)
        digits = data[at:space] if space > at else b""
        if not digits.isdigit():
            if not data[at:].strip(b"\0"):
                break
            raise ValueError("an extended header's record has no length")
        end = at + int(digits)
        if not space + 3 <= end <= len(data) or data[end - 1] != 0x0A:
            raise ValueError("an extended header's record has a wrong length")
        key, equals, value = data[space + 1 : end - 1].partition(b"=")
        if not equals or not key:
            raise ValueError("an extended header's record has no key")
        _keep(found, key, value)
        at = end
    return found


def _keep(found: Pax, key: bytes, value: bytes) -> None:
    if key.startswith(_XATTR):
        name = key[len(_XATTR) :].decode("utf-8", "surrogateescape")
        found.xattrs.append((name, value))
    elif key in (b"GNU.sparse.offset", b"GNU.sparse.numbytes"):
        found.sparse_pairs.append(decimal(value))
    elif value:
        found.records[key] = value
    else:
        found.records.pop(key, None)


def decimal(text: bytes) -> int:
    """A whole number that is not negative, in at most 20 digits."""
    if not text.isdigit() or len(text) > 20:
        raise ValueError(f"not a whole number: {text[:40]!r}")
    return int(text)


def nanoseconds(text: bytes) -> int:
    """A pax time such as ``1700000000.25`` in nanoseconds; digits beyond the ninth are cut."""
    whole, _, fraction = text.partition(b".")
    negative = whole.startswith(b"-")
    seconds = decimal(whole.lstrip(b"-") or b"0")
    if seconds > 1 << 33:
        raise ValueError(f"not a time: {text[:40]!r}")
    nanos = decimal(fraction[:9].ljust(9, b"0")) if fraction else 0
    return -(seconds * 10**9 + nanos) if negative else seconds * 10**9 + nanos


def sparse_parts(numbers: list[int], content_bytes: int) -> tuple[tuple[int, int], ...]:
    """The (offset, length) of a sparse file's stretches of data, checked to be in order."""
    if len(numbers) % 2 or len(numbers) > 2 * _MAX_SPARSE_PARTS:
        raise ValueError("a sparse file's map is not a list of pairs")
    parts = tuple(zip(numbers[::2], numbers[1::2], strict=True))
    end = 0
    for offset, length in parts:
        if offset < end or length < 0:
            raise ValueError("a sparse file's stretches overlap")
        end = offset + length
    if end > content_bytes:
        raise ValueError("a sparse file's data ends after the file")
    return parts


def clean_path(raw: bytes) -> str:
    """A tar's name as :attr:`Entry.path` has it; names that leave the root are errors.

    ``a/../b`` is ``b`` and a leading slash is dropped, as engines do (Go's ``filepath.Clean``).
    """
    text = raw.decode("utf-8", "surrogateescape")
    text = text.removeprefix("./").removesuffix("/")
    if "//" not in text and "/." not in text and not text.startswith((".", "/")):
        if "\0" in text:
            raise ValueError("a name has a NUL in it")
        return text
    return _cleaned(text)


def _cleaned(text: str) -> str:
    if "\0" in text:
        raise ValueError("a name has a NUL in it")
    parts: list[str] = []
    for part in text.split("/"):
        if part in ("", "."):
            continue
        if part == "..":
            if not parts:
                raise ValueError(f"the name {text[:120]!r} leaves the image's root")
            parts.pop()
        else:
            parts.append(part)
    return "/".join(parts)
