"""``jettison context``."""

from __future__ import annotations

from pathlib import Path

import click

from jettison.cli.options import json_option
from jettison.errors import ProjectError


@click.command("context")
@click.argument("path", type=click.Path(path_type=Path), default=Path())
@click.option(
    "--dockerfile",
    multiple=True,
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="A Dockerfile that is built with it; may be repeated. By default those of the folder's "
    "Compose file, else Dockerfile.",
)
@json_option
@click.option(
    "--all",
    "everything",
    is_flag=True,
    help="List everything, and weigh the folders that stay out.",
)
def command(path: Path, dockerfile: tuple[Path, ...], *, as_json: bool, everything: bool) -> None:
    """Show what a build context sends to the builder, by folder, and what could stay out.

    Shown are the folders with the biggest first, the .dockerignore patterns that would keep files
    out, the files that no instruction takes, and what the ignore file keeps out already.

    Example: jettison context . --dockerfile docker/Dockerfile
    """
    import os

    from jettison.analysis.context.builds import by_ignore_file, find_builds
    from jettison.analysis.context.use import use_of_context
    from jettison.cli.printing import print_renderable
    from jettison.dockerfile.context import read_context, weigh
    from jettison.dockerfile.ignore import IgnoreFile
    from jettison.report.context.json import context_to_json
    from jettison.report.context.terminal import render_context
    from jettison.source import requested_text

    if not path.is_dir():
        message = f"{path} is not a folder" if path.exists() else f"there is no folder {path}"
        raise ProjectError(message, remedy="Give the folder that is the build context.")
    folder = path.resolve()
    uses = []
    groups = by_ignore_file(folder, find_builds(folder, dockerfile, os.environ))
    for ignore_path, builds in groups.items():
        ignore = None
        if ignore_path is not None:
            name = os.path.relpath(ignore_path, folder)
            ignore = IgnoreFile.parse(requested_text(ignore_path, name, "Make it readable."))
        sent = read_context(folder, ignore)
        weights = {
            one.path: weigh(folder / one.path)
            for one in sent.excluded
            if everything and one.size is None
        }
        uses.append(use_of_context(sent, ignore, builds, weights=weights))
    if as_json:
        click.echo(context_to_json(str(path), uses, whole=everything), nl=False)
    else:
        print_renderable(render_context(str(path), uses, whole=everything))
