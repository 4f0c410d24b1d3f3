"""What only happens late is gone: no answer tells of it, and it is found all the same."""

from __future__ import annotations

import io
import json
import zipfile
from typing import TYPE_CHECKING, Any

from tests.e2e.test_planted_breakages import optimized

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from jettison.engine import DockerEngine

_WHEEL = "vendor/fastsum-1.0-py3-none-any.whl"
_SERVER = """\
import http.server


class Page(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Type", "text/plain")
        self.end_headers()
        self.wfile.write(b"good morning")

    def do_POST(self):
        import fastsum

        self.send_response(200)
        self.end_headers()
        self.wfile.write(str(fastsum.threads()).encode())


if __name__ == "__main__":
    http.server.ThreadingHTTPServer(("", 7000), Page).serve_forever()
"""


def _wheel() -> bytes:
    """A package that loads a shared library which a compiler's package brings."""
    info = "fastsum-1.0.dist-info"
    files = {
        "fastsum.py": (
            "import ctypes\n_library = ctypes.CDLL('libgo' + 'mp.so.1')\n"
            "def threads():\n    return _library.omp_get_max_threads()\n"
        ),
        f"{info}/METADATA": "Metadata-Version: 2.1\nName: fastsum\nVersion: 1.0\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{info}/RECORD": f"fastsum.py,,\n{info}/METADATA,,\n{info}/WHEEL,,\n{info}/RECORD,,\n",
    }
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return data.getvalue()


def _files(install: str, server: str) -> dict[str, str]:
    return {
        "compose.yaml": 'services:\n  page:\n    build: .\n    ports: ["7000:7000"]\n',
        "Dockerfile": (
            "FROM python:3.11-slim\nWORKDIR /srv\nRUN apt-get update && apt-get install -y gcc\n"
            f'{install}COPY . .\nEXPOSE 7000\nCMD ["python", "serve.py"]\n'
        ),
        "serve.py": server,
    }


def test_a_library_that_only_a_late_import_needs_is_kept(
    project: Callable[[dict[str, str]], Path], engine: DockerEngine
) -> None:
    root = project(_files(f"COPY vendor vendor\nRUN pip install {_WHEEL}\n", _SERVER))
    (root / "vendor").mkdir()
    (root / _WHEEL).write_bytes(_wheel())
    done = optimized(str(root), "--json")
    assert done.returncode == 0, done.stderr + done.stdout
    report: dict[str, Any] = json.loads(done.stdout)
    reverted = [one for one in report["findings"] if one["state"] == "reverted"]
    blamed = [one for one in reverted if not one["evidence"].startswith("went with")]
    assert {one["code"] for one in blamed} == {"JT002"}, reverted
    assert "serve.py:12 imports fastsum: OSError: libgomp.so.1" in blamed[0]["evidence"]
    assert report["verified"] is True
    assert any(row["what"] == "Python imports" and row["same"] for row in report["comparisons"])


_POST = """\
import http.server
import subprocess


class Page(http.server.BaseHTTPRequestHandler):
    def _say(self, status, text):
        self.send_response(status)
        self.send_header("Content-Type", "text/plain")
        self.end_headers()
        self.wfile.write(text.encode())

    def do_GET(self):
        self._say(200, "good morning")

    def do_POST(self):
        done = subprocess.run("g" + "cc --version", shell=True, capture_output=True, text=True)
        self._say(500 if done.returncode else 201, done.stdout.split("\\n")[0])


if __name__ == "__main__":
    http.server.ThreadingHTTPServer(("", 7000), Page).serve_forever()
"""


def test_a_program_that_only_a_post_needs_is_kept_when_the_settings_ask(
    project: Callable[[dict[str, str]], Path], engine: DockerEngine
) -> None:
    install = "COPY requirements.txt .\nRUN pip install -r requirements.txt\n"
    root = project(
        {
            **_files(install, _POST),
            "requirements.txt": "itsdangerous==2.2.0\n",
            "jettison.toml": (
                '[trial]\nrequests = [{ service = "page", method = "POST", path = "/build", '
                "json = { a = 1 } }]\ncommands = [\"page: python -c 'print(6 * 7)'\"]\n"
            ),
        }
    )
    done = optimized(str(root), "--json")
    assert done.returncode == 0, done.stderr + done.stdout
    report: dict[str, Any] = json.loads(done.stdout)
    # What the POST starts is seen where files can be watched, and taken back where they cannot.
    gone = [one for one in report["findings"] if one["code"] == "JT002"]
    assert all(one["state"] == "reverted" for one in gone)
    assert all("POST /build: status: 201 became 500" in one["evidence"] for one in gone)
    rows = {row["what"]: row for row in report["comparisons"]}
    assert rows["POST /build"]["before"].startswith("201")
    assert rows["POST /build"]["same"]
    assert rows["command python -c 'print(6 * 7)'"]["same"]
