"""Rows of a comparison, from images in memory."""

from __future__ import annotations

from dataclasses import replace

import pytest

from jettison.analysis.evidence import Evidence, ImageEvidence
from jettison.engine import FakeEngine
from jettison.engine.store import StoreAccess, StoredImage
from jettison.oci import LayerBuilder, build_image
from jettison.trial.comparing_files import opened_notes, opened_rows, unlike_notes
from jettison.trial.let_go import LetGo
from jettison.trial.tracing import Method
from jettison.trial.tracing.opened import Opened, Running
from jettison.trial.tracing.using import with_opened

_FILES = {"/srv/app.py": 100, "/srv/data/de.json": 50, "/lib/libz.so.1": 1000}
_OPENED = Opened(Method.FANOTIFY, dict.fromkeys((*_FILES, "/srv/app.log"), frozenset({"/bin/app"})))
_BEFORE = Running(_OPENED, ("/bin/app",), image="sha256:before", base="b", target="web")
_AFTER = replace(_BEFORE, image="sha256:after")
_IMAGES = {"web": ImageEvidence("before", files=_FILES)}


@pytest.fixture
def engine() -> FakeEngine:
    layer = LayerBuilder()
    layer.file("srv/app.py", b"x" * 10)
    layer.file("usr/lib/libz.so.1", b"x")
    layer.symlink("lib", "usr/lib")
    made = build_image([layer])
    stored = StoredImage("after", made.config, made.layers, (None,), StoreAccess.SAVED)
    return FakeEngine(services={}, kept={"after": stored})


def test_a_file_that_is_gone_differs_and_links_are_followed(engine: FakeEngine) -> None:
    after = replace(_AFTER, opened=replace(_OPENED, files={}))
    (row,) = opened_rows(engine, {"web": _BEFORE}, _IMAGES, {"web": after}, {"web": "after"})
    assert (row.service, row.what, row.same, row.exercises) == ("web", "opened files", False, False)
    assert row.before == "3 files, 1.1 kB (fanotify)"
    assert row.difference == "opened before, not there after: /srv/data/de.json"


def test_what_is_opened_again_is_there(engine: FakeEngine) -> None:
    (row,) = opened_rows(engine, {"web": _BEFORE}, _IMAGES, {"web": _AFTER}, {"web": "after"})
    assert row.same
    assert row.after == "all there"


def test_the_same_image_unread_images_and_unwatched_services_make_no_row(
    engine: FakeEngine,
) -> None:
    same = {"web": _BEFORE}
    assert not list(opened_rows(engine, same, _IMAGES, same, {"web": "after"}))
    assert not list(opened_rows(engine, same, _IMAGES, {"web": _AFTER}, {"web": "unknown"}))
    assert not list(opened_rows(engine, same, {}, {"web": _AFTER}, {"web": "after"}))
    blind = {"web": replace(_BEFORE, opened=Opened(Method.NONE))}
    assert not list(opened_rows(engine, blind, _IMAGES, {"web": _AFTER}, {"web": "after"}))


def test_what_another_program_opens_is_no_comparison_and_is_said(engine: FakeEngine) -> None:
    other = replace(_AFTER, opened=Opened(Method.PROCESSES))
    assert not list(
        opened_rows(engine, {"web": _BEFORE}, _IMAGES, {"web": other}, {"web": "after"})
    )
    said = "opened files are not compared: the two sides were not watched alike"
    assert list(unlike_notes({"web": _BEFORE, "db": _BEFORE}, {"web": other, "db": _BEFORE})) == [
        ("web", said)
    ]


def test_each_method_is_named_with_what_it_misses() -> None:
    blind = Opened(Method.NONE, gaps=("fanotify: Operation not permitted", "it has ended"))
    running = {"web": _BEFORE, "worker": _BEFORE, "db": replace(_BEFORE, opened=blind)}
    assert list(opened_notes(running)) == [
        "opened files of web, worker: watched by fanotify, which misses files that are only "
        "looked up, not opened",
        "opened files of db: not watched (fanotify: Operation not permitted; it has ended)",
    ]


def test_what_services_of_one_target_opened_is_evidence_together() -> None:
    one = replace(_BEFORE, opened=replace(_OPENED, files={"/srv/app.py": frozenset({""})}))
    two = replace(_BEFORE, opened=replace(_OPENED, files={"/lib/libz.so.1": frozenset({""})}))
    found = with_opened(Evidence(_IMAGES), {"web": one, "worker": two})
    assert found.opened == {"web": {"/srv/app.py", "/lib/libz.so.1"}}
    assert found.used == {"web": {}}


def test_a_file_that_a_change_took_out_of_a_package_is_missed_and_named(engine: FakeEngine) -> None:
    after = replace(_AFTER, opened=replace(_OPENED, files={}))
    (row,) = opened_rows(
        engine,
        {"web": _BEFORE},
        _IMAGES,
        {"web": after},
        {"web": "after"},
        let_go=LetGo({"/srv/data/": "JT032/web/pip"}),
    )
    assert not row.same
    assert row.difference.endswith("not there after: /srv/data/de.json (let go by JT032/web/pip)")
