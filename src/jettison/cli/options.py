"""The arguments and options that the commands about images share."""

from __future__ import annotations

from contextlib import suppress
from typing import Annotated

import typer

IMAGE_HELP = (
    "A tag or ID in the store of Docker or Podman, the path of an archive or OCI layout, or "
    "registry:REFERENCE."
)


def complete_image(incomplete: str) -> list[str]:
    """The tags in the engines' stores that begin so; none when no engine answers."""
    from jettison.engine.clients import find_clients
    from jettison.errors import EngineError

    found: list[str] = []
    with suppress(EngineError):
        for client in find_clients():
            listed = client.ask("image", "ls", "--format", "{{.Repository}}:{{.Tag}}").split()
            found += [tag for tag in listed if tag.startswith(incomplete) and "<none>" not in tag]
    return sorted(dict.fromkeys(found))


ImageArgument = Annotated[
    str, typer.Argument(help=IMAGE_HELP, metavar="IMAGE", autocompletion=complete_image)
]
FirstImageArgument = Annotated[
    str, typer.Argument(help=IMAGE_HELP, metavar="A", autocompletion=complete_image)
]
SecondImageArgument = Annotated[
    str,
    typer.Argument(
        help="The image to compare with it.", metavar="B", autocompletion=complete_image
    ),
]
JsonOption = Annotated[
    bool, typer.Option("--json", help="Print the same as JSON on standard output.")
]
PlatformOption = Annotated[
    str | None,
    typer.Option("--platform", help="The platform, where there are several.", metavar="OS/ARCH"),
]
CompressedOption = Annotated[
    bool,
    typer.Option(
        "--compressed", help="Measure with gzip the layers that are not compressed there."
    ),
]
