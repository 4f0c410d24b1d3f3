"""A rule's page: its module's docstring, and its own examples as differences."""

from __future__ import annotations

import inspect
import sys
from typing import TYPE_CHECKING

from jettison.report.wrapping import wrapped
from jettison.source import SourceText, unified_diff

if TYPE_CHECKING:
    from collections.abc import Iterator

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


def rule_page(rule: Rule, width: int = 100) -> str:
    """The page for a terminal of ``width`` columns: the same without Markdown's marks.

    Prose is wrapped; tables and what an example changes stay as they are.
    """
    lines = [f"{rule.code} {rule.name}", "", *wrapped(f"{rule.summary} {_facts(rule)}", width), ""]
    lines += list(_flowed(_body(rule).replace("``", "`"), width))[:-1]
    for example in rule.invalid:
        if diff := example_diff(example):
            lines += ["", *wrapped(f"Example: {example.title}", width), ""]
            lines += [f"    {line}".rstrip() for line in diff.splitlines()]
    if rule.see_also:
        lines += ["", *wrapped(f"See also: {', '.join(rule.see_also)}.", width)]
    return "\n".join(lines) + "\n"


def _flowed(text: str, width: int) -> Iterator[str]:
    """The lines of a page, each paragraph and each entry of a list wrapped; a blank one last."""
    rows: list[str] = []
    for line in (*text.splitlines(), ""):
        apart = not line or line.startswith(("## ", "* ", "|"))
        if rows and (apart or rows[0].startswith("|")):
            whole = " ".join(row.strip() for row in rows)
            is_table = whole.startswith("|")
            yield from rows if is_table else wrapped(whole, width, hang=2 * whole.startswith("* "))
            rows = []
        if line.startswith("## "):
            yield line.removeprefix("## ")
        elif line:
            rows.append(line)
        else:
            yield ""


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
