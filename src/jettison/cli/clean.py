"""``jettison clean``."""

from __future__ import annotations

import click


@click.command("clean")
@click.option(
    "--elsewhere",
    is_flag=True,
    help="Also what was made with this engine from other machines and containers, where it cannot "
    "be seen whether a trial still runs.",
)
def command(*, elsewhere: bool) -> None:
    """Remove what interrupted trials left behind: containers, networks, volumes, images, folders.

    Only what a trial of Jettison made and what no running trial uses is removed.

    Example: jettison clean
    """
    from jettison.engine import find_engine
    from jettison.trial import clean_leftovers

    removed = clean_leftovers(find_engine(), elsewhere=elsewhere)
    for name in removed:
        click.echo(f"removed {name}")
    if not removed:
        click.echo("nothing was left behind")
