"""``jettison inspect``."""

from __future__ import annotations

import sys
from pathlib import Path  # noqa: TC003 - typer reads the annotations
from typing import Annotated

import typer

from jettison.cli.options import (  # noqa: TC001 - typer reads the annotations
    CompressedOption,
    ImageArgument,
    JsonOption,
    PlatformOption,
)
from jettison.errors import UsageError


def inspect(
    image: ImageArgument,
    *,
    as_json: JsonOption = False,
    tui: Annotated[
        bool, typer.Option("--tui", help="Explore files, layers, waste, packages, categories.")
    ] = False,
    platform: PlatformOption = None,
    dockerfile: Annotated[
        Path | None,
        typer.Option(help="The Dockerfile that built it: layers get its lines.", metavar="FILE"),
    ] = None,
    compressed: CompressedOption = False,
    fast: Annotated[
        bool,
        typer.Option("--fast", help="Do not compare files' contents: duplicates are not found."),
    ] = False,
) -> None:
    """Show where an image's bytes are, whose they are, and what to do about them first.

    Bytes are those of files' contents, uncompressed; most stores and archives know no others, and
    --compressed measures what a push would send. The base image's bytes are told from the image's
    own by the layers that it shares with other images of Docker's or Podman's store, else by the
    Dockerfile given, its labels and its history.

    IMAGE may begin with docker-daemon:, containers-storage: (Podman), docker-archive:,
    oci-archive:, oci: or registry: to say where it is. Registries are asked with the logins,
    mirrors and certificates of Docker and Podman.

    Example: jettison inspect python:3.13-slim
    """
    from jettison import images
    from jettison.cli.printing import print_renderable, waiting

    if as_json and tui:
        raise UsageError("--json and --tui exclude each other", remedy="Give one of them.")
    if tui and not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise UsageError("--tui needs a terminal", remedy="Without one, --json tells all.")
    with waiting(f"reading {image}"):
        inspection = images.inspect(
            image,
            platform=platform,
            dockerfile=dockerfile,
            digests=not fast,
            compressed=compressed,
        )
    if tui:
        from jettison.tui import explore

        explore(inspection)
    elif as_json:
        from jettison.report.inspection.json import inspection_to_json

        typer.echo(inspection_to_json(inspection), nl=False)
    else:
        from jettison.report.inspection.terminal import render_inspection

        print_renderable(render_inspection(inspection))
