"""Plans for tests of the proof: each change deletes one ``RUN echo WORD``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jettison.analysis import NO_EVIDENCE
from jettison.changes import Plan, Policy, plan
from jettison.rules import Basis, Change, Finding, Grade, Key, Rule
from jettison.source import Patch, Span, TextEdit, TextTree

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from jettison.analysis import Facts

COMPOSE = """\
services:
  api:
    build: ./api
  web:
    build: ./web
"""


def files_of(api: str, web: str = "z") -> dict[str, str]:
    """A project of two services whose Dockerfiles echo these letters, a line each."""
    return {
        "compose.yaml": COMPOSE,
        "api/Dockerfile": _dockerfile(api),
        "web/Dockerfile": _dockerfile(web),
    }


def _dockerfile(letters: str) -> str:
    return "FROM debian\n" + "".join(f"RUN echo {letter}\n" for letter in letters)


def rule(unsafe: str = "", groups: dict[str, str] | None = None) -> Rule:
    """A rule that deletes each such line; ``unsafe`` letters are so, ``groups`` join letters."""

    def check(facts: Facts) -> Iterator[Finding]:
        for target in facts.targets:
            source = facts.tree.read(target.dockerfile_name)
            assert source is not None
            at = 0
            for number, line in enumerate(source.text.splitlines(keepends=True), 1):
                span, at = Span(at, at + len(line)), at + len(line)
                if not line.startswith("RUN echo "):
                    continue
                letter = line.split()[-1]
                key = Key("JT990", target.name, letter)
                yield Finding(
                    key,
                    "echo",
                    f"{letter} is echoed",
                    target.dockerfile_name,
                    number,
                    target.services,
                    Change(
                        key,
                        f"do not echo {letter}",
                        Patch.of(target.dockerfile_name, [TextEdit(span, "")]),
                        Grade.UNSAFE if letter in unsafe else Grade.SAFE,
                        Basis.DECLARED,
                        group=(groups or {}).get(letter, ""),
                    ),
                )

    return Rule("JT990", "echo", "No echo.", "1", Grade.SAFE, check)


def replanner(root: Path, rule: Rule) -> Callable[[frozenset[str]], Plan]:
    """Plans without some keys."""
    tree = TextTree(root)

    def replan(excluded: frozenset[str]) -> Plan:
        policy = Policy(excluded=excluded)
        return plan(tree, {}, evidence=NO_EVIDENCE, policy=policy, rules=[rule])

    return replan


def left(made: Plan, name: str = "api") -> str:
    """The letters that a Dockerfile of the plan still echoes."""
    source = made.tree.read(f"{name}/Dockerfile")
    assert source is not None
    return "".join(line.split()[-1] for line in source.text.splitlines() if "echo" in line)
