"""The lines that we say layers come from are those that made them.

Every instruction writes a path with its own line number in it, so a layer's content tells which
line it is of, whatever the builder wrote into the history.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import uuid
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from jettison.dockerfile import parse_text
from jettison.imaging.lines import match_file
from jettison.oci import (
    BasicImage,
    LayerBuilder,
    Platform,
    build_image,
    find_base,
    open_image,
    origins,
    read_tree,
    write_archive,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from jettison.engine import DockerEngine

    Builds = Callable[..., BasicImage]

pytestmark = pytest.mark.engine

DOCKER = "/usr/bin/docker" if Path("/usr/bin/docker").exists() else "docker"
BASE = "debian:bookworm-slim"
BOTH = f"""\
ARG BASE={BASE}
FROM $BASE AS first
ARG V=1
ARG W="x y"
ENV HOME_DIR=/L@ PKG=foo
WORKDIR $HOME_DIR/L@
RUN true
RUN echo one >> /twice
RUN echo one >> /twice
FROM first AS second
run echo a > /a && \\
    # a comment

    echo b   > /L@
RUN ["/bin/sh", "-c", "echo 'a b' > /L@"]
SHELL ["/bin/bash", "-o", "pipefail", "-c"]
RUN echo "$PKG $V" | cat > /L@
ARG V=1
ARG W="x y"
RUN echo "$PKG $V" > /L@
RUN ["/bin/sh", "-c", "echo exec > /L@"]
COPY a b /L@/
COPY ["a", "sp ace", "/L@/"]
COPY --chown=1:1 a L@
COPY --from=first /twice /L@
COPY --from=0 /twice L@
COPY ${{PKG}}* a $HOME_DIR/L@/
copy dir L@
ADD a /L@
WORKDIR L@
WORKDIR L@
ONBUILD RUN echo > /L@
CMD echo $V
FROM second
CMD ["q"]
RUN echo > /L@
ONBUILD COPY b /triggered
"""
BUILDKIT = f"""\
FROM {BASE}
ARG A="b c"
RUN <<EOF
# a comment in a script
echo "  a   b" > /L3
EOF
RUN <<-EOF
	echo > /L7
EOF
RUN <<EOF perl
open(F, ">", "/L10"); print F 1;
EOF
RUN <<EOF
#!/usr/bin/perl
open(F, ">", "/L13"); print F 1;
EOF
RUN cat <<A > /L17/a || mkdir /L17; cat <<B > /L17/b
in a
A
in b
B
RUN --mount=type=cache,target=/x --network=none echo > /L@
COPY <<EOF /L@
hello $A
EOF
COPY <<one.txt <<"two.txt" /L@/
1
one.txt
$2
two.txt
ADD --chmod=600 <<EOF L@
EOF
COPY --link --chmod=640 a /L@
"""
CHILD = """\
FROM {base}
ENV A=b
COPY a /L@
COPY a /L@
CMD ["q"]
"""


def numbered(text: str) -> str:
    """The text with each ``@`` as its line's number; the first of continued lines counts."""
    found, start = [], 1
    for number, line in enumerate(text.splitlines(), 1):
        found.append(line.replace("@", str(start)))
        if not (line.endswith("\\") or (line.strip().startswith("#") or not line.strip())):
            start = number + 1
    return "\n".join(found) + "\n"


def true_lines(image: BasicImage, text: str, base_layers: int) -> dict[int, int]:
    """The line of each layer above the base's by what is in it."""
    twice = [n for n, line in enumerate(text.splitlines(), 1) if line.endswith(">> /twice")]
    found = {}
    for number, layer in enumerate(image.layers[base_layers:], base_layers):
        paths = [node.path for node in read_tree([layer], digests=False)]
        marks = [int(mark) for path in paths for mark in re.findall(r"(?:^|/)L(\d+)", path)]
        if marks:
            found[number] = max(marks)
        elif "twice" in paths:
            found[number] = twice.pop(0)
    return found


@pytest.fixture(scope="module")
def context(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder to build in."""
    folder = tmp_path_factory.mktemp("lines") / "context"
    (folder / "dir").mkdir(parents=True)
    for name in ("a", "b", "foo1", "sp ace", "dir/d"):
        (folder / name).write_text(name)
    return folder


@pytest.fixture
def build(engine: DockerEngine, context: Path) -> Iterator[Builds]:
    """A function that builds a text with a builder and gives the image; all are removed."""
    names: list[str] = []

    def built(text: str, buildkit: bool, *more: str, name: str | None = None) -> BasicImage:
        names.append(name or f"jettison-lines:{uuid.uuid4().hex[:12]}")
        file, saved = context.parent / "Dockerfile", context.parent / "saved.tar"
        file.write_bytes(text.encode())
        argv = ["buildx", "build", "--load"] if buildkit else ["build"]
        argv += ["--network=none", "--tag", names[-1], "--file", str(file), *more, str(context)]
        settings = {"DOCKER_BUILDKIT": str(int(buildkit)), "BUILDX_NO_DEFAULT_ATTESTATIONS": "1"}
        run(DOCKER, *argv, env={**os.environ, **settings})
        run(DOCKER, "image", "save", "--output", str(saved), names[-1])
        return open_image(saved)

    yield built
    for name in reversed(names):
        run(DOCKER, "image", "rm", name)


def run(*argv: str, env: dict[str, str] | None = None) -> None:
    """Runs a command that has to succeed."""
    done = subprocess.run(argv, capture_output=True, text=True, check=False, env=env)
    assert done.returncode == 0, done.stderr


def check(image: BasicImage, text: str, base_layers: int = 1) -> None:
    """The lines are the true ones, and the layers below are the base's."""
    found = match_file(origins(image.config).layers, parse_text(text))
    truth = true_lines(image, text, base_layers)
    assert {layer: found.lines.get(layer) for layer in truth} == truth
    assert len(truth) >= len(image.layers) - base_layers - 1
    assert found.base_layers == base_layers
    assert min(found.lines) >= base_layers


@pytest.mark.parametrize("buildkit", [True, False], ids=["buildkit", "classic"])
def test_lines(build: Builds, buildkit: bool) -> None:
    text = numbered(BOTH)
    name = f"jettison-lines:base-{uuid.uuid4().hex[:12]}"
    image = build(text, buildkit, "--build-arg", "V=3 4", name=name)
    check(image, text)
    count = len(image.layers)
    child = numbered(CHILD.format(base=name))
    above = build(child, buildkit)
    assert len(above.layers) == count + 3
    assert len(match_file(origins(above.config).layers, parse_text(text)).lines) >= count - 1
    triggers = int(buildkit)  # it leaves ONBUILD out of the history
    check(above, child, count + triggers)


def test_lines_that_only_buildkit_knows(build: Builds) -> None:
    text = numbered(BUILDKIT)
    check(build(text, True), text)
    crlf = numbered(BOTH).replace("\n", "\r\n")
    check(build(crlf, True), crlf)


@pytest.mark.parametrize("target", ["first", "second"])
def test_the_target_is_found(build: Builds, target: str) -> None:
    text = numbered(BOTH)
    image = build(text, True, "--target", target)
    found = match_file(origins(image.config).layers, parse_text(text))
    assert found.stage.name == target
    check(image, text)


@pytest.mark.parametrize("layers", [True, False])
def test_podman(context: Path, layers: bool) -> None:
    """On a base of one file: its store copies a layer for every step."""
    assert shutil.which("podman"), "podman is missing: apt-get install podman crun"
    base, saved = context.parent / "base.tar", context.parent / "podman.tar"
    saved.unlink(missing_ok=True)
    layer = LayerBuilder().file("etc/os-release", b"x")
    with base.open("wb") as target:
        write_archive([build_image([layer], platform=Platform.host(), names=["b:1"])], target)
    store = str(context.parent / "store")
    podman = ["podman", "--root", store, "--runroot", f"{store}-run", "--storage-driver", "vfs"]
    text = numbered("FROM localhost/b:1\nENV A=b\nCOPY a b /L@/\nCOPY $A /L@\nCMD q\n")
    file = context.parent / "Containerfile"
    file.write_text(text)
    run(*podman, "load", "--input", str(base))
    argv = ["build", f"--layers={str(layers).lower()}", "--tag", "l:1", "--file", str(file)]
    run(*podman, *argv, str(context))
    run(*podman, "save", "--output", str(saved), "l:1")
    image = open_image(saved)
    found = find_base(image.config, {})
    assert (found.layers, found.name) == (1, "localhost/b:1")
    if layers:
        check(image, text)
    else:
        merged = origins(image.config).layers[1].instruction
        assert merged.count("COPY") == 2
        assert match_file(origins(image.config).layers, parse_text(text)).lines == {}
