"""``jettison undo``."""

from __future__ import annotations

from pathlib import Path

import click


@click.command("undo")
@click.argument("path", type=click.Path(path_type=Path), default=Path())
def command(path: Path) -> None:
    """Put back every file that the last `jettison optimize --apply` changed.

    Nothing is put back when one of the files was edited since.
    """
    from jettison.changes.apply import undo

    for name in undo(path.resolve()):
        click.echo(f"put back {name}")
