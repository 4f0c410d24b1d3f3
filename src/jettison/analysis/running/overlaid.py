"""What Compose files start in an image besides: on top of the project's own, or as published."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

from jettison.analysis.running.started import StartedCommand
from jettison.patterns import regex
from jettison.record import record

if TYPE_CHECKING:
    from jettison.analysis.facts import Facts
    from jettison.analysis.project import Target

__all__ = ["overlaid"]

_WORD = regex(r"[a-z0-9]{3,}")
_NAMED = regex(r"(?:\"name\"\s*:\s*\"|^name\s*=\s*[\"']|^module\s+)([^\"'\s]+)", re.MULTILINE)
_MANIFESTS = ("package.json", "go.mod", "pyproject.toml", "Cargo.toml", "composer.json")
_SAYING_NOTHING = frozenset("app com docker image latest org server service web www".split())


@record
class _Said:
    """What a file starts in an image; ``image`` is its name where the service does not build it."""

    file: str
    image: str
    command: StartedCommand


def overlaid(facts: Facts, target: Target) -> tuple[StartedCommand, ...]:
    """The commands and health checks that Compose files give the image besides, as written.

    Other files give its services other ones, as ``docker compose -f … -f docker-compose.dev.yml``
    does, or build the same Dockerfile for services of their own. A Dockerfile that stands alone may
    make the image that services of the project run as it is published, by a name like the
    project's.
    """
    found = facts.whole(_by_image)
    own = [one for service in target.services for one in found.get(("service", service), ())]
    own += found.get(("file", target.dockerfile_name), ())
    beside = [one.command for one in own if one.file not in facts.project.compose_names]
    if target.services:
        return tuple(beside)
    words = facts.of(_own_words, target)
    published = [one for said in found.values() for one in said if one.image]
    named = [one for one in published if words & frozenset(_WORD.findall(_last_of(one.image)))]
    return tuple(dict.fromkeys((*beside, *(one.command for one in named))))


def _own_words(facts: Facts, target: Target) -> frozenset[str]:
    """The words of the names of a project: its folder's, its Dockerfile's folder's, its packages'.

    Those that many names have say nothing.
    """
    names = [facts.tree.root.name, target.context_name, posixpath.dirname(target.dockerfile_name)]
    for folder in {"", target.context_name}:
        for manifest in _MANIFESTS:
            source = facts.tree.read(posixpath.join(folder, manifest))
            named = _NAMED.search(source.text) if source is not None else None
            names.append(_last_of(named[1]) if named is not None else "")
    return frozenset(w for n in names for w in _WORD.findall(n.lower())) - _SAYING_NOTHING


def _last_of(name: str) -> str:
    """The last part of an image's or a module's name, without its tag, in small letters."""
    return name.lstrip("@").partition("@")[0].rpartition("/")[2].partition(":")[0].lower()


def _by_image(facts: Facts) -> dict[tuple[str, str], list[_Said]]:
    """What is said by the service whose image runs it, or by the Dockerfile."""
    if not facts.project.compose_texts:
        return {}
    from jettison.analysis.running.composed import built_from, services_in, starting, text_of

    found: dict[tuple[str, str], list[_Said]] = {}
    for name in facts.project.compose_texts:
        for service, keys in services_in(facts.tree.read(name)):
            built = built_from(keys["build"], posixpath.dirname(name)) if "build" in keys else ""
            if built is None:
                continue
            image = "" if built else text_of(keys.get("image"))
            key = ("file", built) if built else ("service", service)
            for kind, words in starting(keys):
                program = words[0].rpartition("/")[2]
                command = StartedCommand(words, f"{service}'s {kind} in {name}", program=program)
                found.setdefault(key, []).append(_Said(name, image, command))
    return found
