"""What Compose files start in an image besides: on top of the project's own, or as published."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

from jettison.analysis.running.started import StartedCommand
from jettison.errors import JettisonError
from jettison.patterns import regex
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


def overlaid(facts: Facts, target: Target) -> tuple[StartedCommand, ...]:
    """The commands and health checks that Compose files give the image besides, as written.

    Of a target with services those of other files without a ``build`` of their own for the service:
    they run the image that the project's own files build, as ``docker compose -f … -f
    docker-compose.dev.yml`` does. A Dockerfile that stands alone may make the image that services
    of the project run as it is published, by a name like the project's.
    """
    found = facts.whole(_by_service)
    if target.services:
        return tuple(
            command
            for service in target.services
            for name, _, command in found.get(service, ())
            if name not in facts.project.compose_names
        )
    own = facts.of(_own_words, target)
    return tuple(
        command
        for said in found.values()
        for _, image, command in said
        if own & frozenset(_WORD.findall(_last_of(image)))
    )


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


def _by_service(facts: Facts) -> dict[str, list[tuple[str, str, StartedCommand]]]:
    """By service: the file, the image and the command of those without a ``build``."""
    found: dict[str, list[tuple[str, str, StartedCommand]]] = {}
    for name in facts.project.compose_texts:
        for service, image, kind, words in _commands(facts, name):
            program = words[0].rpartition("/")[2]
            command = StartedCommand(words, f"{service}'s {kind} in {name}", program=program)
            found.setdefault(service, []).append((name, image, command))
    return found


def _commands(facts: Facts, name: str) -> Iterator[tuple[str, str, str, tuple[str, ...]]]:
    """The service, its image, what it is that starts, and the words."""
    from jettison.compose.parsing import parse_yaml  # noqa: PLC0415  (a parser is loaded for a file)

    source = facts.tree.read(name)
    try:
        documents = parse_yaml(source) if source is not None else ()
    except JettisonError:
        return
    for document in documents:
        for service, node in _entries(_entries(document).get("services")).items():
            keys = _entries(node)
            if "build" in keys:
                continue
            image = next((words[0] for words in _words(keys.get("image")) if words), "")
            for key in _COMMANDS:
                for words in _words(keys.get(key)):
                    if words:
                        yield service, image, "command", words
            for words in _checked(_entries(keys.get("healthcheck")).get("test")):
                if words:
                    yield service, image, "health check", words


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
