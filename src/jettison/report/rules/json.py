"""Rules as JSON."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from jettison.report.rules.page import example_diff, rule_markdown

if TYPE_CHECKING:
    from collections.abc import Iterable

    from jettison.rules import Rule

__all__ = ["rule_to_json", "rules_to_json"]


def rules_to_json(rules: Iterable[Rule]) -> str:
    """The rules as a JSON array of {code, name, kind, grade, level, extra, since, summary,
    see_also}; ``extra`` is null for what is not an EXTRA.
    """
    return json.dumps([_rule(rule) for rule in rules], indent=2) + "\n"


def rule_to_json(rule: Rule) -> str:
    """One rule as an object with the keys of :func:`rules_to_json` and two more.

    ``page`` is Markdown, ``examples`` are [{title, found, diff}] with ``file:line`` places.
    """
    examples = [
        {"title": one.title, "found": list(one.found), "diff": example_diff(one)}
        for one in rule.invalid
    ]
    document = {**_rule(rule), "page": rule_markdown(rule), "examples": examples}
    return json.dumps(document, indent=2) + "\n"


def _rule(rule: Rule) -> dict[str, Any]:
    return {
        "code": rule.code,
        "name": rule.name,
        "kind": rule.kind.value,
        "grade": rule.grade.value,
        "level": rule.level.word,
        "extra": rule.extra or None,
        "since": rule.since,
        "summary": rule.summary,
        "see_also": list(rule.see_also),
    }
