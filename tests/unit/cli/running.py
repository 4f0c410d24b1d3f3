"""The command line in this process or in one of its own, and images written by product code."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from jettison.cli import main
from jettison.oci import Compression, History, LayerBuilder, build_image, write_layout_archive

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

Run = Callable[..., "Done"]
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


@dataclass(frozen=True, slots=True)
class Done:
    """What a command said."""

    code: int
    out: str
    err: str


def in_process(
    command: Sequence[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Run:
    """What runs a command in this process."""

    def call(*args: str) -> Done:
        monkeypatch.setattr(sys, "argv", ["jettison", *command, *args])
        with pytest.raises(SystemExit) as caught:
            main()
        said = capsys.readouterr()
        return Done(int(caught.value.code or 0), said.out, said.err)

    return call


def run_in(folder: Path, *argv: str | bytes) -> subprocess.CompletedProcess[bytes]:
    """The finished command, run in a folder, with the bytes that it wrote."""
    command: list[str | bytes] = [sys.executable, "-c", "from jettison.cli import main; main()"]
    return subprocess.run([*command, *argv], cwd=folder, capture_output=True, check=False)


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
