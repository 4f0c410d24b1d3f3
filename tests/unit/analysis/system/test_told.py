"""Comments that tell of what only serves building, and those that tell of more."""

from __future__ import annotations

import pytest

from jettison.analysis.system.told import tells_only_of


@pytest.mark.parametrize(
    ("comment", "only"),
    [
        ("gcc is needed for uWSGI", True),
        ("Install GCC, g++ and build tools", True),
        ("Needed to compile native extensions", True),
        ("System packages (gcc / g++)", True),
        ("Dependencies", False),
        ("Install gcc and curl", False),
        ("gcc, and what Pillow opens", False),
        ("Build dependencies; remove when wheels are there", False),
        ("install curl", False),
    ],
)
def test_what_a_comment_tells_of(comment: str, *, only: bool) -> None:
    assert tells_only_of(comment, ["gcc", "g++"], ["curl"]) is only
