"""A trial beside a user's data and stacks: it touches neither, and leaves nothing behind."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest
from tests.e2e.conftest import leftovers

from jettison.analysis.discover import discover
from jettison.source import TextTree
from jettison.trial import (
    Differs,
    Passed,
    Progress,
    TrialSettings,
    Unbuildable,
    Unhealthy,
    clean_leftovers,
    new_run_id,
    remove_trial_images,
    run_folder,
)
from jettison.trial.attempt import attempt
from jettison.trial.observe import observe

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from jettison.engine import DockerEngine
    from jettison.trial import Attempt, Observation

_SERVER = """\
import http.server, pathlib, shutil
for path in pathlib.Path("/data").glob("*"):
    path.unlink()
pathlib.Path("/data/written").write_text("by the trial")
TEXT = pathlib.Path("words.txt").read_text()
class Page(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Type", "text/plain")
        self.end_headers()
        self.wfile.write(TEXT.encode())
http.server.ThreadingHTTPServer(("", 7000), Page).serve_forever()
"""
_DOCKERFILE = """\
FROM python:3.11-slim
WORKDIR /app
RUN --mount=type=secret,id=token test -s /run/secrets/token
COPY . .
CMD ["python", "-u", "serve.py"]
"""


def _compose(data: Path) -> str:
    return f"""\
services:
  web:
    build: {{context: ., secrets: [token]}}
    container_name: my-web
    volumes:
      - {data}/bound:/data
      - .:/app
    networks: {{inner: {{ipv4_address: 172.31.250.5}}}}
  store:
    image: redis:7-alpine
    volumes: ["kept:/data"]
    networks: [inner]
  asker:
    image: redis:7-alpine
    entrypoint: ["sh", "-c", "wget -qO- http://my-web:7000/ && wget -qO- http://172.31.250.5:7000/"]
    restart: on-failure
    depends_on: [web]
    networks: [inner]
  docker:
    image: redis:7-alpine
    volumes: ["/var/run/docker.sock:/var/run/docker.sock"]
secrets: {{token: {{file: ./token.txt}}}}
networks: {{inner: {{ipam: {{config: [{{subnet: 172.31.250.0/24}}]}}}}}}
volumes:
  kept: {{driver_opts: {{type: none, o: bind, device: {data}/kept}}}}
"""


class _Trial:
    """A project's two sides, tried by hand."""

    def __init__(self, engine: DockerEngine, root: Path, work: Path, run_id: str) -> None:
        self.engine, self.root, self.work, self.run_id = engine, root, work, run_id
        self.project = discover(TextTree(root), dict(os.environ))
        self.settings = TrialSettings(timeout_seconds=90, cold=False)

    def _copy(self, name: str) -> Path:
        shutil.copytree(self.root, self.work / name)
        return self.work / name

    def observe(self) -> Observation:
        tree = self._copy("before")
        return observe(
            self.engine,
            self.project,
            tree,
            run_id=self.run_id,
            settings=self.settings,
            progress=Progress(),
        )

    def attempt(self, before: Observation, name: str, **files: str | None) -> Attempt:
        tree = self._copy(name)
        for file, text in files.items():
            if text is None:
                (tree / file).unlink()
            else:
                (tree / file).write_text(text)
        return attempt(
            self.engine,
            self.project,
            tree,
            run_id=self.run_id,
            settings=self.settings,
            progress=Progress(),
            before=before,
            label=name,
            measure=False,
        )


@pytest.fixture
def run(engine: DockerEngine) -> Iterator[Callable[[Path], _Trial]]:
    run_id = new_run_id()
    with run_folder(run_id) as work:
        yield lambda root: _Trial(engine, root, work, run_id)
    remove_trial_images(engine, run_id)
    assert not [one for one in leftovers(engine) if run_id in one]


def _project(tmp_path: Path) -> tuple[Path, Path]:
    root, data = tmp_path / "shop", tmp_path / "srv"
    for folder in (root, data / "bound", data / "kept"):
        folder.mkdir(parents=True)
    (data / "bound" / "orders.db").write_text("precious")
    (data / "kept" / "dump.rdb").write_text("precious")
    for name, text in {
        "docker-compose.yml": _compose(data),
        "Dockerfile": _DOCKERFILE,
        "serve.py": _SERVER,
        "words.txt": "good morning",
        "token.txt": "secret",
    }.items():
        (root / name).write_text(text)
    return root, data


def test_the_users_data_is_not_touched_and_the_image_is_what_is_tried(
    tmp_path: Path, run: Callable[[Path], _Trial]
) -> None:
    root, data = _project(tmp_path)
    trial = run(root)
    before = trial.observe()
    up = {one.service for one in before.trial.services if one.healthy}
    assert up == {"web", "store", "asker"}, (before.notes, before.built_only)
    assert "socket" in before.built_only["docker"]
    assert before.removed.keys() == {("web", "/app")}
    assert isinstance(trial.attempt(before, "same"), Passed)
    # Nothing is mounted over the image: what the build leaves out is missed.
    gone = trial.attempt(before, "gone", **{".dockerignore": "words.txt\n"})
    assert isinstance(gone, Unhealthy)
    assert "words.txt" in gone.details
    other = trial.attempt(before, "other", **{"words.txt": "good evening"})
    assert isinstance(other, Differs)
    assert other.services == ("web",)
    broken = trial.attempt(before, "broken", Dockerfile=_DOCKERFILE.replace("test -s", "test -d"))
    assert isinstance(broken, Unbuildable)
    assert (broken.dockerfile, broken.line, broken.service) == ("Dockerfile", 3, "web")
    assert (data / "bound" / "orders.db").read_text() == "precious"
    assert not (data / "bound" / "written").exists()
    assert sorted(path.name for path in (data / "kept").iterdir()) == ["dump.rdb"]
    assert (data / "kept" / "dump.rdb").read_text() == "precious"


_KILLED = """\
import os, sys
from pathlib import Path
from jettison.analysis.discover import discover
from jettison.engine import find_engine
from jettison.source import TextTree
from jettison.trial import Progress, TrialSettings, new_run_id, run_folder, termination_as_interrupt
from jettison.trial.observe import observe
import shutil
run_id = new_run_id()
print(run_id, flush=True)
with termination_as_interrupt(), run_folder(run_id) as work:
    shutil.copytree(sys.argv[1], work / "tree")
    project = discover(TextTree(Path(sys.argv[1])), dict(os.environ))
    progress = Progress(status=lambda text: print(text, flush=True))
    settings = TrialSettings(cold=False)
    tree = work / "tree"
    observe(find_engine(), project, tree, run_id=run_id, settings=settings, progress=progress)
"""


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGHUP, signal.SIGTERM])
def test_what_a_killed_run_leaves_is_removed(
    tmp_path: Path, engine: DockerEngine, number: signal.Signals
) -> None:
    (tmp_path / "Dockerfile").write_text('FROM redis:7-alpine\nCMD ["sleep", "600"]\n')
    argv = [sys.executable, "-c", _KILLED, str(tmp_path)]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        run_id = process.stdout.readline().strip()
        for line in process.stdout:
            if line.startswith("waiting for"):
                break
        time.sleep(2)
        process.send_signal(number)
        process.wait(60)
    left = [one for one in leftovers(engine) if run_id in one or run_id[:8] in one]
    if number is not signal.SIGKILL:
        assert not [one for one in left if not one.startswith("jettison-trial")], left
    removed = " ".join(clean_leftovers(engine))
    assert run_id in removed
    assert not [one for one in leftovers(engine) if run_id in one]
    assert not engine.labelled("dev.jettison.run") or run_id not in str(
        engine.labelled("dev.jettison.run")
    )
