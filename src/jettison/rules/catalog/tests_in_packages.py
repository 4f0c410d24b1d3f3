"""Installed Python packages bring their own tests along.

## What it does
Finds the folders named `tests` or `test` that wheels put into `site-packages` beside the code: with
bytecode, NumPy and pandas carry 49 MB of them. Where they weigh 10 MB or more, or 3 % of the image
(and 2 MB), one `find` at the end of the RUN that installs the packages takes them out, so that the
bytes never get into a layer. It names the packages that carry 1 MB of tests or more, no other.

## Why it matters
They are a seventh of an image with pandas or scikit-learn, sent with each pull, and nothing runs
them: those who test pandas have its sources.

## Fix safety
Unsafe: a trial must show that nothing broke. It is proposed only with a built image that tells
what is there, and of a package only if all of its folders of tests can go: RECORD says that they
are one distribution's, installed from elsewhere and above the base image; nothing that is kept
imports them, at once, in a function or by a name in a string (as Django's own settings name
`django.test`, and h5py imports `h5py.tests`), but for `conftest` and private modules (`_name`) that
nothing loads; neither do the project's code, its tests, its commands and its settings; no entry
point names them; and no service opened a file of them, where that was watched. The imports that the
trial tries do not reach into these folders: the report says of each package how many of its modules
went. A file there that kept code finds by a path put together, and reads only after the trial, is
not seen.

`pip check`, `pip uninstall` and scanners read the metadata, which stays. Debug symbols are left
alone: `strip` of binutils 2.40 spoils libraries that auditwheel has bundled, and NumPy 2.4.6 could
not be imported after it. Type stubs, headers and sources of extensions are left alone, too: they
were 12 MB of 412 MB where tests were 47 MB, and somebody's compiler may want them.

## Saving
The bytes of the folders, read from the image: 49 MB of 310 for a small service with pandas, 59 MB
of 428 for one with scikit-learn.

## References
* PyPA specifications, "Recording installed projects"
* Docker Official Images, python: its Dockerfile takes out the standard library's tests so, too
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from jettison.analysis.evidence import Distribution, FolderOfTests, ImageEvidence
from jettison.analysis.package_runs import first_of, services_from, services_of
from jettison.analysis.python.carried_tests import carried_tests
from jettison.rules.model import (
    Basis,
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
from jettison.units import byte_count

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jettison.analysis.facts import Facts
    from jettison.analysis.project import Target
    from jettison.analysis.python.carried_tests import CarriedTests

CODE, NAME = "JT032", "tests-in-packages"

_SITE = "/usr/local/lib/python3.11/site-packages"
_FILES = {
    "compose.yaml": "services:\n  api:\n    build: .\n",
    "requirements.txt": "pandas==2.2.3\n",
}
_SLIM = "FROM python:3.11-slim"
_INSTALL = "COPY requirements.txt .\nRUN pip install --no-cache-dir"


def _image(name: str, *sizes: int) -> ImageEvidence:
    folders = {
        f"{_SITE}/{name}/{'part/' * number}tests": FolderOfTests(_SITE, name, name, size)
        for number, size in enumerate(sizes)
    }
    one = Distribution(
        name, "1", frozenset({name}), frozenset(), frozenset(), False, frozenset(), 9
    )
    return ImageEvidence(
        "api",
        MappingProxyType({name: one}),
        files={f"{_SITE}/{name}/__init__.py": 100_000_000},
        tests=folders,
    )


VALID = (
    Example(
        "too little to be worth a line",
        {**_FILES, "Dockerfile": f"{_SLIM}\n{_INSTALL} -r requirements.txt\n"},
        image=_image("pandas", 1_900_000),
    ),
    Example(
        "no image tells what they weigh",
        {**_FILES, "Dockerfile": f"{_SLIM}\n{_INSTALL} -r requirements.txt\n"},
    ),
)
INVALID = (
    Example(
        "pandas brings its tests",
        {**_FILES, "Dockerfile": f"{_SLIM}\n{_INSTALL} -r requirements.txt\n"},
        found=("Dockerfile:3",),
        after={
            "Dockerfile": f"{_SLIM}\n{_INSTALL} -r requirements.txt \\\n    && find /usr/local/lib"
            " -path '*/site-packages/pandas/*' -type d -name tests -prune"
            " -exec rm -rf {} +\n"
        },
        image=_image("pandas", 36_000_000),
    ),
    Example(
        "a stage installs what the image copies",
        {
            **_FILES,
            "Dockerfile": f"{_SLIM} AS build\n{_INSTALL} --prefix=/install \\\n"
            f"    -r requirements.txt\n\n{_SLIM}\nCOPY --from=build /install /usr/local\n",
        },
        found=("Dockerfile:3",),
        after={
            "Dockerfile": f"{_SLIM} AS build\n{_INSTALL} --prefix=/install \\\n"
            "    -r requirements.txt \\\n    && find /install -path '*/site-packages/pandas/*'"
            " -type d -name tests -prune -exec rm -rf {} +\n\n"
            f"{_SLIM}\nCOPY --from=build /install /usr/local\n",
        },
        image=_image("pandas", 20_000_000, 4_000_000),
    ),
)


def check(facts: Facts) -> Iterator[Finding]:
    """A finding for every RUN whose packages bring tests that weigh and that nothing uses."""
    for target in facts.targets:
        if first_of(facts, target):
            for one in facts.of(carried_tests, target):
                yield _finding(facts, target, one, Key(CODE, target.name, one.packages[0].name))


def _finding(facts: Facts, target: Target, one: CarriedTests, key: Key) -> Finding:
    names = _listed([package.name for package in one.packages])
    saving = Saving(one.size_bytes, one.size_bytes, Basis.READ)
    if one.run is None:
        line, services = target.stage.from_.line, services_of(facts, target)
    else:
        line, services = one.run.run.line, services_from(facts, target, one.run.stage)
    return Finding(
        key,
        NAME,
        f"the tests of {names} are installed with them: {byte_count(one.size_bytes)}",
        target.dockerfile_name,
        line,
        services or services_of(facts, target),
        _remedy(target, one, key, names, saving),
        saving=saving,
    )


def _remedy(target: Target, one: CarriedTests, key: Key, names: str, saving: Saving) -> Remedy:
    if one.run is None:
        return Refused("it is not known which RUN installs them", target.stage.from_.line)
    edits = one.run.editor.append(one.removal, own_line=True)
    if not edits:
        return Refused("no command can be added to the RUN that installs them", one.run.run.line)
    weights = ", ".join(
        f"{package.name} {byte_count(package.size_bytes)}" for package in one.packages
    )
    opened = ", and no service was seen to open a file of them" if one.watched else ""
    return Change(
        key,
        f"take the tests of {names} out where they are installed",
        Patch.of(target.dockerfile_name, edits),
        Grade.UNSAFE,
        Basis.OBSERVED if one.watched else Basis.READ,
        claim=Claim(
            within=tuple(f"{path}/" for package in one.packages for path in package.folders)
        ),
        saving=saving,
        reasons=(
            f"tests that the packages carry: {weights}",
            f"nothing that is kept imports or names them{opened}",
        ),
    )


def _listed(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


RULE = Rule(
    code=CODE,
    name=NAME,
    summary="Installed Python packages bring their own tests along.",
    since="0.1.0",
    grade=Grade.UNSAFE,
    check=check,
    valid=VALID,
    invalid=INVALID,
    late=True,
)
