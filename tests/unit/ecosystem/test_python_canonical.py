"""Names and plain requirements as the packaging library reads them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name as as_packaging_has_it

from jettison.ecosystem.python.canonical import canonicalize_name
from jettison.ecosystem.python.requirements import read_requirements
from jettison.source import SourceText

_PARTS = ["flask", "Zope", ".", "-", "_", "1", "==", " ", "2.0", "[a]", ">=", ",", "*", "rc1", ";"]


@given(st.from_regex(r"[A-Za-z0-9._-]{1,12}", fullmatch=True))
def test_names(name: str) -> None:
    assert canonicalize_name(name) == as_packaging_has_it(name)


def _check(text: str) -> None:
    found = read_requirements(lambda path: SourceText(path, f"{text}\n"), "requirements.txt")
    assert found is not None
    try:
        wanted = Requirement(text)
    except InvalidRequirement:
        assert not found.lines
        return
    (line,) = found.lines
    assert line.name == as_packaging_has_it(wanted.name)
    assert line.extras == wanted.extras
    assert line.pinned == any(one.operator in ("==", "===") for one in wanted.specifier)


@pytest.mark.parametrize(
    "text", ["flask", "flask==3", "Flask == 3.0.1", "a.b_c==1.0.*", "x==1rc1", "x==", "x_", "a=1"]
)
def test_lines(text: str) -> None:
    _check(text)


@given(st.lists(st.sampled_from(_PARTS), min_size=1, max_size=6).map("".join))
def test_lines_of_any_parts(text: str) -> None:
    if text.strip() and not text.startswith("-"):
        _check(text.strip())
