"""What one service passes on to another is asked through it."""

from __future__ import annotations

from contextlib import ExitStack
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING, ClassVar

import pytest
from tests.serving import serving

from jettison.trial import Probe
from jettison.trial.asking.passed_on import prefixes_in, prefixes_in_mounts
from jettison.trial.asking.probes import Chosen, ask, choose_probes
from jettison.trial.comparing import answer_rows
from jettison.trial.model import UNKNOWN

if TYPE_CHECKING:
    from pathlib import Path

_LAMP = (200, "application/json", '{"name": "lamp"}')
_NOT_FOUND = (404, "application/json", '{"detail": "Not Found"}')
_PAGE = (200, "text/html", "<title>Shop</title>")


class _Server(BaseHTTPRequestHandler):
    known: ClassVar[dict[str, tuple[int, str, str]]] = {}
    below: ClassVar[dict[str, tuple[int, str, str]]] = {}
    other: ClassVar[tuple[int, str, str]] = _NOT_FOUND

    def do_GET(self) -> None:
        below = next((said for at, said in self.below.items() if self.path.startswith(at)), None)
        status, kind, body = self.known.get(self.path) or below or self.other
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.end_headers()
        self.wfile.write(body.encode())


class _Back(_Server):
    known: ClassVar = {"/items": _LAMP, "/health": (200, "application/json", '{"ok": true}')}


class _Front(_Server):
    other: ClassVar = _PAGE


class _Passing(_Front):
    known: ClassVar = {"/back/items": _LAMP}
    below: ClassVar = {"/back/": _NOT_FOUND}


class _Broken(_Front):
    below: ClassVar = {"/back/": (502, "text/html", "<title>502 Bad Gateway</title>")}


def _chosen(stack: ExitStack, front: type[_Server], *prefixes: str) -> Chosen:
    places = {
        ("back", 8000): stack.enter_context(serving(_Back)),
        ("front", 80): stack.enter_context(serving(front)),
    }
    routes = {"back": ["/items"]}
    return choose_probes(
        places,
        {},
        named=lambda name: routes.get(name, ()),
        prefixes=lambda name: prefixes if name == "front" else (),
    )


def test_a_call_through_a_proxy_is_asked_and_a_broken_one_differs() -> None:
    with ExitStack() as stack:
        before = _chosen(stack, _Passing, "/assets", "/back").answers
        asked = {p.path for p in before if p.service == "front"}
        assert asked == {"/", UNKNOWN, "/back/items", f"/back{UNKNOWN}"}
        place = {("front", 80): stack.enter_context(serving(_Broken))}
        mine = {p: answer for p, answer in before.items() if p.service == "front"}
        rows = answer_rows(mine, ask(place, mine), {}, frozenset({"front"}))
        said = {row.what: row.difference.splitlines()[0] for row in rows if not row.same}
    assert said["GET /back/items"] == "status: 200 became 502"
    assert said[f"GET /back{UNKNOWN}"] == "status: 404 became 502"


def test_a_rewritten_beginning_is_found() -> None:
    class Deep(_Back):
        known: ClassVar = {"/api/items": _LAMP}

    class Rest(_Front):
        known: ClassVar = {"/rest/items": _LAMP}

    with ExitStack() as stack:
        places = {
            ("back", 8000): stack.enter_context(serving(Deep)),
            ("front", 80): stack.enter_context(serving(Rest)),
        }
        named = {"back": ["/api/items"]}
        chosen = choose_probes(
            places, {}, named=lambda name: named.get(name, ()), prefixes=lambda _: ("/rest",)
        )
    assert Probe("front", 80, "/rest/items") in chosen.answers


@pytest.mark.parametrize("front", [_Front, _Broken])
def test_what_passes_nothing_on_is_asked_no_more(front: type[_Server]) -> None:
    with ExitStack() as stack:
        answers = _chosen(stack, front, "/back").answers
    assert {p.path for p in answers if p.service == "front"} == {"/", UNKNOWN}
    assert Probe("back", 8000, "/items") in answers


def test_what_is_mounted_tells_too(tmp_path: Path) -> None:
    (tmp_path / "conf.d").mkdir()
    (tmp_path / "conf.d" / "site.conf").write_text("location /shop/ {\n")
    (tmp_path / "nginx.conf").write_text("location /api {\n")
    (tmp_path / "data.bin").write_bytes(b"location /x {")
    names = ("nginx.conf", "conf.d", "data.bin", "gone.conf")
    binds = [{"type": "bind", "source": str(tmp_path / name)} for name in names]
    volumes = [*binds, {"type": "volume", "source": "kept"}]
    assert prefixes_in_mounts({"volumes": volumes}) == ("/api", "/shop")


@pytest.mark.parametrize(
    ("text", "prefixes"),
    [
        ("proxy: { '/api': { target: 'http://back:8000' }, '^/ws/.*': {} }", ["/api"]),
        ('[{"context": ["/api/v1/**", "/auth"], "target": "http://back"}]', ["/api/v1", "/auth"]),
        ("source: '/data/:path*', destination: `${base}/:path*`", ["/data"]),
        (
            "server {\n  location /api/ {\n  location ^~ /media {\n  location / {",
            ["/api", "/media"],
        ),
        ("localhost {\n\thandle_path /api/* {\n\treverse_proxy /ws back:1\n", ["/api", "/ws"]),
        ("root: './src', base: '/', target: 'http://back/x'", []),
    ],
)
def test_what_configurations_pass_on(text: str, prefixes: list[str]) -> None:
    assert list(prefixes_in(text)) == prefixes
