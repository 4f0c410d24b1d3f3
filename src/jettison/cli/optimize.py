"""``jettison optimize``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from jettison.cli.options import images_option, selection, selection_options

if TYPE_CHECKING:
    from jettison.config import Settings
    from jettison.engine import Engine
    from jettison.optimize.request import OptimizeRequest
    from jettison.optimize.run import Outcome
    from jettison.trial.learned import Command
    from jettison.trial.outcomes import TrialSettings


_ALLOWED = ("socket", "privileged", "host")


def _allowed(values: tuple[str, ...]) -> frozenset[str]:
    """The names given; raises ``BadParameter`` for one that there is not."""
    names = frozenset(name.strip() for text in values for name in text.split(","))
    unknown = sorted(names.difference(_ALLOWED))
    if unknown:
        raise click.BadParameter(f"{unknown[0]} is none of {', '.join(_ALLOWED)}")
    return names


def _test(text: str) -> Command:
    """The test that is asked for; raises ``BadParameter`` for one that cannot be read."""
    from jettison.trial.learned import Command

    try:
        return Command.parsed_test(text)
    except ValueError as error:
        raise click.BadParameter(f"{text!r}: {error}") from error


@click.command("optimize")
@click.argument("path", type=click.Path(path_type=Path), default=Path())
@selection_options
@click.option(
    "--diff", "show_diff", is_flag=True, help="Print what a run would try; needs no engine."
)
@images_option("--image-before")
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Write the optimized tree to this folder and leave the project alone.",
)
@click.option("--apply", "in_place", is_flag=True, help="Change the project, if all is verified.")
@click.option(
    "--unsafe", is_flag=True, help="Keep changes that only a trial can justify without one."
)
@click.option(
    "--with",
    "extras",
    multiple=True,
    metavar="NAME,…",
    help="Make extras, too: variants, proxy, monitoring, makefile, sizes, results.",
)
@click.option(
    "--trial/--no-trial",
    default=True,
    help="Build and launch both stacks, and compare. Without it nothing is measured.",
)
@click.option("--allow-dirty", is_flag=True, help="Change a git tree with uncommitted changes.")
@click.option(
    "--allow",
    multiple=True,
    metavar="NAME,…",
    callback=lambda _context, _option, value: _allowed(value),
    help="Let a trial use what it refuses otherwise: socket (the engine's), privileged, host (the "
    "host's own services).",
)
@click.option(
    "--test",
    "tests",
    multiple=True,
    metavar="COMMAND",
    callback=lambda _context, _option, value: tuple(_test(text) for text in value),
    help="Run the project's tests against both stacks and compare how they end: with sh, in a copy "
    "of the project, where JETTISON_<SERVICE>_<PORT> is HOST:PORT and JETTISON_URL_<SERVICE> a "
    "URL; or in a container, as 'SERVICE: COMMAND'. May be repeated.",
)
@click.option("--keep-images", is_flag=True, help="Keep the images that the trial built.")
@click.option(
    "--timeout",
    type=click.FloatRange(min=1.0),
    metavar="SECONDS",
    help="What a stack may take to become healthy, and each request, command and test of your own."
    "  [default: 300]",
)
@click.option(
    "--build-timeout",
    type=click.FloatRange(min=1.0),
    metavar="SECONDS",
    help="What the build of one image may take.  [default: 3600]",
)
@click.option(
    "--starts",
    type=click.IntRange(min=1),
    metavar="N",
    help="How often both stacks are started, in turn, to measure how soon they are ready; the "
    "report has the median.  [default: 3]",
)
@click.option(
    "--rebuilds",
    is_flag=True,
    help="Build both sides again after one line of code, and after one line of a package list, to "
    "measure what daily work costs.",
)
@click.option(
    "--pulls",
    type=click.IntRange(min=1),
    metavar="N",
    help="Pull what both sides build N times, at 100 Mbit/s from a registry of this run's own, to "
    "measure what is modelled else.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
def command(
    path: Path,
    *,
    file: tuple[Path, ...],
    dockerfile: Path | None,
    context: Path | None,
    target: str | None,
    only: tuple[str, ...],
    skip: tuple[str, ...],
    show_diff: bool,
    images: tuple[str, ...],
    out: Path | None,
    in_place: bool,
    unsafe: bool,
    extras: tuple[str, ...],
    trial: bool,
    allow_dirty: bool,
    allow: frozenset[str],
    tests: tuple[Command, ...],
    keep_images: bool,
    timeout: float | None,
    build_timeout: float | None,
    starts: int | None,
    rebuilds: bool,
    pulls: int | None,
    as_json: bool,
) -> None:
    """Change what makes a project's images heavy, try it, and keep what is proven.

    Edits Dockerfiles, ignore files, manifests and Compose files in as few lines as that takes.
    Both stacks are built, launched in turn with their own names, networks and ports, and compared.
    A change that breaks the build or a comparison is found and taken back; the rest is kept.

    With neither --out nor --apply nothing is written. `jettison undo` takes --apply back. Whatever
    is kept without being verified ends with exit code 7, with --no-trial as well, or 8 where
    nothing could be compared.

    Example: jettison optimize . --out ../slim
    """
    import os
    from dataclasses import replace

    from jettison.config import read_settings
    from jettison.optimize.request import OptimizeRequest, propose
    from jettison.rules import extra_names, rule_patterns

    if rebuilds and not trial:
        raise click.UsageError("--rebuilds needs a trial: leave out --no-trial.")
    if pulls and not trial:
        raise click.UsageError("--pulls needs a trial: leave out --no-trial.")
    if tests and not trial:
        raise click.UsageError("--test needs a trial: leave out --no-trial.")
    settings = read_settings(path)
    request = OptimizeRequest(
        project=path,
        find_engine=_find_engine,
        out=out,
        apply=in_place,
        trial=trial,
        selection=selection(file=file, dockerfile=dockerfile, context=context, target=target),
        only=rule_patterns(only or settings.only),
        skip=rule_patterns(skip or settings.skip),
        extras=extra_names(extras or settings.extras),
        unsafe=unsafe,
        asks=bool(tests or settings.trial.tests or settings.trial.commands),
        keep_images=keep_images,
        allow_dirty=allow_dirty,
        images_before=images,
        environment={**os.environ, **settings.trial.environment},
    )
    if show_diff:
        from jettison.source import printable

        made = propose(request)
        _show_diff(made.tree.diff())
        for one in made.before.project.unread:
            place = f"{one.file}:{one.line}" if one.line else one.file
            click.echo(printable(f"not read, or lacking: {place}: {one.reason}"), err=True)
        return
    tried = _trial_settings(
        settings,
        timeout,
        build_timeout,
        starts=starts,
        rebuilds=rebuilds,
        pulls=pulls or 0,
        allow=allow,
        tests=tests,
    )
    outcome = _run(replace(request, settings=tried))
    _show(outcome, request, as_json=as_json)
    click.get_current_context().exit(int(outcome.report.exit_code))


def _show_diff(text: str) -> None:
    """Prints a diff: to a file or a program as it is, to a terminal only what can be seen."""
    import sys

    from jettison.source import printable

    if sys.stdout.isatty():
        text = "\n".join(printable(line) for line in text.split("\n"))
    if not text:
        click.echo("Nothing to change; `jettison check` says what is found and why.", err=True)
    click.echo(text.encode("utf-8", "surrogateescape"), nl=False)


def _find_engine() -> Engine:
    from jettison.engine import find_engine

    return find_engine()


def _trial_settings(
    settings: Settings,
    timeout: float | None,
    build: float | None,
    *,
    starts: int | None,
    rebuilds: bool,
    pulls: int,
    allow: frozenset[str],
    tests: tuple[Command, ...],
) -> TrialSettings:
    """How to try: what the options say, else the project's settings."""
    from jettison.trial.learned import Command
    from jettison.trial.outcomes import TrialSettings

    kept = (Command.asked_test(service, words) for service, words in settings.trial.tests)
    return TrialSettings(
        timeout_seconds=timeout or settings.trial.timeout_seconds or 300.0,
        build_timeout_seconds=build or settings.trial.build_timeout_seconds or 3600.0,
        allow=allow,
        requests=settings.trial.requests,
        steps=settings.trial.steps,
        commands=settings.trial.commands,
        tests=tuple(dict.fromkeys((*kept, *tests))),
        environment=settings.trial.environment,
        starts=starts or settings.trial.starts or 3,
        rebuilds=rebuilds,
        pulls=pulls,
    )


def _run(request: OptimizeRequest) -> Outcome:
    from jettison.cli.printing import console
    from jettison.cli.progress import LiveProgress
    from jettison.errors import Interrupted
    from jettison.optimize.run import optimize

    asked = (request.trial, request.only, request.skip, sorted(request.extras), request.settings)
    key = (str(request.project.absolute()), repr(asked))
    with LiveProgress(console(stderr=True), key) as live:
        try:
            return optimize(request, live.progress(), live.findings)
        except KeyboardInterrupt as error:
            raise Interrupted(
                "interrupted; everything that was started has been stopped"
            ) from error


def _show(outcome: Outcome, request: OptimizeRequest, *, as_json: bool) -> None:
    from jettison.report.document import to_json

    report = outcome.report
    if as_json:
        click.echo(to_json(report), nl=False)
        return
    from jettison.cli.printing import console
    from jettison.report.terminal import render_report

    console().print(render_report(report))
    if outcome.tree is not None:
        click.echo(f"\nOptimized tree: {outcome.tree}")
        click.echo(f"Report: {outcome.json_path}\n        {outcome.markdown_path}")
    elif request.apply and report.diff:
        click.echo(f"\nNothing was changed in {request.project}: not all of it is verified.")
    elif report.diff:
        click.echo("\nNothing was written: --apply changes the project, --out writes elsewhere.")
