"""``jettison completion``."""

from __future__ import annotations

import click


@click.command("completion")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def command(shell: str) -> None:
    """Print the script that completes commands, options, images and rules in a shell.

    Put it into ~/.local/share/bash-completion/completions/jettison for Bash, into a folder of
    $fpath as _jettison for zsh, or into ~/.config/fish/completions/jettison.fish for fish.

    Example: jettison completion bash
    """
    from click.shell_completion import get_completion_class

    from jettison.cli.main import cli
    from jettison.sure import sure

    script = sure(get_completion_class(shell))
    click.echo(script(cli, {}, "jettison", "_JETTISON_COMPLETE").source())
