"""``jettison why``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from jettison.cli.options import images_option, json_option

if TYPE_CHECKING:
    from jettison.optimize.why import Answer


@click.command("why")
@click.argument("name")
@click.argument("path", type=click.Path(path_type=Path), default=Path(), metavar="[PROJECT]")
@images_option("--image")
@click.option(
    "--report",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    metavar="FILE",
    help="Read it from this report.json; by default from PROJECT/.jettison/report.json, where that "
    "is there and no --image is given.",
)
@json_option
def command(
    name: str, path: Path, *, images: tuple[str, ...], report: Path | None, as_json: bool
) -> None:
    """Say why a dependency, a system package or a path is kept in an image, or dropped.

    NAME is what a list, a RUN or a manifest names (flask, debian:libpq5), or a file or folder of
    the project. Told are the change that drops it or the reason that keeps it, on what that was
    decided (observed, read, declared, guessed), where it is listed and used, and what it weighs.

    Without --image and without a report of an earlier run, only the project's files are read.

    Example: jettison why psycopg2-binary . --image shop:latest=api
    """
    from jettison.optimize.why import why

    answer = why(name, path, images=images, report=report)
    click.echo(_json(answer) if as_json else _text(answer), nl=False)


def _text(answer: Answer) -> str:
    from jettison.report.standing import standings_text

    return f"{standings_text(answer.found)}from {answer.source}\n"


def _json(answer: Answer) -> str:
    import json

    from jettison.report.standing import standing_to_json

    document = {
        "schema": 1,
        "source": answer.source,
        "found": [standing_to_json(one) for one in answer.found],
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"
