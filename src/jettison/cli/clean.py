"""``jettison clean``."""

from __future__ import annotations

import click


@click.command("clean")
def command() -> None:
    """Remove what interrupted trials left behind: containers, networks, volumes, images, folders.

    Only what a trial of Jettison made and what no running trial uses is removed.

    Example: jettison clean
    """
    from jettison.engine import find_engine
    from jettison.trial import clean_leftovers

    removed = clean_leftovers(find_engine())
    for name in removed:
        click.echo(f"removed {name}")
    if not removed:
        click.echo("nothing was left behind")
