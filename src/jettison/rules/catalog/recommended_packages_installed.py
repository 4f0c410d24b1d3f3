"""Packages are in the image that were only recommended.

## What it does
Finds `apt-get install` without `--no-install-recommends` in RUNs whose layers reach the image,
where the built image says which packages it brought along that nothing needs. It is advice, with
their names and bytes: some recommended packages are needed after all (`ca-certificates` by `curl`,
`ghostscript` by `imagemagick`), and no trial shows all that a program might load.

## Why it matters
Recommended packages are what most people at a desk want: documentation, clients, fonts.

## Fix safety
Nothing is changed. Write `--no-install-recommends`, and name those of the packages that are needed.

## Saving
Read from the built image: the packages that nothing which is asked for depends on.

## References
* Docker documentation, "Building best practices: apt-get"; Debian Policy, "Recommends"
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from jettison.analysis import ImageEvidence
from jettison.analysis.evidence import SystemPackage
from jettison.analysis.package_runs import (
    first_of,
    package_runs,
    reaching_stages,
    services_of,
)
from jettison.rules.model import Advice, Basis, Example, Finding, Grade, Key, Level, Rule, Saving
from jettison.shell import Manager, Verb
from jettison.units import byte_count

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jettison.analysis import Facts, Target
    from jettison.analysis.package_runs import PackageRun
    from jettison.shell import PackageCall

CODE, NAME = "JT020", "recommended-packages-installed"

_LEAST_BYTES = 1_000_000
_MOST_NAMES = 8
_SLIM = "FROM debian:bookworm-slim\n"
_INSTALL = "RUN apt-get update && apt-get install -y git && rm -rf /var/lib/apt/lists/*\n"


def _package(name: str, size: int, *depends: str, recommends: str = "") -> SystemPackage:
    return SystemPackage(
        kind="debian",
        name=name,
        version="1",
        depends=frozenset(depends),
        sonames=frozenset(),
        executables=frozenset(),
        in_base=False,
        size_bytes=size,
        recommends=frozenset(recommends.split()),
    )


_IMAGE = ImageEvidence(
    "image",
    packages={
        "git": _package("git", 30_000_000, "perl", recommends="less openssh-client"),
        "perl": _package("perl", 40_000_000),
        "less": _package("less", 300_000),
        "openssh-client": _package("openssh-client", 5_000_000),
    },
)
VALID = (
    Example(
        "they are left out",
        {"Dockerfile": _SLIM + _INSTALL.replace("-y", "-y --no-install-recommends")},
        image=_IMAGE,
    ),
    Example("nothing was built that tells", {"Dockerfile": _SLIM + _INSTALL}),
)
INVALID = (
    Example(
        "git's",
        {"Dockerfile": _SLIM + _INSTALL},
        found=("Dockerfile:2",),
        image=_IMAGE,
    ),
)


def check(facts: Facts) -> Iterator[Finding]:
    """A finding for every install that brought recommended packages along."""
    for target in facts.targets:
        image = facts.evidence.image(target.name)
        if image is None or not first_of(facts, target) or _is_told(target):
            continue
        runs = tuple(package_runs(target, reaching_stages(facts, target)))
        listed = {p.name for run in runs for c in _installs(run) for p in c.packages}
        for run in runs:
            asked = {p.name for call in _installs(run) if _takes_all(call) for p in call.packages}
            extra = image.recommended_by(asked, listed)
            size = sum(image.packages[name].size_bytes for name in extra)
            if size < _LEAST_BYTES:
                continue
            names = sorted(extra, key=lambda n: (-image.packages[n].size_bytes, n))
            more = f" and {len(names) - _MOST_NAMES} more" if len(names) > _MOST_NAMES else ""
            yield Finding(
                key=Key(CODE, target.name, f"apt:{min(asked)}"),
                name=NAME,
                message=f"{byte_count(size)} of packages that were only recommended: "
                f"{', '.join(names[:_MOST_NAMES])}{more}",
                file=target.dockerfile_name,
                line=run.run.line,
                services=services_of(facts, target),
                remedy=Advice("Write --no-install-recommends, and name those that are needed."),
                level=Level.NOTE,
                saving=Saving(size, size, Basis.READ),
            )


def _installs(run: PackageRun) -> tuple[PackageCall, ...]:
    return tuple(run.of(Manager.APT, Verb.INSTALL))


def _takes_all(call: PackageCall) -> bool:
    if call.flag("--no-install-recommends") is not None:
        return False
    return not any("install-recommends" in w.unquoted.lower() for w in call.command.words)


def _is_told(target: Target) -> bool:
    """Whether a setting of apt in the image decides on it for all calls."""
    return "APT::Install-Recommends" in target.dockerfile.source.text


RULE = Rule(
    code=CODE,
    name=NAME,
    summary="Packages are in the image that were only recommended.",
    since="0.1.0",
    grade=Grade.DISPLAY_ONLY,
    check=check,
    level=Level.NOTE,
    see_also=("hadolint/DL3015",),
    valid=VALID,
    invalid=INVALID,
)
