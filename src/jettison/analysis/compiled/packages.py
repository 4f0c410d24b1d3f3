"""Which system packages a compiled program needs where it runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jettison.analysis.package_runs import sharing
from jettison.analysis.running.started import started
from jettison.ecosystem.debian.building import is_for_building, programs_of
from jettison.ecosystem.debian.full_images import PROGRAMS
from jettison.ecosystem.dotnet.images import loads_by_name
from jettison.shell import Manager, Verb

if TYPE_CHECKING:
    from collections.abc import Iterable

    from jettison.analysis.compiled.model import Code, Product, Runtime
    from jettison.analysis.facts import Facts
    from jettison.analysis.package_runs import PackageRun
    from jettison.analysis.project import Target

__all__ = ["lacking_programs", "needed_libraries", "runtime_packages", "unknown_libraries"]

_KINDS = {Manager.APT: "debian", Manager.APK: "alpine"}
_FETCHING = frozenset(
    "git git-lfs openssh-client openssh mercurial subversion bzr curl wget unzip zip tar gzip "
    "xz-utils xz make upx upx-ucl gnupg gnupg2 gpg protobuf-compiler protoc protobuf protobuf-dev "
    "lsb-release apt-transport-https software-properties-common file jq bash vim nano less tree "
    "maven gradle ant golang go default-jdk openjdk-17-jdk openjdk-11-jdk".split()
)
"""Packages that builds fetch and unpack with: they stay only where their programs are called."""
_IN_DEBIAN = frozenset(
    "tzdata coreutils passwd login util-linux mount hostname sed grep findutils".split()
)
"""What Debian's own slim images have (``debian:bookworm-slim``, its package list)."""
_C_LIBRARIES = frozenset(
    "libc6 libgcc-s1 libstdc++6 zlib1g libcrypt1 musl libc6-dev musl-dev libc-dev linux-libc-dev "
    "linux-headers libstdc++-dev".split()
)
"""What every image of Debian or Alpine that runs C has, and what only compilers read."""


def needed_libraries(
    facts: Facts, target: Target, products: Iterable[Product], runtime: Runtime
) -> tuple[str, ...]:
    """The packages of the shared libraries that the built programs need."""
    image = facts.evidence.image(target.name)
    if image is None or not (runtime.debian or runtime.alpine):
        return ()
    places = [one.source for one in products]
    wanted = {
        soname
        for path, sonames in image.linked.items()
        if any(path == place or path.startswith(f"{place}/") for place in places)
        for soname in sonames
    }
    owners = {
        min(names)
        for soname in wanted
        if (names := [n for n, one in image.packages.items() if soname in one.sonames])
    }
    return tuple(sorted(owners - _C_LIBRARIES))


def unknown_libraries(facts: Facts, target: Target, run: PackageRun) -> str:
    """The package of a RUN of whose library only the built image tells what remains, or ``""``."""
    if facts.evidence.image(target.name) is not None or run.variable("CGO_ENABLED") == "0":
        return ""
    for manager in _KINDS:
        for call in run.of(manager, Verb.INSTALL):
            for package in call.packages:
                named = loads_by_name(target.base, package.name)  # and so it stays as it is
                if package.name.endswith("-dev") and package.name not in _C_LIBRARIES and not named:
                    return package.name
    return ""


def runtime_packages(
    facts: Facts, target: Target, code: Code, run: PackageRun, *, copied: bool
) -> tuple[str, ...]:
    """The packages of a RUN that are not known to serve the build alone, as written.

    ``copied`` tells that the certificates come along without their package.
    """
    called = _called(facts, target) | code.programs
    found = []
    for manager, kind in _KINDS.items():
        for call in run.of(manager, Verb.INSTALL):
            for package in call.packages:
                used = bool(called & set(programs_of(package.name)))
                build = is_for_building(kind, package.name) or package.name in _FETCHING
                build = build and not loads_by_name(target.base, package.name)
                there = kind == "debian" and package.name in _IN_DEBIAN
                there = there or (package.name == "ca-certificates" and copied)
                if package.known and (used or not build) and not there:
                    found.append(package.text)
    return tuple(dict.fromkeys(found))


def lacking_programs(facts: Facts, target: Target, code: Code, runtime: Runtime) -> tuple[str, ...]:
    """The packages of programs that are called at run time and that the compiler's image has."""
    if not (runtime.debian or runtime.alpine):
        return ()
    called = _called(facts, target) | code.programs
    found = {package for program, package in PROGRAMS.items() if program in called}
    if runtime.alpine:
        found &= runtime.programs
    if runtime.alpine and code.zones:
        found.add("tzdata")
    return tuple(sorted(found))


def _called(facts: Facts, target: Target) -> frozenset[str]:
    return frozenset(
        word.rpartition("/")[2]
        for one in sharing(facts, target)
        for command in facts.of(started, one).at_run_time
        for word in (command.program, command.words[0])
    )
