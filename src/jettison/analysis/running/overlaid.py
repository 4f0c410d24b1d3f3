"""What Compose files start in an image besides: on top of the project's own, or as published."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

from jettison.analysis.running.started import StartedCommand
from jettison.errors import JettisonError
from jettison.patterns import regex
from jettison.record import record
from jettison.shell import parse_commands

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jettison.analysis.facts import Facts
    from jettison.analysis.project import Target
    from jettison.compose.tree import Node

__all__ = ["overlaid"]

_COMMANDS = ("command", "entrypoint")
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
    found: dict[tuple[str, str], list[_Said]] = {}
    for name in facts.project.compose_texts:
        for service, keys in _services(facts, name):
            built = _dockerfile(keys["build"], posixpath.dirname(name)) if "build" in keys else ""
            if built is None:
                continue
            image = "" if built else _text(keys.get("image"))
            key = ("file", built) if built else ("service", service)
            for kind, words in _starting(keys):
                program = words[0].rpartition("/")[2]
                command = StartedCommand(words, f"{service}'s {kind} in {name}", program=program)
                found.setdefault(key, []).append(_Said(name, image, command))
    return found


def _services(facts: Facts, name: str) -> Iterator[tuple[str, dict[str, Node]]]:
    """The services of a Compose file with what they say."""
    from jettison.compose.parsing import parse_yaml  # noqa: PLC0415  (a parser is loaded for a file)

    source = facts.tree.read(name)
    try:
        documents = parse_yaml(source) if source is not None else ()
    except JettisonError:
        return
    for document in documents:
        for service, node in _entries(_entries(document).get("services")).items():
            yield service, _entries(node)


def _starting(keys: dict[str, Node]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The words of a service's commands and of its health check, with which of them it is."""
    for key in _COMMANDS:
        yield from (("command", words) for words in _words(keys.get(key)) if words)
    test = _entries(keys.get("healthcheck")).get("test")
    yield from (("health check", words) for words in _checked(test) if words)


def _dockerfile(node: Node, folder: str) -> str | None:
    """The Dockerfile that a ``build`` names, in the project; ``None`` for one of its stages."""
    keys = _entries(node)
    if "target" in keys:
        return None
    context = _text(keys.get("context") if keys else node) or "."
    file = _text(keys.get("dockerfile")) or "Dockerfile"
    return posixpath.normpath(posixpath.join(folder, context, file))


def _text(node: Node | None) -> str:
    from jettison.compose import tree  # noqa: PLC0415  (a parser is loaded for a file)

    return node.text if isinstance(node, tree.ScalarNode) else ""


def _checked(test: Node | None) -> Iterator[tuple[str, ...]]:
    """The words of a health check's commands, without ``CMD`` and ``CMD-SHELL``."""
    for words in _words(test):
        if words[:1] == ("CMD-SHELL",):
            for command in parse_commands(" ".join(words[1:])).commands:
                yield tuple(word.unquoted for word in command.words)
        elif words[:1] == ("CMD",):
            yield words[1:]
        elif words[:1] != ("NONE",):
            yield words


def _entries(node: Node | None) -> dict[str, Node]:
    from jettison.compose import tree  # noqa: PLC0415  (as above)

    while isinstance(node, tree.AliasNode):
        node = node.target
    if not isinstance(node, tree.MappingNode):
        return {}
    return {key.text: value for key, value in node.entries if isinstance(key, tree.ScalarNode)}


def _words(node: Node | None) -> Iterator[tuple[str, ...]]:
    from jettison.compose import tree  # noqa: PLC0415  (as above)

    if isinstance(node, tree.SequenceNode):
        yield tuple(item.text for item in node.items if isinstance(item, tree.ScalarNode))
    elif isinstance(node, tree.ScalarNode):
        for command in parse_commands(node.text).commands:
            yield tuple(word.unquoted for word in command.words)
