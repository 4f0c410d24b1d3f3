"""What services are said to build and to start, read from a Compose file as it is written."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from jettison.compose import parse_yaml, tree
from jettison.errors import JettisonError
from jettison.shell import parse_commands

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jettison.compose.tree import Node
    from jettison.source import SourceText

__all__ = ["built_from", "services_in", "starting", "text_of"]

_COMMANDS = ("command", "entrypoint")


def services_in(source: SourceText | None) -> Iterator[tuple[str, dict[str, Node]]]:
    """The services of a Compose file with what they say."""
    try:
        documents = parse_yaml(source) if source is not None else ()
    except JettisonError:
        return
    for document in documents:
        for service, node in _entries(_entries(document).get("services")).items():
            yield service, _entries(node)


def starting(keys: dict[str, Node]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The words of a service's commands and of its health check, with which of them it is."""
    for key in _COMMANDS:
        yield from (("command", words) for words in _words(keys.get(key)) if words)
    test = _entries(keys.get("healthcheck")).get("test")
    yield from (("health check", words) for words in _checked(test) if words)


def built_from(node: Node, folder: str) -> str | None:
    """The Dockerfile that a ``build`` names, in the project; ``None`` for one of its stages."""
    keys = _entries(node)
    if "target" in keys:
        return None
    context = text_of(keys.get("context") if keys else node) or "."
    file = text_of(keys.get("dockerfile")) or "Dockerfile"
    return posixpath.normpath(posixpath.join(folder, context, file))


def text_of(node: Node | None) -> str:
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
    while isinstance(node, tree.AliasNode):
        node = node.target
    if not isinstance(node, tree.MappingNode):
        return {}
    return {key.text: value for key, value in node.entries if isinstance(key, tree.ScalarNode)}


def _words(node: Node | None) -> Iterator[tuple[str, ...]]:
    if isinstance(node, tree.SequenceNode):
        yield tuple(item.text for item in node.items if isinstance(item, tree.ScalarNode))
    elif isinstance(node, tree.ScalarNode):
        for command in parse_commands(node.text).commands:
            yield tuple(word.unquoted for word in command.words)
