"""What was seen of the images before any change: their packages, files and needs.

Filled by ``trial.observe`` from built images; empty where there is no engine. Rules read it and
never ask an engine themselves.
"""

from __future__ import annotations

import re
from dataclasses import field
from types import MappingProxyType
from typing import TYPE_CHECKING

from jettison.ecosystem.python.places import source_of, tail_of
from jettison.record import record

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping


@record
class ModuleCode:
    """What the code of one installed module imports of the others that are installed.

    ``loads`` are the modules that it imports when it is loaded itself; ``later`` those that it
    imports in a function or a branch, or that a string of it names. ``calls`` are programs of the
    image's system packages that it names where it starts programs.
    """

    loads: frozenset[str]
    later: frozenset[str] = frozenset()
    calls: frozenset[str] = frozenset()


@record
class Distribution:
    """An installed Python distribution.

    ``name`` is canonical (PEP 503). ``modules`` are the dotted names it provides, ``requires`` the
    canonical names that it needs in this environment (markers and the extras that another
    distribution asks for evaluated), ``extras`` what each extra needs besides. ``executables`` are
    its scripts, ``entry_points`` the groups of its entry points with the modules named there.
    ``purpose`` is the classifier by which it says to be a tool for testing or checking code, or
    ``""``. ``code`` has what its modules import, by module. ``compiled_here`` tells that it was
    built from source (its wheel's tag is not manylinux or musllinux, and not ``any``). ``sonames``
    are the shared libraries that its ELF files need and that it does not bring along.
    ``start_hooks`` are those of its modules that Python loads at every start, as a ``.pth`` file
    of it says. ``size_bytes`` is uncompressed.
    """

    name: str
    version: str
    modules: frozenset[str]
    requires: frozenset[str]
    executables: frozenset[str]
    compiled_here: bool
    sonames: frozenset[str]
    size_bytes: int
    entry_points: frozenset[tuple[str, str]] = frozenset()
    extras: Mapping[str, frozenset[str]] = field(default_factory=lambda: MappingProxyType({}))
    purpose: str = ""
    code: Mapping[str, ModuleCode] = field(default_factory=lambda: MappingProxyType({}))
    start_hooks: frozenset[str] = frozenset()


@record
class SystemPackage:
    """An installed Debian, Alpine or rpm package (``kind``: ``debian``, ``alpine``, ``rpm``).

    ``depends`` are names of installed packages that satisfy its dependencies, ``recommends`` those
    that are only recommended. ``sonames`` are the shared libraries in it, ``executables`` the base
    names of programs on ``PATH`` in it. ``in_base`` tells that the base image has it; of all others
    ``files`` are the absolute paths. ``required`` tells that each system of its distribution has it
    (Debian Policy, 2.5). ``size_bytes`` is uncompressed.
    """

    kind: str
    name: str
    version: str
    depends: frozenset[str]
    sonames: frozenset[str]
    executables: frozenset[str]
    in_base: bool
    size_bytes: int
    recommends: frozenset[str] = frozenset()
    required: bool = False
    files: frozenset[str] = frozenset()


@record
class StandardModule:
    """A module of Python's standard library in an image, from its source at ``path``.

    ``loads`` are the modules of the standard library that it imports when it is loaded, and, of a
    package, its own parts that it may import then. ``cached`` tells that a layer above the base
    image holds its bytecode. ``size_bytes`` is that of the source.
    """

    path: str
    size_bytes: int
    loads: frozenset[str] = frozenset()
    cached: bool = False


@record
class FolderOfTests:
    """A folder named ``tests`` or ``test`` within a package of ``site-packages``.

    It is the outermost of that name. ``package`` is the top folder that it is in and ``site`` the
    absolute folder of that; ``distribution`` is the canonical name of the one whose RECORD lists
    all files in it but bytecode, ``""`` where there is no such one, or it is the project's own, or
    the base image has files of it. ``size_bytes`` is uncompressed, bytecode and data included.
    """

    site: str
    package: str
    distribution: str
    size_bytes: int


@record
class ImageEvidence:
    """What the image of one target holds before any change.

    ``python`` is the folder of its site-packages, ``""`` for none.
    ``files`` are the regular files' absolute paths with their sizes. ``standard`` are the modules
    of the standard library of an official Python image, by their dotted names. ``linked`` are the
    shared libraries that programs need which were built in the image, by the programs' paths.
    ``go_programs`` are the packages that call C of programs that Go built, by the programs' paths.
    ``node_versions`` are the versions of the packages right below a ``node_modules``, by the
    absolute folder of each. ``tests`` are the folders of tests that Python packages carry, by their
    absolute paths. ``java`` is the version of the one JDK that it has, 0 for none or several.
    """

    reference: str
    distributions: Mapping[str, Distribution] = field(default_factory=lambda: MappingProxyType({}))
    packages: Mapping[str, SystemPackage] = field(default_factory=lambda: MappingProxyType({}))
    files: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    python: str = ""
    user: str = ""
    standard: Mapping[str, StandardModule] = field(default_factory=lambda: MappingProxyType({}))
    linked: Mapping[str, frozenset[str]] = field(default_factory=lambda: MappingProxyType({}))
    go_programs: Mapping[str, frozenset[str]] = field(default_factory=lambda: MappingProxyType({}))
    node_versions: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    tests: Mapping[str, FolderOfTests] = field(default_factory=lambda: MappingProxyType({}))
    java: int = 0

    def node_version(self, folder: str, name: str) -> str:
        """The version of the Node package that code in a folder would find; ``""`` for none."""
        while True:
            at = f"{folder.rstrip('/')}/node_modules/{name}"
            if at in self.node_versions or folder in ("", "/"):
                return self.node_versions.get(at, "")
            folder = folder.rpartition("/")[0]

    def distributions_at(self, path: str) -> frozenset[str]:
        """The Python distributions that may have installed a file; several share a namespace."""
        tail = tail_of(source_of(path) or path)
        if not tail.startswith("site/"):
            return frozenset()
        parts = tail.removeprefix("site/").split("/")
        parts[-1] = parts[-1].partition(".")[0]
        parts = parts[:-1] if parts[-1] == "__init__" else parts
        for length in (2, 1):
            module = ".".join(parts[:length])
            found = frozenset(n for n, one in self.distributions.items() if module in one.modules)
            if found:
                return found
        return frozenset()

    def is_start_hook(self, name: str, path: str) -> bool:
        """Whether a file of a distribution is one that Python loads at every start."""
        tail = tail_of(source_of(path) or path).removeprefix("site/")
        one = self.distributions.get(name)
        return one is not None and re.split(r"[/.]", tail, maxsplit=1)[0] in one.start_hooks

    def smallest_system(self) -> frozenset[str]:
        """The Debian packages that an image has at least: the required ones, apt, their needs."""
        first = {name for name, one in self.packages.items() if one.required}
        if not first:
            return frozenset()

        def wants(name: str) -> Iterable[str] | None:
            one = self.packages.get(name)
            return None if one is None else one.depends

        return _reached({*first, "apt"}, wants)

    def brought_by(self, names: Iterable[str], listed: Iterable[str]) -> frozenset[str]:
        """System packages with all that only they bring along, those of the base image left out.

        ``listed`` are all that the Dockerfile installs: what another of them needs is not counted.
        """
        wanted = frozenset(names)
        rest = frozenset(listed) - wanted
        return _reached(wanted, self._depends) - _reached(rest, self._depends)

    def recommended_by(self, names: Iterable[str], listed: Iterable[str]) -> frozenset[str]:
        """System packages that some bring along by recommending them alone, at any depth.

        ``listed`` are all that the Dockerfile installs; what one of them depends on is not counted.
        """

        def wants(name: str) -> Iterable[str] | None:
            needs = self._depends(name)
            return None if needs is None else (*needs, *self.packages[name].recommends)

        return _reached(names, wants) - _reached(listed, self._depends)

    def distributions_brought_by(
        self, names: Iterable[str], listed: Iterable[str]
    ) -> frozenset[str]:
        """Distributions with all that only they need; ``listed`` are all that are asked for."""
        wanted = frozenset(names)
        rest = frozenset(listed) - wanted
        return _reached(wanted, self._requires) - _reached(rest, self._requires)

    def _depends(self, name: str) -> Iterable[str] | None:
        package = self.packages.get(name)
        return None if package is None or package.in_base else package.depends

    def _requires(self, name: str) -> Iterable[str] | None:
        one = self.distributions.get(name)
        return None if one is None else one.requires


def _reached(names: Iterable[str], needs: Callable[[str], Iterable[str] | None]) -> frozenset[str]:
    """The names and all that they need in turn, without those for which ``needs`` has nothing."""
    found: set[str] = set()
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        needed = needs(name)
        if name not in found and needed is not None:
            found.add(name)
            waiting += needed
    return frozenset(found)


@record
class Evidence:
    """What was seen before any change, by target name; empty without an engine.

    ``opened`` are the absolute paths of files of its image that a target's services were seen to
    open while they ran, where that could be watched. ``used`` are the Python distributions whose
    code was opened, each with a file of it. ``memory`` are the bytes that services used once they
    had been asked, with all other changes made.
    """

    images: Mapping[str, ImageEvidence] = field(default_factory=lambda: MappingProxyType({}))
    opened: Mapping[str, frozenset[str]] = field(default_factory=lambda: MappingProxyType({}))
    used: Mapping[str, Mapping[str, str]] = field(default_factory=lambda: MappingProxyType({}))
    memory: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))

    def image(self, target: str) -> ImageEvidence | None:
        """What is known of a target's image, or ``None``."""
        return self.images.get(target)


NO_EVIDENCE = Evidence()
