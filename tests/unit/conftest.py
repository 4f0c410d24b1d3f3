"""What all tests without an engine share."""

import pytest

from jettison.trial import watching


@pytest.fixture(autouse=True)
def _nothing_falls_later(monkeypatch: pytest.MonkeyPatch) -> None:
    """No service of an engine in memory falls a moment after it has answered."""
    monkeypatch.setattr(watching, "SETTLE_SECONDS", 0.0)
