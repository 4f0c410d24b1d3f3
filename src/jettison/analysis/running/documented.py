"""The commands that people and machines are told to run in a service's container.

``docker compose exec api pytest`` in a README, a Makefile or a workflow: what it starts is used,
and so is what ``docker run`` starts in an image that these build.
"""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING

from jettison.analysis.running.started import StartedCommand
from jettison.analysis.workflow_files import workflow_texts
from jettison.patterns import regex
from jettison.shell import parse_commands

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jettison.analysis.facts import Facts
    from jettison.analysis.project import Target

__all__ = ["documented"]

_CALL = regex(
    r"\b(?:docker[- ]compose|podman[- ]compose|docker|podman)\b(?:[ \t]+-[^\n|;&`]*?)?[ \t]+"
    r"(exec|run)[ \t]+((?:\\\n|'[^'\n]*'|\"[^\"\n]*\"|[^\n|;&`])+)"
)
_BUILT = regex(
    r"\b(?:docker|podman|buildah)\b(?:\\\n|[^\n])*?\bbuild\b(?:\\\n|[^\n])*?"
    r"\s(?:-t|--tag)(?:=|\s+)[\"']?([\w./-]+)"
    r"|^\s*tags:\s*[\"']?([\w./-]+)",
    re.MULTILINE,
)
_VALUED = frozenset(
    "-e --env -u --user -w --workdir --index -p --publish -v --volume --name --entrypoint "
    "--env-file --detach-keys -l --label".split()
)
_SHELLS = frozenset({"sh", "bash", "ash"})
_IMAGE = "*"  # the place of what runs in an image: which of several targets it is, is not said


def documented(facts: Facts, target: Target) -> tuple[StartedCommand, ...]:
    """What the project's documentation, scripts and workflows start in a target's services."""
    compose = facts.project.compose
    services = compose.services if compose is not None else {}
    names = {name: services[name].container_name or "" for name in target.services}
    return tuple(
        command
        for place, command in facts.whole(_calls)
        if place == _IMAGE
        or any(_is_of(place, service, container) for service, container in names.items())
    )


def _is_of(place: str, service: str, container: str) -> bool:
    """Whether the name of a service or a container is one service's."""
    if place in (service, container):
        return True
    return re.search(rf"(^|[-_]){re.escape(service)}[-_]\d+$", place) is not None


def _calls(facts: Facts) -> tuple[tuple[str, StartedCommand], ...]:
    texts = facts.whole(workflow_texts)
    built = {name for text in texts.values() for name in _built(text)}
    return tuple(
        (place, command)
        for path, text in texts.items()
        if "exec" in text or "run" in text
        for place, command in _in_text(path, text, built)
    )


def _built(text: str) -> Iterator[str]:
    """The names of images that a text builds, without their tags."""
    for match in _BUILT.finditer(text) if "build" in text or "tags" in text else ():
        yield match[1] or match[2]


def _in_text(path: str, text: str, built: set[str]) -> Iterator[tuple[str, StartedCommand]]:
    for match in _CALL.finditer(text):
        try:
            words = shlex.split(match[2].replace("\\\n", " "))
        except ValueError:  # a quotation that ends elsewhere
            words = match[2].split()
        if match[1] == "run" and "compose" not in match[0]:  # which names an image
            at = next((i for i, word in enumerate(words) if word.partition(":")[0] in built), None)
            place, words = _IMAGE, words[at + 1 :] if at is not None else []
        else:
            place, words = _service(words)
        if not words:
            continue
        line = text.count("\n", 0, match.start()) + 1
        for inner in _inner(words):
            program = inner[0].rpartition("/")[2]
            yield place, StartedCommand(tuple(inner), f"{path}:{line}", program=program)


def _service(words: list[str]) -> tuple[str, list[str]]:
    """The service or container that a call names, and the command behind it."""
    at = 0
    while at < len(words) and words[at].startswith("-"):
        at += 2 if words[at] in _VALUED else 1
    return (words[at] if at < len(words) else ""), words[at + 1 :]


def _inner(words: list[str]) -> Iterator[list[str]]:
    """The commands that a shell is given; else the words themselves."""
    if words[0].rpartition("/")[2] in _SHELLS and len(words) > 2 and "c" in words[1]:
        for command in parse_commands(words[2]).commands:
            if command.words:
                yield [word.unquoted for word in command.words]
    else:
        yield words
