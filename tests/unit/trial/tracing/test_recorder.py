"""Which program opened what, from events alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jettison.trial.tracing import Method, opened
from jettison.trial.tracing.opened import Opened, Recorder

if TYPE_CHECKING:
    import pytest


def test_a_script_counts_as_the_program_not_its_interpreter() -> None:
    recorder = Recorder()
    for path in ("/usr/local/bin/gunicorn", "/usr/local/bin/python3.11", "/lib64/ld-linux.so.2"):
        recorder.execute(path, 7)
    recorder.open("/srv/app.py", 7)
    found = recorder.opened()
    assert found.files["/srv/app.py"] == {"/usr/local/bin/gunicorn"}
    assert found.executed == {"/usr/local/bin/gunicorn", "/usr/local/bin/python3.11"}
    assert found.method is Method.FANOTIFY


def test_a_process_that_starts_another_program_is_that_one_from_then_on() -> None:
    recorder = Recorder()
    recorder.execute("/bin/sh", 7)
    recorder.open("/etc/ld.so.cache", 7)
    recorder.execute("/usr/bin/curl", 7)
    recorder.open("/etc/ld.so.cache", 7)
    recorder.open("/usr/lib/libcurl.so.4", 7)
    found = recorder.opened()
    assert found.files["/etc/ld.so.cache"] == {"/bin/sh", "/usr/bin/curl"}
    assert found.files["/usr/lib/libcurl.so.4"] == {"/usr/bin/curl"}


def test_a_shell_that_opens_nothing_is_not_what_it_becomes() -> None:
    recorder = Recorder()
    for path in ("/bin/busybox", "/lib/ld-musl.so.1", "/app/.bin/vite", "/usr/bin/node"):
        recorder.execute(path, 7)
    recorder.open("/app/index.html", 7)
    assert recorder.opened().program == "/app/.bin/vite"


def test_a_script_that_becomes_another_program_is_not_that_one() -> None:
    recorder = Recorder()
    for path in ("/docker-entrypoint.sh", "/bin/busybox", "/app/.bin/vite", "/usr/bin/env"):
        recorder.execute(path, 7)  # that the shell read its script is one event with its start
    recorder.execute("/usr/bin/node", 7)
    recorder.open("/app/index.html", 7)
    assert recorder.opened().files["/app/index.html"] == {"/app/.bin/vite"}


def test_a_forked_worker_is_of_its_parents_program() -> None:
    recorder = Recorder()
    recorder.execute("/usr/bin/server", 7)
    assert not recorder.knows(8)
    recorder.open("/srv/a", 8, parent=7)
    recorder.open("/srv/b", 9)
    found = recorder.opened()
    assert found.files["/srv/a"] == {"/usr/bin/server"}
    assert found.files["/srv/b"] == {""}


def test_paths_are_bounded_and_the_bound_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opened, "MOST_PATHS", 3)
    recorder = Recorder()
    for number in range(5):
        recorder.open(f"/tmp/{number}", 7)
    found = recorder.opened("events that the kernel dropped")
    assert len(found.files) == 3
    assert found.gaps == ("events that the kernel dropped", "more than 3 paths")


def test_the_program_of_a_service_is_the_one_that_opened_the_most() -> None:
    some, most = frozenset({"/bin/sh"}), frozenset({"/usr/bin/node", ""})
    found = Opened(Method.FANOTIFY, {"/a": some, "/b": most, "/c": most})
    assert found.program == "/usr/bin/node"
    assert Opened(Method.FANOTIFY).program == ""


def test_a_shell_is_the_program_only_where_nothing_else_ran() -> None:
    shell = frozenset({"/usr/bin/busybox"})
    files = {"/a": shell, "/b": shell, "/c": frozenset({"/app/.bin/vite"})}
    assert Opened(Method.FANOTIFY, files).program == "/app/.bin/vite"
    assert Opened(Method.FANOTIFY, {"/a": shell}).program == "/usr/bin/busybox"
