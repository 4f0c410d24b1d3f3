"""The catalog, discovered from its folder, and rules by what a person calls them."""

from __future__ import annotations

import importlib
import pkgutil
from difflib import get_close_matches
from functools import cache
from typing import TYPE_CHECKING, Final

from jettison.errors import UsageError
from jettison.rules import catalog
from jettison.rules.model import Rule

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["EXTRAS", "all_rules", "extra_names", "find_rule", "rule_patterns", "rules_with"]

EXTRAS: Final = {
    "variants": "variants_missing",
    "proxy": "proxy_missing",
    "monitoring": "monitoring_missing",
    "makefile": "makefile_targets_missing",
    "sizes": "size_check_missing",
    "results": "results_missing",
}
"""The modules of the EXTRA rules by the names by which they are asked for."""


def all_rules() -> tuple[Rule, ...]:
    """Every rule of the catalog, by code."""
    return rules_with(frozenset(EXTRAS))


@cache
def rules_with(extras: frozenset[str]) -> tuple[Rule, ...]:
    """The rules of the catalog by code, of the EXTRA rules those that are asked for by name.

    The others are not imported.
    """
    idle = {module for name, module in EXTRAS.items() if name not in extras}
    rules = []
    for module in pkgutil.iter_modules(catalog.__path__):
        if module.name in idle:
            continue
        rule = importlib.import_module(f"{catalog.__name__}.{module.name}").RULE
        if not isinstance(rule, Rule):
            raise TypeError(f"{module.name}.RULE is no rule")
        rules.append(rule)
    return tuple(sorted(rules, key=lambda rule: rule.code))


def find_rule(word: str) -> Rule:
    """The rule with a code or a name; raises ``UsageError`` with the nearest one."""
    rules = all_rules()
    for rule in rules:
        if word.upper() == rule.code or word.lower() == rule.name:
            return rule
    words = [word for rule in rules for word in (rule.code, rule.name)]
    raise UsageError(f"there is no rule {word}", remedy=_nearest(word, words))


def rule_patterns(words: Iterable[str]) -> tuple[str, ...]:
    """Patterns of keys (see :meth:`Key.matches`) for words that begin with a code or a name.

    Words may hold several, separated by commas. Raises ``UsageError`` for a rule that is not there.
    """
    found = []
    for word in (one.strip() for words_ in words for one in words_.split(",")):
        if word:
            head, slash, rest = word.partition("/")
            found.append(f"{find_rule(head).code}{slash}{rest}")
    return tuple(found)


def extra_names(words: Iterable[str]) -> frozenset[str]:
    """The names of EXTRA rules out of words that may hold several, separated by commas.

    Raises ``UsageError`` for one that is not there.
    """
    known = list(EXTRAS)
    found = [one.strip() for word in words for one in word.split(",") if one.strip()]
    for name in found:
        if name not in known:
            raise UsageError(f"there is no extra {name}", remedy=_nearest(name, known))
    return frozenset(found)


def _nearest(word: str, words: list[str]) -> str:
    near = get_close_matches(word, words, n=1) or get_close_matches(word.upper(), words, n=1)
    meant = f"Did you mean {near[0]}? " if near else ""
    return f"{meant}`jettison rules` lists them all."
