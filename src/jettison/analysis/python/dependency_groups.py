"""Installs of Poetry, uv, PDM and Pipenv that bring the development groups into an image."""

from __future__ import annotations

import posixpath
import re
from dataclasses import replace
from typing import TYPE_CHECKING

from jettison.analysis.landing import brought_from, landings, project_path, steps_before
from jettison.analysis.package_runs import feeding_runs, folder_of, sharing
from jettison.analysis.python.leaving import Leaving, of_install, optional_of
from jettison.analysis.python.needs import Verdict, installed_of, needs_of
from jettison.analysis.running.started import started
from jettison.ecosystem.python.canonical import canonicalize_name
from jettison.patterns import regex
from jettison.shell import Manager, Verb
from jettison.sure import sure

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from jettison.analysis.facts import Facts
    from jettison.analysis.package_runs import PackageRun
    from jettison.analysis.project import Target
    from jettison.analysis.python.needs import Need
    from jettison.shell import PackageCall
    from jettison.source import TextEdit

__all__ = [
    "DEVELOPMENT",
    "always_listed",
    "leaving_groups",
    "manifest_of",
    "needed_of",
    "requirements_in",
    "toml_of",
]

DEVELOPMENT = regex(
    r"^(dev|develop|development|tests?|testing|lint|linting|linters?|docs?|documentation|typing"
    r"|types|mypy|format|formatting|style|quality|qa|ci|debug|tools|pre-commit|release|notebooks?)$"
)
"""Names of groups and extras for development."""
_NAME = regex(r"^[A-Za-z0-9][A-Za-z0-9._-]*")
_LISTING = {Manager.PIPENV: ("requirements",), Manager.POETRY: ("export",)}
"""What writes a list that pip installs."""
_LIMITS = {
    Manager.POETRY: ("--only", "--without", "--no-dev", "--only-root", "--no-default"),
    Manager.UV: ("--no-dev", "--no-group", "--only-group", "--no-default-groups", "--dev"),
    Manager.PDM: ("--prod", "--production", "--no-default", "--without", "-G", "--group", "--dev"),
}


def leaving_groups(facts: Facts) -> Iterator[Leaving]:
    """The installs of a manager with dependency groups that could leave out development's."""
    for target, run in feeding_runs(facts):
        for manager in (Manager.POETRY, Manager.UV, Manager.PDM, Manager.PIPENV):
            for call in run.of(manager, Verb.INSTALL, Verb.OTHER):
                found = _leaving(facts, target, run, call)
                if found is not None:
                    yield found


def manifest_of(
    facts: Facts, target: Target, run: PackageRun, call: PackageCall
) -> tuple[str, Mapping[str, object] | None]:
    """The ``pyproject.toml`` or ``Pipfile`` that a call reads, by its path in the context.

    ``None`` for what it says where it is not known which that is.
    """
    folder = folder_of(run, call)
    landed = landings(target, steps_before(target, run.stage, run.run.line))
    name = "Pipfile" if call.manager is Manager.PIPENV else "pyproject.toml"
    path = brought_from(target, landed, f"{folder}/{name}") if folder else None
    return (path, toml_of(facts, project_path(target, path))) if path else ("", None)


def always_listed(manager: Manager, data: Mapping[str, object]) -> frozenset[str]:
    """What is installed without any group, with canonical names."""
    if manager is Manager.PIPENV:
        return _keys(data.get("packages"))
    poetry = _keys(_table(_table(data.get("tool")).get("poetry")).get("dependencies"))
    return poetry | requirements_in(_table(data.get("project")).get("dependencies"))


def _leaving(facts: Facts, target: Target, run: PackageRun, call: PackageCall) -> Leaving | None:
    manager = call.manager
    # A list that Pipenv writes is what pip installs.
    names = ("install", "sync", *_LISTING.get(manager, ()))
    exports = call.subcommand_name == "export"  # whose options may be taken for packages
    if (call.packages and not exports) or call.subcommand_name not in names:
        return None
    if manager is Manager.PIPENV:
        flag = call.flag("--dev", "-d")
        if flag is None:
            return None
    elif call.flag(*_LIMITS[manager]) is not None or _limited_by_variable(run, call):
        return None
    path, data = manifest_of(facts, target, run, call)
    if data is None:
        return None
    groups = _groups(manager, data)
    added = call.flag("--with") if manager is Manager.POETRY else None
    named = (added.value or "dev").split(",") if added is not None else []
    named = [one for one in named if DEVELOPMENT.match(one.strip())]
    packages = {one for group, names in groups.items() for one in names if DEVELOPMENT.match(group)}
    staying = always_listed(manager, data)
    packages -= staying | _brought(facts, target, staying)
    if not packages:
        return None
    refusal, needs = needed_of(facts, target, manager, frozenset(packages), staying)
    if named:
        refusal = f"it is told to install {', '.join(named)}: leave that out, if nothing needs it"
    edits, words = _edits(run, call, groups)
    install = f"{call.program_name} {call.subcommand_name}"
    file = posixpath.basename(path)
    found = of_install(
        target,
        run,
        call,
        message=f"{install} installs the development groups, too",
        title=f"{install} {words}",
        packages=frozenset(f"python:{one}" for one in packages),
        edits=edits,
        evidence=f"{file} lists for development: {', '.join(sorted(packages))}",
        refusal=refusal,
    )
    return replace(found, optional=optional_of(needs))


def _brought(facts: Facts, target: Target, names: frozenset[str]) -> frozenset[str]:
    """What some distributions need in turn, as the built image says: it stays with them."""
    installed = facts.of(installed_of, target).distributions
    found: set[str] = set()
    waiting = list(names)
    while waiting:
        one = installed.get(waiting.pop())
        more = one.requires - found if one is not None else frozenset[str]()
        found |= more
        waiting += more
    return frozenset(found)


def _limited_by_variable(run: PackageRun, call: PackageCall) -> bool:
    if call.manager is Manager.UV:
        return run.is_set("UV_NO_DEV", call) or bool(run.variable("UV_NO_GROUP", call))
    names = ("POETRY_WITHOUT", "POETRY_ONLY", "POETRY_NO_DEV", "PDM_NO_DEV")
    return any(run.variable(name, call) for name in names)


def needed_of(
    facts: Facts,
    target: Target,
    manager: Manager,
    packages: frozenset[str],
    staying: frozenset[str],
) -> tuple[str, list[Need]]:
    """Why the groups cannot be left out, or ``""``; and the verdicts on the packages."""
    verdicts: list[Need] = []
    for one in sharing(facts, target):
        commands = facts.of(started, one).at_run_time
        if manager is Manager.UV and any(
            c.program == "uv"
            and "run" in c.words
            and "--no-sync" not in c.words
            and "--no-dev" not in c.words
            for c in commands
        ):
            return "the start command, uv run, would install them again when it starts", verdicts
        declared = dict.fromkeys(packages, "listed in a development group")
        for name, need in needs_of(
            facts, one, packages, declared, why_kept=True, staying=staying
        ).items():
            verdicts.append(need)
            if need.verdict is Verdict.NEEDED:
                return f"{name} is of a development group and used: {need.reason}", verdicts
    return "", verdicts


def _edits(
    run: PackageRun, call: PackageCall, groups: Mapping[str, frozenset[str]]
) -> tuple[tuple[TextEdit, ...], str]:
    match call.manager:
        case Manager.PIPENV:
            flag = sure(call.flag("--dev", "-d"))
            return run.editor.drop_words([flag]), f"without {flag.name}"
        case Manager.UV:
            words = "--no-dev"
        case Manager.PDM:
            words = "--prod"
        case _:
            whole = call.flag("--with") is None
            words = _poetry_words(run.editor.editor.text, groups, whole=whole)
    return run.editor.add_flag(call, words), words


def _poetry_words(text: str, groups: Mapping[str, frozenset[str]], *, whole: bool) -> str:
    version = re.search(r"poetry[=~<>!]=?\s*(\d+)\.(\d+)", text)
    if version and (int(version[1]), int(version[2])) < (1, 2):
        return "--no-dev"
    leaving = sorted(group for group in groups if DEVELOPMENT.match(group))
    only = whole and len(leaving) == len(groups)
    return "--only main" if only else f"--without {','.join(leaving)}"


def _groups(manager: Manager, data: Mapping[str, object]) -> dict[str, frozenset[str]]:
    """The groups that the manager installs unasked, with their canonical names."""
    tool = _table(data.get("tool"))
    found: dict[str, frozenset[str]] = {}
    if manager is Manager.PIPENV:
        found["dev"] = _keys(data.get("dev-packages"))
    elif manager is Manager.POETRY:
        poetry = _table(tool.get("poetry"))
        if "dev-dependencies" in poetry:
            found["dev"] = _keys(poetry["dev-dependencies"])
        for name, group in _table(poetry.get("group")).items():
            if not _table(group).get("optional"):
                found[name] = _keys(_table(group).get("dependencies"))
        for name, names in _table(data.get("dependency-groups")).items():
            found[name] = found.get(name, frozenset()) | requirements_in(names)
    elif manager is Manager.UV:
        defaults = _table(tool.get("uv")).get("default-groups", ["dev"])
        groups = _table(data.get("dependency-groups"))
        if defaults == ["dev"] and "dev" in groups:
            found["dev"] = requirements_in(groups["dev"])
        legacy = requirements_in(_table(tool.get("uv")).get("dev-dependencies"))
        if legacy:
            found["dev"] = found.get("dev", frozenset()) | legacy
    else:
        for name, names in _table(_table(tool.get("pdm")).get("dev-dependencies")).items():
            found[name] = requirements_in(names)
        for name, names in _table(data.get("dependency-groups")).items():
            found[name] = requirements_in(names)
        # --prod leaves out every one of them.
        found = {"dev": frozenset[str]().union(*found.values())} if found else {}
    return {name: names for name, names in found.items() if names}


def _table(value: object) -> dict[str, object]:
    return value if isinstance(value, dict) else {}


def _keys(value: object) -> frozenset[str]:
    return frozenset(canonicalize_name(name) for name in _table(value))


def requirements_in(value: object) -> frozenset[str]:
    """The canonical names of a list of requirements."""
    rows = value if isinstance(value, list) else []
    names = (_NAME.match(row.strip()) for row in rows if isinstance(row, str))
    return frozenset(canonicalize_name(name[0]) for name in names if name)


def toml_of(facts: Facts, path: str) -> Mapping[str, object] | None:
    """What a file of the project says; ``None`` where it is not there or cannot be read."""
    source = facts.tree.read(posixpath.normpath(path))
    import tomllib

    try:
        return tomllib.loads(source.text) if source is not None else None
    except tomllib.TOMLDecodeError:
        return None
