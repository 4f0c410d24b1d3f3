"""Chromium itself, which the lab installs: what it shows of a page, and what it cannot reach."""

from __future__ import annotations

import time
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import TYPE_CHECKING

from tests.serving import serving

from jettison.trial.asking.pages import find_chromium, look
from jettison.trial.asking.probes import linked_pages
from jettison.trial.model import OPENED, Probe

if TYPE_CHECKING:
    import pytest

_PAGE = """\
<title>Shop</title><div id="root"></div><script>
const say = text => document.getElementById('root').append(text, document.createElement('p'));
const ask = url => fetch(url).then(got => got.text(), () => 'nothing').then(say);
say(navigator.webdriver === undefined ? '' : 'here');
ask('http://localhost:8000/api')
  .then(() => ask('http://127.0.0.1:OTHER/'))
  .then(() => ask('http://localhost:OTHER/'))
  .then(() => ask('http://example.com/'))
  .then(() => { console.error('sold out'); alert('stop'); null.price; });
</script>
"""


class _Front(BaseHTTPRequestHandler):
    page = ""

    def do_GET(self) -> None:
        self.send_response(200 if self.path == "/" else 404)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(self.page.encode())


class _Api(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Access-Control-Allow-Origin", "http://localhost:3000")
        self.end_headers()
        self.wfile.write(b"3 books")


class _Stranger(_Api):
    asked = False

    def do_GET(self) -> None:
        type(self).asked = True
        super().do_GET()


def test_a_page_sees_its_stack_as_a_person_would_and_nothing_else() -> None:
    program = find_chromium()
    assert program is not None, "make lab installs chromium"
    probe = Probe("front", 3000, "/", OPENED)
    with serving(_Front) as front, serving(_Api) as api, serving(_Stranger) as other:
        _Front.page = _PAGE.replace("OTHER", str(other[1]))
        places = {("front", 3000): front, ("api", 8000): api}
        clock = time.monotonic()
        (looked,) = look(program, "r", places, [probe])
        seconds = time.monotonic() - clock
    assert looked.failed == {}
    answer = looked.answers[probe]
    assert (answer.status, answer.shape) == (200, "Shop")
    shown = [text for name, text in answer.parts.items() if name.startswith("text ")]
    assert shown == ["here", "3 books", "nothing", "nothing", "nothing"]
    assert not _Stranger.asked
    assert answer.parts["tag p"] == "5"
    errors = {name: kind for name, kind in answer.parts.items() if name.startswith("error ")}
    assert errors["error sold out"] == "console"
    assert [kind for name, kind in errors.items() if name.startswith("error Uncaught")] == [
        "TypeError"
    ]
    assert seconds < 30
    assert not [one for one in Path("/proc").glob("[0-9]*/cmdline") if _is_ours(one)]


def _is_ours(cmdline: Path) -> bool:
    try:
        return "localhost:3000 127.0.0.1:" in cmdline.read_text("utf-8", "replace")
    except OSError:
        return False


def test_a_change_of_the_machines_network_is_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    probe = Probe("front", 3000, "/", OPENED)
    program = find_chromium()
    assert program is not None, "make lab installs chromium"
    with serving(_Front) as front:
        _Front.page = "<p>once</p><script>console.error('net::ERR_NETWORK_CHANGED')</script>"
        monkeypatch.setattr("jettison.trial.asking.pages.looking._MOST_LOOKS", 2)
        (looked,) = look(program, "r", {("front", 3000): front}, [probe])
    assert looked.answers == {}
    assert looked.failed == {"front": "the machine's network kept changing"}


_COMPONENTS = """\
<div id="__next-build-watcher"></div><shop-card></shop-card><script>
for (const [host, text] of [['#__next-build-watcher', 'Compiled'], ['shop-card', '3 books']])
  document.querySelector(host).attachShadow({ mode: 'open' }).innerHTML =
    `<style>p { color: red }</style><p>${text}</p>`;
</script>
"""


def test_pages_are_looked_at_side_by_side_with_what_their_components_show() -> None:
    probes = [Probe("front", 3000, path, OPENED) for path in ("/", "/other", "/third")]
    program = find_chromium()
    assert program is not None, "make lab installs chromium"
    with serving(_Front) as front:
        _Front.page = _COMPONENTS
        rounds = look(program, "r", {("front", 3000): front}, probes, times=2)
    assert len(rounds) == 2
    for looked in rounds:
        assert [looked.answers[probe].status for probe in probes] == [200, 404, 404]
        for answer in looked.answers.values():
            assert [v for n, v in answer.parts.items() if n.startswith("text ")] == ["3 books"]


_LINKS = """\
<div id="root"></div><script>
document.getElementById('root').innerHTML = '<p>' + location.pathname + location.hash + '</p>' +
  '<a href="/books?page=2">b</a><a href="/#/cart">c</a><a href="#top">t</a>' +
  '<a href="/logout">l</a><a href="http://example.com/">e</a>';
</script>
"""


def test_pages_that_scripts_link_to_are_opened_too() -> None:
    probe = Probe("front", 3000, "/", OPENED)
    program = find_chromium()
    assert program is not None, "make lab installs chromium"
    with serving(_Front) as front:
        _Front.page = _LINKS
        rounds = look(program, "r", {("front", 3000): front}, [probe], linked_pages, times=2)
    for looked in rounds:
        shown = {one.path: answer.parts["text 1"] for one, answer in looked.answers.items()}
        assert shown == {"/": "/", "/books?page=2": "/books", "/#/cart": "/#/cart"}
