"""``jettison optimize``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def optimize(
    path: Annotated[
        Path, typer.Argument(help="The project: a folder with a Compose file.", metavar="PATH")
    ] = Path(),
    *,
    out: Annotated[
        Path | None,
        typer.Option(
            help="Write the optimized tree to this folder and leave the project alone.",
            metavar="DIR",
        ),
    ] = None,
    trial: Annotated[
        bool,
        typer.Option(
            "--trial/--no-trial",
            help="Build and launch both stacks, and compare. Without it nothing is measured.",
        ),
    ] = True,
    allow_dirty: Annotated[
        bool, typer.Option("--allow-dirty", help="Change a git tree with uncommitted changes.")
    ] = False,
    keep_images: Annotated[
        bool, typer.Option("--keep-images", help="Keep the images that the trial built.")
    ] = False,
    timeout: Annotated[
        float,
        typer.Option(help="Seconds that a stack may take to become healthy.", min=1.0),
    ] = 300.0,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the report as JSON on standard output.")
    ] = False,
) -> None:
    """Rewrite a project's images, build and launch both, and report what it saved.

    Reads the Compose file and the Dockerfiles, finds what makes the images heavy, writes
    multi-stage Dockerfiles, nginx for static files, production requirements, a .dockerignore and
    Compose files, and proves the result: both stacks are built, launched in turn with their own
    names, networks and ports, and asked the same questions.

    Without --out the project is changed in place, and only if the trial was passed; `jettison
    undo` takes it back.

    Example: jettison optimize . --out ../slim
    """
    from rich.console import Console

    from jettison.cli.progress import LiveProgress
    from jettison.engine import find_engine
    from jettison.errors import Interrupted
    from jettison.optimize import OptimizeRequest
    from jettison.optimize import optimize as run
    from jettison.report import render_report, to_json

    request = OptimizeRequest(
        project=path,
        out=out,
        trial=trial,
        find_engine=find_engine,
        keep_images=keep_images,
        allow_dirty=allow_dirty,
        timeout_seconds=timeout,
    )
    errors = Console(stderr=True, highlight=False)
    with LiveProgress(errors) as live:
        try:
            outcome = run(request, live.progress(), live.findings)
        except KeyboardInterrupt as error:
            raise Interrupted(
                "interrupted; everything that was started has been stopped"
            ) from error
    if as_json:
        typer.echo(to_json(outcome.report), nl=False)
        return
    console = Console(highlight=False)
    console.print(render_report(outcome.report))
    for note in outcome.report.plan.notes:
        console.print(f"note: {note}", style="dim", markup=False)
    console.print(f"\nOptimized tree: {outcome.tree}", soft_wrap=True, markup=False)
    console.print(f"Report: {outcome.json_path}", soft_wrap=True, markup=False)
    console.print(f"        {outcome.markdown_path}", soft_wrap=True, markup=False)
