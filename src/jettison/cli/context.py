"""``jettison context``."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from jettison.errors import ProjectError


def context(
    path: Annotated[Path, typer.Argument(help="The build context.", metavar="PATH")] = Path(),
    *,
    dockerfile: Annotated[
        list[Path] | None,
        typer.Option(
            help="A Dockerfile that is built with it; may be repeated. By default those of the "
            "folder's Compose file, else Dockerfile.",
            metavar="FILE",
        ),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the same as JSON on standard output.")
    ] = False,
    everything: Annotated[
        bool,
        typer.Option("--all", help="List everything, and weigh the folders that stay out."),
    ] = False,
) -> None:
    """Show what a build context sends to the builder, by folder, and what could stay out.

    Shown are the folders with the biggest first, the .dockerignore patterns that would keep files
    out, the files that no instruction takes, and what the ignore file keeps out already.

    Example: jettison context . --dockerfile docker/Dockerfile
    """
    from jettison.analysis.context_builds import by_ignore_file, find_builds
    from jettison.analysis.context_use import use_of_context
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
    groups = by_ignore_file(folder, find_builds(folder, dockerfile or [], os.environ))
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
        typer.echo(context_to_json(str(path), uses, whole=everything), nl=False)
    else:
        print_renderable(render_context(str(path), uses, whole=everything))
