"""What Compose files that go on top of the project's own start in the same images."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jettison.analysis.running.started import StartedCommand
from jettison.errors import JettisonError
from jettison.shell import parse_commands

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jettison.analysis.facts import Facts
    from jettison.analysis.project import Target
    from jettison.compose.tree import Node

__all__ = ["overlaid"]

_COMMANDS = ("command", "entrypoint")


def overlaid(facts: Facts, target: Target) -> tuple[StartedCommand, ...]:
    """The commands that other Compose files give the target's services, as they are written.

    Only files without a ``build`` of their own for the service count: they run the image that the
    project's own files build, as ``docker compose -f … -f docker-compose.dev.yml`` does.
    """
    if not target.services:
        return ()
    found = facts.whole(_by_service)
    return tuple(command for service in target.services for command in found.get(service, ()))


def _by_service(facts: Facts) -> dict[str, list[StartedCommand]]:
    found: dict[str, list[StartedCommand]] = {}
    for name in facts.project.compose_texts:
        if name not in facts.project.compose_names:
            for service, words in _commands(facts, name):
                program = words[0].rpartition("/")[2]
                command = StartedCommand(words, f"{service}'s command in {name}", program=program)
                found.setdefault(service, []).append(command)
    return found


def _commands(facts: Facts, name: str) -> Iterator[tuple[str, tuple[str, ...]]]:
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
            for key in _COMMANDS:
                yield from ((service, words) for words in _words(keys.get(key)) if words)


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
