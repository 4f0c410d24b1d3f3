"""Builds of Node frameworks that make a server with all packages that it needs.

Next.js makes ``.next/standalone`` where its configuration says ``output: 'standalone'``; Nitro, on
which Nuxt 3 and others are built, makes ``.output``. A configuration is a program and is never run:
what only running it could tell raises :class:`Unreadable`.
"""

from __future__ import annotations

import re

from jettison.ecosystem.node.javascript import Unreadable, closing, without_comments
from jettison.patterns import regex
from jettison.source import Span, TextEdit

__all__ = ["asking_for_standalone", "check_nitro", "major_of", "makes_standalone"]

_OUTPUT = regex(r"(?<![.\w])output\s*:\s*(?:(['\"`])(\w+)\1(?:\s+as\s+const)?\s*(?=[,}]))?")
_ASSIGNED = regex(r"\.output\s*=(?!=)")
_WHOLE = regex(
    r"(?:(?:const|let|var)\s+[\w$]+\s*(?::\s*[\w$.<>\[\]]+\s*)?=|export\s+default"
    r"|module\.exports\s*=|[\w$)]\(|=>\s*\()\s*$"
)
_EXPORTED = regex(r"(?:export\s+default|module\.exports\s*=)\s*(?=\S)")
_OBJECT = regex(r"\{(?:(?P<empty>\s*\})|[ \t]*(?://[^\n]*)?(?=(?P<line>\r?\n[ \t]+)))")
_AT_START = regex(r"\b(?:server|public)RuntimeConfig\b|\bprocess\.exit\b")
_ELSEWHERE = {
    "distDir": "puts the build elsewhere (distDir)",
    "outputFileTracingRoot": "sets outputFileTracingRoot",
}
_NITRO = {
    "buildDir": "sets buildDir",
    "rootDir": "sets rootDir",
    "externals": "decides itself which packages are copied (externals)",
    "output": "sets the folder of the build (output)",
}
_PRESET = regex(r"(?<![.\w])preset\s*:\s*(?:(['\"`])([\w-]+)\1)?")
_NAMED = regex(r"([\w$]+)['\"]?\s*:\s*$")
_NAME = regex(r"[A-Za-z_$][\w$]*")
_SERVERS = frozenset({"node", "node-server", "node_server"})


def makes_standalone(name: str, source: str) -> bool:
    """Whether a ``next.config`` asks for ``.next/standalone`` in its usual place, always.

    Raises :class:`Unreadable` where it does so in some cases, or puts it elsewhere.
    """
    text = without_comments(source)
    if "standalone" not in text:
        return False
    found = list(_OUTPUT.finditer(text))
    assigned = _ASSIGNED.search(text)
    if assigned is not None:
        raise Unreadable(f"{name} computes output", _line(text, assigned.start()))
    if not found or all(one[2] and one[2] != "standalone" for one in found):
        return False
    first = found[0]
    above = text[: _brace_above(text, first.start())].rstrip()
    conditional = above.endswith(("&& (", "|| (", "? (")) or _WHOLE.search(above) is None
    if len(found) > 1 or not first[2] or conditional:
        raise Unreadable(f"{name} computes output", _line(text, first.start()))
    for key, what in _ELSEWHERE.items():
        place = re.search(rf"(?<![.\w]){key}\s*[:,=]", text)
        if place is not None:
            raise Unreadable(f"{name} {what}", _line(text, place.start()))
    return True


def asking_for_standalone(name: str, source: str) -> TextEdit | None:
    """The edit by which a ``next.config`` asks for ``.next/standalone``; ``None`` for none.

    The settings have to be an object that is written down: exported as it is or by a name, alone or
    in the hands of plug-ins. None where they say something of ``output`` or depend on the start.
    """
    text = without_comments(source)
    if "output" in text or "..." in text or _AT_START.search(text):
        return None
    exported = list(_EXPORTED.finditer(text))
    at = _settings_at(text, exported[0].end()) if len(exported) == 1 else None
    if at is None:
        return None
    quote = '"' if source.count('"') > source.count("'") else "'"
    value = f"output: {quote}standalone{quote}"
    opening = _OBJECT.match(source, at)
    if opening is not None and opening["empty"]:
        edit = TextEdit(Span(at, opening.end()), f"{{ {value} }}")
    elif opening is not None:
        edit = TextEdit(Span(opening.end(), opening.end()), f"{opening['line']}{value},")
    else:
        edit = TextEdit(Span(at + 1, at + 1), f" {value},")
    after = source[: edit.span.start] + edit.text + source[edit.span.end :]
    try:
        return edit if makes_standalone(name, after) else None
    except Unreadable:
        return None


def _settings_at(text: str, at: int) -> int | None:
    """Where the brace of the settings stands that are exported from ``at`` on.

    A plug-in is given them by name, alone or after a call with its own options.
    """
    if text[at] == "{":
        return at
    name = _NAME.match(text, at)
    if name is None:
        return None
    inner = _arguments(text, name.end())
    while inner is not None and (further := _arguments(text, inner[1])) is not None:
        inner = further
    if inner is not None:
        given = _NAME.fullmatch(text[inner[0] + 1 : inner[1] - 1].strip())
        if given is None:
            called = _NAME.match(text, inner[0] + 1)
            return _settings_at(text, called.start()) if called is not None else None
        name = given
    assigned = re.search(
        rf"^(?:const|let|var)\s+{re.escape(name[0])}\s*(?::\s*[\w$.]+\s*)?=\s*(?=\{{)",
        text,
        re.MULTILINE,
    )
    return assigned.end() if assigned is not None else None


def _arguments(text: str, at: int) -> tuple[int, int] | None:
    """Where the parentheses of a call begin and end, if one stands there."""
    if text[at : at + 1] != "(":
        return None
    end = closing(text, at)
    return (at, end + 1) if end < len(text) else None


def check_nitro(name: str, source: str) -> None:
    """Raises :class:`Unreadable` where a configuration makes something else than ``.output``."""
    text = without_comments(source)
    for one in _PRESET.finditer(text):
        if (one[2] or "") not in _SERVERS:
            what = f"builds for {one[2]}" if one[2] else "computes the preset of its build"
            raise Unreadable(f"{name} {what}", _line(text, one.start()))
    for key, what in _NITRO.items():
        for place in re.finditer(rf"(?<![.\w]){key}\s*:", text):
            if "vite" not in _keys_above(text, place.start()):
                raise Unreadable(f"{name} {what}", _line(text, place.start()))


def major_of(wanted: object) -> tuple[int, int] | None:
    """The first two numbers of a version range, ``(99, 0)`` for the latest; ``None`` for none."""
    text = str(wanted or "")
    if text in ("latest", "*", "canary", "next", "rc"):
        return (99, 0)
    found = re.match(r"(?:npm:[@\w/-]+@)?[\^~>=v\s]*(\d+)(?:\.(\d+))?", text)
    return (int(found[1]), int(found[2] or 0)) if found is not None else None


def _keys_above(text: str, at: int) -> set[str]:
    """The names of the objects around a place: ``vite`` in ``{ vite: { build: { at } } }``."""
    found = set()
    while at := _brace_above(text, at):
        name = _NAMED.search(text[:at])
        if name is not None:
            found.add(name[1])
    return found


def _brace_above(text: str, at: int) -> int:
    """Where the brace of the object around a place stands, ``0`` where there is none."""
    depth = 0
    for index in range(at - 1, -1, -1):
        depth += (text[index] in "}])") - (text[index] in "{[(")
        if depth < 0:
            return index
    return 0


def _line(text: str, at: int) -> int:
    return text.count("\n", 0, at) + 1
