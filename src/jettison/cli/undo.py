"""``jettison undo``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def undo(
    path: Annotated[
        Path, typer.Argument(help="The project that was optimized in place.", metavar="PATH")
    ] = Path(),
) -> None:
    """Put back every file that the last `jettison optimize` changed in place."""
    from jettison.plan import undo as put_back

    for name in put_back(path.resolve()):
        typer.echo(f"put back {name}")
