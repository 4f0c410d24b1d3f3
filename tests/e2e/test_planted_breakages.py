"""Three projects that a rule must break: each is caught, blamed, and taken back alone."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest
from tests.e2e.conftest import leftovers

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from jettison.engine import DockerEngine

_COMPOSE = """\
services:
  page:
    build: .
    ports: ["7000:7000"]
"""
_SERVER = """\
import http.server

{loads}


class Page(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Type", "text/plain")
        self.end_headers()
        self.wfile.write(answer().encode())


http.server.ThreadingHTTPServer(("", 7000), Page).serve_forever()
"""
_DOCKERFILE = """\
FROM python:3.11-slim
WORKDIR /srv
{packages}# The requirements first, for the cache.
COPY requirements.txt .
RUN pip install -r requirements.txt
COPY . .
EXPOSE 7000
CMD ["python", "serve.py"]
"""


@dataclass(frozen=True)
class Planted:
    """A project with one thing that goes although it is needed, and the rule to blame.

    What is only looked for, and never opened, no watch sees: the answers must differ. (What was
    opened is not proposed to go.)
    """

    rule: str
    loads: str
    packages: str = ""
    requirements: str = "itsdangerous==2.2.0\n"
    files: dict[str, str] = field(default_factory=dict)


PLANTED = {
    "package": Planted(
        "JT003",
        "from importlib.util import find_spec\nimport itsdangerous\n\n\ndef answer():\n"
        '    return str(find_spec("py" + "test") is not None) + itsdangerous.__name__',
        requirements="itsdangerous==2.2.0\npytest==8.3.4\niniconfig==2.0.0\n",
    ),
    "folder": Planted(
        "JT005",
        "import itsdangerous\nfrom pathlib import Path\n\n\ndef answer():\n"
        '    there = Path("te" + "sts", "greeting" + ".txt").exists()\n'
        "    return str(there) + itsdangerous.__name__",
        files={
            "tests/greeting.txt": "good morning",
            "tests/test_page.py": "assert True\n" * 20_000,
        },
    ),
    "library": Planted(
        "JT002",
        "import itsdangerous\nfrom pathlib import Path\n\n\ndef answer():\n"
        '    there = Path("/usr/lib/x86_64-linux-gnu", "libgo" + "mp.so.1").exists()\n'
        "    return str(there) + itsdangerous.__name__",
        packages="RUN apt-get update && apt-get install -y gcc\n",
    ),
}


def _files(planted: Planted) -> dict[str, str]:
    return {
        "compose.yaml": _COMPOSE,
        "Dockerfile": _DOCKERFILE.format(packages=planted.packages),
        "requirements.txt": planted.requirements,
        "serve.py": _SERVER.format(loads=planted.loads),
        **planted.files,
    }


def optimized(*argv: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "from jettison.cli import main; main()", "optimize"]
    command += ["--starts", "1", *argv]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("name", PLANTED)
def test_the_breakage_is_taken_back_and_the_rest_kept(
    project: Callable[[dict[str, str]], Path], tmp_path: Path, engine: DockerEngine, name: str
) -> None:
    planted = PLANTED[name]
    root, out = project(_files(planted)), tmp_path / "out"
    done = optimized(str(root), "--out", str(out), "--json")
    assert done.returncode == 0, done.stderr + done.stdout
    report: dict[str, Any] = json.loads(done.stdout)
    by_state: dict[str, list[dict[str, Any]]] = {}
    for finding in report["findings"]:
        by_state.setdefault(finding["state"], []).append(finding)
    reverted = by_state["reverted"]
    blamed = [one for one in reverted if not one["evidence"].startswith("went with")]
    assert {one["code"] for one in blamed} == {planted.rule}, reverted
    assert all("page: GET /" in one["evidence"] for one in blamed), blamed
    assert "JT008" in {one["code"] for one in by_state["verified"]}, "the rest is kept"
    assert not {"applied", "built"} & by_state.keys()
    assert report["verified"] is True
    assert report["services"][0]["after"]["healthy"] is True
    assert all(row["same"] for row in report["comparisons"])
    for part in report["attribution"]:
        total = sum(row["saved_bytes"] for row in part["parts"])
        assert total == part["before_bytes"] - part["after_bytes"]
    assert "# The requirements first, for the cache." in (out / "Dockerfile").read_text()
    markdown = (out / ".jettison" / "report.md").read_text()
    assert "Reverted" in markdown
    assert leftovers(engine) == []
    again = optimized(str(root), "--out", str(out), "--no-trial")
    assert again.returncode == 7, "nobody changed anything there, and nothing was tried"
    (out / "serve.py").write_text("mine")
    refused = optimized(str(root), "--out", str(out), "--no-trial")
    assert refused.returncode == 2
    assert "serve.py" in refused.stderr
    assert (out / "serve.py").read_text() == "mine"
