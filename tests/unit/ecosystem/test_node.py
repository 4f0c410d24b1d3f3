"""package.json, development servers, and what they forward."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from jettison.ecosystem.node import dev_server_of, output_folder, read_manifest, read_proxies
from jettison.errors import SourceError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.mark.parametrize(
    ("script", "tool"),
    [
        ("vite", "vite"),
        ("vite --host 0.0.0.0", "vite"),
        ("tsc && vite dev", "vite"),
        ("NODE_ENV=development react-scripts start", "react-scripts"),
        ("cross-env PORT=1 webpack serve", "webpack"),
        ("npx vite", "vite"),
        ("ng serve", "ng"),
        ("vite build", None),
        ("vite preview", None),
        ("node server.js", None),
        ("next dev", None),
        ("react-scripts test", None),
        ("", None),
    ],
)
def test_development_servers(script: str, tool: str | None) -> None:
    server = dev_server_of(script)
    assert (server.tool if server else None) == tool


_VITE = """
// proxy: { '/commented': 'http://no:1' }
const api = process.env.API || "http://backend:8000";
export default defineConfig({
  server: {
    port: 3000,
    proxy: {
      '/api': { target: api, changeOrigin: true, rewrite: (p) => p.replace(/^x/, '') },
      "/ws": { target: 'ws://events:9000/', ws: true },
      '/short': 'http://short:1',
      '/computed': { target: `http://${host}:1` },
    },
  },
  build: { outDir: './public_html' },
});
"""


def test_proxies_of_vite(project: Callable[[dict[str, str]], Path]) -> None:
    folder = project({"package.json": "{}", "vite.config.ts": _VITE})
    manifest = read_manifest(folder, "package.json")
    found = {p.prefix: (p.upstream, p.websocket) for p in read_proxies(folder, manifest)}
    assert found == {
        "/api": ("backend:8000", False),
        "/ws": ("events:9000", True),
        "/short": ("short:1", False),
    }
    server = dev_server_of("vite")
    assert server is not None
    assert output_folder(folder, server) == "public_html"


def test_proxy_of_create_react_app(project: Callable[[dict[str, str]], Path]) -> None:
    folder = project({"package.json": '{"proxy": "http://api:5000/"}'})
    proxies = read_proxies(folder, read_manifest(folder, "package.json"))
    assert [(p.prefix, p.upstream) for p in proxies] == [("/api", "api:5000")]


def test_a_manifest_that_does_not_parse(project: Callable[[dict[str, str]], Path]) -> None:
    folder = project({"package.json": '{\n "scripts": {,\n'})
    with pytest.raises(SourceError, match=r"^web/package\.json:2:"):
        read_manifest(folder, "web/package.json")


@pytest.mark.parametrize(
    "text", ["proxy: {", "proxy: { '/a': ", "proxy: { '/a': { b: '", "/* proxy"]
)
def test_broken_configurations_do_not_hang(
    project: Callable[[dict[str, str]], Path], text: str
) -> None:
    folder = project({"package.json": "{}", "vite.config.js": text})
    assert read_proxies(folder, read_manifest(folder, "package.json")) == ()
