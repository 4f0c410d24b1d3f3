"""The nginx configuration that serves a built site as its development server did."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jettison.patterns import regex

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jettison.analysis.node.static_site import StaticSite
    from jettison.ecosystem.node.devserver import Proxy

__all__ = ["FIRST_FREE_PORT", "nginx_configuration"]

FIRST_FREE_PORT = 1024
"""The first port that every user may listen on."""

_SINGLE = """\
# Serves the built site and falls back to its page for routes of the browser. Runs without root:
# everything that nginx writes is below /tmp.
"""
_SEVERAL = """\
# Serves the built site. Runs without root: everything that nginx writes is below /tmp.
"""
_WITH_ROOT = "Runs without root:", "Root opens the port:"
_HEAD = """
worker_processes auto;
pid /tmp/nginx.pid;
error_log /dev/stderr warn;

events {
    worker_connections 1024;
}

http {
    include /etc/nginx/mime.types;
    default_type application/octet-stream;
    charset utf-8;
    charset_types text/css text/plain text/xml text/javascript application/javascript;
    access_log /dev/stdout;

    client_body_temp_path /tmp/client_body;
    proxy_temp_path /tmp/proxy;
    fastcgi_temp_path /tmp/fastcgi;
    uwsgi_temp_path /tmp/uwsgi;
    scgi_temp_path /tmp/scgi;

    sendfile on;
    server_tokens off;
    absolute_redirect off;
    gzip on;
    gzip_vary on;
    gzip_types text/css application/javascript text/javascript application/json image/svg+xml;
"""
_RESOLVER = """
    # Docker's own name server, so that a server may start later or move.
    resolver 127.0.0.11 valid=10s ipv6=off;
"""
_UPGRADE = """
    map $http_upgrade $connection_upgrade {
        default upgrade;
        '' close;
    }
"""
_PAGE = """
    # A browser that asks for a page gets the site's; all else is passed on.
    map "$request_method:$http_accept" $wants_page {
        default '';
        "~^(GET|HEAD):.*text/html" 1;
    }
"""
_HEADERS = """\
        add_header X-Content-Type-Options nosniff always;
        add_header X-Frame-Options SAMEORIGIN always;
        add_header Referrer-Policy strict-origin-when-cross-origin always;
"""
_ANY_ORIGIN = "        add_header Access-Control-Allow-Origin * always;\n"
_LOCAL = regex(r"^(localhost|127\.[\d.]+|\d+\.\d+\.\d+\.\d+|\[[0-9a-f:]+\])(:\d+)?$")


def nginx_configuration(site: StaticSite) -> str:
    """The text of an ``nginx.conf`` by which nginx serves a site, without root if it can."""
    proxies = site.config.proxies
    head = _SINGLE if site.server.single else _SEVERAL
    if site.port < FIRST_FREE_PORT:
        head = head.replace(*_WITH_ROOT)
    parts = [head, _HEAD]
    if any(not _LOCAL.match(one.host) for one in proxies):
        parts.append(_RESOLVER)
    if any(one.websocket for one in proxies):
        parts.append(_UPGRADE)
    rest = next((one for one in proxies if one.rest), None)
    if rest is not None:
        parts.append(_PAGE)
    parts.append(
        f"\n    server {{\n        listen {site.port};\n        root /usr/share/nginx/html;\n\n"
    )
    parts.append(_HEADERS)
    if site.any_origin:
        parts.append(_ANY_ORIGIN)
    for number, one in enumerate(proxies, start=1):
        if not one.rest:
            parts.append("".join(_location(one, number)))
    base = site.config.base
    if base != "/":
        parts.append(f"\n        location = / {{\n            return 302 {base};\n        }}\n")
    parts.append(
        "".join(_pages(base, rest) if site.server.single else _files(base, clean=site.server.clean))
    )
    parts.append("    }\n}\n")
    return "".join(parts)


def _location(proxy: Proxy, number: int) -> Iterator[str]:
    expression = proxy.prefix.startswith("^")
    mark = "~ " if expression else ""
    yield f"\n        location {mark}{proxy.prefix} {{\n"
    yield from _passed(proxy, number)
    yield "        }\n"


def _passed(proxy: Proxy, number: int) -> Iterator[str]:
    pad = " " * 12
    address = f"{proxy.scheme}://{proxy.host}"
    if not _LOCAL.match(proxy.host):
        # In front of `rewrite … break`, behind which nginx sets nothing.
        yield f"{pad}set $upstream_{number} {address};\n"
        address = f"$upstream_{number}"
    if proxy.pattern:
        if proxy.replacement.endswith("/") or not proxy.replacement:
            pattern = f"{proxy.pattern.rstrip('/')}/?(.*)$"
            to = f"{proxy.path}{proxy.replacement.rstrip('/')}/$1"
        else:
            pattern, to = f"{proxy.pattern}(.*)$", f"{proxy.path}{proxy.replacement}$1"
        yield f'{pad}rewrite "{pattern}" {to} break;\n'
    elif proxy.path:
        yield f'{pad}rewrite "^(.*)$" {proxy.path}$1 break;\n'
    yield f"{pad}proxy_pass {address};\n"
    yield f"{pad}proxy_http_version 1.1;\n"
    host = proxy.host if proxy.change_origin else "$http_host"
    yield f"{pad}proxy_set_header Host {host};\n"
    yield f"{pad}proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;\n"
    if proxy.websocket:
        yield f"{pad}proxy_set_header Upgrade $http_upgrade;\n"
        yield f"{pad}proxy_set_header Connection $connection_upgrade;\n"
    else:
        yield f'{pad}proxy_set_header Connection "";\n'
    if proxy.scheme == "https":
        yield f"{pad}proxy_ssl_server_name on;\n"
        yield f"{pad}proxy_ssl_name {proxy.host.partition(':')[0]};\n"
        if proxy.verify:
            yield f"{pad}proxy_ssl_verify on;\n"
            yield f"{pad}proxy_ssl_verify_depth 5;\n"
            yield f"{pad}proxy_ssl_trusted_certificate /etc/ssl/certs/ca-certificates.crt;\n"
    yield f"{pad}proxy_buffering off;\n"
    yield f"{pad}proxy_read_timeout 1h;\n"
    yield f"{pad}client_max_body_size 0;\n"


def _pages(base: str, rest: Proxy | None) -> Iterator[str]:
    fallback = f"{base}index.html" if rest is None else "@rest"
    yield f"\n        location {base} {{\n"
    yield f"            try_files $uri $uri/index.html {fallback};\n"
    yield "        }\n"
    if rest is not None and base != "/":
        yield "\n        location / {\n            try_files $uri @rest;\n        }\n"
    if rest is not None:
        yield "\n        location @rest {\n            if ($wants_page) {\n"
        yield f"                rewrite ^ {base}index.html last;\n            }}\n"
        yield from _passed(rest, 0)
        yield "        }\n"


def _files(base: str, *, clean: bool) -> Iterator[str]:
    """The locations of a site that has a page of its own for every address."""
    yield "\n        error_page 404 /404.html;\n"
    yield f"\n        location {base} {{\n"
    folder = "$uri/index.html" if clean else "$uri/"
    yield f"            try_files $uri {folder} $uri.html =404;\n"
    yield "        }\n"
