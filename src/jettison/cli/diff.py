"""``jettison diff``."""

from __future__ import annotations

from typing import Annotated

import typer

from jettison.cli.images import IMAGE_HELP


def diff(
    before: Annotated[str, typer.Argument(help=IMAGE_HELP, metavar="A")],
    after: Annotated[str, typer.Argument(help="The image to compare with it.", metavar="B")],
    *,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the same as JSON on standard output.")
    ] = False,
    platform: Annotated[
        str | None,
        typer.Option(help="The platform, where there are several.", metavar="OS/ARCH"),
    ] = None,
    compressed: Annotated[
        bool,
        typer.Option(
            "--compressed", help="Measure with gzip the layers that are not compressed there."
        ),
    ] = False,
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
    from jettison.cli.images import inspected
    from jettison.cli.printing import print_renderable
    from jettison.imaging import compare_images
    from jettison.report.difference import render_difference
    from jettison.report.difference_json import difference_to_json

    one = inspected(before, platform=platform, digests=not fast, compressed=compressed)
    other = inspected(after, platform=platform, digests=not fast, compressed=compressed)
    difference = compare_images(one, other)
    if as_json:
        typer.echo(difference_to_json(difference), nl=False)
    else:
        print_renderable(render_difference(difference))
