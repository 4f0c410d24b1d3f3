"""``jettison inspect``."""

from __future__ import annotations

import sys
from pathlib import Path  # noqa: TC003 - typer reads the annotations
from typing import Annotated

import typer

from jettison.cli.images import IMAGE_HELP
from jettison.errors import UsageError


def inspect(
    image: Annotated[str, typer.Argument(help=IMAGE_HELP, metavar="IMAGE")],
    *,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the same as JSON on standard output.")
    ] = False,
    tui: Annotated[
        bool, typer.Option("--tui", help="Explore layers, files, waste and packages.")
    ] = False,
    platform: Annotated[
        str | None,
        typer.Option(help="The platform, where there are several.", metavar="OS/ARCH"),
    ] = None,
    dockerfile: Annotated[
        Path | None,
        typer.Option(help="The Dockerfile that built it: layers get its lines.", metavar="FILE"),
    ] = None,
    compressed: Annotated[
        bool,
        typer.Option(
            "--compressed", help="Measure with gzip the layers that are not compressed there."
        ),
    ] = False,
    fast: Annotated[
        bool,
        typer.Option("--fast", help="Do not compare files' contents: duplicates are not found."),
    ] = False,
) -> None:
    """Show where an image's bytes are, whose they are, and what to do about them first.

    Bytes are those of files' contents, uncompressed; an engine's store and most archives know no
    others, and --compressed measures what a push would send. The base image's bytes are told from
    the image's own by the layers that it shares with other images in the engine's store, else by
    its labels and history.

    Example: jettison inspect python:3.13-slim
    """
    from jettison.cli.images import inspected

    if as_json and tui:
        raise UsageError("--json and --tui exclude each other", remedy="Give one of them.")
    if tui and not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise UsageError("--tui needs a terminal", remedy="Without one, --json tells all.")
    inspection = inspected(
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
        from jettison.report.inspection_json import inspection_to_json

        typer.echo(inspection_to_json(inspection), nl=False)
    else:
        from jettison.cli.printing import print_renderable
        from jettison.report.inspection import render_inspection

        print_renderable(render_inspection(inspection))
