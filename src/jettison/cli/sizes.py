"""``jettison sizes``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from jettison.cli.options import json_option
from jettison.errors import EngineError, ProjectError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from jettison.report.sizes.model import ServiceSizes


@click.command("sizes")
@click.argument("path", type=click.Path(path_type=Path), default=Path())
@json_option
def command(path: Path, *, as_json: bool) -> None:
    """Show the sizes of a project's images: before, after, and what the engine has now.

    Before and after are the measures of the last `jettison optimize` with a trial, out of the
    project's .jettison/report.json. Now is what the engine's store has under the names that
    Compose gives the services' images; without an engine the column stays empty.

    Example: jettison sizes .
    """
    from jettison.cli.printing import print_renderable
    from jettison.report.sizes.json import sizes_to_json
    from jettison.report.sizes.model import read_sizes
    from jettison.report.sizes.terminal import render_sizes

    if not path.is_dir():
        message = f"{path} is not a folder" if path.exists() else f"there is no folder {path}"
        raise ProjectError(message, remedy="Give the project's folder.")
    images = _images(path)
    report = path / ".jettison" / "report.json"
    if report.is_file():
        rows = read_sizes(report.read_text("utf-8"), str(report))
    else:
        rows = _without_report(images)
    found = with_store(rows, images)
    if as_json:
        click.echo(sizes_to_json(str(path), found), nl=False)
    else:
        print_renderable(render_sizes(str(path), found))


def _images(path: Path) -> Mapping[str, tuple[str, bool]]:
    """Each service's image as Compose names it, and whether the project builds it."""
    import os

    from jettison.compose import find_compose_files, read_compose

    files = find_compose_files(path, os.environ)
    if not files:
        raise ProjectError(f"{path} has no Compose file", remedy="Give the project's folder.")
    project = read_compose(files, environment=os.environ, profiles=["*"])
    name = project.name or project.default_name
    return {
        service.name: (service.image or f"{name}-{service.name}", service.build is not None)
        for service in project.services.values()
    }


def _without_report(images: Mapping[str, tuple[str, bool]]) -> tuple[ServiceSizes, ...]:
    from jettison.report.sizes.model import ServiceSizes

    return tuple(
        ServiceSizes(service, image, built)
        for service, (image, built) in sorted(images.items(), key=lambda one: not one[1][1])
    )


def with_store(
    rows: Sequence[ServiceSizes], images: Mapping[str, tuple[str, bool]]
) -> tuple[ServiceSizes, ...]:
    """The rows with what the engine's store has now; nothing where there is no engine."""
    from dataclasses import replace

    from jettison.cli.printing import waiting
    from jettison.engine.clients import find_clients
    from jettison.engine.store import stored_bytes

    names = {service: image for service, (image, _) in images.items()}
    found: dict[str, int] = {}
    try:
        for client in find_clients():
            missing = [name for name in names.values() if name not in found]
            with waiting(f"asking {client.name}"):
                found.update(stored_bytes(client, missing))
    except EngineError as error:
        click.echo(f"note: {error.message}", err=True)
    return tuple(
        replace(row, image=names.get(row.service), now_bytes=found.get(names.get(row.service, "")))
        for row in rows
    )
