"""Tests that installed Python packages carry, that nothing uses, and the RUN that brings them."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from jettison.analysis.package_runs import sharing
from jettison.analysis.python.install_runs import Install, installs_into
from jettison.analysis.python.installed import Installed
from jettison.analysis.python.needs import installed_of
from jettison.analysis.python.uses import Said, UseFinder
from jettison.analysis.running.python_code import image_code
from jettison.patterns import regex
from jettison.record import record

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from jettison.analysis.evidence import ImageEvidence
    from jettison.analysis.facts import Facts
    from jettison.analysis.package_runs import PackageRun
    from jettison.analysis.project import Target

__all__ = ["CarriedTests", "Carrier", "carried_tests"]

_LEAST_BYTES = 10_000_000
_LEAST_SHARE = 0.03
_LEAST_OF_SHARE = 2_000_000
_LEAST_EACH = 1_000_000
_WIDTH = 100
_OR = " -o "
_PREFIX = regex(r"(.*?)/lib(?:64)?/python3(?:\.\d+)?/")


@record
class Carrier:
    """A package that carries tests: its name in ``site-packages``, and its folders of tests.

    ``folders`` has their absolute paths in the image before any change, with their bytes.
    """

    name: str
    site: str
    distribution: str
    folders: Mapping[str, int]

    @property
    def size_bytes(self) -> int:
        """The bytes of its tests, uncompressed."""
        return sum(self.folders.values())

    @property
    def names(self) -> frozenset[str]:
        """What its folders of tests are called: ``tests``, ``test``."""
        return frozenset(posixpath.basename(path) for path in self.folders)


@record
class CarriedTests:
    """Packages whose tests nothing uses, and the RUN that installs them; ``None`` if not known.

    ``removal`` is the command that takes the tests out at the end of that RUN. ``watched`` tells
    that it is known which files the services open.
    """

    packages: tuple[Carrier, ...]
    run: PackageRun | None
    removal: str
    watched: bool

    @property
    def size_bytes(self) -> int:
        """The bytes of all tests, uncompressed."""
        return sum(one.size_bytes for one in self.packages)


def carried_tests(facts: Facts, target: Target) -> tuple[CarriedTests, ...]:
    """What a target's Dockerfile installs with tests that weigh, by the RUN that installs it.

    Nothing where an image of the Dockerfile is not known: without one nobody knows the weight.
    """
    targets = sharing(facts, target)
    images = [facts.evidence.image(one.name) for one in targets]
    pairs = [(t, one) for t, one in zip(targets, images, strict=True) if one and one.tests]
    if None in images or not pairs:
        return ()
    if max(sum(t.size_bytes for t in one.tests.values()) for _, one in pairs) < _LEAST_OF_SHARE:
        return ()
    packages = _unused(facts, pairs)
    total = sum(one.size_bytes for one in packages)
    whole = max(sum(one.files.values()) for _, one in pairs)
    share = total >= _LEAST_OF_SHARE and total >= _LEAST_SHARE * whole
    if total < _LEAST_BYTES and not share:
        return ()
    return tuple(_by_run(facts, *pairs[0], packages))


def _unused(facts: Facts, pairs: list[tuple[Target, ImageEvidence]]) -> tuple[Carrier, ...]:
    """The packages of some targets' images whose tests nothing uses in any of them."""
    leaving = frozenset[str]().union(*(_leaving(facts, image) for _, image in pairs))
    used = [_Used(facts, target, image, leaving) for target, image in pairs]
    if any(one.runs_tests_of_packages for one in used):
        return ()
    packages: dict[tuple[str, str], dict[str, int]] = {}
    given: dict[tuple[str, str], set[str]] = {}
    for _, image in pairs:
        for path, one in image.tests.items():
            place = (one.site, one.package)
            packages.setdefault(place, {})[path] = one.size_bytes
            given.setdefault(place, set()).add(one.distribution)
    found = []
    for (site, name), folders in sorted(packages.items()):
        (owner, *others) = given[site, name]
        if others or not owner or owner in leaving:
            continue
        package = Carrier(name, site, owner, folders)
        if package.size_bytes < _LEAST_EACH:
            continue
        if not any(one.needs(site, path) for one in used for path in folders):
            found.append(package)
    return tuple(found)


def _leaving(facts: Facts, image: ImageEvidence) -> frozenset[str]:
    """The distributions of an image that changes let go, with all that only these brought along."""
    gone = frozenset(one.removeprefix("python:") for one in facts.gone)
    gone &= frozenset(image.distributions)
    needed = frozenset[str]().union(*(one.requires for one in image.distributions.values()))
    return image.distributions_brought_by(gone, (image.distributions.keys() - needed) | gone)


class _Used:
    """What the code, the commands and the packages of one target import, name and open."""

    def __init__(
        self, facts: Facts, target: Target, image: ImageEvidence, leaving: frozenset[str]
    ) -> None:
        code = Said(facts.of(image_code, target), None)
        installed = facts.of(installed_of, target)
        finder = UseFinder(facts, target, code, installed)
        own = finder.uses().modules | code.tests.imports
        words = (word for command in finder.run.commands for word in command.words)
        self.runs_tests_of_packages = "--pyargs" in words
        kept = {name: one for name, one in image.distributions.items() if name not in leaving}
        entries = {module for one in kept.values() for _, module in one.entry_points}
        public = {m for one in kept.values() for m in one.code if _may_be_loaded(m)}
        reached = Installed(kept).reached((*own, *entries, *public), later=True)
        code_of = (one.code[m] for one in kept.values() for m in reached & one.code.keys())
        self.modules = {*own, *entries, *(m for said in code_of for m in said.loads | said.later)}
        self.texts = "\n".join((*code.code.strings, *code.tests.strings, *code.settings))
        self.opened = facts.evidence.opened.get(target.name, frozenset())

    def needs(self, site: str, folder: str) -> bool:
        """Whether a folder below ``site`` is imported, named by module or path, or was opened."""
        path = folder.removeprefix(f"{site}/")
        module = path.replace("/", ".")
        if any(f"{one.partition(':')[0]}.".startswith(f"{module}.") for one in self.modules):
            return True
        if path in self.texts:
            return True
        return any(path.startswith(f"{folder}/") for path in self.opened)


def _may_be_loaded(module: str) -> bool:
    """Whether others than its own package may load a module (PEP 8: a name without ``_``).

    pytest alone loads a ``conftest``, for the tests beside it.
    """
    _, *parts = module.split(".")
    return "conftest" not in parts and not any(part.startswith("_") for part in parts)


def _by_run(
    facts: Facts, target: Target, image: ImageEvidence, packages: tuple[Carrier, ...]
) -> Iterator[CarriedTests]:
    watched = all(facts.evidence.opened.get(one.name) for one in sharing(facts, target))
    places: dict[tuple[str, int, int], list[Carrier]] = {}
    found: dict[tuple[str, int, int], Install | None] = {}
    for package in packages:
        install = _install_of(facts, target, image, package)
        if install is not None and _removed(install, package.name):
            continue
        place = (package.site, -1, 0)
        if install is not None:
            place = (package.site, install.run.stage, install.run.run.line)
        places.setdefault(place, []).append(package)
        found[place] = install
    for place, some in places.items():
        install = found[place]
        run = install.run if install is not None else None
        removal = _removal(install, some) if install is not None else ""
        yield CarriedTests(tuple(some), run, removal, watched)


def _install_of(
    facts: Facts, target: Target, image: ImageEvidence, package: Carrier
) -> Install | None:
    """The only RUN that installs a package, or the one whose list brings it.

    Of a stage that is copied from the last one will do: what it takes out is not copied.
    """

    def brings(names: frozenset[str]) -> bool:
        asked = names & frozenset(image.distributions)
        return package.distribution in image.distributions_brought_by(asked, asked)

    installs = tuple(installs_into(facts, target, target.stage.index, package.site))
    found = [one for one in installs if one.names is None or brings(one.names)]
    if len(installs) == 1 or len(found) == 1:
        return (found or installs)[0]
    if found and found[0].names is not None:
        return found[0]
    one_stage = len({one.run.stage for one in found}) == 1 and all(one.copied for one in found)
    return found[-1] if one_stage else None


def _removed(install: Install, package: str) -> bool:
    """Whether a ``find`` of the RUN takes out of the package already."""
    pattern = f"{_pattern(install.site)}{package}/*"
    return any(
        word.unquoted == pattern
        for command in install.run.commands
        if command.name == "find"
        for word in command.words
    )


def _pattern(site: str) -> str:
    return "*/site-packages/" if site.endswith("/site-packages") else f"{site}/"


def _removal(install: Install, packages: list[Carrier]) -> str:
    """The ``find`` that removes the tests of some packages, on as many lines as it takes.

    What is not there any more, as a package is not installed, is no error for it.
    """
    prefix = _PREFIX.match(f"{install.site}/")
    start = prefix[1] if prefix else install.site
    start += "/lib" if prefix and start in ("/usr", "/usr/local") else ""
    paths = [f"-path '{_pattern(install.site)}{one.name}/*'" for one in packages]
    names = sorted(frozenset[str]().union(*(one.names for one in packages)))
    named = _any([f"-name {name}" for name in names])
    rows = [f"find {start} {_any(paths)}", f"-type d {named} -prune -exec rm -rf {{}} +"]
    if len(" ".join(rows)) <= _WIDTH:
        return " ".join(rows)
    if len(rows[0]) > _WIDTH:
        packed, *others = rows[0].split(_OR)
        heads = []
        for other in others:
            if len(f"{packed}{_OR}{other}") > _WIDTH:
                heads.append(packed)
                packed = f"-o {other}"
            else:
                packed += f"{_OR}{other}"
        rows[:1] = [*heads, packed]
    editor = install.run.editor.editor
    escape = "\\" if install.run.run.script is not None else editor.escape
    return f" {escape}{editor.newline}{' ' * 8}".join(rows)


def _any(tests: list[str]) -> str:
    """A test of ``find`` that holds where one of several does."""
    return tests[0] if len(tests) == 1 else f"\\( {_OR.join(tests)} \\)"
