"""Which address of an image answers over HTTP, as its files declare it."""

from __future__ import annotations

import ast
import posixpath
import re
from functools import lru_cache
from typing import TYPE_CHECKING

from jettison.analysis.landing import landings, project_path
from jettison.analysis.package_runs import feeding_stages
from jettison.analysis.running.health import http_check
from jettison.dockerfile import Add, Copy, Run
from jettison.ecosystem.python.code import is_test_file
from jettison.patterns import regex
from jettison.record import record
from jettison.source.reading import read_bytes, read_text

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from jettison.analysis.facts import Facts
    from jettison.analysis.project import Target

__all__ = ["Address", "served"]

_PATHS = (
    "/health /healthz /healthcheck /health/live /health/ready /livez /readyz /api/health "
    "/api/healthz /api/v1/health /ping /_health /status /health/ /healthz/"
).split()
_SPEC = regex(r"(^|/)(__tests__|tests?|e2e)/|\.(d|test|spec|e2e-spec|config)\.[^/]*$")
_BIGGEST = 512 * 1024
_APPS = frozenset({"app", "application", "api", "server"})
_ROUTES = frozenset({"get", "route", "api_route"})
_BIND = regex(r"^(?:[\w.*]*|\[::\]):(\d{2,5})$")
_MAY_ROUTE = regex(
    rb"@[\s(\\]*(?:%s)[\s)\\]*\.[\s\\]*(?:%s)\b"
    % ("|".join(sorted(_APPS)).encode(), "|".join(sorted(_ROUTES)).encode())
)
_EXPRESS = regex(r"""\b(?:app|server|application|fastify)\.get\(\s*['"`](/[\w/-]*)['"`]""")
_LISTEN = regex(r"""\.listen\(\s*(\d{2,5})\b""")
_PORT = regex(r"""\bprocess\.env\.PORT\s*(?:\|\||\?\?)\s*['"]?(\d{2,5})\b""")
_CONTROLLER = regex(r"""@Controller\(\s*(?:['"`]([\w/-]*)['"`])?\s*\)""")
_NEST_GET = regex(r"""@Get\(\s*(?:['"`]([\w/-]*)['"`])?\s*\)""")
_PREFIX = regex(r"""\.setGlobalPrefix\(\s*(?:['"`]([\w/-]+)['"`]\s*\))?""")
_CODE = (".js", ".mjs", ".cjs", ".ts", ".mts")
_NGINX_LISTENS = regex(r"^\s*listen\s+([^;]+);", re.MULTILINE)
_NGINX_REFUSES = regex(r"\b(auth_basic|auth_request|deny|ssl_certificate|include)\s")
_NGINX_ROOT = regex(r"\blocation\s+(?:=\s*)?/\s*\{([^}]*)\}")


@record
class Address:
    """``port`` and ``path`` that answer a GET with success, and who says so."""

    port: int
    path: str
    why: str


def served(facts: Facts, target: Target) -> Address | None:
    """The address that the image's own command answers, or ``None``."""
    own = (*(target.state.entrypoint or ()), *(target.state.cmd or ()))
    words = _flat(own)
    port = _port(words)
    for run in target.runs:
        check = http_check(run.check)
        same = not run.overrides_command or _flat(run.argv) == words or port is not None
        if check is not None and same and port in (None, check.port):
            exposed = f"{check.port}/tcp" in target.state.exposed
            if port is not None or (exposed and not run.overrides_command):
                return Address(check.port, check.path, f"the health check of {run.service}")
    is_nginx = "nginx" in target.base.rpartition("/")[2].split(":")[0]
    if is_nginx and words[:1] in ((), ("nginx",)):
        return _nginx(facts, target)
    if any(word in ("node", "npm", "yarn", "pnpm") for word in words[:1]):
        said = tuple(_javascript(target))
        port = _listened(target, said)
        path = _javascript_route(said)
    else:
        path = _python_route(target) if port is not None else None
    if port is None or path is None:
        return None
    return Address(port, path, f"the route {path} of the code")


def _flat(argv: tuple[str, ...]) -> tuple[str, ...]:
    if len(argv) == 3 and argv[0].rpartition("/")[2] in ("sh", "bash", "ash") and "c" in argv[1]:
        argv = tuple(argv[2].split())
    while argv[:1] == ("exec",):
        argv = argv[1:]
    return argv


def _port(words: tuple[str, ...]) -> int | None:
    """The port of a uvicorn, gunicorn, hypercorn or Flask server."""
    names = [word.rpartition("/")[2] for word in words]
    if names[:2] == ["python", "-m"] or names[:2] == ["python3", "-m"]:
        names = names[2:]
    if not names or names[0] not in ("uvicorn", "gunicorn", "hypercorn", "flask", "fastapi"):
        return None
    if any(
        word.startswith(("--uds", "--ssl", "--cert", "--keyfile", "--root-path", "--fd", "-c"))
        or word == "--config"
        for word in words
    ):
        return None
    for at, word in enumerate(words):
        option, _, value = word.partition("=")
        if not value and at + 1 < len(words):
            value = words[at + 1]
        if option in ("--port", "-p") and names[0] != "gunicorn":
            return int(value) if value.isdigit() else None
        if option in ("--bind", "-b"):
            found = _BIND.match(value)
            return int(found[1]) if found else None
    return 5000 if names[0] == "flask" else 8000


def _files(target: Target, *ends: str) -> Iterator[Path]:
    taken = landings(target, target.steps)
    for file in target.files.own:
        if not file.path.endswith(ends) or file.size > _BIGGEST or is_test_file(file.path):
            continue
        if any(one.image_path(file.path) is not None for one in taken):
            yield target.context / file.path


def _python_route(target: Target) -> str | None:
    found: set[str] = set()
    for place in _files(target, ".py"):
        status = place.stat()
        found |= _routes_in(str(place), status.st_mtime_ns, status.st_size)
    return next((path for path in _PATHS if path in found), None)


@lru_cache(maxsize=4096)
def _routes_in(path: str, _: int, __: int) -> frozenset[str]:
    """The paths that functions decorated with an application's GET answer."""
    try:
        content = read_bytes(path)
        if not _MAY_ROUTE.search(content):
            return frozenset()
        tree = ast.parse(content)
    except (OSError, SyntaxError, ValueError, RecursionError):
        return frozenset()
    found = set()
    for node in ast.walk(tree):
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        for one in node.decorator_list:
            match one:
                case ast.Call(
                    func=ast.Attribute(value=ast.Name(id=name), attr=attr),
                    args=[ast.Constant(value=str(text)), *_],
                    keywords=keywords,
                ) if name in _APPS and attr in _ROUTES:
                    if not any(word.arg in ("methods", "dependencies") for word in keywords):
                        found.add(text)
                case _:
                    pass
    return frozenset(found)


@record
class _Said:
    """What a JavaScript file says of an address."""

    routes: tuple[str, ...] = ()
    ports: frozenset[int] = frozenset()
    controllers: tuple[str, ...] = ()
    gets: tuple[str, ...] = ()
    prefixes: frozenset[str] = frozenset()


def _javascript(target: Target) -> Iterator[_Said]:
    """The code of the stages that the image is made from: what was compiled is not in its own."""
    stages = sorted(feeding_stages(target.dockerfile, target.stage.index))
    taken = landings(target, tuple(step for stage in stages for step in target.all_steps[stage]))
    for file in target.files.own:
        if not file.path.endswith(_CODE) or file.size > _BIGGEST or _SPEC.search(file.path):
            continue
        if any(one.image_path(file.path) is not None for one in taken):
            place = target.context / file.path
            try:
                status = place.stat()
            except OSError:
                continue
            yield _said_in(str(place), status.st_mtime_ns, status.st_size)


@lru_cache(maxsize=8192)
def _said_in(path: str, _: int, __: int) -> _Said:
    """What a file says, which each target and round asks; the other arguments are its state."""
    try:
        text = read_text(path)
    except OSError:
        return _Said()
    return _Said(
        tuple(_EXPRESS.findall(text)),
        frozenset(int(port) for one in (_LISTEN, _PORT) for port in one.findall(text)),
        tuple(_CONTROLLER.findall(text)),
        tuple(_NEST_GET.findall(text)),
        frozenset(_PREFIX.findall(text)),
    )


def _javascript_route(files: tuple[_Said, ...]) -> str | None:
    """The route for health that Express, Fastify or NestJS is told of."""
    found = {path for one in files for path in one.routes}
    prefixes = {prefix for one in files for prefix in one.prefixes}
    if len(prefixes) < 2 and "" not in prefixes:
        start = "/".join(["", *(one.strip("/") for one in prefixes)])
        for one in files:
            for route in one.gets if len(one.controllers) == 1 else ():
                found.add(posixpath.normpath(posixpath.join("/", start, *one.controllers, route)))
    return next((path for path in _PATHS if path in found), None)


def _listened(target: Target, files: tuple[_Said, ...]) -> int | None:
    found = {port for one in files for port in one.ports}
    told = {run.environment.get("PORT") for run in target.runs} - {None}
    value = target.state.env.get("PORT", "")
    if told - {value}:
        return None
    if value.isdigit():
        return int(value)
    exposed = {int(one.partition("/")[0]) for one in target.state.exposed}
    return found.pop() if len(found) == 1 and exposed in ({*found}, set()) else None


def _nginx(facts: Facts, target: Target) -> Address | None:
    """The address of nginx as its image has it, or as the one file of the context tells it."""
    told: list[str] = []
    for step in target.steps:
        copy = step.expanded
        if isinstance(copy, Run) and "nginx" in copy.command:
            return None
        if isinstance(copy, Copy | Add):
            place = posixpath.normpath(posixpath.join(step.before.workdir, copy.destination))
            if _is_configuration(place):
                told += [one.source for one in landings(target, (step,))] or [""]
    mounts = (mount.target for run in target.runs for mount in run.mounts)
    if any(_is_configuration(place) or place.startswith("/usr/share/nginx") for place in mounts):
        return None
    if told:
        source = facts.tree.read(project_path(target, told[0])) if len(told) == 1 else None
        port = _nginx_port(source.text) if source is not None else None
        return Address(port, "/", source.name) if source is not None and port else None
    if target.state.exposed and "80/tcp" not in target.state.exposed:
        return None
    return Address(80, "/", "nginx's own configuration")


def _nginx_port(text: str) -> int | None:
    """The port at which nginx serves files from ``/`` on, in plain HTTP and for everyone."""
    plain = re.sub(r"#[^\n]*", "", text)
    listens = {words.split()[0].rpartition(":")[2] for words in _NGINX_LISTENS.findall(plain)}
    root = _NGINX_ROOT.findall(plain)
    files = all("try_files" in body or not body.strip() for body in root) and "root " in plain
    refused = _NGINX_REFUSES.search(plain.replace("include /etc/nginx/mime.types;", ""))
    if len(listens) != 1 or not files or refused or "@" in "".join(root):
        return None
    port = listens.pop()
    return int(port) if port.isdigit() else None


def _is_configuration(place: str) -> bool:
    return place in ("/", "/etc") or place.startswith(("/etc/nginx", "/docker-entrypoint.d"))
