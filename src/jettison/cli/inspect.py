"""``jettison inspect``."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from jettison.cli.options import compressed_option, image_argument, json_option, platform_option
from jettison.errors import UsageError


@click.command("inspect")
@image_argument("image")
@json_option
@click.option("--tui", is_flag=True, help="Explore files, layers, waste, packages, categories.")
@platform_option
@click.option(
    "--dockerfile",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="The Dockerfile that built it: layers get its lines.",
)
@compressed_option
@click.option(
    "--fast", is_flag=True, help="Do not compare files' contents: duplicates are not found."
)
def command(
    image: str,
    *,
    as_json: bool,
    tui: bool,
    platform: str | None,
    dockerfile: Path | None,
    compressed: bool,
    fast: bool,
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

        click.echo(inspection_to_json(inspection), nl=False)
    else:
        from jettison.report.inspection.terminal import render_inspection

        print_renderable(render_inspection(inspection))
