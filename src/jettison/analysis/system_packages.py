"""Which of the installed system packages the services need when they run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from jettison.analysis.health import http_check
from jettison.ecosystem.debian import executables_of, is_build_only, runtime_library

if TYPE_CHECKING:
    from jettison.analysis.python_image import PythonImage


@dataclass(frozen=True, slots=True)
class SystemPackages:
    """Where each package goes, with a reason for each one that leaves the image."""

    builder: tuple[str, ...]
    runtime: tuple[str, ...]
    dropped: tuple[tuple[str, str], ...]


def sort_system_packages(image: PythonImage) -> SystemPackages:
    """The packages for the builder and for the running image.

    A package whose purpose is not known stays in the running image.
    """
    programs = _programs(image)
    kept = {need.name for need in image.kept}
    builder: list[str] = []
    runtime: list[str] = []
    dropped: list[tuple[str, str]] = []
    for spec in image.installs.apt_packages:
        package = spec.partition("=")[0]
        role = runtime_library(package)
        executables = executables_of(package)
        if is_build_only(package):
            builder.append(spec)
            dropped.append((package, "only needed to compile"))
        elif role is not None:
            builder.append(spec)
            if role.runtime and (not role.users or role.users & kept):
                runtime.append(role.runtime)
            else:
                dropped.append((package, "no kept distribution loads its library"))
        elif executables and not programs.intersection(executables):
            dropped.append((package, "no command, script or code of the services runs it"))
        else:
            runtime.append(spec)
    return SystemPackages(tuple(builder), tuple(dict.fromkeys(runtime)), tuple(dropped))


def _programs(image: PythonImage) -> frozenset[str]:
    """What the services run, without the health checks that Python takes over."""
    replaced = {run.service for run in image.target.runs if http_check(run.check)}
    named = {u.program for u in image.reach.uses if not (u.check and u.service in replaced)}
    words = {
        word.rpartition("/")[2]
        for text in image.code.strings
        if len(text) < 200
        for word in text.split()[:1]
    }
    return frozenset(named | words)
