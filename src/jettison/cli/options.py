"""The arguments and options that several commands share."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from jettison.analysis import Selection

Function = TypeVar("Function", bound=Callable[..., Any])


def complete_image(_ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[str]:
    """The tags in the engines' stores that begin so; none when no engine answers."""
    from jettison.engine.clients import find_clients
    from jettison.errors import EngineError

    found: list[str] = []
    with suppress(EngineError):
        for client in find_clients():
            listed = client.ask("image", "ls", "--format", "{{.Repository}}:{{.Tag}}").split()
            found += [tag for tag in listed if tag.startswith(incomplete) and "<none>" not in tag]
    return sorted(dict.fromkeys(found))


def image_argument(name: str, metavar: str = "IMAGE") -> Callable[[Function], Function]:
    """An argument that is an image, completed from the engines' stores."""
    return click.argument(name, metavar=metavar, shell_complete=complete_image)


def images_option(*names: str) -> Callable[[Function], Function]:
    """The option that names images which were built from the project."""
    return click.option(
        *names,
        "images",
        multiple=True,
        metavar="REF[=NAME]",
        shell_complete=complete_image,
        help="Ask this image, which was built from the project (from the Dockerfile of service, "
        "target or file NAME), what it holds; may be repeated.",
    )


json_option = click.option(
    "--json", "as_json", is_flag=True, help="Print the same as JSON on standard output."
)
platform_option = click.option(
    "--platform", metavar="OS/ARCH", help="The platform, where there are several."
)
compressed_option = click.option(
    "--compressed",
    is_flag=True,
    help="Measure with gzip the layers that are not compressed there.",
)


def selection(
    *,
    file: tuple[Path, ...],
    dockerfile: Path | None,
    context: Path | None,
    target: str | None,
) -> Selection:
    """What the options select; paths are from here where that is there, else from the project."""
    from jettison.analysis import Selection
    from jettison.errors import UsageError

    if dockerfile is None and (context is not None or target is not None):
        given = "--context" if context is not None else "--target"
        raise UsageError(f"{given} says nothing without --dockerfile", remedy="Give both.")

    def place(path: Path | None) -> Path | None:
        return path.resolve() if path is not None and path.exists() else path

    files = tuple(one.resolve() if one.exists() else one for one in file)
    return Selection(files, place(dockerfile), place(context), target)


def selection_options(function: Function) -> Function:
    """The options that say what of a project is meant, and which rules."""
    for option in reversed(_SELECTION):
        function = option(function)
    return function


_SELECTION = (
    click.option(
        "--file",
        "-f",
        multiple=True,
        type=click.Path(path_type=Path),
        metavar="FILE",
        help="A Compose file; may be repeated. By default the one that Compose would take.",
    ),
    click.option(
        "--dockerfile",
        type=click.Path(path_type=Path),
        metavar="FILE",
        help="Only this Dockerfile, without Compose.",
    ),
    click.option(
        "--context",
        type=click.Path(path_type=Path),
        metavar="DIR",
        help="The build context of --dockerfile.",
    ),
    click.option("--target", metavar="STAGE", help="The stage of --dockerfile to build."),
    click.option(
        "--only",
        multiple=True,
        metavar="RULE",
        help="Only this rule (JT002), or a finding's key (JT002/api); may be repeated.",
    ),
    click.option(
        "--skip",
        multiple=True,
        metavar="RULE",
        help="Not this rule, or not this finding; may be repeated.",
    ),
)
