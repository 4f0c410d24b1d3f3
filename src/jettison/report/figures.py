"""Numbers, and text that others wrote, as a person reads them."""

from __future__ import annotations

from jettison.source.text import printable
from jettison.units import byte_count

__all__ = [
    "BITS_PER_SECOND",
    "PULL_MODEL",
    "byte_count",
    "change",
    "clipped",
    "clipped_path",
    "counted",
    "megabytes",
    "one_line",
    "pull_seconds",
    "seconds",
    "sent",
    "share",
]


def megabytes(count: int | None) -> str:
    """Bytes as megabytes of 10^6, ``-`` for what was not measured."""
    return "-" if count is None else f"{count / 1e6:,.1f} MB"


def sent(before: int, after: int) -> str:
    """What crossed to the builder on both sides; of next to nothing no change in per cent."""
    both = f"{byte_count(before)} → {byte_count(after)}"
    return f"{both} ({change(before, after)})" if max(before, after) >= _LITTLE else both


def seconds(value: float | None) -> str:
    """Seconds with one decimal, ``-`` for what was not measured."""
    return "-" if value is None else f"{value:.1f} s"


BITS_PER_SECOND = 100e6
_LITTLE = 100_000
_UNPACKED_PER_SECOND = 100e6
PULL_MODEL = "100 Mbit/s, then unpacking at 100 MB/s"


def pull_seconds(compressed_bytes: int, uncompressed_bytes: int) -> float:
    """The seconds that a pull of measured bytes would take by :data:`PULL_MODEL`.

    Modelled, not measured. Pulls of images of 1,120 and 159 MB into an empty store at 100 Mbit/s
    took 50.7 and 12.2 s; by the model it is 47.7 and 7.2, as it leaves out what files, layers and
    the client cost.
    """
    return compressed_bytes * 8 / BITS_PER_SECOND + uncompressed_bytes / _UNPACKED_PER_SECOND


def change(before: float | None, after: float | None) -> str:
    """The change in per cent of what was before."""
    if not before or after is None:
        return "-"
    per_cent = 100 * (after - before) / before
    digits = 2 if -100 < per_cent < -99.9 else 1
    return f"{per_cent:+.{digits}f} %"


def counted(count: int, noun: str) -> str:
    """A count with its noun, in the plural where that is due."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def share(part: float, whole: float) -> str:
    """A part in per cent of the whole, ``-`` where there is no whole."""
    return f"{100 * part / whole:.1f} %" if whole else "-"


def clipped(text: str, width: int = 160) -> str:
    """Text from a file or a file's name: no character that drives a terminal, not too long."""
    shown = printable(text[: width + 1])
    return f"{shown[:width]}…" if len(shown) > width else shown


def one_line(text: str, width: int = 160) -> str:
    """Foreign text with runs of blanks as one blank, not too long."""
    return clipped(" ".join(text[: 10 * width].split()), width)


def clipped_path(path: str, width: int = 60) -> str:
    """A path of which the beginning is left out where it is too long."""
    shown = clipped(path[-width - 1 :], width + 1)
    return shown if len(path) <= width else f"…{shown[2:]}"
