"""The tests that installed Python packages carry, from an image's files and RECORDs."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from jettison.analysis.evidence import FolderOfTests
from jettison.ecosystem.python.canonical import canonicalize_name
from jettison.imaging.package import PackageKind
from jettison.patterns import regex

if TYPE_CHECKING:
    from jettison.trial.evidence.files import ImageFiles

__all__ = ["test_folders"]

_TESTS = regex(r"(.*(?:^|/)site-packages)/(?!tests?/)([A-Za-z_]\w*)/(?:.*?/)??tests?(?=/|$)")


@dataclass(slots=True)
class _Folder:
    site: str
    package: str
    size_bytes: int = 0
    owners: set[int | None] = field(default_factory=set)
    of_base: bool = False


def test_folders(files: ImageFiles) -> dict[str, FolderOfTests]:
    """The outermost folders named for tests within packages, by their absolute paths."""
    listing = files.listing
    found: dict[str, _Folder] = {}
    inside: dict[int, _Folder] = {}
    for number, folder in enumerate(listing.folders):
        match = _TESTS.match(folder)
        if match is not None:
            inside[number] = found.setdefault(match[0], _Folder(match[1], match[2]))
    for number, name in enumerate(listing.names) if inside else ():
        one = inside.get(listing.folder[number])
        if one is None:
            continue
        one.size_bytes += listing.held[number]
        one.of_base |= listing.layer[number] < files.base_layers
        if not name.endswith(".pyc"):
            one.owners.add(files.claims.owner.get(listing.inode[number]))
    owners = {owner for one in found.values() for owner in one.owners if owner is not None}
    foreign = owners - _local(files, owners)
    return {
        f"/{path}": FolderOfTests(
            f"/{one.site}",
            one.package,
            _name(files, one.owners, foreign) if not one.of_base else "",
            one.size_bytes,
        )
        for path, one in found.items()
        if one.size_bytes
    }


def _name(files: ImageFiles, owners: set[int | None], foreign: set[int]) -> str:
    """The distribution that all files are of, ``""`` where there is none, or another owner."""
    if len(owners) != 1:
        return ""
    (owner,) = owners
    if owner not in foreign:
        return ""
    package = files.claims.packages[owner]
    return canonicalize_name(package.name) if package.kind is PackageKind.PYTHON else ""


def _local(files: ImageFiles, owners: set[int]) -> set[int]:
    """The distributions that were installed from a folder: the project's own.

    Source: PyPA specifications, "Recording the Direct URL Origin of installed distributions".
    """
    asked = {
        files.node(number): owner
        for owner in owners
        for number in files.owned.get(owner, ())
        if files.listing.names[number] == "direct_url.json"
    }
    by_path = {node.path: owner for node, owner in asked.items()}
    found = set()
    for path, text in files.texts(asked).items():
        try:
            told = json.loads(text)
        except ValueError:
            told = None
        if not isinstance(told, dict) or "dir_info" in told:
            found.add(by_path[path])
    return found
