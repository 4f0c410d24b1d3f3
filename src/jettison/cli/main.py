"""The command line's frame: the commands, and what an error looks like."""

from __future__ import annotations

import errno
import gc
import importlib
import sys
from typing import TYPE_CHECKING

import click

import jettison
from jettison.errors import ExitCode, JettisonError
from jettison.sure import sure_of

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

EXIT_MEANINGS = {
    ExitCode.OK: "done",
    ExitCode.FAILURE: "failure, or check found something",
    ExitCode.USAGE: "wrong usage",
    ExitCode.PROJECT: "the project lacks something",
    ExitCode.SOURCE: "a file does not parse",
    ExitCode.ENGINE_MISSING: "no engine",
    ExitCode.BUILD_FAILED: "a build failed",
    ExitCode.TRIAL_FAILED: "the trial failed",
    ExitCode.UNCOMPARED: "a service could not be compared",
    ExitCode.INTERRUPTED: "Ctrl-C",
}
"""What each exit code means, for the overview."""

_EPILOG = "Exit codes: " + " · ".join(f"{int(code)} {said}" for code, said in EXIT_MEANINGS.items())

COMMANDS: dict[str, tuple[str, str]] = {
    "check": ("jettison.cli.check:command", "Show what makes a project's images heavy."),
    "optimize": ("jettison.cli.optimize:command", "Slim a project's images and prove the result."),
    "why": ("jettison.cli.why:command", "Say why something is kept in an image, or dropped."),
    "undo": ("jettison.cli.undo:command", "Put back what the last optimize changed."),
    "clean": ("jettison.cli.clean:command", "Remove what interrupted trials left behind."),
    "rules": ("jettison.cli.rules:command", "List the rules."),
    "explain": ("jettison.cli.explain:command", "Explain a rule, or a Dockerfile."),
    "context": ("jettison.cli.context:command", "Show what a build context sends."),
    "inspect": ("jettison.cli.inspect:command", "Show where an image's bytes are."),
    "diff": ("jettison.cli.diff:command", "Show what makes one image larger than another."),
    "sizes": ("jettison.cli.sizes:command", "Show the sizes of a project's images."),
    "completion": ("jettison.cli.completion:command", "Print a shell's completion script."),
}
"""Each command's place and its line in the overview: ``--help`` imports none of them."""


class LazyGroup(click.Group):
    """The commands of :data:`COMMANDS`, each imported when it is called."""

    def list_commands(self, _ctx: click.Context) -> list[str]:
        """The names in the order of the overview."""
        return list(COMMANDS)

    def get_command(self, _ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command, imported now, or ``None``."""
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name][0].partition(":")
        return sure_of(click.Command, getattr(importlib.import_module(module), name))

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that is named; raises ``UsageError`` with the nearest one."""
        if args[0] not in COMMANDS and not args[0].startswith("-"):
            from difflib import get_close_matches

            near = get_close_matches(args[0], COMMANDS, n=1)
            meant = f" Did you mean {near[0]}?" if near else ""
            raise click.UsageError(f"There is no command {args[0]}.{meant}", ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, _ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Writes the overview."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """The commands and options that begin so."""
        from click.shell_completion import CompletionItem

        found = [
            CompletionItem(name, help=text)
            for name, (_, text) in COMMANDS.items()
            if name.startswith(incomplete)
        ]
        return found + click.Command.shell_complete(self, ctx, incomplete)


@click.group(
    "jettison",
    cls=LazyGroup,
    help=jettison.__doc__,
    epilog=_EPILOG,
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.version_option(jettison.__version__, message="%(prog)s %(version)s", help="Print it.")
def cli() -> None:
    """The group; what it does is in its commands."""


def main() -> None:
    """Runs the command line and exits."""
    # A command makes much and throws little away: looking for rings that often finds none.
    gc.set_threshold(50_000, 20, 20)
    try:
        result = cli.main(prog_name="jettison", standalone_mode=False)
    except JettisonError as error:
        show_error(error)
        sys.exit(error.exit_code)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except click.Abort:
        click.echo("interrupted", err=True)
        sys.exit(ExitCode.INTERRUPTED)
    except BrokenPipeError:
        sys.exit(ExitCode.FAILURE)
    except OSError as error:
        where = f" {error.filename}" if error.filename else ""
        full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        remedy = "Free some space, or set TMPDIR to a folder that has more." if full else None
        said = f"the system refused{where}: {error.strerror or error}"
        show_error(JettisonError(said, remedy=remedy))
        sys.exit(ExitCode.PROJECT)
    sys.exit(result if isinstance(result, int) else ExitCode.OK)


def show_error(error: JettisonError) -> None:
    """Prints an error, what surrounds it, and the next thing to try."""
    from jettison.source import without_escapes

    if error.details:
        click.secho(without_escapes(error.details), dim=True, err=True)
    click.secho(f"error: {without_escapes(error.message)}", fg="red", bold=True, err=True)
    if error.remedy:
        click.echo(without_escapes(error.remedy), err=True)
