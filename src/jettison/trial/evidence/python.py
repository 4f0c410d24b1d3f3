"""Installed Python distributions, from their metadata.

Source: PyPA specifications, "Core metadata", "Recording installed projects", "Entry points".
"""

from __future__ import annotations

import configparser
from email.parser import HeaderParser
from typing import TYPE_CHECKING

from packaging.markers import UndefinedComparison, UndefinedEnvironmentName
from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from jettison.analysis.evidence import Distribution
from jettison.imaging.package import PackageKind
from jettison.patterns import regex
from jettison.record import record
from jettison.trial.evidence.code import code_of, source_files

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from jettison.trial.evidence.files import ImageFiles

__all__ = ["distributions_of"]

_WANTED = ("METADATA", "WHEEL", "top_level.txt", "entry_points.txt")
_SUFFIXES = (".py", ".so", ".pyd")
_READY_MADE = ("manylinux", "musllinux")
_NAME = regex(r"[A-Za-z_]\w*")
_PURPOSES = (
    "Topic :: Software Development :: Testing",
    "Topic :: Software Development :: Quality Assurance",
    "Framework :: Pytest",
    "Framework :: Flake8",
    "Framework :: tox",
)
_STUBS = "-stubs"
_SCRIPT = 4096


@record
class _Found:
    name: str
    version: str
    folder: str
    files: tuple[int, ...]
    texts: Mapping[str, str]
    requires: tuple[Requirement, ...]
    hooks: tuple[str, ...] = ()


def distributions_of(
    files: ImageFiles, programs: frozenset[str] = frozenset()
) -> dict[str, Distribution]:
    """The distributions of an image by canonical name; of several of one name the last found.

    ``programs`` are those whose callers are looked for in the distributions' code.
    """
    found = {one.name: one for one in _found(files)}
    environment = _environment(files)
    asked = _asked_extras(found, environment)
    linked = [
        number
        for one in found.values()
        for number in one.files
        if _is_shared(files.listing.names[number]) or _is_program(files, number)
    ]
    dynamics = files.dynamics(linked)
    sources = {
        one.name: tuple(source_files(files, one.folder.rpartition("/")[0], one.files))
        for one in found.values()
    }
    modules = {one.name: _modules(one, files) for one in found.values()}
    known = frozenset[str]().union(*modules.values())
    every = [one for some in sources.values() for one in some]
    code = code_of(files, every, known, programs, _version(environment))
    made: dict[str, Distribution] = {}
    for one in found.values():
        libraries = [dynamics[number] for number in one.files if number in dynamics]
        own = {library.soname for library in libraries}
        own |= {files.listing.names[number] for number in one.files}
        needed = {name for library in libraries for name in library.needed} - own
        needs = frozenset(_needs(one, asked.get(one.name, set()), environment))
        made[one.name] = Distribution(
            name=one.name,
            version=one.version,
            modules=modules[one.name],
            requires=needs,
            executables=frozenset(_executables(one, files)),
            compiled_here=_compiled_here(one),
            sonames=frozenset(needed),
            size_bytes=sum(files.listing.held[number] for number in one.files),
            entry_points=frozenset(_named_modules(one)),
            extras=_extras(one, environment, needs),
            purpose=_purpose(one),
            code={s.module: code[s.module] for s in sources[one.name] if s.module in code},
            start_hooks=_start_hooks(one, modules[one.name]),
        )
    return made


def _is_shared(name: str) -> bool:
    return name.endswith(".so") or ".so." in name


def _is_program(files: ImageFiles, file: int) -> bool:
    """Whether a file may be a compiled program, as uWSGI is: a script is smaller than any."""
    listing = files.listing
    in_bin = listing.folders[listing.folder[file]].rpartition("/")[2] == "bin"
    return in_bin and bool(listing.executable[file]) and listing.held[file] > _SCRIPT


def _found(files: ImageFiles) -> Iterator[_Found]:
    """Every distribution whose RECORD claimed files, with the texts that describe it."""
    listing, packages = files.listing, files.claims.packages
    infos: dict[int, str] = {}
    wanted: list[int] = []
    hooks: dict[int, list[int]] = {}
    for number, package in enumerate(packages):
        if package.kind is not PackageKind.PYTHON:
            continue
        for file in files.owned.get(number, ()):
            folder = listing.folders[listing.folder[file]]
            if listing.names[file].endswith(".pth"):
                hooks.setdefault(number, []).append(file)
            if not folder.endswith(".dist-info") or "/_vendor/" in folder:
                continue  # what a package carries in itself is no distribution of the image
            if listing.names[file] in _WANTED:
                infos[number] = folder
                wanted.append(file)
    wanted += [file for own in hooks.values() for file in own]
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
            hooks=tuple(texts.get(listing.path(file), "") for file in hooks.get(number, ())),
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


def _version(environment: Mapping[str, str]) -> tuple[int, int]:
    major, _, minor = environment["python_version"].partition(".")
    return int(major), int(minor)


def _holds(requirement: Requirement, extra: str, environment: Mapping[str, str]) -> bool:
    if requirement.marker is None:
        return not extra
    try:
        return requirement.marker.evaluate({**environment, "extra": extra})
    except (UndefinedComparison, UndefinedEnvironmentName):
        return True


def _asked_extras(
    found: Mapping[str, _Found], environment: Mapping[str, str]
) -> dict[str, set[str]]:
    """The extras that another distribution asks for, by distribution."""
    active: dict[str, set[str]] = {}
    for one in found.values():
        for requirement in one.requires:
            if requirement.extras and _holds(requirement, "", environment):
                name = str(canonicalize_name(requirement.name))
                active.setdefault(name, set()).update(requirement.extras)
    return active


def _extras(
    one: _Found, environment: Mapping[str, str], needs: frozenset[str]
) -> dict[str, frozenset[str]]:
    """What each extra of a distribution needs besides, by the extra's name."""
    return {
        extra.lower(): frozenset(
            str(canonicalize_name(requirement.name))
            for requirement in one.requires
            if _holds(requirement, extra, environment)
        )
        - needs
        for extra in _named_extras(one)
    }


def _purpose(one: _Found) -> str:
    """What it says to be for, where that is testing, checking or typing code; else ``""``."""
    headers = HeaderParser().parsestr(one.texts["METADATA"], headersonly=True)
    for classifier in headers.get_all("Classifier") or ():
        if str(classifier).startswith(_PURPOSES):
            return str(classifier)
    tops = one.texts["top_level.txt"].split()
    only_stubs = tops and all(name.endswith(_STUBS) for name in tops)
    return "Typing :: Stubs Only" if only_stubs or one.name.endswith(_STUBS) else ""


def _named_modules(one: _Found) -> Iterator[tuple[str, str]]:
    """The groups of entry points, with the module that each entry names."""
    for group, entries in _entry_points(one).items():
        for value in entries.values():
            yield group, value.partition(":")[0].partition("[")[0].strip()


def _named_extras(one: _Found) -> list[str]:
    headers = HeaderParser().parsestr(one.texts["METADATA"], headersonly=True)
    return [str(text) for text in headers.get_all("Provides-Extra") or ()]


def _needs(one: _Found, extras: set[str], environment: Mapping[str, str]) -> Iterator[str]:
    for requirement in one.requires:
        if any(_holds(requirement, extra, environment) for extra in ("", *sorted(extras))):
            yield str(canonicalize_name(requirement.name))


def _modules(one: _Found, files: ImageFiles) -> frozenset[str]:
    """The dotted names that a distribution's files provide."""
    listing = files.listing
    site = one.folder.rpartition("/")[0]
    prefix = f"{site}/" if site else ""
    found: set[str] = set()
    for file in one.files:
        path = listing.path(file)
        if not path.startswith(prefix) or path.startswith(f"{one.folder}/"):
            continue
        parts = path.removeprefix(prefix).split("/")
        if not parts[-1].endswith(_SUFFIXES) or "__pycache__" in parts:
            continue
        parts[-1] = parts[-1].partition(".")[0]
        parts = parts[:-1] if parts[-1] == "__init__" else parts
        if parts and all(part.isidentifier() for part in parts):
            found.add(".".join(parts))
    # A name space that several share is no module of any of them.
    spaces = {name.partition(".")[0] for name in found} - found
    told = {name.replace("/", ".") for name in one.texts["top_level.txt"].split()}
    return frozenset(found | (told - spaces))


def _start_hooks(one: _Found, modules: frozenset[str]) -> frozenset[str]:
    """The distribution's own modules that lines of code in its ``.pth`` files name."""
    lines = [line for text in one.hooks for line in text.splitlines()]
    code = [line for line in lines if line.startswith(("import ", "import\t"))]
    return frozenset(_NAME.findall("\n".join(code))) & modules


class _CaseKept(configparser.ConfigParser):
    """A reader that leaves the names of options as they are written."""

    def optionxform(self, optionstr: str) -> str:
        return optionstr


def _entry_points(one: _Found) -> Mapping[str, Mapping[str, str]]:
    parser = _CaseKept(interpolation=None, delimiters=("=",), strict=False)
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
