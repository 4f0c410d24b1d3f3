"""The catalog, discovered from its folder."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache

from jettison.rules import catalog
from jettison.rules.model import Rule


@cache
def all_rules() -> tuple[Rule, ...]:
    """Every rule of the catalog, by code."""
    rules = []
    for module in pkgutil.iter_modules(catalog.__path__):
        rule = importlib.import_module(f"{catalog.__name__}.{module.name}").RULE
        if not isinstance(rule, Rule):
            raise TypeError(f"{module.name}.RULE is no rule")
        rules.append(rule)
    return tuple(sorted(rules, key=lambda rule: rule.code))
