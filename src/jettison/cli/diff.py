"""``jettison diff``."""

from __future__ import annotations

from typing import Annotated

import typer

from jettison.cli.options import (  # noqa: TC001 - typer reads the annotations
    CompressedOption,
    FirstImageArgument,
    JsonOption,
    PlatformOption,
    SecondImageArgument,
)


def diff(
    before: FirstImageArgument,
    after: SecondImageArgument,
    *,
    as_json: JsonOption = False,
    platform: PlatformOption = None,
    compressed: CompressedOption = False,
    fast: Annotated[
        bool,
        typer.Option("--fast", help="Compare files by length alone, without their contents."),
    ] = False,
) -> None:
    """Show what makes one image larger than another: files, packages, categories, layers.

    The parts add up to the whole difference. Bytes are those of files' contents, uncompressed. A
    file of which only the owner, the mode or the time changed is the same file.

    Example: jettison diff app:before app:after
    """
    from jettison.cli.printing import print_renderable, waiting
    from jettison.images import inspect
    from jettison.imaging import compare_images
    from jettison.report.difference.json import difference_to_json
    from jettison.report.difference.terminal import render_difference

    inspections = []
    for image in (before, after):
        with waiting(f"reading {image}"):
            inspections.append(
                inspect(image, platform=platform, digests=not fast, compressed=compressed)
            )
    difference = compare_images(*inspections)
    if as_json:
        typer.echo(difference_to_json(difference), nl=False)
    else:
        print_renderable(render_difference(difference))
