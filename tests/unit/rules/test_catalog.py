"""Every rule of the catalog, through its own examples."""

from __future__ import annotations

import inspect
import re
import sys
from pathlib import Path

import pytest
from packaging.version import Version
from tests.unit.rules.examples import (
    BROKEN,
    LAYOUTS,
    RULES,
    Layout,
    changed,
    is_dockerfile,
    lay,
    places,
    planned,
)

from jettison import __version__
from jettison.analysis import discover
from jettison.dockerfile import parse_text
from jettison.rules import Example, Kind, Rule

_HEADINGS = ("What it does", "Why it matters", "Fix safety", "Saving", "References")
_REMEDIES = re.compile(r"^(avoid|do-not|prefer|use|no|add|remove)-")
_REFERENCE = Path(__file__).resolve().parents[3] / "docs" / "reference" / "rules.md"


def _cases(kind: str) -> list[object]:
    return [
        pytest.param(rule, example, id=f"{rule.name}: {example.title}")
        for rule in RULES
        for example in getattr(rule, kind)
    ]


def _layouts() -> list[object]:
    return [
        pytest.param(rule, example, layout, id=f"{rule.name}: {example.title}, {layout.name}")
        for rule in RULES
        for example in rule.invalid
        for layout in LAYOUTS
        if layout.suits(example)
    ]


def _comments(files: dict[str, str]) -> list[str]:
    lines = [line.strip() for text in files.values() for line in text.splitlines()]
    return [line for line in lines if line.startswith("#")]


def test_every_module_of_the_catalog_is_a_rule() -> None:
    assert not BROKEN


@pytest.mark.parametrize(("rule", "example"), _cases("valid"))
def test_valid_example_has_no_finding(rule: Rule, example: Example, tmp_path: Path) -> None:
    assert places(rule, lay(tmp_path, example.files), example.image) == []


@pytest.mark.parametrize(("rule", "example"), _cases("invalid"))
def test_invalid_example_is_found_where_it_is(rule: Rule, example: Example, tmp_path: Path) -> None:
    assert places(rule, lay(tmp_path, example.files), example.image) == list(example.found)
    assert example.found or example.after is not None, "an example of nothing"


@pytest.mark.parametrize(("rule", "example"), _cases("invalid"))
def test_change_makes_these_files_and_no_others(
    rule: Rule, example: Example, tmp_path: Path
) -> None:
    made = planned(rule, lay(tmp_path, example.files), example.image)
    found = {path: changed(made)[path] for path in sorted(changed(made))}
    wanted = {path: (example.after or {})[path] for path in sorted(example.after or {})}
    assert found == wanted, f"{dict(made.dropped)}\n{made.tree.diff()}"


@pytest.mark.parametrize(("rule", "example"), _cases("invalid"))
def test_result_is_read_and_a_second_run_proposes_nothing(
    rule: Rule, example: Example, tmp_path: Path
) -> None:
    made = planned(rule, lay(tmp_path / "before", example.files), example.image)
    if not made.applied:
        return
    tree = lay(tmp_path / "after", {**example.files, **changed(made)})
    assert discover(tree, {}).unread == made.before.project.unread
    again = planned(rule, tree, example.image)
    assert not again.applied, again.tree.diff()
    if rule.kind is not Kind.EXTRA:
        mended = {str(change.key) for change in made.applied}
        assert not mended & {str(finding.key) for finding in again.found}


@pytest.mark.parametrize(("rule", "example"), _cases("invalid"))
def test_comments_survive(rule: Rule, example: Example, tmp_path: Path) -> None:
    made = planned(rule, lay(tmp_path, example.files), example.image)
    after = {**example.files, **changed(made)}
    given_up = {line for change in made.applied for line in change.drops_comments}
    left = _comments(after)
    for line in _comments(dict(example.files)):
        assert line in left or line in given_up, line


@pytest.mark.parametrize(("rule", "example", "layout"), _layouts())
def test_layout_does_not_matter(
    rule: Rule, example: Example, layout: Layout, tmp_path: Path
) -> None:
    case = layout.of(example)
    tree = lay(tmp_path, case.files)
    found = places(rule, tree, case.image)
    wanted = layout.moved(iter(example.found))
    assert len(found) == len(wanted)
    assert all(one in choice for one, choice in zip(found, wanted, strict=True)), (found, wanted)
    if not layout.keeps_stages and _adds_stages(example):
        return
    made = planned(rule, tree, case.image)
    after = changed(made)
    assert set(after) == set(case.after or {}), dict(made.dropped)
    for path, text in (case.after or {}).items():
        # New keywords within HEALTHCHECK and ONBUILD may be written either way.
        lowered = layout.name.startswith("lower") and is_dockerfile(path)
        same = (after[path].lower(), text.lower()) if lowered else (after[path], text)
        assert same[0] == same[1]
        if lowered:
            keywords = {one.keyword_span for one in parse_text(after[path]).instructions}
            assert all(after[path][span.start : span.end].islower() for span in keywords)


def _adds_stages(example: Example) -> bool:
    """Whether the change makes stages: it does so only where there is one."""
    return any(
        is_dockerfile(path)
        and path in example.files
        and len(parse_text(text).stages) != len(parse_text(example.files[path]).stages)
        for path, text in (example.after or {}).items()
    )


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_rule_is_documented_and_well_named(rule: Rule) -> None:
    module = sys.modules[rule.check.__module__]
    text = inspect.getdoc(module) or ""
    for heading in _HEADINGS:
        assert f"## {heading}" in text
    assert text.splitlines()[0] == rule.summary
    assert module.__name__.endswith(rule.name.replace("-", "_"))
    assert not _REMEDIES.match(rule.name), "a rule is named for the problem, not the remedy"
    assert rule.invalid, "a rule without an example of what it finds cannot be tested"
    assert rule.valid or rule.kind is Kind.EXTRA
    assert bool(rule.extra) == (rule.kind is Kind.EXTRA)
    assert Version(rule.since) <= Version(__version__), "a rule is no newer than Jettison is"


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_rule_is_in_the_reference(rule: Rule) -> None:
    assert f"## {rule.code} {rule.name}" in _REFERENCE.read_text("utf-8")


def test_codes_and_names_are_unique_and_well_formed() -> None:
    codes = [rule.code for rule in RULES]
    assert len(set(codes)) == len(codes)
    assert all(re.fullmatch(r"JT\d{3}", code) for code in codes)
    names = [rule.name for rule in RULES]
    assert len(set(names)) == len(names)
