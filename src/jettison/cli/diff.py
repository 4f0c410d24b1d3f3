"""``jettison diff``."""

from __future__ import annotations

import click

from jettison.cli.options import compressed_option, image_argument, json_option, platform_option


@click.command("diff")
@image_argument("before", "A")
@image_argument("after", "B")
@json_option
@platform_option
@compressed_option
@click.option("--fast", is_flag=True, help="Compare files by length alone, without their contents.")
def command(
    before: str,
    after: str,
    *,
    as_json: bool,
    platform: str | None,
    compressed: bool,
    fast: bool,
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
        click.echo(difference_to_json(difference), nl=False)
    else:
        print_renderable(render_difference(difference))
