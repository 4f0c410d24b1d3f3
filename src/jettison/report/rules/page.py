"""A rule's page: its module's docstring, and its own examples as differences."""

from __future__ import annotations

import inspect
import sys
from typing import TYPE_CHECKING

from jettison.source import SourceText, unified_diff

if TYPE_CHECKING:
    from jettison.rules import Example, Rule

__all__ = ["example_diff", "rule_markdown", "rule_page"]


def rule_markdown(rule: Rule, *, heading: str = "#") -> str:
    """The page as Markdown; ``heading`` is that of its title, its sections have one more ``#``."""
    parts = [f"{heading} {rule.code} {rule.name}\n\n{rule.summary} {_facts(rule)}\n"]
    parts.append(f"\n{_body(rule).replace('## ', f'{heading}# ').replace('``', '`')}\n")
    parts += [
        f"\n{heading}# Example: {example.title}\n\n```diff\n{diff}```\n"
        for example in rule.invalid
        if (diff := example_diff(example))
    ]
    if rule.see_also:
        parts.append(f"\nSee also: {', '.join(rule.see_also)}.\n")
    return "".join(parts)


def rule_page(rule: Rule) -> str:
    """The page for a terminal: the same without Markdown's marks."""
    lines = [f"{rule.code} {rule.name}", "", f"{rule.summary} {_facts(rule)}", ""]
    lines += [line.removeprefix("## ").replace("``", "`") for line in _body(rule).splitlines()]
    for example in rule.invalid:
        if diff := example_diff(example):
            lines += ["", f"Example: {example.title}", ""]
            lines += [f"    {line}".rstrip() for line in diff.splitlines()]
    if rule.see_also:
        lines += ["", f"See also: {', '.join(rule.see_also)}."]
    return "\n".join(lines) + "\n"


def example_diff(example: Example) -> str:
    """What the rule's change makes of an example, as a unified diff; ``""`` for nothing."""
    diffs = []
    for path, text in sorted((example.after or {}).items()):
        before = example.files.get(path)
        old = None if before is None else SourceText(path, before)
        diffs.append(unified_diff(old, SourceText(path, text)))
    return "".join(diffs)


def _facts(rule: Rule) -> str:
    asked = f", asked for with --with {rule.extra}" if rule.extra else ""
    return (
        f"Kind: {rule.kind.value}{asked}. Level: {rule.level.word}. "
        f"Changes: {rule.grade.value}. Since {rule.since}."
    )


def _body(rule: Rule) -> str:
    """The docstring of the rule's module without its first line."""
    text = inspect.getdoc(sys.modules[rule.check.__module__]) or ""
    return text.partition("\n")[2].strip()
