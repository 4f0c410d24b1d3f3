"""Pages that need JavaScript: which they are, how they are compared, and what is said without."""

from __future__ import annotations

import os
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from jettison.trial.asking.masking import page_of
from jettison.trial.asking.pages import find_chromium, look
from jettison.trial.asking.probes import linked_pages
from jettison.trial.comparing import answer_rows
from jettison.trial.model import OPENED, UNKNOWN, Answer, Probe

if TYPE_CHECKING:
    from collections.abc import Iterator

_SHELL = '<title>Shop</title><body><noscript>{}</noscript><div id="root">{}</div>{}</body>'
_PROBE = Probe("web", 3000, "/", OPENED)
_PLACES = {("web", 3000): ("127.0.0.1", 9)}


@pytest.mark.parametrize(
    ("text", "script", "needs"),
    [
        ("", '<script src="/a.js"></script>', True),
        ("Loading…", "<script>start()</script>", True),
        ("Good morning. " * 20, '<script src="/a.js"></script>', False),
        ("", '<script type="application/ld+json">{}</script>', False),
        ("", "", False),
    ],
)
def test_which_pages_need_a_script(text: str, script: str, *, needs: bool) -> None:
    page = page_of(_SHELL.format("You need to enable JavaScript. " * 10, text, script).encode())
    assert page.needs_script is needs


def _page(**parts: str) -> Answer:
    told = {name.replace("_", " "): text for name, text in parts.items()}
    return Answer(200, "text/html", "Shop", 1.0, parts={"title": "Shop", **told})


def _differences(before: Answer, after: Answer, *varying: str) -> str:
    (row,) = answer_rows({_PROBE: before}, {_PROBE: after}, {_PROBE: frozenset(varying)})
    assert row.what == "page / in Chromium"
    assert row.same is (not row.difference)
    return row.difference


def test_what_a_page_shows_is_compared() -> None:
    before = _page(tag_div="3", text_1="3 books", text_2="Cart")
    assert _differences(before, before) == ""
    after = _page(tag_div="1", text_1="Cart")
    said = _differences(before, after)
    assert "tag div: 3 became 1" in said
    assert "-3 books" in said
    assert (
        _differences(before, _page(tag_div="4", text_1="3 books", text_2="Cart"), "tag div") == ""
    )


def test_only_new_errors_of_the_console_differ() -> None:
    silent, old = _page(), _page(**{"error old": "console"})
    assert _differences(old, silent) == ""
    new = _page(**{"error old": "console", "error x is not a function": "TypeError"})
    assert _differences(old, new) == "new in the console: x is not a function"
    assert _differences(old, new, "error x is not a function") == ""


def test_a_development_server_may_show_tools_and_name_errors_otherwise() -> None:
    before = _page(development="yes", tag_svg="9", **{"error at start of app.tsx": "TypeError"})
    assert _differences(before, _page(**{"error at t": "TypeError"})) == ""
    assert "no data" in _differences(before, _page(**{"error no data": "RangeError"}))
    assert "+oh" in _differences(before, _page(text_1="oh"))


@pytest.fixture
def passable() -> Iterator[Path]:
    """A folder that every user may pass through, which those of pytest are not for root's."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


def _program(folder: Path, text: str) -> str:
    path = folder / "chromium"
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return str(path)


def test_where_there_is_no_chromium(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert find_chromium() is None
    program = _program(tmp_path, "exit 1")
    assert find_chromium() == program


def test_a_chromium_that_does_not_start_is_said_to(passable: Path) -> None:
    program = _program(passable, "echo noise >&2; echo 'FATAL: No usable sandbox!' >&2; exit 1")
    (looked,) = look(program, "r", _PLACES, [_PROBE])
    assert looked.answers == {}
    assert looked.failed == {"web": "FATAL: No usable sandbox!"}


def test_a_chromium_that_says_nothing_is_ended(
    passable: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("jettison.trial.asking.pages.chromium._START_SECONDS", 0.5)
    monkeypatch.setattr("jettison.trial.asking.pages.chromium._END_SECONDS", 0.5)
    clock = time.monotonic()
    (looked,) = look(_program(passable, "exec sleep 60"), "r", _PLACES, [_PROBE])
    assert "no answer" in looked.failed["web"]
    assert time.monotonic() - clock < 10


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
def test_root_does_not_run_it_as_root(passable: Path) -> None:
    program = _program(passable, "touch $HOME/x && echo uid $(id -u), home $HOME >&2; exit 1")
    said = look(program, "r", _PLACES, [_PROBE])[0].failed["web"]
    assert said.startswith("uid 65534, home /")
    assert not Path(said.partition("home ")[2]).exists()


def test_which_linked_pages_are_opened() -> None:
    shop, unknown = Probe("web", 3000, "/", OPENED), Probe("web", 3000, UNKNOWN, OPENED)
    links = {
        shop: (
            *("/", "/books", "/worker/celery%402524649738f1", "/books/1.html", "/terms.pdf"),
            *("/sign-out", "/a", "/b", "/c"),
        ),
        unknown: ("/home",),
    }
    found = [probe.path for probe in linked_pages(links)]
    assert found == ["/books", "/books/1.html", "/a", "/b"]
