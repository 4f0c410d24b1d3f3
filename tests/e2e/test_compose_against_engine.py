"""Our reading of Compose files against the one of Docker Compose.

Each folder of ``tests/golden/compose`` holds a project, what to read it with (``case.json``) and
what ``docker compose config --format json`` made of it (``engine.json``, ``null`` when it refused
the project). Two tests: our reading equals the record, and the record is what the engine says.

``JETTISON_RECORD=1`` writes the records anew.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from jettison.compose import find_compose_files, read_compose
from jettison.errors import ComposeError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from jettison.compose import Build, ComposeProject, Healthcheck, Mount, Resource, Service

CASES = Path(__file__).parents[1] / "golden" / "compose"
NAMES = sorted(one.name for one in CASES.iterdir() if one.is_dir())
Json = Any


@dataclass(frozen=True, slots=True)
class Case:
    """One project and how it is read."""

    project: Path
    files: tuple[str, ...]
    profiles: tuple[str, ...]
    environment: Mapping[str, str]

    def read(self) -> ComposeProject:
        """What we make of it."""
        files = [self.project / name for name in self.files] or find_compose_files(self.project)
        environment = {"HOME": "/home/nobody", **self.environment}
        return read_compose(files, environment=environment, profiles=self.profiles)


def load(name: str, folder: Path) -> Case:
    """The case ``name`` copied to ``folder``."""
    shutil.copytree(CASES / name / "project", folder)
    described = CASES / name / "case.json"
    said: Mapping[str, Json] = json.loads(described.read_text()) if described.exists() else {}
    return Case(
        folder,
        tuple(said.get("files", ())),
        tuple(said.get("profiles", ())),
        said.get("environment", {}),
    )


@pytest.mark.parametrize("name", NAMES)
def test_our_reading_equals_the_record(name: str, tmp_path: Path) -> None:
    case = load(name, tmp_path / "project")
    record = json.loads((CASES / name / "engine.json").read_text())
    if record is None and name.startswith("rejected-"):
        with pytest.raises(ComposeError, match=r"\A[^:]+:[0-9]+:[0-9]+: ."):
            case.read()
        return
    project = case.read()
    if record is not None:
        text = json.dumps(record).replace("<folder>", str(case.project))
        assert ours(project) == engine(json.loads(text.replace("<above>", str(tmp_path))))


@pytest.mark.engine
@pytest.mark.parametrize("name", NAMES)
def test_the_record_is_what_the_engine_says(name: str, tmp_path: Path) -> None:
    case = load(name, tmp_path / "project")
    command = ["docker", "compose"]
    for file in case.files:
        command += ["-f", file]
    for profile in case.profiles:
        command += ["--profile", profile]
    done = subprocess.run(
        [*command, "config", "--format", "json"],
        cwd=case.project,
        env={"PATH": os.environ["PATH"], "HOME": "/home/nobody", **case.environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    text = done.stdout.replace(str(case.project), "<folder>").replace(str(tmp_path), "<above>")
    found = json.loads(text) if done.returncode == 0 else None
    record = CASES / name / "engine.json"
    if os.environ.get("JETTISON_RECORD"):
        record.write_text(json.dumps(found, indent=2, ensure_ascii=False) + "\n")
    assert found == json.loads(record.read_text())


# What is compared, in one shape for both sides


def engine(said: Mapping[str, Json]) -> Json:
    """The parts of the engine's answer that we read."""
    said = undollar(said)
    return {
        "services": {name: engine_service(one) for name, one in said["services"].items()},
        **{
            section: {
                key: (one.get("name"), bool(one.get("external")), one.get("file"))
                for key, one in (said.get(section) or {}).items()
                if (section, key) != ("networks", "default")
            }
            for section in ("volumes", "networks", "secrets", "configs")
        },
    }


def undollar(value: Json) -> Json:
    """The engine doubles each dollar so that its answer can be read again."""
    if isinstance(value, str):
        return value.replace("$$", "$")
    if isinstance(value, list):
        return [undollar(one) for one in value]
    if isinstance(value, dict):
        return {key.replace("$$", "$"): undollar(one) for key, one in value.items()}
    return value


def engine_service(said: Mapping[str, Json]) -> Json:
    build = said.get("build")
    health = said.get("healthcheck")
    limits = said.get("deploy", {}).get("resources", {}).get("limits", {})
    return {
        "build": None
        if build is None
        else {key: one for key, one in build.items() if key in BUILD_KEYS},
        "depends_on": {key: one["condition"] for key, one in said.get("depends_on", {}).items()},
        "networks": sorted(said.get("networks") or {}),
        "ports": [
            (one.get("host_ip"), one.get("published"), one["target"], one.get("protocol", "tcp"))
            for one in said.get("ports", ())
        ],
        "volumes": [engine_mount(one) for one in said.get("volumes", ())],
        "healthcheck": None
        if health is None
        else {
            key: seconds(one) if key in TIMES else one
            for key, one in health.items()
            if key in {*TIMES, "test", "disable", "retries"}
        },
        "limits": (
            int(limits.get("memory", said.get("mem_limit", 0))),
            float(limits.get("cpus", said.get("cpus", 0))),
            limits.get("pids", said.get("pids_limit")),
        ),
        **{key: said.get(key) or None for key in PLAIN_KEYS},
        **{key: said.get(key) for key in ("command", "entrypoint")},
    }


BUILD_KEYS = {
    "context", "dockerfile", "dockerfile_inline", "target", "args", "platforms", "cache_from",
    "additional_contexts",
}  # fmt: skip
PLAIN_KEYS = (
    "image", "environment", "expose", "user", "working_dir", "profiles", "network_mode", "restart",
    "labels", "read_only", "tmpfs", "platform",
)  # fmt: skip
TIMES = {"interval", "timeout", "start_period", "start_interval"}


def seconds(text: str) -> float:
    """The seconds of a Go duration as Go prints it."""
    units = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 1e-3, "µs": 1e-6, "ns": 1e-9}
    return sum(
        float(number) * units[unit]
        for number, unit in re.findall(r"([0-9.]+)(ms|µs|ns|h|m|s)", text)
    )


def engine_mount(said: Mapping[str, Json]) -> Json:
    copies = said["type"] == "volume" and not said.get("volume", {}).get("nocopy")
    read_only = bool(said.get("read_only"))
    return (said["type"], said.get("source"), said["target"], read_only, copies)


def ours(project: ComposeProject) -> Json:
    """Our project in the shape of :func:`engine`."""
    prefix = project.name or project.default_name
    return {
        "services": {name: our_service(one) for name, one in project.services.items()},
        "volumes": {key: our_resource(prefix, one) for key, one in used(project, "volumes")},
        "networks": {key: our_resource(prefix, one) for key, one in used(project, "networks")},
        "secrets": {key: our_resource(prefix, one) for key, one in project.secrets.items()},
        "configs": {key: our_resource(prefix, one) for key, one in project.configs.items()},
    }


def used(project: ComposeProject, section: str) -> Iterable[tuple[str, Resource]]:
    """The engine leaves out networks and volumes that no service uses."""
    resources: Mapping[str, Resource] = getattr(project, section)
    names: set[str | None] = set()
    for service in project.services.values():
        names |= (
            set(service.networks)
            if section == "networks"
            else {mount.source for mount in service.volumes}
        )
    return [
        (key, one)
        for key, one in resources.items()
        if key in names and (section, key) != ("networks", "default")
    ]


def our_resource(prefix: str, resource: Resource) -> Json:
    default = resource.key if resource.external else f"{prefix}_{resource.key}"
    source = str(resource.source) if resource.source else None
    return (resource.name or default, resource.external, source)


def our_service(service: Service) -> Json:
    return {
        "build": None if service.build is None else our_build(service.build),
        "depends_on": dict(service.depends_on),
        "networks": sorted(service.networks),
        "ports": [
            (
                one.host_ip,
                None
                if one.published is None
                else f"{one.published}-{one.published_last}"
                if one.published_last is not None
                else str(one.published),
                one.target,
                one.protocol,
            )
            for one in service.ports
        ],
        "volumes": [our_mount(one) for one in service.volumes],
        "healthcheck": None if service.healthcheck is None else our_health(service.healthcheck),
        "limits": (
            service.limits.memory or 0,
            service.limits.cpus or 0.0,
            service.limits.pids,
        ),
        "image": service.image,
        "environment": dict(service.environment) or None,
        "expose": list(service.expose) or None,
        "user": service.user or None,
        "working_dir": service.working_dir or None,
        "profiles": list(service.profiles) or None,
        "network_mode": service.network_mode,
        "restart": service.restart,
        "labels": dict(service.labels) or None,
        "read_only": service.read_only or None,
        "tmpfs": list(service.tmpfs) or None,
        "platform": service.platform,
        "command": None if service.argv is None else list(service.argv),
        "entrypoint": None if service.entrypoint_argv is None else list(service.entrypoint_argv),
    }


def our_build(build: Build) -> Json:
    inline = build.dockerfile_inline
    said = {
        "context": build.remote_context or str(build.context),
        "dockerfile": None if inline else build.dockerfile or "Dockerfile",
        "dockerfile_inline": inline,
        "target": build.target,
        "args": dict(build.args),
        "platforms": list(build.platforms),
        "cache_from": list(build.cache_from),
        "additional_contexts": dict(build.additional_contexts),
    }
    return {key: one for key, one in said.items() if one}


def our_mount(mount: Mount) -> Json:
    return (str(mount.kind), mount.source, mount.target, mount.read_only, mount.copies)


def our_health(health: Healthcheck) -> Json:
    said = {
        "test": list(health.test) or None,
        "disable": (health.disabled and health.test != ("NONE",)) or None,
        "interval": health.interval,
        "timeout": health.timeout,
        "start_period": health.start_period,
        "start_interval": health.start_interval,
        "retries": health.retries,
    }
    return {key: one for key, one in said.items() if one is not None}
