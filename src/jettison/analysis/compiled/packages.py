"""Which system packages a compiled program needs where it runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jettison.analysis.package_runs import sharing
from jettison.analysis.running.started import started
from jettison.ecosystem.debian.building import is_for_building, programs_of
from jettison.ecosystem.debian.full_images import PROGRAMS
from jettison.shell import Manager, Verb

if TYPE_CHECKING:
    from jettison.analysis.compiled.model import Code, Runtime
    from jettison.analysis.facts import Facts
    from jettison.analysis.package_runs import PackageRun
    from jettison.analysis.project import Target

__all__ = ["lacking_programs", "runtime_packages"]

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
        found &= {"git"}
    if runtime.alpine and code.zones:
        found.add("tzdata")
    return tuple(sorted(found))


def _called(facts: Facts, target: Target) -> frozenset[str]:
    return frozenset(
        word.rpartition("/")[2]
        for one in sharing(facts, target)
        for command in facts.of(started, one).at_run_time
        for word in (command.program, *command.words)
    )
