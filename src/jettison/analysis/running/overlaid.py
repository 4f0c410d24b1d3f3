"""What Compose files that go on top of the project's own start in the same images."""

from __future__ import annotations

import posixpath
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
    """The commands that other Compose files run in the target's image, as they are written.

    They give its services other ones, as ``docker compose -f … -f docker-compose.dev.yml`` does, or
    build the same Dockerfile for services of their own.
    """
    found = facts.whole(_by_image)
    own = [name for service in target.services for name in found.get(("service", service), ())]
    return (*own, *found.get(("file", target.dockerfile_name), ()))


def _by_image(facts: Facts) -> dict[tuple[str, str], list[StartedCommand]]:
    """The commands by the service whose image runs them, or by the Dockerfile."""
    found: dict[tuple[str, str], list[StartedCommand]] = {}
    for name in facts.project.compose_texts:
        if name not in facts.project.compose_names:
            for service, built, words in _commands(facts, name):
                program = words[0].rpartition("/")[2]
                command = StartedCommand(words, f"{service}'s command in {name}", program=program)
                key = ("file", built) if built else ("service", service)
                found.setdefault(key, []).append(command)
    return found


def _commands(facts: Facts, name: str) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """Services of a Compose file, the Dockerfiles that they build, their commands."""
    from jettison.compose.parsing import parse_yaml  # noqa: PLC0415  (a parser is loaded for a file)

    source = facts.tree.read(name)
    try:
        documents = parse_yaml(source) if source is not None else ()
    except JettisonError:
        return
    for document in documents:
        for service, node in _entries(_entries(document).get("services")).items():
            keys = _entries(node)
            built = _dockerfile(keys["build"], posixpath.dirname(name)) if "build" in keys else ""
            if built is None:
                continue
            for key in _COMMANDS:
                yield from ((service, built, words) for words in _words(keys.get(key)) if words)


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
