"""All base images of the lab: those of every lab, and those that are made on demand."""

import hashlib
import sys
from pathlib import Path

from lab.bases import (
    compilers,
    debian,
    distroless,
    java,
    nginx,
    node,
    postgres,
    prometheus,
    python,
    redis,
)
from lab.bases.recipe import Base
from lab.workshop import FILES, NODE_VERSION, NPM_VERSION, POOL_PACKAGES, YARN_VERSION, Workshop

BASES = (
    Base("debian:bookworm-slim", debian.make, ("debian",)),
    Base("python:3.11-slim", python.make, ("debian", "cpython"), python.prepare),
    Base("node:25-alpine", node.make_alpine, ("pool", "npm")),
    Base("node:25-slim", node.make_slim, ("debian", "npm")),
    Base("nginx:alpine", nginx.make, ("pool",)),
    Base("postgres:15-alpine", postgres.make, ("pool",)),
    Base("redis:7-alpine", redis.make, ("pool",)),
    Base("prom/prometheus:latest", prometheus.make, ("pool",)),
)
ON_DEMAND = (
    Base("golang:1.19", compilers.make_go, ("debian",)),
    Base("rust:1", compilers.make_rust, ("debian",)),
    Base("gcr.io/distroless/static-debian12:latest", distroless.make, ("debian",)),
    Base("gcr.io/distroless/static-debian12:nonroot", distroless.make_nonroot, ("debian",)),
    Base("eclipse-temurin:17-jre", java.make_jre, ("debian",)),
    Base("eclipse-temurin:17-jdk", java.make_jdk, ("debian",)),
    Base("maven:3-eclipse-temurin-17", java.make_maven, ("debian",)),
)
"""What is made only when it is asked for by name: large, and wanted by few tests."""

_HERE = Path(__file__).parent
_COMMON = ("layers", "images", "stage", "elf", "roots", "workshop")


def fingerprint(base: Base, workshop: Workshop) -> str:
    """A digest of everything that a recipe depends on, but the registries' contents."""
    own = Path(sys.modules[base.make.__module__].__file__ or "")
    files = [_HERE.parent / f"{name}.py" for name in _COMMON]
    files += [own, _HERE / "alpine.py", _HERE / "recipe.py"]
    files += [p for name in (own.stem, "alpine") for p in sorted((FILES / name).rglob("*"))]
    digest = hashlib.sha256()
    for path in files:
        if path.is_file():
            digest.update(path.read_bytes())
    versions = (NODE_VERSION, NPM_VERSION, YARN_VERSION, *POOL_PACKAGES)
    digest.update(" ".join(versions).encode())
    digest.update(f"{workshop.machine.architecture}\n{workshop.root.name}".encode())
    return digest.hexdigest()[:16]
