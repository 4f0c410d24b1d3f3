"""Every rule of the catalog, through its own examples."""

from __future__ import annotations

import inspect
import re
import sys
from typing import TYPE_CHECKING

import pytest

from jettison.analysis import analyze, discover
from jettison.rules import Example, Rule, all_rules

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_HEADINGS = ("What it does", "Why it matters", "Fix safety", "Saving", "References")
_REMEDIES = re.compile(r"^(avoid|do-not|prefer|use|no|add|remove)-")


def _cases(kind: str) -> list[object]:
    return [
        pytest.param(rule, example, id=f"{rule.name}: {example.title}")
        for rule in all_rules()
        for example in getattr(rule, kind)
    ]


def _places(rule: Rule, folder: Path) -> list[str]:
    analysis = analyze(discover(folder, {}))
    return [f"{finding.file}:{finding.line}" for finding in rule.check(analysis)]


@pytest.mark.parametrize(("rule", "example"), _cases("valid"))
def test_valid_example_has_no_finding(
    rule: Rule, example: Example, project: Callable[[dict[str, str]], Path]
) -> None:
    assert _places(rule, project(dict(example.files))) == []


@pytest.mark.parametrize(("rule", "example"), _cases("invalid"))
def test_invalid_example_is_found_where_it_is(
    rule: Rule, example: Example, project: Callable[[dict[str, str]], Path]
) -> None:
    assert _places(rule, project(dict(example.files))) == list(example.expected)


_VARIANTS: dict[str, Callable[[str], str]] = {
    "CRLF line ends": lambda text: text.replace("\n", "\r\n"),
    "lower-case keywords": lambda text: re.sub(
        r"^[A-Z]+(?= )", lambda found: found[0].lower(), text, flags=re.MULTILINE
    ),
    "no final newline": lambda text: text.rstrip("\n"),
}


@pytest.mark.parametrize("variant", _VARIANTS)
@pytest.mark.parametrize(("rule", "example"), _cases("invalid"))
def test_layout_of_the_dockerfile_does_not_matter(
    rule: Rule, example: Example, variant: str, project: Callable[[dict[str, str]], Path]
) -> None:
    files = dict(example.files)
    files["Dockerfile"] = _VARIANTS[variant](files["Dockerfile"])
    folder = project({name: text for name, text in files.items() if name != "Dockerfile"})
    (folder / "Dockerfile").write_bytes(files["Dockerfile"].encode())
    assert _places(rule, folder) == list(example.expected)


@pytest.mark.parametrize(("rule", "example"), _cases("invalid"))
def test_a_backtick_escape_does_not_matter(
    rule: Rule, example: Example, project: Callable[[dict[str, str]], Path]
) -> None:
    files = dict(example.files)
    files["Dockerfile"] = "# escape=`\n" + files["Dockerfile"]
    moved = [
        f"Dockerfile:{int(line) + 1}" if file == "Dockerfile" and line != "0" else f"{file}:{line}"
        for file, _, line in (place.rpartition(":") for place in example.expected)
    ]
    found = _places(rule, project(files))
    # A finding about a missing file points at line 1 whatever stands there.
    assert found in (moved, list(example.expected))


@pytest.mark.parametrize("rule", all_rules(), ids=lambda rule: rule.name)
def test_rule_is_documented_and_well_named(rule: Rule) -> None:
    module = sys.modules[rule.check.__module__]
    text = inspect.getdoc(module) or ""
    for heading in _HEADINGS:
        assert f"## {heading}" in text
    assert text.splitlines()[0] == rule.summary
    assert module.__name__.endswith(rule.name.replace("-", "_"))
    assert not _REMEDIES.match(rule.name), "a rule is named for the problem, not the remedy"
    assert rule.invalid, "a rule without an example of what it finds cannot be tested"
    assert rule.valid


def test_codes_are_unique_and_well_formed() -> None:
    codes = [rule.code for rule in all_rules()]
    assert len(set(codes)) == len(codes)
    assert all(re.fullmatch(r"JT\d{3}", code) for code in codes)
