"""The arguments and options that the commands about images share."""

from __future__ import annotations

from typing import Annotated

import typer

IMAGE_HELP = (
    "A tag or ID in the store of Docker or Podman, the path of an archive or OCI layout, or "
    "registry:REFERENCE."
)

ImageArgument = Annotated[str, typer.Argument(help=IMAGE_HELP, metavar="IMAGE")]
FirstImageArgument = Annotated[str, typer.Argument(help=IMAGE_HELP, metavar="A")]
SecondImageArgument = Annotated[
    str, typer.Argument(help="The image to compare with it.", metavar="B")
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
