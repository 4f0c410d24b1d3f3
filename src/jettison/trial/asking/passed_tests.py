"""How many tests passed, by what the programs that run tests say at the end.

A program may end well though it ran nothing: unittest, Django and Jest do where no test is found,
and what is skipped for want of a package fails nothing either.
"""

from __future__ import annotations

import re

from jettison.patterns import regex

__all__ = ["passed_tests"]

_SUMMARIES = tuple(
    regex(pattern, re.MULTILINE)
    for pattern in (
        # pytest: "=== 5 passed, 1 skipped in 0.12s ==="
        r"^=*[ ]*(?=\d+ \w|no tests ran)(?:.*\b(?P<n>\d+) passed\b)?.* in [\d.]+s\b",
        # unittest and Django: "Ran 5 tests in 0.1s", and a line further on "OK (skipped=1)"
        r"^Ran (?P<n>\d+) tests? in .*(?:\n+(?:OK|FAILED).*\bskipped=(?P<less>\d+))?",
        # Jest, Vitest: "Tests:       1 skipped, 5 passed, 6 total", "Tests  5 passed (5)"
        r"^[ ]*Tests:?[ ]+(?=\d)(?:.*\b(?P<n>\d+) passed\b)?.*(?:\btotal|\(\d+\))[ ]*$",
        r"^No test(?:s| files) found\b(?P<n>)",
        # Mocha: "5 passing (12ms)"; Node: "# pass 5"
        r"^[ ]*(?P<n>\d+) passing\b",
        r"^[#\u2139] pass (?P<n>\d+)[ ]*$",
        # Surefire: "Tests run: 5, Failures: 0, Errors: 0, Skipped: 1", not for each class
        r"^(?:\[\w+\] )?Tests run: (?P<n>\d+),.*, Skipped: (?P<less>\d+)[ ]*$",
        # RSpec: "5 examples, 0 failures, 1 pending"
        r"^(?P<n>\d+) examples?, \d+ failures?(?:, (?P<less>\d+) pending)?",
        # PHPUnit: "OK (5 tests, 7 assertions)"
        r"^OK \((?P<n>\d+) tests?,",
        r"^No tests executed!(?P<n>)",
    )
)


def passed_tests(text: str) -> int | None:
    """How many tests passed; ``None`` where what was written does not tell."""
    found = [match.groupdict() for pattern in _SUMMARIES for match in pattern.finditer(text)]
    if not found:
        return None
    return sum(int(one["n"] or 0) - int(one.get("less") or 0) for one in found)
