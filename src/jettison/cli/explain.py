"""``jettison explain``."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from jettison.errors import ProjectError, UsageError

app = typer.Typer(name="explain", help="Show what a file does.", no_args_is_help=True)


@app.callback()
def _explain() -> None:
    """Show what a file does, without running anything."""


@app.command("dockerfile")
def dockerfile(
    path: Annotated[
        Path, typer.Argument(help="A Dockerfile, or a folder that has one.", metavar="PATH")
    ] = Path("Dockerfile"),
    *,
    target: Annotated[
        str | None,
        typer.Option(help="The stage to build; the last one by default.", metavar="STAGE"),
    ] = None,
    build_arg: Annotated[
        list[str] | None,
        typer.Option(help="A build argument; without =V from the environment.", metavar="K=V"),
    ] = None,
    context: Annotated[
        Path | None,
        typer.Option(help="The build context; the Dockerfile's folder by default.", metavar="DIR"),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the same as JSON on standard output.")
    ] = False,
) -> None:
    """Explain a Dockerfile: its stages, what each instruction takes, and the settings at the end.

    Nothing is built and no image is asked for: what only a base image knows is said to be so.

    Example: jettison explain dockerfile . --target runtime --build-arg VERSION=2
    """
    from jettison.analysis.explain import explain
    from jettison.cli.printing import print_renderable
    from jettison.dockerfile import parse
    from jettison.dockerfile.context import read_context
    from jettison.dockerfile.ignore import IgnoreFile, find_ignore_file
    from jettison.report.explain.json import explanation_to_json
    from jettison.report.explain.terminal import render_explanation
    from jettison.source import requested_text

    file = path / "Dockerfile" if path.is_dir() else path
    remedy = "Give a Dockerfile, or a folder with a file of that name."
    args = _build_args(build_arg or [])
    parsed = parse(requested_text(file, str(file), remedy), build_args=args)
    folder = file.parent if context is None else context
    if not folder.is_dir():
        raise ProjectError(f"{folder} is not a folder", remedy="Give the context with --context.")
    ignore_path = find_ignore_file(folder, file)
    ignore = None
    if ignore_path is not None:
        ignore = IgnoreFile.parse(
            requested_text(ignore_path, str(ignore_path), "Make it readable.")
        )
    explanation = explain(
        parsed,
        target=target,
        build_args=args,
        context=read_context(folder, ignore, dockerfile=file.name),
        context_name=str(folder),
        ignore_name=None if ignore_path is None else str(ignore_path),
    )
    if as_json:
        typer.echo(explanation_to_json(explanation), nl=False)
    else:
        print_renderable(render_explanation(explanation))


def _build_args(given: list[str]) -> dict[str, str]:
    """The arguments as Docker reads them: a name alone has its value in the environment."""
    found: dict[str, str] = {}
    for one in given:
        name, sign, value = one.partition("=")
        if not name:
            remedy = "Write --build-arg NAME=VALUE."
            raise UsageError(f"--build-arg {one} has no name", remedy=remedy)
        if sign:
            found[name] = value
        elif name in os.environ:
            found[name] = os.environ[name]
    return found
