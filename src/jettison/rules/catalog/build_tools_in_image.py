"""Compilers, headers and installers stay in the image that runs.

## What it does
Finds system packages that serve building only (compilers, ``-dev`` headers, Git where only an
install fetches from it, curl where it only fetches an installer, Python beside compilers in an
image of Node) and that a RUN of the image's own stages installs; and installers (Poetry, Pipenv,
uv) that only the install calls.

## Why it matters
A service never compiles. ``gcc`` with its headers is 200 MB and more, and gives an attacker a
toolbox. Poetry brings some forty distributions along, 60 MB and more.

## Fix safety
Unsafe: the packages move to the stage that builds. The shared library that a ``-dev`` package
stands for takes its place where an installed distribution needs it: the built image says so, or a
table where there is none. A package stays whose programs a command, a script, the code or another
RUN calls, and so does one of which it is not known what it leaves. A later RUN that only removes
what moved goes, too: the layer below it had the packages all the same. Poetry and
Pipenv that install into the system's Python get environments of their own in that stage, and pip
installs what Pipenv has locked. Verified by a trial.

What extensions of an official image of PHP are compiled with leaves in the RUN that compiles them,
as that image's own Dockerfile does it: the packages of the libraries that the extensions are linked
with stay, then the headers are removed. Where another RUN has installed them, they move there; RUNs
that compile and follow each other become one. An image with Xdebug or PHP's settings for
development is left alone. Git, and unzip beside it, go with Composer to the stage that installs by
it where no command, script or code calls them and no service mounts its sources. This was planned
on files, and not tried on an engine here.

## Saving
Guessed: 100 to 300 MB for a compiler; known exactly only after the build.

## References
* Docker documentation, "Multi-stage builds"
* Debian policy, "Development files"
* docker-library/php, "Dockerfile-linux.template"
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from jettison.analysis.package_runs import first_of, package_runs, reaching_stages, services_from
from jettison.analysis.stages.installers import stray_installers
from jettison.analysis.stages.split import Split, split_of
from jettison.analysis.system.building import build_packages, installs_in_final
from jettison.analysis.system.package_moves import Move, move_of, options_of
from jettison.ecosystem.debian.building import programs_of
from jettison.ecosystem.debian.full_images import BUILDPACK, slim_tag
from jettison.ecosystem.php.images import LIBRARIES_OF_DEBIAN, php_system
from jettison.ecosystem.ruby.images import official_ruby
from jettison.rules.model import (
    Advice,
    Basis,
    Blocked,
    Change,
    Claim,
    Example,
    Finding,
    Grade,
    Key,
    Patch,
    Refused,
    Remedy,
    Rule,
    Saving,
)
from jettison.shell import Verb

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from jettison.analysis.facts import Facts
    from jettison.analysis.php.extensions import Headers
    from jettison.analysis.project import Target
    from jettison.analysis.system.building import BuildPackages, Kept

CODE, NAME = "JT002", "build-tools-in-image"

_SMALL_INSTALLERS = frozenset({"composer", "pip", "poetry-core", "setuptools", "wheel"})
_INSTALLER = Saving(20_000_000, 100_000_000, Basis.GUESSED)
_SAVING = Saving(100_000_000, 300_000_000, Basis.GUESSED)
_NOTHING = Saving(0, 1_000_000, Basis.GUESSED)
_LEAST_BYTES = 3_000_000
_LIGHT = frozenset({"make", "pkg-config", "pkgconf", "patch", "file", "unzip", "zip"})
_SMALL = Saving(1_000_000, 50_000_000, Basis.GUESSED)
_COMPILERS = frozenset({"cc", "gcc", "g++", "clang", "gfortran", "cargo", "rustc"})

_FILES = {
    "compose.yaml": "services:\n  api:\n    build: .\n",
    "requirements.txt": "flask==3.0\npsycopg2==2.9.9\n",
}
_PIP = "COPY requirements.txt .\nRUN pip install -r requirements.txt\nCOPY . .\n"
_SPLIT = (
    "COPY requirements.txt .\nRUN pip install --prefix=/install -r requirements.txt\n\n"
    "FROM base\nCOPY --from=build /install /usr/local\nCOPY . .\n"
)
_LINKED = " \\\n        ".join(LIBRARIES_OF_DEBIAN)
VALID = (
    Example(
        "only a run-time library",
        {
            **_FILES,
            "Dockerfile": f"FROM python:3.11-slim\nRUN apt-get install -y libpq5\n{_PIP}",
        },
    ),
    Example(
        "removed in the same RUN",
        {
            **_FILES,
            "Dockerfile": "FROM python:3.11-slim\nCOPY requirements.txt .\n"
            "RUN apt-get update && apt-get install -y gcc && pip install -r requirements.txt"
            " && apt-get purge -y gcc && apt-get autoremove -y\n",
        },
    ),
    Example(
        "the service calls it",
        {
            **_FILES,
            "Dockerfile": "FROM python:3.11-slim\nRUN apt-get update && apt-get install -y make\n"
            f'{_PIP}CMD ["make", "serve"]\n',
        },
    ),
)
INVALID = (
    Example(
        "a compiler and a header in the only stage",
        {
            **_FILES,
            "Dockerfile": "FROM python:3.11-slim-bookworm\n\n"
            "# For psycopg2\nRUN apt-get update && apt-get install -y \\\n    gcc \\\n"
            f"    libpq-dev \\\n    curl\n\n{_PIP}",
        },
        found=("Dockerfile:4",),
        after={
            "Dockerfile": "FROM python:3.11-slim-bookworm AS base\n\n"
            "# For psycopg2\nRUN apt-get update && apt-get install -y \\\n    libpq5 \\\n"
            "    curl\n\nFROM base AS build\nRUN apt-get update && apt-get install -y gcc libpq-dev"
            " && rm -rf /var/lib/apt/lists/*\n"
            f"{_SPLIT}"
        },
    ),
    Example(
        "a RUN of nothing else moves as it is",
        {
            **_FILES,
            "Dockerfile": "FROM python:3.11-alpine\nWORKDIR /app\n# Headers\n"
            f"RUN apk add --no-cache musl-dev linux-headers\n{_PIP}",
        },
        found=("Dockerfile:4",),
        after={
            "Dockerfile": "FROM python:3.11-alpine AS base\nWORKDIR /app\n\n"
            "FROM base AS build\n# Headers\nRUN apk add --no-cache musl-dev linux-headers\n"
            f"{_SPLIT}"
        },
    ),
    Example(
        "a stage builds already",
        {
            **_FILES,
            "Dockerfile": "FROM python:3.11-slim AS wheels\n"
            "RUN apt-get update && apt-get install -y gcc\nCOPY requirements.txt .\n"
            "RUN pip install --prefix=/install -r requirements.txt\n\nFROM python:3.11-slim\n"
            "RUN apt-get update && apt-get install -y gcc curl\n"
            "COPY --from=wheels /install /usr/local\nCOPY . .\n",
        },
        found=("Dockerfile:7",),
        after={
            "Dockerfile": "FROM python:3.11-slim AS wheels\n"
            "RUN apt-get update && apt-get install -y gcc\nCOPY requirements.txt .\n"
            "RUN pip install --prefix=/install -r requirements.txt\n\nFROM python:3.11-slim\n"
            "RUN apt-get update && apt-get install -y curl\n"
            "COPY --from=wheels /install /usr/local\nCOPY . .\n"
        },
    ),
    Example(
        "an installer that only the install calls",
        {
            "compose.yaml": "services:\n  api:\n    build: .\n",
            "Pipfile": "[packages]\nflask = '*'\n",
            "Pipfile.lock": '{"default": {"flask": {"hashes": ["sha256:0"]}}}',
            "Dockerfile": "FROM python:3.11-slim\nRUN pip install pipenv\nWORKDIR /app\n"
            "COPY Pipfile Pipfile.lock ./\nRUN pipenv install --system --deploy\nCOPY . .\n",
        },
        found=("Dockerfile:2",),
        after={
            "Dockerfile": "FROM python:3.11-slim AS base\nWORKDIR /app\n\nFROM base AS build\n"
            "RUN python -m venv /opt/pipenv && /opt/pipenv/bin/pip install pipenv\n"
            "COPY Pipfile Pipfile.lock ./\nRUN /opt/pipenv/bin/pipenv verify \\\n"
            "    && /opt/pipenv/bin/pipenv requirements --hash > /tmp/requirements.txt \\\n"
            "    && pip install --prefix=/install -r /tmp/requirements.txt\n\n"
            "FROM base\nCOPY --from=build /install /usr/local\nCOPY . .\n"
        },
    ),
    Example(
        "extensions of PHP",
        {
            "compose.yaml": _FILES["compose.yaml"],
            "Dockerfile": "FROM php:8.3-apache\nRUN apt-get update && apt-get install -y \\\n"
            "    libpng-dev \\\n    unzip \\\n    && docker-php-ext-install gd\n",
        },
        found=("Dockerfile:2",),
        after={
            "Dockerfile": "FROM php:8.3-apache\nRUN apt-get update && apt-get install -y \\\n"
            "    libpng-dev \\\n    unzip \\\n    && docker-php-ext-install gd \\\n"
            f"    && {_LINKED} \\\n    && apt-get purge -y --auto-remove libpng-dev\n"
        },
    ),
    Example(
        "it is not known what the header leaves",
        {
            **_FILES,
            "Dockerfile": "FROM python:3.11-slim\n"
            f"RUN apt-get update && apt-get install -y libgirepository1.0-dev\n{_PIP}",
        },
        found=("Dockerfile:2",),
    ),
    Example(
        "a later RUN compiles",
        {
            **_FILES,
            "Dockerfile": "FROM python:3.11-slim\nRUN apt-get update && apt-get install -y gcc\n"
            f"{_PIP}RUN gcc -shared -o /app/fast.so fast.c\n",
        },
        found=("Dockerfile:2",),
    ),
)


def check(facts: Facts) -> Iterator[Finding]:
    """Findings for every RUN of the image's stages that installs what only serves building."""
    for target in facts.targets:
        if not first_of(facts, target):
            continue
        yield from _installers(facts, target)
        found = facts.of(build_packages, target)
        for ones in _alike(found):
            yield _movable(facts, target, ones)
        headers = _headers(facts, target)
        spans = {p.span for one in headers.calls for p in one.movable} if headers else set()
        if headers is not None:
            yield _of_extensions(facts, target, headers)
        for one in found:
            reported = [k for k in one.kept if k.reported and k.package.span not in spans]
            for reason in dict.fromkeys((kept.reason, kept.line) for kept in reported):
                same = [kept for kept in reported if (kept.reason, kept.line) == reason]
                yield _kept(facts, target, one, same)


def _headers(facts: Facts, target: Target) -> Headers | None:
    """What PHP's extensions are compiled with, where a RUN of the target's calls what does it."""
    if not php_system(target.base):
        return None
    from jettison.analysis.php.extensions import php_headers

    return facts.of(php_headers, target)


def _of_extensions(facts: Facts, target: Target, headers: Headers) -> Finding:
    first = headers.calls[0]
    names = [package.name for one in headers.calls for package in one.movable]
    key = Key(CODE, target.name, f"{first.call.manager.value}:{names[0]}")
    change = Change(
        key,
        "remove what extensions are compiled with in the RUN that compiles them",
        Patch.of(target.dockerfile_name, headers.edits),
        Grade.UNSAFE,
        Basis.DECLARED,
        claim=Claim(packages=frozenset(f"{headers.kind}:{name}" for name in names)),
        saving=_SMALL,
        drops_comments=headers.drops_comments,
        reasons=(
            "only extensions of PHP are compiled with them",
            "the libraries that the extensions are linked with stay, as the built files say",
        ),
    )
    return Finding(
        key,
        NAME,
        _stay(names),
        target.dockerfile_name,
        first.run.run.line,
        services_from(facts, target, first.run.stage),
        Refused(headers.refusal, headers.line or first.run.run.line) if headers.refusal else change,
        saving=_SMALL,
    )


def _installers(facts: Facts, target: Target) -> Iterator[Finding]:
    """Findings for installers that a stage for the build would take along."""
    split = facts.of(split_of, target)
    for name, line in split.installers.items() if isinstance(split, Split) else ():
        if name in _SMALL_INSTALLERS:
            continue
        yield Finding(
            Key(CODE, target.name, f"python:{name}"),
            NAME,
            _stay([name]),
            target.dockerfile_name,
            line,
            services_from(facts, target, target.stage.index),
            Blocked(f"JT011/{target.name}", "it installs in the image's own stage"),
            saving=_INSTALLER,
        )
    for one in stray_installers(facts, target):
        key = Key(CODE, target.name, f"python:{one.name}")
        yield Finding(
            key,
            NAME,
            _stay([one.name]),
            target.dockerfile_name,
            one.run.run.line,
            services_from(facts, target, one.run.stage),
            Change(
                key,
                f"leave out {one.name}"
                if one.stage is None
                else f"install {one.name} in the stage that calls it",
                Patch.of(target.dockerfile_name, one.edits),
                Grade.UNSAFE,
                Basis.DECLARED,
                claim=Claim(packages=frozenset({f"python:{one.name}"})),
                saving=_INSTALLER,
                drops_comments=one.run.editor.editor.comments([one.run.run])
                if one.stage is None
                else frozenset(),
                reasons=("no command, script or RUN of the image's own stages calls it",),
            ),
            saving=_INSTALLER,
        )


def _alike(found: Sequence[BuildPackages]) -> Iterator[list[BuildPackages]]:
    """The calls with something to move, those of one RUN with the same options together."""
    groups: dict[tuple[object, ...], list[BuildPackages]] = {}
    for one in found:
        if one.movable:
            key = (one.run.run.span, one.kind, options_of(one.run, one.call))
            groups.setdefault(key, []).append(one)
    yield from groups.values()


def _movable(facts: Facts, target: Target, ones: Sequence[BuildPackages]) -> Finding:
    one = replace(
        ones[0],
        movable=tuple(package for each in ones for package in each.movable),
        runtime={name: left for each in ones for name, left in each.runtime.items()},
    )
    key = Key(CODE, target.name, f"{one.call.manager.value}:{one.movable[0].name}")
    return Finding(
        key,
        NAME,
        _stay([package.name for package in one.movable]),
        target.dockerfile_name,
        one.run.run.line,
        services_from(facts, target, one.run.stage),
        _remedy(facts, target, one, ones, key),
        saving=_saving(facts, target, one),
    )


def _stay(names: Sequence[str]) -> str:
    return f"{', '.join(names)} stay{'s' if len(names) == 1 else ''} in the image that runs"


def _gone(facts: Facts, target: Target, one: BuildPackages) -> frozenset[str]:
    """The packages that leave with a call's: those that nothing else which is installed needs."""
    image = facts.evidence.image(target.name)
    names = {package.name for package in one.movable}
    if image is None:
        return frozenset(names)
    listed = {
        package.name
        for run in package_runs(target, reaching_stages(facts, target))
        for call in run.of(one.call.manager, Verb.INSTALL)
        for package in call.packages
    }
    others = {p.name for each in facts.of(build_packages, target) for p in each.movable}
    runtime = {name for left in one.runtime.values() for name in left}
    return image.brought_by(names, (listed - (others - names)) | runtime)


def _saving(facts: Facts, target: Target, one: BuildPackages) -> Saving:
    image = facts.evidence.image(target.name)
    if image is None:
        if _in_base(facts, target, one):
            return _NOTHING
        programs = {program for each in one.movable for program in programs_of(each.name)}
        return _SAVING if programs & _COMPILERS else _SMALL
    gone = _gone(facts, target, one)
    size = sum(image.packages[name].size_bytes for name in gone if name in image.packages)
    return Saving(size, size, Basis.READ)


def _in_base(facts: Facts, target: Target, one: BuildPackages) -> bool:
    """Whether a full base image is known to have all that moves, where none was built to tell."""
    if facts.evidence.image(target.name) is not None:
        return False
    path, _, tag = target.base.partition("@")[0].partition(":")
    full = (
        slim_tag(path.rpartition("/")[2], tag) is not None or official_ruby(target.base) == "full"
    )
    return full and all(package.name in BUILDPACK for package in one.movable)


def _is_little(facts: Facts, target: Target) -> bool:
    """Whether all that could move weighs hardly anything."""
    found = facts.of(build_packages, target)
    if facts.evidence.image(target.name) is None:
        return all(package.name in _LIGHT for one in found for package in one.movable)
    return sum(_saving(facts, target, one).low_bytes for one in found) < _LEAST_BYTES


def _remedy(
    facts: Facts, target: Target, one: BuildPackages, ones: Sequence[BuildPackages], key: Key
) -> Remedy:
    if _in_base(facts, target, one):
        return Advice(f"{target.base} has them already: they add next to nothing.")
    line = installs_in_final(facts, target, one.run.stage)
    if line is not None:
        split = facts.of(split_of, target)
        why = f"the installs on line {line} may need them, in the image's own stage"
        if isinstance(split, Split):
            if _is_little(facts, target):
                return Advice("They are little: not worth a stage of its own.")
            return Blocked(f"JT011/{target.name}", why)
        return Refused(f"{why}; {split.reason}", split.line)
    if len(target.dockerfile.stages) == 1:
        return Advice("Nothing in the Dockerfile builds: leave them out if no command needs them.")
    move = move_of(target, ones)
    if not isinstance(move, Move):
        return Refused(move, one.run.run.line)
    basis = Basis.READ if one.read else Basis.GUESSED
    return Change(
        key,
        "install what only serves building in the stage that builds"
        if move.to_stage
        else "leave out what only serves building",
        Patch.of(target.dockerfile_name, move.edits),
        Grade.UNSAFE,
        basis,
        claim=Claim(packages=frozenset(f"{one.kind}:{name}" for name in _gone(facts, target, one))),
        saving=_saving(facts, target, one),
        drops_comments=move.drops_comments,
        reasons=tuple(_reasons(one)),
    )


def _reasons(one: BuildPackages) -> Iterator[str]:
    yield "no command, script, code or RUN of the image's own stages calls them"
    source = "the built image" if one.read else "a table"
    for name, left in one.runtime.items():
        if left:
            yield f"{', '.join(left)} instead of {name}, says {source}"


def _kept(facts: Facts, target: Target, one: BuildPackages, same: Sequence[Kept]) -> Finding:
    kept = same[0]
    return Finding(
        Key(CODE, target.name, f"{one.call.manager.value}:{kept.package.name}"),
        NAME,
        _stay([each.package.name for each in same]),
        target.dockerfile_name,
        one.run.run.line,
        services_from(facts, target, one.run.stage),
        Refused(kept.reason, kept.line or one.run.run.line),
    )


RULE = Rule(
    code=CODE,
    name=NAME,
    summary="Compilers, headers and installers stay in the image that runs.",
    since="0.1.0",
    grade=Grade.UNSAFE,
    see_also=("dockle/DKL-DI-0005",),
    check=check,
    valid=VALID,
    invalid=INVALID,
)
