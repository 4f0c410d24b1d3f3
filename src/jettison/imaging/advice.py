"""What to do first about an image's bytes, derived from its numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jettison.imaging.categories import Category
from jettison.imaging.copied import remaining
from jettison.imaging.package import PackageKind
from jettison.oci import BaseBasis, Fate, WasteReason
from jettison.record import record

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jettison.imaging.copied import Remaining
    from jettison.imaging.inspection import Inspection

MOST_ADVICE = 6
_SMALLEST_BYTES = 100_000
_SMALLEST_PART = 0.002
_SMALLEST_DUPLICATED = 0.01
_MAX_SHOWN = 3

CACHE_RULE = "JT008"
TOOLS_RULE = "JT002"
DEVELOPMENT_RULE = "JT003"
STATIC_RULE = "JT004"
CONTEXT_RULE = "JT005"
COPY_RULE = "JT001"

_PYTHON_TOOLS = frozenset(
    "pytest mypy black ruff flake8 pylint isort bandit coverage pytest-cov pre-commit tox nox "
    "ipython ipdb jupyter notebook sphinx hypothesis locust faker factory-boy safety pip-tools "
    "playwright virtualenv autopep8 pycodestyle pyflakes astroid debugpy".split()
)
_NODE_TOOLS = frozenset(
    "typescript webpack webpack-dev-server vite rollup esbuild parcel eslint prettier jest mocha "
    "cypress playwright playwright-core puppeteer nodemon ts-node babel-loader react-scripts "
    "vitest jsdom storybook sass tailwindcss terser workbox-build rxjs-marbles karma husky".split()
)
_NODE_SCOPES = ("@types/", "@babel/", "@typescript-eslint/", "@jest/", "@vitest/", "@storybook/")


@record
class Advice:
    """One thing to do: the uncompressed bytes it is about, what they are, and what helps.

    ``rule`` is the code of the Jettison rule that finds the cause in a Dockerfile, ``""`` if none.
    The bytes of several pieces of advice may overlap and are not a promise.
    """

    about_bytes: int
    what: str
    remedy: str
    rule: str = ""


def advise(inspection: Inspection, most: int = MOST_ADVICE) -> tuple[Advice, ...]:
    """The advice about the most bytes first; secrets come before all else."""
    least = max(_SMALLEST_BYTES, int(inspection.layer_bytes * _SMALLEST_PART))
    rest = remaining(
        inspection.listing, inspection.owners, inspection.copied, inspection.base.layers
    )
    found = [
        *_copied(inspection),
        *_hidden(inspection),
        *_caches(rest),
        *_categories(rest),
        *_tools(rest),
        *_duplicates(inspection),
        *_base(inspection),
    ]
    large = sorted((one for one in found if one.about_bytes >= least), key=_by_bytes)
    return (*_secrets(inspection), *large)[:most]


def _by_bytes(advice: Advice) -> tuple[int, str]:
    return -advice.about_bytes, advice.what


def _secrets(inspection: Inspection) -> Iterator[Advice]:
    """Files that look like secrets; one that a later layer deleted can still be read."""
    listing, owners = inspection.listing, inspection.owners
    shown = [
        f"/{listing.path(file)}"
        for file in range(len(listing))
        if owners.category(file) is Category.SECRET
        and listing.layer[file] >= inspection.base.layers
        and owners.package(file) is None
    ]
    if shown:
        yield Advice(
            0,
            f"{_some(shown)} may be a secret",
            "keep it out with .dockerignore, hand it over with RUN --mount=type=secret",
            CONTEXT_RULE,
        )
    hidden = [f"/{one.path} of layer {one.layer}" for one in inspection.hidden_secrets]
    if hidden:
        yield Advice(
            0,
            f"{_some(hidden)} may be a secret, and whoever has the image can still read it",
            "change the secret, and hand it over with RUN --mount=type=secret",
            CONTEXT_RULE,
        )


def _copied(inspection: Inspection) -> Iterator[Advice]:
    """What COPY . . brought along."""
    folders = inspection.copied.folders
    if folders:
        shown = [f"/{one.path}" for one in folders]
        instruction = inspection.layers[folders[0].layer].instruction
        yield Advice(
            inspection.copied.total_bytes,
            f"that {instruction} brings from the working folder: {_some(shown)}",
            "put them into .dockerignore",
            CONTEXT_RULE,
        )


def _hidden(inspection: Inspection) -> Iterator[Advice]:
    """What later layers deleted, replaced, or only gave another owner or mode."""
    deleted = [one for one in inspection.waste.largest if one.reason is WasteReason.DELETED]
    if deleted:
        first = deleted[0].node
        fate = first.fate_layer if first.fate is Fate.DELETED else None
        later = "a later layer" if fate is None else f"layer {fate}"
        yield Advice(
            inspection.waste.deleted_bytes,
            f"deleted by later layers, such as /{first.path} of layer {first.layer} by {later}",
            "delete in the RUN that makes it, or copy only the result out of a build stage",
        )
    again = [one for one in inspection.waste.largest if one.reason is WasteReason.OVERWRITTEN]
    same = [one for one in again if one.same_content]
    if same:
        yield Advice(
            inspection.waste.rewritten_bytes,
            f"stored twice for a new owner, mode or time, such as /{same[0].node.path}",
            "COPY --chown=USER --chmod=MODE instead of RUN chown or chmod",
        )
    other = [one for one in again if not one.same_content]
    if other:
        yield Advice(
            inspection.waste.overwritten_bytes - inspection.waste.rewritten_bytes,
            f"overwritten by later layers, such as /{other[0].node.path}",
            "do both steps in one RUN, or copy only the last version",
        )


def _caches(rest: Remaining) -> Iterator[Advice]:
    for cache, count in rest.caches.items():
        yield Advice(count, f"of {cache.label}", cache.remedy, CACHE_RULE)


def _categories(rest: Remaining) -> Iterator[Advice]:
    own = rest.categories
    building = (Category.COMPILER, Category.HEADER, Category.STATIC_LIBRARY)
    yield Advice(
        sum(own.get(category, 0) for category in building),
        "of compilers, headers and static libraries",
        "compile in an earlier stage and copy the result",
        TOOLS_RULE,
    )
    yield Advice(
        own.get(Category.VCS, 0),
        "of version control",
        "put .git into .dockerignore",
        CONTEXT_RULE,
    )
    yield Advice(own.get(Category.TEST, 0), "of tests", "copy only what runs", COPY_RULE)
    yield Advice(
        own.get(Category.LOG, 0) + own.get(Category.TEMPORARY, 0),
        "of logs and temporary files",
        "remove them in the RUN that makes them",
    )
    reading = (Category.DOCUMENTATION, Category.MAN, Category.LOCALE)
    yield Advice(
        sum(own.get(category, 0) for category in reading),
        "of documentation, man pages and locales",
        "exclude them with dpkg's path-exclude, or apk without -doc packages",
    )
    yield Advice(
        own.get(Category.DEBUG, 0),
        "of debug symbols and source maps",
        "leave them in the build stage",
    )


def _tools(rest: Remaining) -> Iterator[Advice]:
    """Packages that only development wants."""
    python: list[tuple[str, int]] = []
    node: list[tuple[str, int]] = []
    for package, count in sorted(rest.packages.items(), key=lambda one: (-one[1], str(one[0]))):
        if package is None or not count:
            continue
        if package.kind is PackageKind.PYTHON and package.name in _PYTHON_TOOLS:
            python.append((package.name, count))
        elif package.kind is PackageKind.NPM and _is_node_tool(package.name):
            node.append((package.name, count))
    for kind, found, remedy, rule in (
        ("Python", python, "install production requirements only", DEVELOPMENT_RULE),
        ("npm", node, "npm ci --omit=dev, or serve the built files without Node", STATIC_RULE),
    ):
        names = list(dict.fromkeys(name for name, _ in found))
        what = f"of {kind} packages for development: {_some(names)}"
        yield Advice(sum(count for _, count in found), what, remedy, rule)


def _is_node_tool(name: str) -> bool:
    return name in _NODE_TOOLS or name.startswith(_NODE_SCOPES)


def _duplicates(inspection: Inspection) -> Iterator[Advice]:
    waste = inspection.waste
    groups = (one for one in waste.groups if one.cause.reason is WasteReason.DUPLICATED)
    first = next(groups, None)
    if first is None or waste.duplicated_bytes <= inspection.layer_bytes * _SMALLEST_DUPLICATED:
        return
    if inspection.copied.has(f"{first.path}/"):
        return  # the copy is named already, with all that came with it
    where = f"/{first.path}, as in /{first.twin}"
    yield Advice(
        waste.duplicated_bytes,
        f"with the same content elsewhere, such as {where}",
        "keep one and link to it",
    )


def _base(inspection: Inspection) -> Iterator[Advice]:
    base = inspection.base
    if base.basis is BaseBasis.UNKNOWN or not base.layers:
        return
    if inspection.base_bytes * 2 > inspection.layer_bytes:
        name = f"the base image {base.name}" if base.name else "the base image"
        slim = any(word in base.name for word in ("slim", "alpine", "distroless", "scratch"))
        remedy = "a distroless or static base" if slim else "a slim, Alpine or distroless base"
        yield Advice(inspection.base_bytes, f"are {name}", f"try {remedy}")


def _some(names: list[str]) -> str:
    more = len(names) - _MAX_SHOWN
    text = ", ".join(names[:_MAX_SHOWN])
    return f"{text} and {more} more" if more > 0 else text
