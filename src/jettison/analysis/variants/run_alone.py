"""Which services people and machines are told to run before anything builds another one's image."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Final

from jettison.analysis.variants.image_names import told_texts
from jettison.patterns import regex

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jettison.analysis.facts import Facts
    from jettison.compose import ComposeProject, Service

__all__ = ["run_before", "waits_for"]

_CALL: Final = regex(
    r"\b(?:docker|podman)[- ]compose\b((?:\\\n|'[^'\n]*'|\"[^\"\n]*\"|[^\n|;&`])*)"
)
_VALUED: Final = frozenset(
    "-f --file -p --project-name --profile --env-file --project-directory --ansi --progress "
    "-e --env -u --user -w --workdir -v --volume --name --entrypoint -l --label --publish".split()
)


def waits_for(compose: ComposeProject, service: Service, other: str) -> bool:
    """Whether starting a service starts, and so builds, another one first."""
    seen: set[str] = set()
    todo = [service.name]
    while todo:
        name = todo.pop()
        if name in seen or name not in compose.services:
            continue
        seen.add(name)
        todo += compose.services[name].depends_on
    return other in seen


def run_before(facts: Facts, compose: ComposeProject, service: str, builder: str) -> str:
    """Where a service is run before ``builder`` is built in the same text, or ``""``."""
    for path, text in facts.whole(told_texts).items():
        if path in facts.project.compose_names or service not in text:
            continue
        for line, command, names in _calls(compose, text):
            if command in ("build", "up", "create") and (not names or builder in names):
                break
            if command in ("run", "up", "create") and service in names:
                return f"{path}:{line} runs {service} before {builder} is built"
    return ""


def _calls(compose: ComposeProject, text: str) -> Iterator[tuple[int, str, set[str]]]:
    """The calls of Compose: the line, the command, and the services that it names."""
    for match in _CALL.finditer(text):
        try:
            words = shlex.split(match[1].replace("\\\n", " "))
        except ValueError:  # a quotation that ends elsewhere
            words = match[1].split()
        plain = list(_plain(words))
        if not plain:
            continue
        named = plain[1:2] if plain[0] == "run" else plain[1:]
        line = text.count("\n", 0, match.start()) + 1
        yield line, plain[0], {one for one in named if one in compose.services}


def _plain(words: list[str]) -> Iterator[str]:
    """The words that are no options and no values of options."""
    before = ""
    for word in words:
        if not word.startswith("-") and before not in _VALUED:
            yield word
        before = word
