"""Installed Python distributions, from their metadata.

Source: PyPA specifications, "Core metadata", "Recording installed projects", "Entry points".
"""

from __future__ import annotations

import configparser
from dataclasses import dataclass
from email.parser import HeaderParser
from typing import TYPE_CHECKING

from packaging.markers import UndefinedComparison, UndefinedEnvironmentName
from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from jettison.analysis.evidence import Distribution
from jettison.imaging.package import PackageKind

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from jettison.trial.evidence_files import ImageFiles

__all__ = ["distributions_of"]

_WANTED = ("METADATA", "WHEEL", "top_level.txt", "entry_points.txt")
_SUFFIXES = (".py", ".so", ".pyd")
_READY_MADE = ("manylinux", "musllinux")
_NEVER = frozenset(
    "dev develop development test tests testing doc docs lint typing types mypy qa ci".split()
)


@dataclass(frozen=True, slots=True)
class _Found:
    name: str
    version: str
    folder: str
    files: tuple[int, ...]
    texts: Mapping[str, str]
    requires: tuple[Requirement, ...]


def distributions_of(files: ImageFiles) -> dict[str, Distribution]:
    """The distributions of an image by canonical name; of several of one name the last found."""
    found = {one.name: one for one in _found(files)}
    environment = _environment(files)
    extras = _extras(found, environment)
    shared = [
        number
        for one in found.values()
        for number in one.files
        if _is_shared(files.listing.names[number])
    ]
    dynamics = files.dynamics(shared)
    made: dict[str, Distribution] = {}
    for one in found.values():
        libraries = [dynamics[number] for number in one.files if number in dynamics]
        own = {library.soname for library in libraries}
        own |= {files.listing.names[number] for number in one.files}
        needed = {name for library in libraries for name in library.needed} - own
        made[one.name] = Distribution(
            name=one.name,
            version=one.version,
            modules=frozenset(_modules(one, files)),
            requires=frozenset(_needs(one, extras.get(one.name, set()), environment)),
            executables=frozenset(_executables(one, files)),
            compiled_here=_compiled_here(one),
            sonames=frozenset(needed),
            size_bytes=sum(files.listing.held[number] for number in one.files),
            entry_point_groups=frozenset(_entry_points(one).keys()),
        )
    return made


def _is_shared(name: str) -> bool:
    return name.endswith(".so") or ".so." in name


def _found(files: ImageFiles) -> Iterator[_Found]:
    """Every distribution whose RECORD claimed files, with the texts that describe it."""
    listing, packages = files.listing, files.claims.packages
    infos: dict[int, str] = {}
    wanted: list[int] = []
    for number, package in enumerate(packages):
        if package.kind is not PackageKind.PYTHON:
            continue
        for file in files.owned.get(number, ()):
            folder = listing.folders[listing.folder[file]]
            if not folder.endswith(".dist-info") or "/_vendor/" in folder:
                continue  # what a package carries in itself is no distribution of the image
            if listing.names[file] in _WANTED:
                infos[number] = folder
                wanted.append(file)
    texts = files.texts(files.node(file) for file in wanted)
    for number, folder in infos.items():
        own = {name: texts.get(f"{folder}/{name}", "") for name in _WANTED}
        headers = HeaderParser().parsestr(own["METADATA"], headersonly=True)
        name = headers.get("Name") or packages[number].name
        requires = []
        for text in headers.get_all("Requires-Dist") or ():
            try:
                requires.append(Requirement(str(text)))
            except InvalidRequirement:
                continue
        yield _Found(
            name=str(canonicalize_name(name)),
            version=headers.get("Version") or packages[number].version,
            folder=folder,
            files=tuple(files.owned[number]),
            texts=own,
            requires=tuple(requires),
        )


def _environment(files: ImageFiles) -> dict[str, str]:
    """The markers' environment of the image: its Python's version, on Linux."""
    version = "3.11"
    for folder in files.listing.folders:
        parent, _, name = folder.rpartition("/")
        base = parent.rpartition("/")[2]
        if name in ("site-packages", "dist-packages") and base.startswith("python3."):
            version = base.removeprefix("python")
            break
    return {
        "python_version": version,
        "python_full_version": f"{version}.0",
        "implementation_version": f"{version}.0",
        "implementation_name": "cpython",
        "platform_python_implementation": "CPython",
        "os_name": "posix",
        "sys_platform": "linux",
        "platform_system": "Linux",
        "platform_machine": "x86_64",
        "platform_release": "",
        "platform_version": "",
    }


def _holds(requirement: Requirement, extra: str, environment: Mapping[str, str]) -> bool:
    if requirement.marker is None:
        return not extra
    try:
        return requirement.marker.evaluate({**environment, "extra": extra})
    except (UndefinedComparison, UndefinedEnvironmentName):
        return True


def _extras(found: Mapping[str, _Found], environment: Mapping[str, str]) -> dict[str, set[str]]:
    """The extras that are active: another distribution asks for them, or all they need is there.

    What asked for a distribution at the top is not in an image, so the second is a guess, on the
    side of keeping; extras for development count only where they are asked for.
    """
    active: dict[str, set[str]] = {}
    for one in found.values():
        for requirement in one.requires:
            if requirement.extras and _holds(requirement, "", environment):
                name = str(canonicalize_name(requirement.name))
                active.setdefault(name, set()).update(requirement.extras)
        for extra in _named_extras(one):
            if extra.lower() in _NEVER:
                continue
            added = [
                str(canonicalize_name(requirement.name))
                for requirement in one.requires
                if _holds(requirement, extra, environment)
                and not _holds(requirement, "", environment)
            ]
            if added and all(name in found for name in added):
                active.setdefault(one.name, set()).add(extra)
    return active


def _named_extras(one: _Found) -> list[str]:
    headers = HeaderParser().parsestr(one.texts["METADATA"], headersonly=True)
    return [str(text) for text in headers.get_all("Provides-Extra") or ()]


def _needs(one: _Found, extras: set[str], environment: Mapping[str, str]) -> Iterator[str]:
    for requirement in one.requires:
        if any(_holds(requirement, extra, environment) for extra in ("", *sorted(extras))):
            yield str(canonicalize_name(requirement.name))


def _modules(one: _Found, files: ImageFiles) -> Iterator[str]:
    """The dotted names that a distribution's files provide, to the second level."""
    listing = files.listing
    site = one.folder.rpartition("/")[0]
    prefix = f"{site}/" if site else ""
    for file in one.files:
        path = listing.path(file)
        if not path.startswith(prefix) or path.startswith(f"{one.folder}/"):
            continue
        parts = path.removeprefix(prefix).split("/")
        if not parts[-1].endswith(_SUFFIXES) or "__pycache__" in parts:
            continue
        parts[-1] = parts[-1].partition(".")[0]
        parts = parts[:-1] if parts[-1] == "__init__" else parts
        if parts and all(part.isidentifier() for part in parts[:2]):
            yield parts[0]
            if len(parts) > 1:
                yield f"{parts[0]}.{parts[1]}"
    for name in one.texts["top_level.txt"].split():
        yield name.replace("/", ".")


def _entry_points(one: _Found) -> Mapping[str, Mapping[str, str]]:
    parser = configparser.ConfigParser(interpolation=None, delimiters=("=",), strict=False)
    parser.optionxform = str  # type: ignore[assignment, method-assign]
    try:
        parser.read_string(one.texts["entry_points.txt"])
    except configparser.Error:
        return {}
    return {group: dict(parser.items(group)) for group in parser.sections()}


def _executables(one: _Found, files: ImageFiles) -> Iterator[str]:
    listing = files.listing
    yield from _entry_points(one).get("console_scripts", {})
    for file in one.files:
        if listing.folders[listing.folder[file]].rpartition("/")[2] == "bin":
            yield listing.names[file]


def _compiled_here(one: _Found) -> bool:
    headers = HeaderParser().parsestr(one.texts["WHEEL"], headersonly=True)
    platforms = [str(tag).rpartition("-")[2] for tag in headers.get_all("Tag") or ()]
    return bool(platforms) and not any(
        name == "any" or name.startswith(_READY_MADE) for name in platforms
    )
