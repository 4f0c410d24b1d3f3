"""A rule's examples, other layouts of them, and what the planner makes of them."""

from __future__ import annotations

import importlib
import pkgutil
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from jettison.analysis import NO_EVIDENCE, Evidence, Facts, discover
from jettison.changes import Plan, Policy, plan
from jettison.dockerfile import From, parse_text
from jettison.rules import Kind, catalog, findings_of
from jettison.source import TextTree

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from jettison.analysis import ImageEvidence
    from jettison.rules import Example, Rule

STAGE = "FROM scratch AS unrelated\nCOPY unrelated /\n"


def load() -> tuple[tuple[Rule, ...], dict[str, ImportError]]:
    """The rules of the catalog's folder, and the modules of it that cannot be imported."""
    rules, broken = [], {}
    for module in pkgutil.iter_modules(catalog.__path__):
        try:
            rules.append(importlib.import_module(f"{catalog.__name__}.{module.name}").RULE)
        except ImportError as error:
            broken[module.name] = error
    return tuple(sorted(rules, key=lambda rule: rule.code)), broken


RULES, BROKEN = load()


def is_dockerfile(path: str) -> bool:
    """Whether a file of an example is a Dockerfile, by its name."""
    name = path.rpartition("/")[2].lower()
    return name.startswith(("dockerfile", "containerfile")) or name.endswith(".dockerfile")


def lay(folder: Path, files: Mapping[str, str]) -> TextTree:
    """The example's files on the disk, byte for byte."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode())
    return TextTree(folder)


def _evidence(tree: TextTree, image: ImageEvidence | None) -> Evidence:
    """That every target's image is this one."""
    if image is None:
        return NO_EVIDENCE
    return Evidence({target.name: image for target in discover(tree, {}).targets})


def places(rule: Rule, tree: TextTree, image: ImageEvidence | None = None) -> list[str]:
    """Where the rule finds something."""
    asked = frozenset([rule.extra] if rule.extra else [])
    facts = Facts(discover(tree, {}), _evidence(tree, image), asked)
    return [f"{finding.file}:{finding.line}" for finding in findings_of([rule], facts)]


def planned(rule: Rule, tree: TextTree, image: ImageEvidence | None = None) -> Plan:
    """The plan with the rule alone asked for, and what it may need of the others."""
    evidence = _evidence(tree, image)
    if rule.kind is Kind.ENABLER:
        # It is applied only when another finding waits for it: here it is looked at by itself.
        alone = [replace(rule, kind=Kind.PROBLEM)]
        return plan(tree, {}, rules=alone, evidence=evidence)
    helpers = [one for one in RULES if one.kind is not Kind.EXTRA and one != rule]
    extras = frozenset([rule.extra] if rule.extra else [])
    policy = Policy(only=(rule.code,), extras=extras)
    return plan(tree, {}, policy=policy, rules=[rule, *helpers], evidence=evidence)


def changed(made: Plan) -> dict[str, str]:
    """The files that the plan changes or makes, as they are after it."""
    return {path: now.text for path, (_, now) in made.tree.changed().items()}


@dataclass(frozen=True, slots=True)
class Layout:
    """Another way to write the same Dockerfiles; ``shift`` lines come before the rest.

    ``fits`` tells whether a text can be written so.
    """

    name: str
    text: Callable[[str], str]
    shift: int = 0
    fits: Callable[[str], bool] = lambda _: True
    keeps_stages: bool = True

    def of(self, example: Example) -> Example:
        """The example in this layout."""
        return replace(
            example,
            files=self._all(example.files),
            after=None if example.after is None else self._all(example.after),
        )

    def _all(self, files: Mapping[str, str]) -> dict[str, str]:
        return {
            path: self.text(text) if is_dockerfile(path) else text for path, text in files.items()
        }

    def suits(self, example: Example) -> bool:
        """Whether all Dockerfiles of the example can be written so."""
        texts = {**example.files, **(example.after or {})}
        dockerfiles = [text for path, text in texts.items() if is_dockerfile(path)]
        return bool(dockerfiles) and all(self.fits(text) for text in dockerfiles)

    def moved(self, found: Iterator[str]) -> list[tuple[str, ...]]:
        """For each place those that it may be at: a finding about a whole file stays at its top."""
        moved: list[tuple[str, ...]] = []
        for place in found:
            file, _, line = place.rpartition(":")
            there = f"{file}:{int(line) + self.shift}" if is_dockerfile(file) else place
            moved.append((there, place) if line == "1" else (there,))
        return moved


def lower_keywords(text: str) -> str:
    """The Dockerfile with its instructions in lower case, ``AS`` too."""
    parts, at = [], 0
    for one in parse_text(text).instructions:
        parts += [text[at : one.keyword_span.start], one.keyword.lower()]
        at = one.keyword_span.end
        if isinstance(one, From) and one.alias_span is not None:
            start, alias = one.image_span.end, one.alias_span.start
            parts += [text[at:start], text[start:alias].lower()]
            at = alias
    return "".join([*parts, text[at:]])


def with_backticks(text: str) -> str:
    """The Dockerfile with continuations by a backtick."""
    return "# escape=`\n" + text.replace("\\\n", "`\n")


def with_stage(text: str) -> str:
    """The Dockerfile with a stage before the others that nothing needs."""
    first = parse_text(text).stages[0].from_
    spans = [*first.comment_spans, first.span]
    start = text.rfind("\n", 0, spans[0].start) + 1
    return text[:start] + STAGE + text[start:]


def _plain_escapes(text: str) -> bool:
    return "`" not in text and "# escape" not in text and "# syntax" not in text


def _stage_by_name(text: str) -> bool:
    return not any(f"--from={number}" in text or f"from={number}" in text for number in range(10))


LAYOUTS = (
    Layout("CRLF line ends", lambda text: text.replace("\n", "\r\n"), fits=lambda t: "<<" not in t),
    Layout("lower-case keywords", lower_keywords),
    Layout("a backtick escape", with_backticks, 1, _plain_escapes),
    Layout("an unrelated stage", with_stage, 2, _stage_by_name, keeps_stages=False),
)
