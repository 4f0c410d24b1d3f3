"""Requests that a service passes on to another of the stack: whether that works shows in one."""

from __future__ import annotations

import re
from dataclasses import replace
from http import HTTPStatus
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jettison.patterns import regex
from jettison.trial.model import UNKNOWN, Probe

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from jettison.analysis.project import Target
    from jettison.trial.model import Answer

__all__ = ["passed_on", "prefixes_in", "prefixes_in_code", "prefixes_in_mounts"]

_USUAL = ("/api",)
_MOST_PREFIXES = 6
_MOST_ASKED = 24
_MOST_OF_OTHERS = 8
_MOST_FILES = 12
_BIGGEST = 64 * 1024
_SERVERS = regex(
    r"(?:^|/)(?:(?:vite|vue|webpack|next|nuxt|svelte|astro|quasar|farm|rspack|rsbuild)\.config"
    r"\.\w+|[\w.-]*proxy[\w.-]*\.(?:json|[cm]?[jt]s)|Caddyfile|[\w.-]+\.conf(?:\.\w+)?)$",
    re.IGNORECASE,
)
_PLACE = r"\^?(?P<place>/[A-Za-z][\w-]*(?:/[\w-]+){0,2})(?:/(?:\*{1,2}|:\w+\*?|\(\.\*\)))?/?"
_WRITTEN = regex(
    rf"(?:(?P<quote>['\"`]){_PLACE}(?P=quote)"
    rf"|\blocation\s+(?:(?:=|\^~|~\*?)\s*)?{_PLACE.replace('place', 'block')}[\s{{]"
    rf"|^\s*(?:handle|handle_path|reverse_proxy|route)\s+{_PLACE.replace('place', 'matched')}\s)",
    re.MULTILINE,
)
"""Keys and strings of a JavaScript configuration; blocks of nginx; matchers of Caddy."""


def prefixes_in_code(target: Target) -> tuple[str, ...]:
    """What paths that a target's server passes on may begin with, as its configuration names it."""
    names = (one.path for one in target.files.own if _SERVERS.search(one.path))
    return _named(target.context / name for name in names)


def prefixes_in_mounts(spec: Mapping[str, Any]) -> tuple[str, ...]:
    """The same of the configuration that a service is given by mounts of files and folders."""
    binds = (one for one in spec.get("volumes") or () if one.get("type") == "bind")
    places = [Path(str(one.get("source"))) for one in binds]
    below = (one for place in places if place.is_dir() for one in sorted(place.glob("*.conf*")))
    files = [one for one in places if _SERVERS.search(one.as_posix()) and one.is_file()]
    return _named([*files, *below])


def _named(files: Iterable[Path]) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for file in islice(files, _MOST_FILES):
        try:
            if file.stat().st_size <= _BIGGEST:
                found |= dict.fromkeys(prefixes_in(file.read_text("utf-8", "replace")))
        except OSError:
            continue
    return tuple(found)[:_MOST_PREFIXES]


def prefixes_in(text: str) -> Iterator[str]:
    """What paths begin with that a server's configuration names; not all of it is passed on."""
    for one in _WRITTEN.finditer(text):
        yield one["place"] or one["block"] or one["matched"]


def passed_on(
    get: Callable[[Probe], Answer],
    addresses: Iterable[tuple[str, int]],
    answers: Mapping[Probe, Answer],
    prefixes: Callable[[str], Iterable[str]],
) -> dict[Probe, Answer]:
    """For each port one request that another service answers through it, and one for no path.

    ``answers`` are what the services answered themselves, ``get`` asks once more; only what was
    asked of a service is asked through another. ``prefixes`` give what may stand before such a
    path. A port that passes nothing on has none.
    """
    found: dict[Probe, Answer] = {}
    for service, port in addresses:
        here = Probe(service, port, UNKNOWN)
        if here not in answers:
            continue
        before = tuple(dict.fromkeys((*prefixes(service), *_USUAL)))
        others = [(p, a) for p, a in answers.items() if p.service != service and _tells(p, a)]
        known = [one for one in others if one[1].status == HTTPStatus.OK][:_MOST_OF_OTHERS]
        unknown = [one for one in others if one[0].path == UNKNOWN]
        for wanted, own in ((known, True), (unknown, False)):
            asked = (
                (replace(here, path=path), answer)
                for probe, answer in wanted
                for path in _places(probe.path, before, own=own)
            )
            left = (one for one in asked if one[0] not in answers)
            found |= _first(get, islice(left, _MOST_ASKED))
    return found


def _places(path: str, prefixes: Iterable[str], *, own: bool) -> Iterator[str]:
    """Where a server may pass what it is asked on to ``path`` of another, ``own`` the same path.

    It may put one beginning in the place of another, as a rewrite does.
    """
    if own:
        yield path
    _, slash, tail = path.removeprefix("/").partition("/")
    for prefix in prefixes:
        yield f"{prefix}{path}"
        if own and slash:
            yield f"{prefix}/{tail}"


def _tells(probe: Probe, answer: Answer) -> bool:
    """Whether an answer is one by which a service is known: a document."""
    return probe.method == "GET" and not probe.step and answer.content_type.endswith("json")


def _first(
    get: Callable[[Probe], Answer], asked: Iterable[tuple[Probe, Answer]]
) -> dict[Probe, Answer]:
    """The first request that is answered as the other service answers."""
    for probe, own in asked:
        answer = get(probe)
        if (answer.status, answer.content_type, answer.shape) == (
            own.status,
            own.content_type,
            own.shape,
        ):
            return {probe: answer}
        if answer.status is None:
            break  # it keeps nobody waiting again
    return {}
