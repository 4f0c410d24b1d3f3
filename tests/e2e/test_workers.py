"""A worker, a beat, a migration at the start and no health check at all: each judged right."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tests.e2e.conftest import leftovers
from tests.e2e.test_planted_breakages import optimized

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from jettison.engine import DockerEngine

_COMPOSE = """\
x-app: &app
  build: .
  environment: {BROKER: "redis://broker:6379/0"}
services:
  broker: {image: "redis:7-alpine"}
  migrate:
    <<: *app
    command: ["python", "migrate.py"]
  web:
    <<: *app
    command: ["python", "serve.py"]
    ports: ["7000:7000"]
    depends_on: {migrate: {condition: service_completed_successfully}}
  worker:
    <<: *app
    command: ["sh", "-c", "sleep 2; celery -A jobs worker --concurrency 1"]
    depends_on: [broker]
  beat:
    <<: *app
    command: ["celery", "-A", "jobs", "beat", "--schedule", "/tmp/schedule"]
    depends_on: [broker]
"""
_JOBS = """\
import os

from celery import Celery

app = Celery("jobs", broker=os.environ["BROKER"])


@app.task
def add(a, b):
    return a + b
"""
_SERVE = """\
import http.server

import jobs


class Page(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(jobs.add.name.encode())


if __name__ == "__main__":
    http.server.ThreadingHTTPServer(("", 7000), Page).serve_forever()
"""


def test_services_without_health_checks(
    project: Callable[[dict[str, str]], Path], engine: DockerEngine
) -> None:
    root = project(
        {
            "compose.yaml": _COMPOSE,
            "Dockerfile": (
                "FROM python:3.11-slim\nWORKDIR /srv\n"
                "RUN apt-get update && apt-get install -y gcc\nCOPY requirements.txt .\n"
                "RUN pip install -r requirements.txt\nCOPY . .\n"
            ),
            "requirements.txt": "celery==5.4.0\nkombu==5.4.2\nredis==5.2.1\n",
            "jobs.py": _JOBS,
            "serve.py": _SERVE,
            "migrate.py": "import time\ntime.sleep(3)\nprint('migrated')\n",
        }
    )
    done = optimized(str(root), "--json")
    report: dict[str, Any] = json.loads(done.stdout)
    judged = {one["name"]: one["after"] for one in report["services"]}
    assert all(one["healthy"] for one in judged.values()), judged
    rows = {(row["service"], row["what"]): row for row in report["comparisons"]}
    assert all(row["same"] for row in rows.values())
    assert rows["worker", "ping of the worker"]["after"] == "answered"
    assert rows["migrate", "exit code"]["after"] == "0"
    assert ("web", "GET /") in rows
    assert any(what == "command celery inspect registered" for _, what in rows)
    # At its usual level a beat says nothing: that it writes its schedule tells that it began.
    assert rows["beat", "schedule of tasks"]["after"] == "began"
    assert report["without_comparison"] == {}
    assert report["verified"] is True
    assert done.returncode == 0
    assert leftovers(engine) == []
