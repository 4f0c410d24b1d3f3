"""Patterns that are compiled when they are first used."""

from __future__ import annotations

import pkgutil
import re
from importlib import import_module

import pytest

import jettison
from jettison.patterns import regex


def test_it_does_what_a_pattern_does() -> None:
    lazy, made = regex(r"(a)(?P<rest>b*)", re.IGNORECASE), re.compile(r"(a)(b*)", re.IGNORECASE)
    for text in ("xABBab", "", "ab"):
        assert lazy.findall(text) == made.findall(text)
        assert bool(lazy.fullmatch(text)) is bool(made.fullmatch(text))
    assert lazy.sub(r"\g<rest>", "abc") == "bc"
    assert regex(rb"\d+").search(b"a12") is not None
    assert lazy.groupindex == {"rest": 2}


def test_a_wrong_one_shows_at_the_first_use() -> None:
    wrong = regex("(")
    with pytest.raises(re.error):
        wrong.search("")


_LAZY = tuple(
    f"jettison.{name}." for name in "analysis changes config ecosystem optimize rules trial".split()
)


def test_all_of_the_package_are_patterns_and_the_rules_compile_none_at_the_import() -> None:
    kind = type(regex(""))
    found = 0
    for one in pkgutil.walk_packages(jettison.__path__, "jettison."):
        if one.name.endswith("__main__"):
            continue
        for value in vars(import_module(one.name)).values():
            lazy = one.name.startswith(_LAZY) and not one.name.startswith("jettison.trial.inside")
            assert not (lazy and isinstance(value, re.Pattern)), one.name
            if isinstance(value, kind):
                assert value.pattern is not None
                found += 1
    assert found > 300
