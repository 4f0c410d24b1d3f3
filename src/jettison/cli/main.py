"""The command line's frame: the commands, and what an error looks like."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

import jettison
from jettison import __version__
from jettison.cli import context as context_command
from jettison.cli import diff as diff_command
from jettison.cli import explain as explain_command
from jettison.cli import inspect as inspect_command
from jettison.cli import optimize as optimize_command
from jettison.cli import sizes as sizes_command
from jettison.cli import undo as undo_command
from jettison.errors import ExitCode, JettisonError

_EPILOG = (
    "Exit codes: 0 done · 1 failure · 2 wrong usage · 3 the project lacks something · 4 a file "
    "does not parse · 5 no engine · 6 a build failed · 7 the optimized stack failed its trial · "
    "130 Ctrl-C"
)

app = typer.Typer(
    name="jettison",
    help=jettison.__doc__,
    epilog=_EPILOG,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("optimize")(optimize_command.optimize)
app.command("undo")(undo_command.undo)
app.add_typer(explain_command.app, name="explain")
app.command("context")(context_command.context)
app.command("inspect")(inspect_command.inspect)
app.command("diff")(diff_command.diff)
app.command("sizes")(sizes_command.sizes)


def _print_version(value: bool) -> None:
    if value:
        typer.echo(f"jettison {__version__}")
        raise typer.Exit


@app.callback()
def _common(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print it.")
    ] = False,
) -> None:
    """Throws the dead weight out of a project's container images and proves that nothing broke."""


def main() -> None:
    """Runs the command line and exits."""
    try:
        app(standalone_mode=True)
    except JettisonError as error:
        show_error(error)
        sys.exit(error.exit_code)
    except BrokenPipeError:
        sys.exit(ExitCode.FAILURE)


def show_error(error: JettisonError) -> None:
    """Prints an error, what surrounds it, and the next thing to try."""
    from rich.console import Console

    from jettison.source import without_escapes

    console = Console(stderr=True, highlight=False, soft_wrap=True)
    if error.details:
        console.print(without_escapes(error.details), markup=False, style="dim")
    console.print("error:", error.message, style="bold red", markup=False)
    if error.remedy:
        console.print(error.remedy, markup=False)
