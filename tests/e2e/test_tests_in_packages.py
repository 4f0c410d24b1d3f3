"""Tests that packages carry leave the layer, but for those that a service opens."""

from __future__ import annotations

import io
import json
import os
import zipfile
from typing import TYPE_CHECKING, Any

from tests.e2e.test_planted_breakages import optimized

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_SERVER = """\
import http.server
from pathlib import Path

import carrier
import reader


class Page(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        folder = Path(reader.__file__).parent
        text = (folder / ("te" + "sts") / "greeting.txt").read_text()
        self.send_response(200)
        self.send_header("Content-Type", "text/plain")
        self.end_headers()
        self.wfile.write(f"{text[:12]} {carrier.__name__}".encode())


if __name__ == "__main__":
    http.server.ThreadingHTTPServer(("", 7000), Page).serve_forever()
"""
_FILES = {
    "compose.yaml": 'services:\n  page:\n    build: .\n    ports: ["7000:7000"]\n',
    "Dockerfile": (
        "FROM python:3.11-slim\nWORKDIR /srv\nCOPY vendor vendor\n"
        "# Both are made by colleagues\nRUN pip install --no-cache-dir vendor/*.whl\n"
        'COPY serve.py .\nEXPOSE 7000\nCMD ["python", "serve.py"]\n'
    ),
    "serve.py": _SERVER,
}


def _wheel(name: str) -> bytes:
    """A package with a module and tests of 11 MB."""
    info = f"{name}-1.0.dist-info"
    files = {
        f"{name}/__init__.py": "",
        f"{name}/tests/test_it.py": "assert True\n",
        f"{name}/tests/greeting.txt": "good morning" * 920_000,
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    files[f"{info}/RECORD"] = "".join(f"{path},,\n" for path in (*files, f"{info}/RECORD"))
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, text in files.items():
            archive.writestr(path, text)
    return data.getvalue()


def test_tests_of_packages_leave_but_for_what_is_opened(
    project: Callable[[dict[str, str]], Path],
) -> None:
    root = project(_FILES)
    (root / "vendor").mkdir()
    for name in ("carrier", "reader"):
        (root / "vendor" / f"{name}-1.0-py3-none-any.whl").write_bytes(_wheel(name))
    done = optimized(str(root), "--only", "JT032", "--json", "--apply")
    assert done.returncode == 0, done.stderr + done.stdout
    report: dict[str, Any] = json.loads(done.stdout)
    (finding,) = [one for one in report["findings"] if one["code"] == "JT032"]
    if os.geteuid() == 0:  # what is opened is seen by root alone
        assert finding["state"] == "verified"
        assert finding["basis"] == "observed"
    elif finding["state"] == "reverted":
        return
    assert report["verified"] is True
    assert 11_000_000 < finding["saved_bytes"] < 11_200_000
    text = (root / "Dockerfile").read_text()
    assert "*/site-packages/carrier/*' -type d -name tests -prune" in text
    assert "reader" not in text
    said = [one["what"] for one in report["unexercised"]]
    assert f"Python modules that {finding['key']} let go, none imported: 1 of carrier" in said
