"""The package's public names."""

from __future__ import annotations

import jettison.oci


def test_all_is_sorted_and_complete() -> None:
    names = jettison.oci.__all__
    assert names == sorted(set(names))
    public = {
        name
        for name, value in vars(jettison.oci).items()
        if not name.startswith("_") and getattr(value, "__module__", "").startswith("jettison.oci.")
    }
    assert public == set(names)


def test_every_public_thing_says_what_it_is() -> None:
    for name in jettison.oci.__all__:
        assert (getattr(jettison.oci, name).__doc__ or "").strip(), name
