"""The main job on KeneyApp: what the report must show, and the example's own tests."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest
from tests.conftest import ROOT
from tests.e2e.conftest import leftovers

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from jettison.engine import DockerEngine

_SERVICES = ["db", "redis", "backend", "celery_worker", "celery_beat", "flower", "frontend"]
_SECRETS = ("ADMIN_PASSWORD", "POSTGRES_PASSWORD", "SECRET_KEY", "GRAFANA_ADMIN_PASSWORD")
# How many distributions Python imports from, and how many bytecode files they and the code have.
_COMPILED = (
    "import importlib.metadata as m, pathlib, sysconfig\n"
    "folders = [pathlib.Path(sysconfig.get_paths()['purelib']), pathlib.Path('/app')]\n"
    "print(len(list(m.distributions())), sum(len(list(f.rglob('*.pyc'))) for f in folders))"
)
_BUILT = ["backend", "celery_worker", "celery_beat", "flower", "frontend"]


def _service(report: dict[str, Any], name: str) -> dict[str, Any]:
    found: dict[str, Any] = next(row for row in report["services"] if row["name"] == name)
    return found


def _saved(before: float, after: float) -> float:
    return 100 * (before - after) / before


def test_every_service_is_reported_and_healthy(report: dict[str, Any]) -> None:
    assert sorted(row["name"] for row in report["services"]) == sorted(_SERVICES)
    for row in report["services"]:
        for side in ("before", "after"):
            assert row[side]["healthy"] is True, (row["name"], side)
            assert row[side]["uncompressed_bytes"] > row[side]["compressed_bytes"] > 0
            assert row[side]["seconds_to_healthy"] > 0
            assert row[side]["memory_bytes"] > 0


@pytest.mark.parametrize(("service", "least"), [("backend", 57.5), ("frontend", 94.1)])
@pytest.mark.parametrize("measure", ["uncompressed_bytes"])
def test_image_is_smaller(report: dict[str, Any], service: str, least: float, measure: str) -> None:
    row = _service(report, service)
    assert _saved(row["before"][measure], row["after"][measure]) >= least


def test_five_services_are_smaller(report: dict[str, Any]) -> None:
    totals = report["totals"]["per_service"]
    before, after = totals["before"], totals["after"]
    assert before["uncompressed_bytes"] == sum(
        _service(report, name)["before"]["uncompressed_bytes"] for name in _BUILT
    )
    assert _saved(before["uncompressed_bytes"], after["uncompressed_bytes"]) >= 63
    assert _saved(before["compressed_bytes"], after["compressed_bytes"]) >= 63


def test_context_and_packages_are_smaller(report: dict[str, Any]) -> None:
    context, packages = report["context"], report["packages"]
    assert context["before_bytes"] > 500_000_000
    assert _saved(context["before_bytes"], context["after_bytes"]) >= 87
    assert packages["after"] <= 0.4 * packages["before"]


def test_the_four_causes_are_found_and_verified(report: dict[str, Any]) -> None:
    states = {finding["name"]: finding["state"] for finding in report["findings"]}
    for cause in (
        "whole-context-copied",
        "build-tools-in-image",
        "development-packages-in-image",
        "development-server-for-static-files",
        "unneeded-files-in-context",
    ):
        assert states[cause] == "verified"


def test_services_answer_as_before(report: dict[str, Any]) -> None:
    asked = {(probe["service"], probe["path"]) for probe in report["probes"]}
    assert {("backend", "/health"), ("frontend", "/")} <= asked
    assert [probe for probe in report["probes"] if not probe["same"]] == []


def test_bases_say_whether_they_are_stand_ins(report: dict[str, Any], engine: DockerEngine) -> None:
    bases = {base["reference"]: base["stand_in"] for base in report["bases"]}
    assert {"python:3.11-slim", "node:25-alpine", "nginx:alpine"} <= bases.keys()
    for reference, stand_in in bases.items():
        image = engine.image(reference)
        if image is not None:
            assert stand_in == (image.labels.get("dev.jettison.stand-in") == "true"), reference


def test_the_shared_image_is_built_once(report: dict[str, Any]) -> None:
    after = [build for build in report["builds"] if build["side"] == "after"]
    assert sorted(build["services"][0] for build in after) == ["backend", "frontend"]
    images = {_service(report, name)["after"]["image"] for name in _BUILT[:4]}
    assert len(images) == 1


def test_every_file_of_the_hand_made_work_is_there(keneyapp: Path) -> None:
    for name in (
        "Dockerfile Dockerfile.frontend Dockerfile.dev Dockerfile.prod docker-compose.yml "
        "docker-compose.dev.yml docker-compose.prod.yml .dockerignore requirements.prod.txt "
        "scripts/check_image_sizes.py docs/docker-optimization.md .jettison/report.md"
    ).split():
        assert (keneyapp / name).is_file(), name
    makefile = (keneyapp / "Makefile").read_text()
    for target in ("docker-sizes", "docker-build-optimized", "docker-cleanup", "docker-reset"):
        assert f"\n{target}:" in makefile


def test_nothing_is_left_running(keneyapp: Path, engine: DockerEngine) -> None:
    assert keneyapp.is_dir()
    assert leftovers(engine) == []


@pytest.mark.parametrize("variant", ["dev", "prod"])
def test_the_variants_are_what_compose_accepts(
    keneyapp: Path, engine: DockerEngine, variant: str
) -> None:
    files = [keneyapp / "docker-compose.yml", keneyapp / f"docker-compose.{variant}.yml"]
    argv = [engine.client, "compose"]
    for file in files:
        argv += ["-f", str(file)]
    environment = {**os.environ, **dict.fromkeys(_SECRETS, "given-by-the-test")}
    done = subprocess.run(
        [*argv, "config", "--format", "json"],
        env=environment,
        cwd=keneyapp,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    services = json.loads(done.stdout)["services"]
    if variant == "prod":
        assert {"reverse_proxy", "prometheus", "grafana"} <= services.keys()
        assert "ports" not in services["backend"]
        assert services["backend"]["environment"]["SECRET_KEY"] == "given-by-the-test"
        without = subprocess.run(
            [*argv, "config"], cwd=keneyapp, capture_output=True, text=True, check=False
        )
        assert without.returncode != 0, "a missing secret must not be replaced by a default"
    else:
        assert services["backend"]["environment"]["UVICORN_RELOAD"] == "true"


def test_the_production_image_has_no_bytecode(keneyapp: Path, engine: DockerEngine) -> None:
    tag = "jettison-test/production"
    argv = [engine.client, "buildx", "build", "--load", "-q", "-f", "Dockerfile.prod", "-t", tag]
    subprocess.run([*argv, "."], cwd=keneyapp, check=True)
    try:
        image = engine.image(tag)
        assert image is not None
        assert image.user == "app"
        compiled = engine.run(tag, ["-c", _COMPILED], entrypoint="python")
        installed, bytecode = map(int, compiled.stdout.split())
        assert installed > 40
        assert bytecode == 0
    finally:
        engine.remove_images([tag])


def test_every_extra_was_tried(report: dict[str, Any], engine: DockerEngine) -> None:
    found = {f["key"]: f for f in report["findings"] if "JT051" <= f["code"] <= "JT056"}
    states = {key: finding["state"] for key, finding in found.items()}
    # There is no stand-in for Grafana's image: where it cannot be pulled its container is absent.
    grafana = "verified" if engine.image("grafana/grafana:latest") is not None else "applied"
    assert states == {
        "JT051/dev": "verified",
        "JT051/prod": "verified",
        "JT052": "verified",
        "JT053/prometheus": "verified",
        "JT053/grafana": grafana,
        "JT054": "verified",
        "JT055": "verified",
        "JT056": "verified",
    }
    assert report["exit_code"] == (0 if grafana == "verified" else 7)
    if grafana == "applied":
        assert "cannot be had" in found["JT053/grafana"]["evidence"]


def _variant(report: dict[str, Any], name: str) -> dict[str, Any]:
    found: dict[str, Any] = next(one for one in report["extras"] if one["name"] == name)
    assert set(_SERVICES) <= found["services"].keys()
    assert all(found["services"].values())
    assert [row for row in found["comparisons"] if not row["same"]] == []
    return found


def test_the_development_variant_ran_and_reloaded(report: dict[str, Any]) -> None:
    found = _variant(report, "development")
    assert found["files"] == ["docker-compose.yml", "docker-compose.dev.yml"]
    for service in ("backend", "frontend"):
        assert "took up changed sources" in found["reloaded"][service]


def test_the_production_variant_ran_behind_its_proxy(report: dict[str, Any]) -> None:
    found = _variant(report, "production")
    assert {"reverse_proxy", "prometheus"} <= found["services"].keys()
    asked = {(row["service"], row["what"]) for row in found["comparisons"]}
    assert {("reverse_proxy", "GET /"), ("backend", "GET /health")} <= asked
    # All that the stack answers is asked again, and some on the way through the proxy, too.
    done = {(row["service"], row["what"]) for row in report["comparisons"]}
    done = {(service, what) for service, what in done if what.startswith("GET ")}
    assert len(done) > 15
    assert done < asked


@contextmanager
def _launched(keneyapp: Path, engine: DockerEngine, name: str) -> Iterator[dict[str, str]]:
    """The stack of the optimized tree under its own name, on free ports: the environment it has."""
    names = ("POSTGRES_PORT", "REDIS_PORT", "API_PORT", "FLOWER_PORT", "WEB_PORT")
    ports = {one: str(20_000 + os.getpid() % 20_000 + i) for i, one in enumerate(names)}
    environment = {**os.environ, **ports}
    compose = [engine.client, "compose", "-p", name, "-f", "docker-compose.yml"]
    try:
        subprocess.run(
            [*compose, "up", "-d", "--build", "--quiet-pull"],
            cwd=keneyapp,
            env=environment,
            check=True,
        )
        yield environment
    finally:
        subprocess.run(
            [*compose, "down", "-v", "--rmi", "local", "--remove-orphans", "--timeout", "3"],
            cwd=keneyapp,
            env=environment,
            check=False,
        )


@pytest.fixture(scope="module")
def optimized_stack(keneyapp: Path, engine: DockerEngine) -> Iterator[str]:
    """The optimized stack, launched as its own Compose file says, on free ports."""
    with _launched(keneyapp, engine, "jettison-e2e") as environment:
        url = f"http://127.0.0.1:{environment['API_PORT']}"
        _wait(f"{url}/health")
        yield url


def _wait(url: str, seconds: float = 120.0) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:
                if answer.status == 200:
                    return
        except OSError:
            time.sleep(0.5)
    pytest.fail(f"{url} did not answer within {seconds} s")


def test_the_examples_own_api_tests_pass(optimized_stack: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "tests/api", "-p", "no:cacheprovider"],
        cwd=ROOT / "examples" / "keneyapp",
        env={**os.environ, "KENEYAPP_URL": optimized_stack},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert " passed" in done.stdout
