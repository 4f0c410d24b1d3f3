"""Installs of a project by pip or uv with extras for development: ``pip install .[dev]``."""

from __future__ import annotations

import configparser
import posixpath
from dataclasses import replace
from typing import TYPE_CHECKING

from jettison.analysis.landing import brought_from, landings, project_path, steps_before
from jettison.analysis.package_runs import feeding_runs, folder_of
from jettison.analysis.python.dependency_groups import (
    DEVELOPMENT,
    needed_of,
    requirements_in,
    toml_of,
)
from jettison.analysis.python.leaving import Leaving, of_install, optional_of
from jettison.ecosystem.python.canonical import canonicalize_name
from jettison.patterns import regex
from jettison.shell import Manager, Verb
from jettison.source import Span, TextEdit

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from jettison.analysis.facts import Facts
    from jettison.analysis.package_runs import PackageRun
    from jettison.analysis.project import Target
    from jettison.shell import Package, PackageCall

__all__ = ["leaving_extras"]

_PATH = regex(r"(?P<path>[./][^\[\]$*]*)\[(?P<extras>[\w\s.,-]+)\]")


def leaving_extras(facts: Facts) -> Iterator[Leaving]:
    """The installs of the project's own folder that could leave out extras for development."""
    for target, run in feeding_runs(facts):
        for manager in (Manager.PIP, Manager.UV):
            for call in run.of(manager, Verb.INSTALL):
                for package in call.packages:
                    found = _leaving(facts, target, run, call, package)
                    if found is not None:
                        yield found


def _leaving(
    facts: Facts, target: Target, run: PackageRun, call: PackageCall, package: Package
) -> Leaving | None:
    word = _PATH.fullmatch(package.name)
    folder = folder_of(run, call)
    if word is None or folder is None:
        return None
    place = posixpath.normpath(posixpath.join(folder, word["path"]))
    always, extras = _declared(facts, target, run, place)
    asked = [one.strip() for one in word["extras"].split(",")]
    leaving = [one for one in asked if DEVELOPMENT.match(one) and canonicalize_name(one) in extras]
    staying = always.union(
        *(extras.get(canonicalize_name(one), ()) for one in asked if one not in leaving)
    )
    packages = frozenset[str]().union(*(extras[canonicalize_name(one)] for one in leaving))
    packages -= staying
    edits = _edits(run, package, [one for one in asked if one not in leaving])
    if not packages or not edits:
        return None
    refusal, needs = needed_of(facts, target, call.manager, packages, staying)
    names = ", ".join(leaving)
    program = call.program_name
    found = of_install(
        target,
        run,
        call,
        message=f"{program} installs the project with its extras for development ({names})",
        title=f"{program} {call.subcommand_name} without [{names}]",
        packages=frozenset(f"python:{one}" for one in packages),
        edits=edits,
        evidence=f"{names}: {', '.join(sorted(packages))}",
        refusal=refusal,
    )
    return replace(found, optional=optional_of(needs))


def _declared(
    facts: Facts, target: Target, run: PackageRun, place: str
) -> tuple[frozenset[str], Mapping[str, frozenset[str]]]:
    """What a project in a folder of the image always needs, and what its extras add."""
    landed = landings(target, steps_before(target, run.stage, run.run.line))
    path = brought_from(target, landed, f"{place}/pyproject.toml")
    data = toml_of(facts, project_path(target, path)) if path else None
    project = data.get("project") if data is not None else None
    if isinstance(project, dict) and isinstance(project.get("optional-dependencies"), dict):
        extras = project["optional-dependencies"]
        return requirements_in(project.get("dependencies")), {
            canonicalize_name(name): requirements_in(rows) for name, rows in extras.items()
        }
    path = brought_from(target, landed, f"{place}/setup.cfg")
    source = facts.tree.read(project_path(target, path)) if path else None
    parser = configparser.ConfigParser(interpolation=None, delimiters=("=",), strict=False)
    try:
        parser.read_string(source.text if source is not None else "")
    except configparser.Error:
        return frozenset(), {}
    always = parser.get("options", "install_requires", fallback="")
    section = "options.extras_require"
    rows = parser.items(section) if parser.has_section(section) else []
    return requirements_in(always.split("\n")), {
        canonicalize_name(name): requirements_in(text.split("\n")) for name, text in rows
    }


def _edits(run: PackageRun, package: Package, staying: list[str]) -> tuple[TextEdit, ...]:
    """The edit of the brackets behind the folder; none where they cannot be told."""
    span = run.editor.span(package.span)
    written = run.editor.editor.text[span.start : span.end]
    start, end = written.find("["), written.rfind("]")
    if not 0 <= start < end:
        return ()
    text = f"[{','.join(staying)}]" if staying else ""
    return (TextEdit(Span(span.start + start, span.start + end + 1), text),)
