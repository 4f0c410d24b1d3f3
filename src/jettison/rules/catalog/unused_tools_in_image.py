"""Tools that nothing calls are in the image.

## What it does
Finds packages of command-line tools (curl, Git, editors, database and network clients) that are
installed in a RUN whose layer reaches the image, although no command, script, RUN or code of the
project names one of their programs. A health check that only asks an address with curl or wget is
asked with Python instead, where the image has it.

## Why it matters
They bring libraries along (a PostgreSQL client 50 MB with what it depends on) and serve whoever
breaks into the container. To look into a running container, attach a debugging image.

## Fix safety
Unsafe: a person may call them by hand, and a program may call them by a name that is put together
at run time. They leave only where the built image says that they weigh 10 MB or more with what they
bring along, and a trial verified it; else it is advice.

## Saving
Read from the built image: the packages and what only they depend on.

## References
* Docker documentation, "Building best practices: don't install unnecessary packages"
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from jettison import compose
from jettison.analysis.package_runs import (
    first_of,
    package_runs,
    reaching_stages,
    services_of,
    sharing,
)
from jettison.analysis.python.needs import in_use
from jettison.analysis.running.documented import documented
from jettison.analysis.running.health import http_check
from jettison.analysis.running.overlaid import overlaid
from jettison.analysis.running.python_code import image_code
from jettison.analysis.running.started import started
from jettison.analysis.system.asked_for import asks_git_for_version, fetches_with_git
from jettison.analysis.system.package_moves import without_packages
from jettison.ecosystem.debian import executables_of
from jettison.errors import ComposeError, UsageError
from jettison.rules.model import (
    Advice,
    Basis,
    Change,
    Claim,
    Example,
    Finding,
    Grade,
    Key,
    Level,
    Refused,
    Rule,
    Saving,
)
from jettison.shell import Manager, Verb
from jettison.source import Patch

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from jettison.analysis import Facts, ServiceRun, Target
    from jettison.analysis.package_runs import PackageRun
    from jettison.rules.model import Remedy
    from jettison.shell import Command, Package, PackageCall
    from jettison.source import TextEdit

CODE, NAME = "JT014", "unused-tools-in-image"

_TOOLS = frozenset(
    """
    curl default-mysql-client dnsutils git htop iproute2 iputils-ping jq less lsof
    mariadb-client nano net-tools netcat netcat-openbsd netcat-traditional postgresql-client
    redis-tools rsync strace telnet tree vim wget
    """.split()
)
_LEAST_BYTES = 10_000_000
# Installers of which it is known when they call Git.
_KNOWN = frozenset(
    {Manager.APT, Manager.APK, Manager.PIP, Manager.UV, Manager.POETRY, Manager.PIPENV, Manager.PDM}
)
_HEAD = "FROM python:3.11-slim\n"
VALID = (
    Example(
        "a script calls it",
        {
            "Dockerfile": _HEAD + "RUN apt-get update && apt-get install -y curl\n"
            'COPY run.sh /\nCMD ["sh", "/run.sh"]\n',
            "run.sh": "curl -s http://example.org/\n",
        },
    ),
    Example(
        "a later RUN calls it",
        {
            "Dockerfile": _HEAD + "RUN apt-get update && apt-get install -y curl\n"
            "RUN curl -sSf http://example.org/x -o /x\n"
        },
    ),
)
INVALID = (
    Example(
        "an editor",
        {
            "Dockerfile": _HEAD + "RUN apt-get update && apt-get install -y libpq5 vim\n"
            'CMD ["python"]\n'
        },
        found=("Dockerfile:2",),
    ),
)


def check(facts: Facts) -> Iterator[Finding]:
    """A finding for every call that installs tools which nothing of the project names."""
    for target in facts.targets:
        if not first_of(facts, target):
            continue
        for run, call in _installs(facts, target):
            unused = [p for p in call.packages if _is_unused(facts, target, run, p)]
            if not unused:
                continue
            names = [package.name for package in unused]
            yield Finding(
                key=Key(CODE, target.name, f"{call.manager.value}:{names[0]}"),
                name=NAME,
                message=f"{', '.join(names)} in the image: nothing of the project calls "
                f"{'them' if len(names) > 1 else 'it'}",
                file=target.dockerfile_name,
                line=run.run.line,
                services=services_of(facts, target),
                remedy=_remedy(facts, target, run, call, unused),
                level=Level.NOTE,
                saving=_saving(facts, target, names),
            )


def _installs(facts: Facts, target: Target) -> Iterator[tuple[PackageRun, PackageCall]]:
    for run in package_runs(target, reaching_stages(facts, target)):
        for manager in (Manager.APT, Manager.APK):
            if not run.of(manager, Verb.REMOVE, Verb.AUTOREMOVE):
                for call in run.of(manager, Verb.INSTALL):
                    if not call.command.nesting:
                        yield run, call


def _is_unused(facts: Facts, target: Target, run: PackageRun, package: Package) -> bool:
    if package.name not in _TOOLS or not package.known:
        return False
    if any(_own_check(one) for one in sharing(facts, target)):
        return False
    if package.name == "git" and _may_install_with_git(facts, target):
        return False
    programs = _programs(facts, target, package.name)
    images = sharing(facts, target)
    if any(_named(facts, target, one, programs) for one in images):
        return False
    if any(_needed_in_image(facts, one, package.name, programs) for one in images):
        return False
    return not any(word.unquoted in programs for c in run.commands for word in c.words[:1])


def _may_install_with_git(facts: Facts, target: Target) -> bool:
    """Whether an install of the Dockerfile may call Git by itself."""
    managers = {call.manager for run in package_runs(target) for call in run.calls}
    addressed = any(
        package.is_url for run in package_runs(target) for c in run.calls for package in c.packages
    )
    asked = asks_git_for_version(facts, target) or fetches_with_git(facts, target)
    return bool(asked) or addressed or not managers <= _KNOWN


def _programs(facts: Facts, target: Target, package: str) -> frozenset[str]:
    """The programs of a package and of those that it stands for (a ``default-mysql-client``).

    What the image says counts beside what is known of the best-known ones: links to programs that
    lie elsewhere are no files of a package.
    """
    known = frozenset(executables_of(package)) or frozenset({package})
    image = facts.evidence.image(target.name)
    if image is None or package not in image.packages:
        return known
    brought = image.brought_by({package}, ()) & image.packages[package].depends
    own = (image.packages[one].executables for one in {package, *brought})
    return known.union(*own)


def _needed_in_image(facts: Facts, one: Target, package: str, programs: frozenset[str]) -> bool:
    """Whether the image's Python code calls it, loads a library of it, or a package needs it."""
    image = facts.evidence.image(one.name)
    if image is None or package not in image.packages:
        return False
    sonames = image.packages[package].sonames
    for name in facts.of(in_use, one):
        user = image.distributions[name]
        if user.sonames & sonames or any(code.calls & programs for code in user.code.values()):
            return True
    return any(
        package in other.depends and other.name not in _TOOLS and not other.in_base
        for other in image.packages.values()
    )


def _own_check(target: Target) -> bool:
    """Whether the image's own health check asks with curl or wget."""
    check = target.state.healthcheck
    return check is not None and any(t in check.command for t in ("curl", "wget"))


def _named(facts: Facts, target: Target, one: Target, programs: frozenset[str]) -> bool:
    """Whether a command, a script, a RUN or the code names one of the programs."""
    called = re.compile(rf"(^|[/;&|(`$]\s*|\s)({'|'.join(map(re.escape, programs))})(\s|$)")
    others = (*facts.of(overlaid, one), *facts.of(documented, one))
    for command in (*facts.of(started, one).commands, *others):
        check = not command.line and command.origin.endswith("health check")
        if check and _translatable(target, one):
            continue
        if any(called.search(word) for word in command.words):
            return True
    code = facts.of(image_code, one)
    return any(called.search(text) for name in programs for text in code.strings_with(name))


def _translatable(target: Target, one: Target) -> bool:
    """Whether all health checks with curl or wget can be asked with Python."""
    python = "python" in target.base.rpartition("/")[2].partition(":")[0]
    asking = [run.check for run in one.runs if _asks(run.check)]
    return python and all(http_check(check) is not None for check in asking)


def _asks(check: tuple[str, ...]) -> bool:
    return any(tool in word for word in check[:2] for tool in ("curl", "wget"))


def _saving(facts: Facts, target: Target, names: Iterable[str]) -> Saving | None:
    image = facts.evidence.image(target.name)
    if image is None:
        return None
    size = sum(image.packages[name].size_bytes for name in _gone(facts, target, names))
    return Saving(size, size, Basis.READ)


def _gone(facts: Facts, target: Target, names: Iterable[str]) -> frozenset[str]:
    """Packages with what only they bring along, those of the base image left out."""
    image = facts.evidence.image(target.name)
    if image is None:
        return frozenset()
    listed = {p.name for _, call in _installs(facts, target) for p in call.packages}
    return image.brought_by(names, listed)


def _remedy(
    facts: Facts, target: Target, run: PackageRun, call: PackageCall, unused: list[Package]
) -> Remedy:
    names = [package.name for package in unused]
    saving = _saving(facts, target, names)
    if saving is None or saving.low_bytes < _LEAST_BYTES:
        return Advice("Leave it out if nobody calls it by hand.")
    editor = run.editor
    if len(unused) < len(call.packages):
        edits = without_packages(run, unused, {})
    elif editor.chain is None:
        return Refused("the RUN cannot be taken apart", run.run.line)
    else:
        edits = editor.drop_commands(_with_nothing_to_do(run, call))
    patch = Patch.of(target.dockerfile_name, edits)
    gone = editor.comments_in(edits)
    if len(unused) == len(call.packages):
        gone |= editor.editor.comments([run.run])
    checks: tuple[str, ...] = ()
    if "curl" in names or "wget" in names:
        try:
            files = _asked_with_python(facts, target)
        except (ComposeError, UsageError) as error:
            return Refused(f"the health check cannot be changed: {error}", run.run.line)
        patch |= Patch(files, {})
        checks = ("health checks that asked with it ask with Python",) if files else ()
    packages = _gone(facts, target, names)
    kinds = ("debian", "alpine")
    return Change(
        key=Key(CODE, target.name, f"{call.manager.value}:{names[0]}"),
        title=f"Leave out {', '.join(names)}",
        patch=patch,
        grade=Grade.UNSAFE,
        basis=Basis.READ,
        claim=Claim(packages=frozenset(f"{kind}:{name}" for name in packages for kind in kinds)),
        saving=saving,
        drops_comments=gone,
        reasons=("no command, script, RUN or code of the project names it", *checks),
    )


def _with_nothing_to_do(run: PackageRun, call: PackageCall) -> list[Command]:
    """The commands of a RUN that go with its only install."""
    chain = run.editor.chain or ()
    same = run.of(call.manager, Verb.INSTALL)
    if len(same) > 1:
        return [call.command]
    tidy = {c.command.span for c in run.of(call.manager, Verb.UPDATE, Verb.CLEAN)}
    return [
        command
        for command in chain
        if command.span == call.command.span
        or command.span in tidy
        or (command.name == "rm" and any("/var/lib/apt" in w.text for w in command.words))
    ]


def _asked_with_python(facts: Facts, target: Target) -> Mapping[str, tuple[TextEdit, ...]]:
    """The edits of Compose files that let health checks ask with Python, by file."""
    editors: dict[str, compose.ComposeEditor] = {}
    for one in sharing(facts, target):
        for run in one.runs:
            asked = http_check(run.check) if run.service else None
            if asked is None or not _own(run):
                continue
            name = facts.name_of(run.file)
            if name not in editors:
                source = facts.tree.read(name)
                if source is None:
                    raise UsageError(f"{name} cannot be read")
                editors[name] = compose.ComposeEditor(source)
            test = ["CMD", *asked.python_argv()]
            editors[name].set_service_key(run.service, ("healthcheck", "test"), test)
    return {name: editor.edits() for name, editor in editors.items()}


def _own(run: ServiceRun) -> bool:
    return run.healthcheck is not None and bool(run.healthcheck.test)


RULE = Rule(
    code=CODE,
    name=NAME,
    summary="Tools that nothing calls are in the image.",
    since="0.1.0",
    grade=Grade.UNSAFE,
    check=check,
    level=Level.NOTE,
    valid=VALID,
    invalid=INVALID,
)
