"""The overlay file systems that are mounted, as containers' roots are.

Source: proc_pid_mountinfo(5).
"""

from __future__ import annotations

from jettison.patterns import regex
from jettison.record import record

__all__ = ["Mount", "overlays"]

_ESCAPE = regex(r"\\([0-7]{3})")


@record
class Mount:
    """A mounted file system: ``number`` and ``device`` are given again once it is gone."""

    number: int
    device: str
    place: str


def overlays(mountinfo: str) -> dict[str, Mount]:
    """The overlay file systems in a ``mountinfo``, by the place where each is seen."""
    found: dict[str, Mount] = {}
    for line in mountinfo.splitlines():
        head, separator, tail = line.partition(" - ")
        fields = head.split(" ")
        if separator and tail.startswith("overlay ") and len(fields) > 4 and fields[3] == "/":
            place = _ESCAPE.sub(lambda match: chr(int(match[1], 8)), fields[4])
            found[place] = Mount(int(fields[0]), fields[2], place)
    return found
