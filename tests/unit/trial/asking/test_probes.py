"""Probes against a real HTTP server on loopback."""

from __future__ import annotations

import json
import time
from contextlib import suppress
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING, ClassVar

import pytest
from tests.serving import serving

from jettison.config.settings import Step
from jettison.trial import Answer, Probe
from jettison.trial.asking.probes import ask, choose_probes, health_paths, unasked_notes
from jettison.trial.asking.requests import _cookie
from jettison.trial.launching.reach import Answering, accepting, accepts, answering
from jettison.trial.model import OPENED, UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Iterator

_PAGE = """<html><title>Shop &amp; co</title><script src="/app.js"></script>
<a href="/about">about</a><a href="/logout">bye</a><a href="https://else.example/">x</a></html>"""
_OPENAPI = {
    "paths": {
        "/items": {"get": {}, "post": {}},
        "/items/{id}": {"get": {}, "delete": {}},
        "/users": {"get": {}},
        "/users/{user_id}": {"get": {"parameters": [{"in": "path", "required": True}]}},
        "/search": {"get": {"parameters": [{"name": "q", "required": True}]}},
        "/x": {},
    }
}


class _Handler(BaseHTTPRequestHandler):
    pages: ClassVar[dict[str, tuple[int, str, str]]] = {
        "/": (200, "text/html; charset=utf-8", _PAGE),
        "/app.js": (200, "application/javascript", "let x = 1"),
        "/about": (200, "text/html", "<p>about us</p>"),
        "/icon.ico": (200, "image/vnd.microsoft.icon", "icon"),
        "/health": (200, "application/json", '{"status": "ok", "at": 1}'),
        "/openapi.json": (200, "application/json", json.dumps(_OPENAPI)),
        "/items": (401, "application/json", '{"detail": "no"}'),
        "/users": (200, "application/json", '{"total": 1, "users": [{"id": 7, "name": "Ada"}]}'),
        "/users/7": (200, "application/json", '{"id": 7, "name": "Ada"}'),
    }

    def do_GET(self) -> None:
        status, kind, body = self.pages.get(self.path, (404, "text/plain", "?"))
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.end_headers()
        self.wfile.write(body.encode())


@pytest.fixture
def address() -> Iterator[tuple[str, int]]:
    with serving(_Handler) as where:
        yield where


def test_probes_are_chosen_from_what_answers(address: tuple[str, int]) -> None:
    chosen = choose_probes(
        {("web", 80): address, ("db", 5432): ("127.0.0.1", 1)},
        {"web": ["/health"]},
        ["/mine", "web:/other", "db:/none"],
    )
    answers = chosen.answers
    assert {probe.path for probe in answers} == {
        "/",
        "/about",
        "/health",
        "/items",
        "/mine",
        "/other",
        "/openapi.json",
        "/jettison/no-such-page",
        "/users",
        "/users/7",
    }
    assert chosen.unasked == {
        "web": ("POST /items", "DELETE /items/{id}", "GET /search", "GET /items/{id}")
    }
    step = Step("web", "/items", "POST")
    assert list(unasked_notes(chosen.unasked, [step])) == [
        ("web", "routes that were not asked: DELETE /items/{id}, GET /search, GET /items/{id}")
    ]
    assert answers[Probe("web", 80, "/")].shape == "Shop & co"
    assert answers[Probe("web", 80, "/health")].shape == "{at, status}"
    assert answers[Probe("web", 80, "/items")].status == 401


def test_a_page_is_asked_with_its_scripts(address: tuple[str, int]) -> None:
    front = ask({("web", 80): address}, [Probe("web", 80, "/")])[Probe("web", 80, "/")]
    assert front.parts["asset /app.js"].startswith("200 text/javascript ")


def test_a_page_is_asked_with_its_pictures() -> None:
    class Shop(_Handler):
        pages: ClassVar = {
            "/": (
                200,
                "text/html",
                '<img src="/a.svg"><img src="gone.svg"><img src="data:image/gif;base64,R0lG">'
                '<video src="//else.example/v"></video><source src="/a.svg">',
            ),
            "/a.svg": (200, "image/svg+xml", "<svg/>"),
        }

    with serving(Shop) as where:
        front = ask({("web", 80): where}, [Probe("web", 80, "/")])[Probe("web", 80, "/")]
    found = {name: said.split()[0] for name, said in front.parts.items() if name[:6] == "asset "}
    assert found == {"asset /a.svg": "200", "asset /gone.svg": "404"}


def test_an_icon_has_two_names_of_its_type(address: tuple[str, int]) -> None:
    probe = Probe("web", 80, "/icon.ico")
    assert ask({("web", 80): address}, [probe])[probe].parts["content type"] == "image/x-icon"


def test_a_port_that_is_gone_is_an_answer_too(address: tuple[str, int]) -> None:
    probe = Probe("web", 81, "/")
    answer = ask({("web", 80): address}, [probe])[probe]
    assert answer.status is None
    assert "nothing answers" in answer.error


def test_what_counts_as_the_same() -> None:
    one = Answer(200, "text/html", "Shop", 0.1, parts={"title": "Shop"})
    assert one.is_like(Answer(200, "text/html", "Shop", 0.9, parts={"title": "Shop"}))
    assert one.differing(Answer(500, "text/html", "Shop", 0.1, parts={"title": "Shop"})) == (
        "status",
    )
    assert one.differing(Answer(200, "text/html", "", 0.1, parts={"title": "Index"})) == ("title",)
    assert not one.is_like(Answer(None, "", "", 0.1, "refused"))


def test_urls_of_a_health_check() -> None:
    assert health_paths(["CMD-SHELL", "curl -f http://localhost:8000/up || exit 1"]) == (
        (8000, "/up"),
    )
    assert health_paths(["CMD", "wget", "http://127.0.0.1/"]) == ((80, "/"),)
    assert health_paths(["CMD", "pg_isready"]) == ()


def test_whether_something_answers(address: tuple[str, int]) -> None:
    assert accepts(address)
    assert answering({("web", 80): address}) is Answering.HTTP
    assert answering({("db", 1): ("127.0.0.1", 1)}) is Answering.SILENT


def test_which_of_several_take_connections(address: tuple[str, int]) -> None:
    nobody = ("127.0.0.1", 1)
    places = {"web": [nobody, address], "worker": [nobody], "beat": []}
    assert accepting(places) == {"web"}


class _Endless(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        with suppress(OSError):
            while True:
                self.wfile.write(b"[")
                time.sleep(0.01)


def test_a_server_that_never_ends_keeps_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jettison.trial.asking.requests._TIMEOUT", 0.2)
    started = time.monotonic()
    with serving(_Endless) as where:
        chosen = choose_probes({("web", 80): where}, {})
    assert {answer.status for answer in chosen.answers.values()} == {200}
    assert time.monotonic() - started < 10


class _Disposed(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        kind = self.path.strip("/")
        self.send_header("Content-Disposition", f'{kind}; filename="report.pdf"')
        self.end_headers()


@pytest.mark.parametrize(("kind", "told"), [("inline", False), ("attachment", True)])
def test_what_a_browser_does_unasked_is_no_difference(kind: str, *, told: bool) -> None:
    probe = Probe("web", 80, f"/{kind}")
    with serving(_Disposed) as where:
        answer = ask({("web", 80): where}, [probe])[probe]
    assert ("content-disposition" in answer.parts) is told


class _Told(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Cache-Control", self.path[1:])
        self.send_header("X-Frame-Options", "DENY")
        self.end_headers()


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("public,max-age=600", "max-age, public"),
        ("s-maxage=31536000", "s-maxage"),
        ("no-store", None),
        ("max-age=0", None),
    ],
)
def test_what_browsers_and_caches_are_told(said: str, told: str | None) -> None:
    probe = Probe("web", 80, f"/{said}")
    with serving(_Told) as where:
        policies = ask({("web", 80): where}, [probe])[probe].policies
    assert policies.get("x-frame-options") == "DENY"
    assert policies.get("cache-control") == told


class _Errors(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        status, kind, *words = self.path[1:].split("/")
        self.send_response(int(status))
        if kind != "none":
            self.send_header("Content-Type", f"text/{kind}")
        if status == "302":
            self.send_header("Location", "/there")
        self.end_headers()
        page = b'<link rel="stylesheet" href="/a.css">' if words == ["styled"] else b""
        self.wfile.write(b"<!DOCTYPE html><title>no</title>" + page)


@pytest.mark.parametrize(
    ("path", "bare"),
    [
        ("/404/none", True),
        ("/404/html", True),
        ("/500/plain", True),
        ("/404/html/styled", False),
        ("/404/json", False),
        ("/200/html", False),
    ],
)
def test_an_error_that_loads_nothing_is_bare(path: str, *, bare: bool) -> None:
    probe = Probe("web", 80, path)
    with serving(_Errors) as where:
        assert ask({("web", 80): where}, [probe])[probe].bare is bare


def test_what_a_redirect_says_beside_its_place_is_not_compared() -> None:
    probe = Probe("web", 80, "/302/html")
    with serving(_Errors) as where:
        assert ask({("web", 80): where}, [probe])[probe].parts == {"location": "/there"}


class _Below(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        pages = {
            "/shop/": b'<script src="app.js"></script><a href="about">about</a>',
            "/shop/app.js": b"let x = 1",
            "/shop/about": b"<p>us</p>",
        }
        self.send_response(302 if self.path == "/" else 200 if self.path in pages else 404)
        if self.path == "/":
            self.send_header("Location", "/shop/")
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(pages.get(self.path, b""))


def test_a_front_page_below_the_root_is_asked_with_its_scripts() -> None:
    with serving(_Below) as where:
        addresses = {("web", 80): where}
        chosen = choose_probes(addresses, {})
        again = ask(addresses, chosen.answers)
    asked = [probe.path for probe in chosen.answers]
    assert asked[:2] == ["/", "/shop/"]
    assert "/shop/about" in asked
    for answers in (chosen.answers, again):
        assert "asset /shop/app.js" in answers[Probe("web", 80, "/shop/")].parts


class _Swagger(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        document = {"swagger": "2.0", "basePath": "/v2/", "paths": {"/pets": {"get": {}}}}
        pages = {"/swagger.json": document, "/v2/pets": []}
        self.send_response(200 if self.path in pages else 404)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(json.dumps(pages.get(self.path, {})).encode())


def test_routes_of_swagger_2_are_below_its_base() -> None:
    with serving(_Swagger) as where:
        chosen = choose_probes({("web", 80): where}, {})
    asked = {probe.path: answer.status for probe, answer in chosen.answers.items()}
    assert asked == {"/": 404, "/jettison/no-such-page": 404, "/swagger.json": 200, "/v2/pets": 200}


class _Named(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        statuses = {"/items": 200, "/convert": 400, "/post-only": 405, "/fails": 500, "/spa": 404}
        self.send_response(statuses.get(self.path, 404))
        self.end_headers()
        self.wfile.write(self.path.encode() if self.path in statuses else b"no")


def test_routes_that_the_code_names_are_asked_where_they_are() -> None:
    named = ["/items", "/convert", "/post-only", "/fails", "/spa", "/gone"]
    with serving(_Named) as where:
        chosen = choose_probes({("web", 80): where}, {}, (), lambda _: named)
    asked = [probe.path for probe in chosen.answers]
    assert asked == ["/", "/jettison/no-such-page", "/items", "/convert"]


def test_a_time_in_the_address_of_an_asset_is_no_difference() -> None:
    def page(made: str) -> type[BaseHTTPRequestHandler]:
        class Page(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(200)
                self.send_header("Content-Type", "text/html" if self.path == "/" else "text/css")
                self.end_headers()
                style = f'<link rel="stylesheet" href="/a.css?m={made}.74">'
                text = f'{style}<script src="/b.v2m{made}.js">'
                self.wfile.write(text.encode() if self.path == "/" else b"a {}")

        return Page

    answers = []
    for made in ("1795744022", "1795744555"):
        with serving(page(made)) as where:
            answers.append(
                ask({("web", 80): where}, [Probe("web", 80, "/")])[Probe("web", 80, "/")]
            )
    assert answers[0].is_like(answers[1])
    assert {"asset /a.css?m=#", "asset /b.v2m#.js"} <= answers[0].parts.keys()


class _Shell(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(404 if self.path.endswith((".js", ".json")) else 200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(b'<div id="root"></div><script src="/main.js"></script>')


def test_pages_that_scripts_make_are_chosen_for_a_browser() -> None:
    with serving(_Shell) as where:
        chosen = choose_probes({("web", 80): where}, {}, ["/docs", "/none.json"])
    paths = ["/", UNKNOWN, "/docs"]
    assert chosen.scripted == [Probe("web", 80, path, OPENED) for path in paths]


class _Compiling(_Handler):
    asked: ClassVar[list[str]] = []

    def do_GET(self) -> None:
        if self.path == "/" and not self.asked:
            self.asked.append(self.path)
            time.sleep(0.5)
        with suppress(BrokenPipeError, ConnectionResetError):
            super().do_GET()


@pytest.mark.parametrize("asks", ["choose", "ask"])
def test_a_server_that_compiles_the_site_first_is_waited_for(
    asks: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("jettison.trial.asking.requests._TIMEOUT", 0.2)
    _Compiling.asked.clear()
    with serving(_Compiling) as where:
        front = Probe("web", 80, "/")
        places = {("web", 80): where}
        found = choose_probes(places, {}).answers if asks == "choose" else ask(places, [front])
    assert found[front].status == 200


def test_a_cookie_is_compared_by_name_and_by_what_guards_it() -> None:
    text = "session=abc; Path=/; Max-Age=60; SameSite=Lax; HttpOnly; Secure"
    assert _cookie(text) == "session httponly samesite=lax secure"
    assert _cookie("csrf=x; expires=Thu, 01 Jan 2026 00:00:00 GMT") == "csrf"
