"""Heavy imports are paid for by those alone who want what they bring."""

from __future__ import annotations

import subprocess
import sys

import pytest


@pytest.mark.parametrize(
    ("imported", "absent"),
    [("jettison.oci", "httpx"), ("jettison.cli.inspect, jettison.tui", "textual")],
)
def test_what_an_import_does_not_bring(imported: str, absent: str) -> None:
    code = f"import sys, {imported}; sys.exit({absent!r} in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
