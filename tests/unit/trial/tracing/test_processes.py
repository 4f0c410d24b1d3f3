"""What processes use, from a ``/proc`` of one container's processes beside another's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jettison.engine import RunResult
from jettison.trial.tracing import Method
from jettison.trial.tracing.processes import listed_processes, read_processes

if TYPE_CHECKING:
    from pathlib import Path

_ID = "c0ffee" * 10
_MAPS = """\
55d0-55d1 r-xp 00000000 00:2d 11 /usr/bin/tool
7f00-7f01 r--p 00000000 00:2d 12 /usr/lib/lib one.so.1 (deleted)
7f02-7f03 rw-p 00000000 00:00 0
7ffd-7ffe rw-p 00000000 00:00 0  [stack]
"""


def _process(proc: Path, number: int, namespace: str, container: str) -> None:
    folder = proc / str(number)
    (folder / "ns").mkdir(parents=True)
    (folder / "fd").mkdir()
    (folder / "cgroup").write_text(f"0::/docker/{container}\n")
    (folder / "maps").write_text(_MAPS)
    (folder / "ns" / "mnt").symlink_to(namespace)
    (folder / "exe").symlink_to("/usr/bin/tool")
    (folder / "fd" / "0").symlink_to("/dev/null")
    (folder / "fd" / "3").symlink_to("socket:[5]")
    (folder / "fd" / "4").symlink_to(f"/srv/{number}.db")


def test_all_processes_of_the_container_are_read(tmp_path: Path) -> None:
    _process(tmp_path, 10, "mnt:[1]", _ID)
    _process(tmp_path, 11, "mnt:[1]", _ID)
    _process(tmp_path, 12, "mnt:[2]", "another")
    found = read_processes(10, _ID, tmp_path)
    assert found.method is Method.PROCESSES
    assert found.executed == {"/usr/bin/tool"}
    wanted = {"/usr/bin/tool", "/usr/lib/lib one.so.1", "/dev/null", "/srv/10.db", "/srv/11.db"}
    assert set(found.files) == wanted


def test_what_is_not_of_this_machine_is_not_read(tmp_path: Path) -> None:
    _process(tmp_path, 10, "mnt:[1]", "another")
    assert read_processes(10, _ID, tmp_path).gaps == ("its processes are not of this machine",)
    assert read_processes(99, _ID, tmp_path).method is Method.NONE
    assert read_processes(0, _ID, tmp_path).gaps == ("it does not run any more",)


def test_a_shell_in_the_container_tells_what_this_machine_may_not_see() -> None:
    said = f"exe /usr/bin/tool\n{_MAPS}fd /srv/a.db\nfd socket:[5]\nfd \nunread 7\n"
    found = listed_processes(lambda: RunResult(0, said, ""))
    assert found.method is Method.PROCESSES
    assert found.executed == {"/usr/bin/tool"}
    assert set(found.files) == {"/usr/bin/tool", "/usr/lib/lib one.so.1", "/srv/a.db"}
    assert found.gaps == ("1 of its processes are another user's",)


def test_without_a_shell_in_it_nothing_is_told() -> None:
    found = listed_processes(lambda: RunResult(127, "", "no such file: sh"))
    assert found.method is Method.NONE
    assert found.gaps == ("no shell in it could tell of its processes",)
