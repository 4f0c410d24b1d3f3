"""What the kernel writes is read right, and a refusal is a reason, not a crash."""

from __future__ import annotations

import errno
import os
import struct
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from jettison.engine import RunResult
from jettison.trial.tracing import Method, fanotify, watching
from jettison.trial.tracing.fanotify import OPEN, OPEN_EXEC, OVERFLOW, Event, decode
from jettison.trial.tracing.listening import _Watch
from jettison.trial.tracing.mounts import Mount, overlays

if TYPE_CHECKING:
    from jettison.engine import ContainerState

_MOUNTS = """\
22 1 254:0 / / rw,relatime - ext4 /dev/vda rw
90 22 0:45 / /var/lib/docker/overlay2/ab\\040c/merged rw - overlay overlay rw,lowerdir=x
91 22 0:46 /srv /mnt/part rw shared:3 - overlay overlay rw
92 22 0:47 / /run/x rw - tmpfs tmpfs rw
"""


def _event(mask: int, descriptor: int, process: int, version: int = 3) -> bytes:
    return struct.pack("=IBBHQii", 24, version, 0, 24, mask, descriptor, process)


def test_events_are_read_one_after_the_other() -> None:
    buffer = _event(OPEN, 7, 100) + _event(OPEN | OPEN_EXEC, 8, 101) + _event(OVERFLOW, -1, 0)
    assert list(decode(buffer)) == [
        Event(OPEN, 7, 100),
        Event(OPEN | OPEN_EXEC, 8, 101),
        Event(OVERFLOW, -1, 0),
    ]


def test_an_event_with_more_behind_it_is_skipped_by_its_length() -> None:
    longer = struct.pack("=IBBHQii", 32, 3, 0, 24, OPEN, 7, 100) + b"\0" * 8
    assert [one.process for one in decode(longer + _event(OPEN, 8, 101))] == [100, 101]


def test_what_was_opened_through_the_engines_mount_is_no_programs(tmp_path: Path) -> None:
    """A mount that went has no place any more: what was opened through it looks like a root's."""
    file = tmp_path / "report.pdf"
    file.write_bytes(b"%PDF")
    descriptor = os.open(file, os.O_RDONLY)
    own = int(
        next(
            line.split()[1]
            for line in Path(f"/proc/self/fdinfo/{descriptor}").read_text().splitlines()
            if line.startswith("mnt_id:")
        )
    )
    try:
        for number, seen in ((own, False), (own + 1, True)):
            watch = _Watch("/engine/merged", Mount(number, "0:45", "/engine/merged"))
            watch._take(Event(OPEN, descriptor, os.getpid()))
            assert (str(file) in watch.recorder.files) is seen
            assert watch.mounting_seen
    finally:
        os.close(descriptor)


def test_another_version_is_no_event() -> None:
    with pytest.raises(ValueError, match="version 4"):
        list(decode(_event(OPEN, 7, 100, version=4)))


def test_only_whole_overlays_are_containers_roots() -> None:
    place = "/var/lib/docker/overlay2/ab c/merged"
    assert overlays(_MOUNTS) == {place: Mount(90, "0:45", place)}


def _no_shell(_container: str, _argv: object) -> RunResult:
    return RunResult(127, "", "")


@pytest.mark.parametrize("number", [errno.EPERM, errno.ENOSYS, errno.EINVAL, errno.EMFILE])
def test_where_the_kernel_refuses_nothing_is_watched_and_why_is_said(
    monkeypatch: pytest.MonkeyPatch, state: ContainerState, number: int
) -> None:
    def refuse(_: object) -> None:
        raise OSError(number, f"fanotify_init: {os.strerror(number)}")

    monkeypatch.setattr(fanotify.Group, "__init__", refuse)
    with watching(_no_shell) as watch:
        running = watch.running({"web": state})
    opened = running["web"].opened
    assert opened.method is Method.NONE
    assert os.strerror(number) in opened.gaps[0]


def test_a_watch_leaves_no_descriptor_and_no_thread(state: ContainerState) -> None:
    before = set(Path("/proc/self/fd").iterdir())
    with watching(_no_shell) as watch:
        watch.running({"web": state})
    assert set(Path("/proc/self/fd").iterdir()) == before
