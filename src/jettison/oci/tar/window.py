"""A buffered window that moves over a stream and knows its offset."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from jettison.oci.errors import MalformedLayer

if TYPE_CHECKING:
    from collections.abc import Callable

    from jettison.oci.digest import ByteStream

_BUFFER = 1 << 18
"""A large image has many small files: reading ahead 256 KiB costs less than seeking."""


class Window:
    """Takes, hands on and skips bytes of a stream; memory does not grow with the stream.

    Seekable streams are not read where they are skipped. ``position`` is the offset of the next
    byte. A stream that ends too early raises :class:`MalformedLayer`.
    """

    __slots__ = ("_buffer", "_end", "_high", "_layer", "_low", "_raw", "position")

    def __init__(self, raw: ByteStream, layer: str) -> None:
        self._raw = raw
        self._layer = layer
        self._buffer = memoryview(bytearray(_BUFFER))
        self._low = self._high = 0
        self.position = 0
        self._end: int | None = None
        if raw.seekable():
            self.position = raw.seek(0, io.SEEK_CUR)
            self._end = raw.seek(0, io.SEEK_END)
            raw.seek(self.position)

    def take(self, count: int) -> bytes:
        """The next ``count`` bytes, at most a few MiB."""
        low = self._low
        if self._high - low >= count:
            self._low = low + count
            self.position += count
            return self._buffer[low : low + count].tobytes()
        start = self.position
        found = self.take_some(count)
        if len(found) < count:
            raise self._truncated(start)
        return found

    def take_some(self, count: int) -> bytes:
        """The next ``count`` bytes, or all that are left if there are fewer."""
        pieces: list[bytes] = []
        while count:
            if self._low == self._high and not self._fill():
                break
            step = min(count, self._high - self._low)
            pieces.append(self._buffer[self._low : self._low + step].tobytes())
            self._low += step
            self.position += step
            count -= step
        return b"".join(pieces)

    def pipe(self, count: int, write: Callable[[memoryview], object]) -> None:
        """Hands the next ``count`` bytes to ``write``; each view is valid during its call only."""
        start = self.position
        while count:
            if self._low == self._high and not self._fill():
                raise self._truncated(start)
            step = min(count, self._high - self._low)
            write(self._buffer[self._low : self._low + step])
            self._low += step
            self.position += step
            count -= step

    def skip(self, count: int) -> None:
        """Passes over the next ``count`` bytes."""
        buffered = self._high - self._low
        if count <= buffered:
            self._low += count
            self.position += count
        elif self._end is None:
            self.pipe(count, _ignore)
        else:
            if count > self._end - self.position:
                raise self._truncated(self.position)
            self._raw.seek(count - buffered, io.SEEK_CUR)
            self._low = self._high = 0
            self.position += count

    def jump(self, position: int) -> None:
        """Moves to an offset, in a stream that is not seekable only forwards."""
        if self._end is None:
            if position < self.position:
                raise MalformedLayer("cannot go back", layer=self._layer, offset=position)
            self.skip(position - self.position)
            return
        self._raw.seek(position)
        self._low = self._high = 0
        self.position = position

    def drain(self) -> None:
        """Reads to the stream's end, where verifying streams verify; skips if it is seekable."""
        if self._end is not None:
            self.jump(self._end)
            return
        self.position += self._high - self._low
        self._low = self._high
        while self._fill():
            self.position += self._high
            self._low = self._high

    def _fill(self) -> bool:
        self._low = 0
        self._high = self._raw.readinto(self._buffer) or 0
        return self._high > 0

    def _truncated(self, start: int) -> MalformedLayer:
        return MalformedLayer("the stream ends too early", layer=self._layer, offset=start)


def _ignore(_: memoryview) -> None:
    pass
