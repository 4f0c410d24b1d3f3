"""The servers of Node that serve a site, by the words of the command that starts them."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

from jettison.patterns import regex
from jettison.record import record

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

__all__ = ["DevServer", "allows_all_origins", "builds_site", "dev_server_of", "port_of"]


@record
class DevServer:
    """A server of Node for what a build makes static files.

    ``port`` is the one it takes when nothing sets another, ``output`` where its build goes,
    ``.`` where it serves the folder that it is started in.
    ``built`` tells that it serves what was built before (``vite preview``, ``serve``). ``single``
    tells that its page is given for what is no file, as a router in the browser wants it;
    ``clean`` that a folder's page is given for its address without a slash, too. ``any_origin``
    tells that it was told to let pages of any origin read what it serves.
    """

    tool: str
    port: int
    output: str
    built: bool = False
    single: bool = True
    clean: bool = False
    any_origin: bool = False


_VITE = DevServer("vite", 5173, "dist")
_SERVERS: dict[tuple[str, ...], DevServer] = {
    ("vite",): _VITE,
    ("vite", "dev"): _VITE,
    ("vite", "serve"): _VITE,
    ("vite", "preview"): DevServer("vite", 4173, "dist", built=True),
    ("react-scripts", "start"): DevServer("react-scripts", 3000, "build"),
    ("vue-cli-service", "serve"): DevServer("vue-cli-service", 8080, "dist"),
    ("ng", "serve"): DevServer("ng", 4200, ""),
    ("ng", "s"): DevServer("ng", 4200, ""),
    ("craco", "start"): DevServer("craco", 3000, "build"),
    ("astro", "dev"): DevServer("astro", 4321, "dist", single=False, clean=True),
    ("astro", "preview"): DevServer("astro", 4321, "dist", built=True, single=False, clean=True),
    ("docusaurus", "start"): DevServer("docusaurus", 3000, "build", single=False, clean=True),
    ("docusaurus", "serve"): DevServer(
        "docusaurus", 3000, "build", built=True, single=False, clean=True
    ),
    ("gatsby", "develop"): DevServer("gatsby", 8000, "public", single=False),
    ("gatsby", "serve"): DevServer("gatsby", 9000, "public", built=True, single=False),
    ("serve",): DevServer("serve", 3000, "", built=True),
}
_VARIABLE = regex(r"\$\{?(?P<name>[A-Za-z_]\w*)(?::?-(?P<default>\d*))?\}?")
_BUILDERS = frozenset(words[0] for words in _SERVERS) - {"serve"}
_ELEVENTY_NAMES = frozenset({"eleventy", "@11ty/eleventy"})
_ELEVENTY = DevServer("eleventy", 8080, "_site", single=False)


def dev_server_of(words: Sequence[str]) -> DevServer | None:
    """The server that the words of a command start, or ``None``."""
    rest = [*words]
    rest[:1] = [rest[0].rpartition("node_modules/.bin/")[2]] if rest else []
    plain: list[str] = []
    for word in rest[:2]:
        if word.startswith("-"):
            break
        plain.append(word)
    if plain[:1] == ["serve"]:
        return _serve(rest)
    if plain[:1] == ["http-server"]:
        return _http_server(rest)
    if plain and plain[0] in _ELEVENTY_NAMES:
        return _ELEVENTY if "--serve" in rest else None
    found = _SERVERS.get(tuple(plain))
    return found if found is not None or len(plain) < 2 or plain[0] != "vite" else None


def builds_site(words: Sequence[str]) -> bool:
    """Whether the words of a command call a site's own tool for a build."""
    rest = [word for word in words if word not in ("npx", "--yes", "-y")]
    tool = rest[0].rpartition("node_modules/.bin/")[2] if rest else ""
    if tool in _ELEVENTY_NAMES:
        return not {"--serve", "--watch", "--help", "--version"} & set(rest)
    return tool in _BUILDERS and "build" in rest


def _serve(words: Sequence[str]) -> DevServer | None:
    """``serve [-s] [FOLDER]``; ``None`` where it has settings of its own."""
    folder = ""
    skip = False
    single = False
    any_origin = False
    for word in words[1:]:
        if skip:
            skip = False
        elif word in ("-c", "--config") or word.startswith(("--config=", "--ssl-")):
            return None
        elif word in ("-C", "--cors"):
            any_origin = True
        elif word in ("-l", "--listen", "-p", "--port"):
            skip = True
        elif word in ("-s", "--single"):
            single = True
        elif not word.startswith("-"):
            folder = word
    folder = _inside(folder)
    if not folder:
        return None
    return DevServer("serve", 3000, folder, built=True, single=single, any_origin=any_origin)


def _http_server(words: Sequence[str]) -> DevServer | None:
    """``http-server FOLDER`` (it looks for ``public`` itself); ``None`` where it does more."""
    folder = ""
    single = False
    at = 1
    while at < len(words):
        head, equals, value = words[at].partition("=")
        if head in ("-p", "--port", "-a", "-c", "-t", "-P", "--proxy"):
            value = value if equals else "".join(words[at + 1 : at + 2])
            at += 1 if equals else 2
            if head in ("-P", "--proxy"):  # to itself, with what is no file as a question
                single = (
                    re.fullmatch(r"https?://(localhost|127\.0\.0\.1)(:\d+)?/?\?", value) is not None
                )
                if not single:
                    return None
            continue
        harmless = re.fullmatch(r"-c-?\d+|-p\d+", head) is not None
        if (
            head.startswith("-")
            and not harmless
            and head not in ("-s", "--silent", "-g", "--gzip", "-d", "-i")
        ):
            return None
        folder = folder if head.startswith("-") else head
        at += 1
    folder = _inside(folder) if folder else ""
    return DevServer("http-server", 8080, folder, built=True, single=single) if folder else None


def _inside(folder: str) -> str:
    """The folder that a server is told, ``.`` for the one it is started in, ``""`` for another."""
    plain = posixpath.normpath(folder or ".")
    return "" if plain == "/" or plain.startswith("..") else plain


def allows_all_origins(server: DevServer, version: str) -> bool:
    """Whether a server lets pages of any origin read what was built; ``version`` is Vite's.

    ``vite preview``, which Astro's uses, did so unasked until 4.5.6, 5.4.12 and 6.0.9
    (CVE-2025-24010).
    """
    found = re.match(r"(\d+)\.(\d+)\.(\d+)", version)
    if server.tool not in ("vite", "astro") or not server.built or found is None:
        return server.any_origin
    major, *rest = map(int, found.groups())
    mended = {4: [5, 6], 5: [4, 12], 6: [0, 9]}
    return major < 4 or (major in mended and rest < mended[major])


def port_of(words: Iterable[str], environment: Mapping[str, str]) -> str:
    """The port that the words of a command ask for, ``""`` for none.

    A variable without a value stays as it is written.
    """
    rest = list(words)
    for at, word in enumerate(rest):
        head, equals, value = word.partition("=")
        if re.fullmatch(r"-p\d+", word):
            return word[2:]
        if head in ("--port", "-p", "-l", "--listen"):
            value = value if equals else rest[at + 1] if at + 1 < len(rest) else ""
            filled = _VARIABLE.sub(lambda found: _value(found, environment), value)
            port = filled.rpartition(":")[2]
            return port if port.isdigit() or "$" in filled else ""
    return ""


def _value(found: re.Match[str], environment: Mapping[str, str]) -> str:
    return environment.get(found["name"]) or found["default"] or found[0]
