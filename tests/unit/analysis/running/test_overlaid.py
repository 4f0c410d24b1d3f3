"""What other Compose files, and services that run a published image, start in an image."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from jettison.analysis import Facts, discover
from jettison.analysis.evidence import NO_EVIDENCE
from jettison.analysis.running.overlaid import overlaid
from jettison.changes.checking import CheckRequest, check
from jettison.source import TextTree

if TYPE_CHECKING:
    from pathlib import Path

_DOCKERFILE = (
    "FROM node:22-alpine\nWORKDIR /app\nRUN apk add --no-cache curl\nCOPY . .\nCMD node a.js\n"
)
_CHECK = "      test: [CMD-SHELL, 'curl http://localhost:3000/ || exit 1']\n"


def _started(root: Path, compose: dict[str, str], **files: str) -> set[tuple[str, ...]]:
    files = {name.replace("_", "."): text for name, text in files.items()}
    for name, text in {"Dockerfile": _DOCKERFILE, "a.js": "", **compose, **files}.items():
        (root / name).write_text(text)
    facts = Facts(discover(TextTree(root), {}), NO_EVIDENCE)
    (target,) = facts.targets
    return {command.words for command in overlaid(facts, target)}


@pytest.mark.parametrize(
    ("image", "manifest", "runs"),
    [
        ("ghcr.io/acme/shop:latest", '{"name": "shop"}', True),
        ("acme/shop-server", '{"name":"@acme/shop"}', True),
        ("acme/other", '{"name": "shop"}', False),
        ("postgres:15", '{"name": "shop"}', False),
        ("acme/server", '{"name": "server"}', False),
    ],
)
def test_a_published_image_with_the_projects_name(
    tmp_path: Path, image: str, manifest: str, *, runs: bool
) -> None:
    compose = f"services:\n  web:\n    image: {image}\n    healthcheck:\n{_CHECK}"
    root = tmp_path / "x"
    root.mkdir()
    found = _started(root, {"compose.yaml": compose}, package_json=manifest)
    assert (("curl", "http://localhost:3000/") in found) is runs
    codes = {one.key.rule for one in check(CheckRequest(root, environment={})).findings}
    assert ("JT014" not in codes) is runs


def test_a_module_of_go(tmp_path: Path) -> None:
    compose = "services:\n  x:\n    image: acme/tool\n    command: [tool, --debug]\n"
    found = _started(tmp_path, {"compose.yaml": compose}, go_mod="module example.org/x/tool\n")
    assert found == {("tool", "--debug")}


def test_a_health_check_that_another_file_gives_the_service(tmp_path: Path) -> None:
    own = "services:\n  web:\n    build: .\n"
    other = f"services:\n  web:\n    healthcheck:\n{_CHECK}  db:\n    command: x\n"
    files = {"compose.yaml": own, "compose.prod.yaml": other}
    found = _started(tmp_path, files, package_json=json.dumps({"name": "shop"}))
    assert found == {("curl", "http://localhost:3000/"), ("exit", "1")}
