"""``jettison check``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from jettison.cli.options import images_option, selection, selection_options

if TYPE_CHECKING:
    from jettison.analysis import Evidence, Project
    from jettison.changes.checking import Checked

_COLOURS = {"error": "red", "warning": "yellow", "note": "cyan", "fix": "green"}


@click.command("check")
@click.argument("path", type=click.Path(path_type=Path), default=Path())
@selection_options
@images_option("--image")
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "github", "sarif"]),
    default="text",
    show_default=True,
    help="What to print: for a person, a program, a GitHub Actions log, or a SARIF reader.",
)
@click.option("--json", "as_json", is_flag=True, help="The same as --format json.")
@click.option(
    "--level",
    type=click.Choice(["note", "warning", "error"]),
    help="Exit with 1 when a finding of this level or above is there.  [default: warning]",
)
def command(
    path: Path,
    *,
    file: tuple[Path, ...],
    dockerfile: Path | None,
    context: Path | None,
    target: str | None,
    only: tuple[str, ...],
    skip: tuple[str, ...],
    images: tuple[str, ...],
    form: str,
    as_json: bool,
    level: str | None,
) -> None:
    """Show what makes a project's images heavy or unsafe, and what `jettison optimize` would do.

    Reads the Compose files, Dockerfiles, ignore files and manifests in PATH; nothing is built or
    changed, and no engine is asked but for --image. A comment `# jettison: ignore=CODE reason`
    above a line silences a finding. Settings are read from jettison.toml, or [tool.jettison] of
    pyproject.toml.

    Example: jettison check . --level error
    """
    from jettison.changes.checking import CheckRequest, check
    from jettison.config import read_settings
    from jettison.rules import Level, extra_names, rule_patterns

    settings = read_settings(path)
    checked = check(
        CheckRequest(
            path,
            selection(file=file, dockerfile=dockerfile, context=context, target=target),
            only=rule_patterns(only or settings.only),
            skip=rule_patterns(skip or settings.skip),
            extras=extra_names(settings.extras),
            observe=lambda project: _evidence(project, images),
        )
    )
    click.echo(_rendered(checked, "json" if as_json else form), nl=False)
    least = Level[(level or settings.level or "warning").upper()]
    if any(finding.level >= least for finding in checked.findings):
        click.get_current_context().exit(1)


def _evidence(project: Project, images: tuple[str, ...]) -> Evidence:
    if not images:
        from jettison.analysis import NO_EVIDENCE

        return NO_EVIDENCE
    from jettison.optimize.before import evidence_of

    return evidence_of(project, images)


def _rendered(checked: Checked, form: str) -> str:
    if form == "json":
        from jettison.report.check.json import check_to_json

        return check_to_json(checked)
    if form == "github":
        from jettison.report.check.github import check_to_github

        return check_to_github(checked, _prefix(checked.project.root))
    if form == "sarif":
        from jettison import __version__
        from jettison.report.check.sarif import check_to_sarif
        from jettison.rules import all_rules

        prefix = _prefix(checked.project.root)
        return check_to_sarif(checked, all_rules(), version=__version__, prefix=prefix)
    import sys

    from jettison.report.check.text import render_check

    if not sys.stdout.isatty():
        return render_check(checked)
    from shutil import get_terminal_size

    width = min(get_terminal_size().columns, 100)
    return render_check(checked, width=width, style=_styled)


def _styled(text: str, style: str) -> str:
    bold, dim = style == "file", style == "faint"
    return click.style(text, fg=_COLOURS.get(style), bold=bold or None, dim=dim or None)


def _prefix(root: Path) -> str:
    """The way from the repository, or else from here, to the project: ``""`` where it is not in."""
    import os

    for start in (os.environ.get("GITHUB_WORKSPACE"), "."):
        if start and root.is_relative_to(Path(start).resolve()):
            way = root.relative_to(Path(start).resolve()).as_posix()
            return "" if way == "." else f"{way}/"
    return ""
