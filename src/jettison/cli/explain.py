"""``jettison explain``: a rule's page, or what a Dockerfile does."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from jettison.cli.options import json_option
from jettison.errors import ProjectError, UsageError

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem


class _ByRule(click.Group):
    """A group in which a word that is no command is a rule: ``explain JT002``."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command named, else ``rule`` with all the words."""
        if args[0] not in self.commands and not args[0].startswith("-"):
            args = ["rule", *args]
        return super().resolve_command(ctx, args)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """The commands, options and rules that begin so."""
        return super().shell_complete(ctx, incomplete) + _complete_rule(ctx, None, incomplete)


def _complete_rule(
    _ctx: click.Context, _param: click.Parameter | None, incomplete: str
) -> list[CompletionItem]:
    """The rules whose code or name begins so."""
    from click.shell_completion import CompletionItem

    from jettison.rules import all_rules

    return [
        CompletionItem(word, help=rule.summary)
        for rule in all_rules()
        for word in (rule.code, rule.name)
        if incomplete and word.startswith(incomplete)
    ]


@click.group("explain", cls=_ByRule, no_args_is_help=True)
def command() -> None:
    """Explain a rule, or what a Dockerfile does; nothing is run.

    `jettison explain JT002` is short for `jettison explain rule JT002`.
    """


@command.command("rule")
@click.argument("rule", shell_complete=_complete_rule)
@json_option
def explain_rule(rule: str, *, as_json: bool) -> None:
    """Show a rule's page: what it finds, why it matters, and what its change looks like.

    RULE is a code or a name.

    Example: jettison explain JT008
    """
    from shutil import get_terminal_size

    from jettison.report.rules.json import rule_to_json
    from jettison.report.rules.page import rule_page
    from jettison.rules import find_rule

    found = find_rule(rule)
    if as_json:
        click.echo(rule_to_json(found), nl=False)
    else:
        width = min(get_terminal_size(fallback=(100, 24)).columns, 100)
        click.echo(rule_page(found, width), nl=False)


@command.command("dockerfile")
@click.argument("path", type=click.Path(path_type=Path), default=Path("Dockerfile"))
@click.option("--target", metavar="STAGE", help="The stage to build; the last one by default.")
@click.option(
    "--build-arg",
    multiple=True,
    metavar="K=V",
    help="A build argument; without =V from the environment.",
)
@click.option(
    "--context",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="The build context; the Dockerfile's folder by default.",
)
@json_option
def explain_dockerfile(
    path: Path,
    *,
    target: str | None,
    build_arg: tuple[str, ...],
    context: Path | None,
    as_json: bool,
) -> None:
    """Explain a Dockerfile: its stages, what each instruction takes, and the settings at the end.

    Nothing is built and no image is asked for: what only a base image knows is said to be so.

    Example: jettison explain dockerfile . --target runtime --build-arg VERSION=2
    """
    from jettison.analysis.context.explain import explain
    from jettison.cli.printing import print_renderable
    from jettison.dockerfile import parse
    from jettison.dockerfile.context import read_context
    from jettison.dockerfile.ignore import IgnoreFile, find_ignore_file
    from jettison.report.explain.json import explanation_to_json
    from jettison.report.explain.terminal import render_explanation
    from jettison.source import requested_text

    file = path / "Dockerfile" if path.is_dir() else path
    remedy = "Give a Dockerfile, or a folder with a file of that name."
    args = _build_args(build_arg)
    parsed = parse(requested_text(file, str(file), remedy), build_args=args)
    folder = file.parent if context is None else context
    if not folder.is_dir():
        raise ProjectError(f"{folder} is not a folder", remedy="Give the context with --context.")
    ignore_path = find_ignore_file(folder, file)
    ignore = None
    if ignore_path is not None:
        ignore = IgnoreFile.parse(
            requested_text(ignore_path, str(ignore_path), "Make it readable.")
        )
    explanation = explain(
        parsed,
        target=target,
        build_args=args,
        context=read_context(folder, ignore, dockerfile=file.name),
        context_name=str(folder),
        ignore_name=None if ignore_path is None else str(ignore_path),
    )
    if as_json:
        click.echo(explanation_to_json(explanation), nl=False)
    else:
        print_renderable(render_explanation(explanation))


def _build_args(given: tuple[str, ...]) -> dict[str, str]:
    """The arguments as Docker reads them: a name alone has its value in the environment."""
    import os

    found: dict[str, str] = {}
    for one in given:
        name, sign, value = one.partition("=")
        if not name:
            remedy = "Write --build-arg NAME=VALUE."
            raise UsageError(f"--build-arg {one} has no name", remedy=remedy)
        if sign:
            found[name] = value
        elif name in os.environ:
            found[name] = os.environ[name]
    return found
