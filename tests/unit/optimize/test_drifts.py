"""Packages that both sides have in another version."""

from __future__ import annotations

from jettison.optimize.measures import drifts_of


def _versions(**given: str) -> dict[tuple[str, str], frozenset[str]]:
    return {("npm", name): frozenset(text.split()) for name, text in given.items()}


def test_only_other_versions_of_what_both_have_count() -> None:
    before = _versions(same="1", gone="1", moved="1", fewer="1 2")
    after = _versions(same="1", new="1", moved="2", fewer="2")
    (one,) = drifts_of("web", before, after, ())
    assert (one.name, one.before, one.after, one.cause) == ("moved", "1", "2", "")
    assert "not from a change of ours" in one.sentence
