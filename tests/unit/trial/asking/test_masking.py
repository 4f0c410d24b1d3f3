"""What of an answer is compared, and what is put aside."""

from __future__ import annotations

import pytest

from jettison.trial.asking.masking import body_parts, masked


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("at 2026-11-26T02:44:01.123Z", "at 2025-01-02T00:00:00Z"),
        ("id 7e57d004-2b97-0e7a-b45f-5387367791cd", "id 00000000-2b97-0e7a-b45f-5387367791cd"),
        ("took 12 ms", "took 3.5 ms"),
        ("3.3, 2.96, 3.65", "0.0, 0.11, 12.3"),
        ("from 172.18.0.3", "from 172.30.0.9"),
        ("on localhost:49153", "on localhost:32768"),
        ("host 3f2a9c0d1b7e", "host 0a1b2c3d4e5f"),
        ("epoch 1764125041", "epoch 1764125999.5"),
    ],
)
def test_what_changes_by_itself_is_put_aside(one: str, other: str) -> None:
    assert masked(one) == masked(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("price 12.50", "price 13.50"),
        ("1.5, 2.5", "1.5, 2.6"),
        ("eu", "us"),
        ("version 1.2.3", "version 1.2.4"),
    ],
)
def test_what_matters_is_not(one: str, other: str) -> None:
    assert masked(one) != masked(other)


def test_values_of_a_document_are_compared() -> None:
    one = body_parts("application/json", "/", b'{"plan": "eu", "n": [1, {"x": 2}], "uptime": 5}')
    other = body_parts("application/json", "/", b'{"plan": "us", "n": [1, {"x": 3}], "uptime": 9}')
    assert {name for name in one if one[name] != other[name]} == {"$.plan", "$.n[1].x"}
    assert one["$.uptime"] == "<int>"


def test_long_documents_are_compared_to_the_end() -> None:
    body = "[" + ",".join(map(str, range(1000))) + "]"
    one = body_parts("application/json", "/", body.encode())
    other = body_parts("application/json", "/", body.replace("999", "998").encode())
    assert one["rest of the body"] != other["rest of the body"]


def test_texts_of_a_page_without_its_scripts() -> None:
    page = b"<title>A</title><script>var t = 1</script><style>p{}</style><p>Hello <b>you</b></p>"
    assert body_parts("text/html", "/", page) == {
        "title": "A",
        "text 1": "Hello",
        "text 2": "you",
    }


def test_of_metrics_only_the_names_are_compared() -> None:
    text = b"# TYPE up gauge\nup 1\nrss_bytes 12345\n"
    assert body_parts("text/plain", "/metrics", text) == {"metrics": "rss_bytes up"}


@pytest.mark.parametrize(
    ("page", "said"),
    [
        ('<script defer src="/static/js/bundle.js"></script>', "maybe"),
        ('<script defer="defer" src="/docs/runtime~main.js"></script>', "maybe"),
        ('<script type="text/javascript" src="/js/chunk-vendors.js"></script>', "maybe"),
        ('<script src="/js/chunk-vendors.1a2b3c4d.js"></script>', None),
        ('<script type="module" src="/@vite/client"></script>', "yes"),
        ('<script defer src="/static/js/main.0a1b2c3d.js"></script>', None),
        ("<p>/static/js/bundle.js</p>", None),
        ('<script src="/_next/static/chunks/webpack.js?v=1" async=""></script>', "yes"),
        ('<script src="/_next/static/chunks/webpack-cd6b9d4c.js" async=""></script>', None),
        ('<script src="/_next/static/chunks/%5Bturbopack%5D_browser_dev_hmr-client_1.js">', "yes"),
    ],
)
def test_pages_of_development_servers_are_known(page: str, said: str | None) -> None:
    found = body_parts("text/html", "/", f"<html><title>A</title>{page}</html>".encode())
    assert found.get("development") == said
