"""The command line in a process of its own, on images written by product code."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

from jettison.oci import Compression, History, LayerBuilder, build_image, write_layout_archive

if TYPE_CHECKING:
    from pathlib import Path

NO_ENGINE = {"JETTISON_DOCKER": "/no/docker"}


def run(*argv: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """The finished command, whose output is no terminal."""
    code = "from jettison.cli import main; main()"
    return subprocess.run(
        [sys.executable, "-c", code, *argv],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "COLUMNS": "100", **NO_ENGINE, **environment},
    )


def write_image(path: Path, *, version: str = "1", cache: bool = True) -> Path:
    """An OCI archive of three gzipped layers: a base, a package, a file that is rewritten."""
    base = LayerBuilder().file("bin/sh", b"s" * 3000, mode=0o755)
    site = "usr/lib/python3/site-packages"
    package = LayerBuilder().file(f"{site}/flask.py", b"f" * 200_000)
    package.file(f"{site}/flask-{version}.dist-info/RECORD", b"flask.py,,\n")
    if cache:
        package.file("root/.cache/pip/wheel", b"w" * 500_000)
    last = LayerBuilder().file(f"{site}/flask.py", b"f" * 200_000).file("app/\x1b[31mred.py", b"r")
    steps = [
        History(created_by="RUN base"),
        History(created_by='CMD ["sh"]', empty_layer=True),
        History(created_by="RUN /bin/sh -c pip install flask # buildkit"),
        History(created_by="COPY . /app # buildkit"),
    ]
    made = [builder.layer(Compression.GZIP) for builder in (base, package, last)]
    image = build_image(made, history=steps, names=["app:1"])
    with path.open("wb") as target:
        write_layout_archive([image], target)
    return path
