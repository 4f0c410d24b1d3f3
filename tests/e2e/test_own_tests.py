"""The project's own tests, and a browser, see what no plain request does."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tests.e2e.conftest import leftovers
from tests.e2e.test_planted_breakages import optimized

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from jettison.engine import DockerEngine

_SERVER = '''\
import http.server
from importlib.util import find_spec

import itsdangerous

PAGE = """<title>Signing</title><p id="made"></p><script>
fetch("/", {method: "POST"}).then(got => got.ok ? got.text() : "out of order").then(
    text => { document.getElementById("made").innerText = text; });
</script>"""


class Page(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(PAGE.encode())

    def do_POST(self):
        self.send_response(200 if find_spec("py" + "test") else 500)
        self.end_headers()
        self.wfile.write(itsdangerous.__name__.encode())


http.server.ThreadingHTTPServer(("", 7000), Page).serve_forever()
'''
_FILES = {
    "compose.yaml": 'services:\n  page:\n    build: .\n    ports: ["7000:7000"]\n',
    "Dockerfile": """\
FROM python:3.11-slim
WORKDIR /srv
COPY requirements.txt .
RUN pip install -r requirements.txt
COPY . .
EXPOSE 7000
CMD ["python", "serve.py"]
""",
    "requirements.txt": "itsdangerous==2.2.0\npytest==8.3.4\niniconfig==2.0.0\n",
    "serve.py": _SERVER,
    "checks/post.py": """\
import os, pathlib, urllib.request
pathlib.Path("written").write_text(os.environ["JETTISON_SIDE"])
urllib.request.urlopen(os.environ["JETTISON_URL_PAGE"], data=b"x")
""",
}


def test_a_test_that_fails_after_is_blamed_on_a_change(
    project: Callable[[dict[str, str]], Path], engine: DockerEngine
) -> None:
    root = project(dict(_FILES))
    tests = ("python3 checks/post.py", "page: python -c 'import itsdangerous'", "exit 9")
    options = [word for text in tests for word in ("--test", text)]
    done = optimized(str(root), "--json", *options)
    assert done.returncode == 0, done.stderr + done.stdout
    report = json.loads(done.stdout)
    reverted = [one for one in report["findings"] if one["state"] == "reverted"]
    blamed = [one for one in reverted if not one["evidence"].startswith("went with")]
    assert {one["code"] for one in blamed} == {"JT003"}, reverted
    evidence = blamed[0]["evidence"]
    assert "this machine: test python3 checks/post.py: exit code 0 became 1" in evidence
    assert "HTTP Error 500" in evidence
    assert "page: page / in Chromium: " in evidence
    assert "+out of order" in evidence
    rows = {row["what"]: row for row in report["comparisons"]}
    assert rows["test python3 checks/post.py"]["service"] == "this machine"
    assert rows["test python -c 'import itsdangerous'"]["service"] == "page"
    assert rows["page / in Chromium"]["service"] == "page"
    untried = [one["what"] for one in report["unexercised"]]
    assert any("exit 9 fails before, too" in what for what in untried)
    assert report["verified"] is True
    assert not (root / "written").exists()
    assert leftovers(engine) == []
