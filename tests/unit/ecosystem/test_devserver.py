"""Development servers, and what their configuration forwards."""

from __future__ import annotations

import json

import pytest

from jettison.ecosystem.node.devserver import Proxy, ServerConfig, Unreadable, read_config
from jettison.ecosystem.node.site_servers import dev_server_of, port_of

VITE = dev_server_of(["vite"])
assert VITE is not None


def config(text: str, environment: dict[str, str] | None = None) -> ServerConfig:
    assert VITE is not None
    return read_config(VITE, {"vite.config.js": text}, {}, environment or {})


def proxied(text: str, environment: dict[str, str] | None = None) -> Proxy:
    (found,) = config(f"export default {{ server: {{ proxy: {text} }} }}", environment).proxies
    return found


@pytest.mark.parametrize(
    ("words", "tool"),
    [
        ("vite", "vite"),
        ("vite --host 0.0.0.0", "vite"),
        ("./node_modules/.bin/vite dev", "vite"),
        ("vite preview --port 80", "vite"),
        ("react-scripts start", "react-scripts"),
        ("vue-cli-service serve", "vue-cli-service"),
        ("ng serve --host 0.0.0.0", "ng"),
        ("serve -s dist -l 5173", "serve"),
        ("serve dist", "serve"),
        ("serve -s", "serve"),
        ("serve -c mine.json dist", None),
        ("http-server dist -p80 -c-1", "http-server"),
        ("http-server ./dist -p 80 -c 1 --silent", "http-server"),
        ("http-server dist --proxy http://localhost:8080?", "http-server"),
        ("http-server dist -P http://api:80", None),
        ("http-server dist --cors", None),
        ("http-server", None),
        ("http-server ..", None),
        ("serve ./", "serve"),
        ("vite build", None),
        ("node server.js", None),
        ("next dev", None),
        ("react-scripts test", None),
        ("", None),
    ],
)
def test_what_a_command_starts(words: str, tool: str | None) -> None:
    server = dev_server_of(words.split())
    assert (server.tool if server else None) == tool


@pytest.mark.parametrize(
    ("words", "output"),
    [("serve -s", "."), ("serve ./", "."), ("serve -s /app/dist", "/app/dist"), ("serve a/", "a")],
)
def test_which_folder_serve_is_told(words: str, output: str) -> None:
    server = dev_server_of(words.split())
    assert server is not None
    assert server.output == output


@pytest.mark.parametrize("words", ["serve ./.site/dist/", "http-server .site/dist"])
def test_a_folder_that_begins_with_a_dot_keeps_it(words: str) -> None:
    server = dev_server_of(words.split())
    assert server is not None
    assert server.output == ".site/dist"


@pytest.mark.parametrize(
    ("words", "single"),
    [
        ("vite", True),
        ("serve -s dist", True),
        ("serve dist", False),
        ("http-server dist", False),
        ("http-server dist -P http://127.0.0.1:8080?", True),
    ],
)
def test_whose_page_is_given_for_what_is_no_file(words: str, *, single: bool) -> None:
    server = dev_server_of(words.split())
    assert server is not None
    assert server.single is single


@pytest.mark.parametrize(
    ("words", "port"),
    [
        ("vite --port 80", "80"),
        ("vite --port=81", "81"),
        ("http-server dist -p82", "82"),
        ("serve -s d -l tcp://0.0.0.0:5", "5"),
        ("serve -s d -l tcp://0.0.0.0:${PORT:-6}", "6"),
        ("vite --port $SET", "7"),
        ("eleventy --serve --port=$PORT", "$PORT"),
        ("x", ""),
    ],
)
def test_the_port_that_a_command_asks_for(words: str, port: str) -> None:
    assert port_of(words.split(), {"SET": "7"}) == port


def test_settings_of_the_server_and_the_build() -> None:
    text = "export default { base: '/shop/', build: { outDir: './out' }, server: { port: 3000 } }"
    assert config(text) == ServerConfig(3000, "out", "/shop/", ())


def test_a_short_proxy_changes_the_origin() -> None:
    found = proxied("{ '/api': 'http://api:8000' }")
    assert found == Proxy("/api", "http", "api:8000", change_origin=True)


def test_a_rewrite_a_path_and_flags_are_read() -> None:
    found = proxied(
        "{ '/api': { target: 'https://api.example/v1', changeOrigin: true, secure: false, ws: true,"
        " rewrite: (path) => path.replace(/^\\/api/, '') } }"
    )
    assert (found.scheme, found.host, found.path) == ("https", "api.example", "/v1")
    assert (found.pattern, found.replacement) == ("^/api", "")
    assert found.websocket
    assert not found.verify


def test_a_target_from_the_environment_has_the_value_that_the_server_would_see() -> None:
    text = "{ '/api': { target: process.env.API || 'http://backend:8000' } }"
    assert proxied(text).host == "backend:8000"
    assert proxied(text, {"API": "http://other:1"}).host == "other:1"


def test_a_constant_is_followed_and_a_comment_is_not() -> None:
    text = (
        "// proxy: { '/no': 'http://no:1' }\nconst api = process.env.API ?? `http://backend:8000`;\n"
        "export default { server: { proxy: { '/api': { target: api } } } }"
    )
    assert [one.host for one in config(text).proxies] == ["backend:8000"]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("export default {\n  server: { proxy: makeProxies() } }", 2),
        ("export default { server: { proxy: {\n '/a': { target: 'http://a', bypass: f } } } }", 2),
        ("export default { server: { proxy: {\n ...shared } } }", 2),
        ("export default { server: { proxy: {\n '/a': { target: `http://${host}:1` } } } }", 2),
        (
            "export default { server: { proxy: { '/a': { target: 'http://a',\n"
            " rewrite: (p) => p.replace(/a/g, f) } } } }",
            2,
        ),
        ("export default {\n\n  base: process.env.BASE }", 3),
        ("export default {\n plugins: [{ configureServer(server) {} }] }", 2),
        ("export default { server: {\n https: true } }", 2),
        ("export default { server: {\n port: Number(process.env.PORT) } }", 2),
    ],
)
def test_what_only_running_could_tell_is_refused_with_its_line(text: str, line: int) -> None:
    with pytest.raises(Unreadable) as caught:
        config(text)
    assert caught.value.line == line


def test_the_manifest_of_react_scripts() -> None:
    server = dev_server_of(["react-scripts", "start"])
    assert server is not None
    package = json.loads('{"proxy": "http://api:8000", "homepage": "https://a.example/app"}')
    found = read_config(server, {}, package, {})
    assert found.base == "/app/"
    assert [(one.host, one.rest) for one in found.proxies] == [("api:8000", True)]
    with pytest.raises(Unreadable):
        read_config(server, {"src/setupProxy.js": ""}, {}, {})
