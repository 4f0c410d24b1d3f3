"""The pages of rules, wrapped for terminals of several widths."""

from __future__ import annotations

import pytest

from jettison.report.rules.page import rule_markdown, rule_page
from jettison.rules import Rule, all_rules


@pytest.mark.parametrize("rule", all_rules(), ids=lambda rule: rule.code)
@pytest.mark.parametrize("width", [60, 80, 100])
def test_prose_fits_and_no_word_is_lost(rule: Rule, width: int) -> None:
    page = rule_page(rule, width)
    prose = [line for line in page.splitlines() if not line.startswith("    ")]
    assert [line for line in prose if len(line) > width and " " in line.strip("* ")] == []
    assert "\n\n\n" not in page
    words = rule_markdown(rule).replace("#", "").replace("```diff", "").replace("```", "")
    assert sorted(page.replace("#", "").split()) == sorted(words.split())
