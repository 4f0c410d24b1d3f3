"""Packages of languages: Python distributions by RECORD, npm packages and gems."""

from __future__ import annotations

import csv
import json
import re
from typing import TYPE_CHECKING

from jettison.imaging.package import Package, PackageKind
from jettison.oci import read_contents

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from jettison.imaging.listing import Listing
    from jettison.imaging.package import Claims
    from jettison.oci import EntrySource, Node

_GEM = re.compile(r"(?:^|/)gems/([A-Za-z0-9_.-]+?)-(\d[A-Za-z0-9_.-]*)$")
_NPM = re.compile(r"(?:^|/)node_modules/((?:@[^/]+/)?[^/@.][^/]*)$")
_MAX_JSON = 4 << 20


def claim_python(claims: Claims, listing: Listing, layers: Sequence[EntrySource]) -> None:
    """Gives files to the distributions whose RECORD lists them.

    Source: PyPA specifications, "Recording installed projects".
    """
    records: dict[str, tuple[str, int]] = {}
    nodes: list[Node] = []
    for number, name in enumerate(listing.names):
        folder = listing.folders[listing.folder[number]]
        if name != "RECORD" or not folder.endswith(".dist-info"):
            continue
        site, _, info = folder.rpartition("/")
        title, _, version = info.removesuffix(".dist-info").partition("-")
        package = Package(PackageKind.PYTHON, title.lower().replace("_", "-"), version)
        node = claims.tree.node(listing.record[number])
        records[node.path] = (site, claims.number(package))
        nodes.append(node)
    for node, data in read_contents(layers, nodes):
        site, number = records[node.path]
        for path in _recorded(data.decode("utf-8", "surrogateescape")):
            claims.claim(number, path if path.startswith("/") else _joined(site, path))


def _recorded(text: str) -> Iterator[str]:
    if '"' in text:
        yield from (row[0] for row in csv.reader(text.splitlines()) if row)
    else:
        yield from (line.rsplit(",", 2)[0] for line in text.splitlines())


def _joined(folder: str, path: str) -> str:
    while path.startswith("../"):
        folder, path = folder.rpartition("/")[0], path[3:]
    return f"{folder}/{path}"


def folder_packages(
    claims: Claims, listing: Listing, layers: Sequence[EntrySource]
) -> dict[int, int]:
    """The packages that own whole folders, by the folder's number: npm packages and gems.

    A package in a package's ``node_modules`` has its folder for itself.
    """
    found: dict[int, int] = {}
    npm: dict[int, str] = {}
    for number, folder in enumerate(listing.folders):
        if match := _NPM.search(folder):
            npm[number] = match.group(1)
        elif match := _GEM.search(folder):
            package = Package(PackageKind.GEM, match.group(1), match.group(2))
            found[number] = claims.number(package)
    versions = _npm_versions(claims, listing, layers, npm)
    for number, (name, version) in versions.items():
        found[number] = claims.number(Package(PackageKind.NPM, name, version))
    return found


def _npm_versions(
    claims: Claims, listing: Listing, layers: Sequence[EntrySource], npm: dict[int, str]
) -> dict[int, tuple[str, str]]:
    """Names and versions out of ``package.json``, by folder; folders without one are left out."""
    manifests: dict[int, int] = {}
    nodes: list[Node] = []
    for number, name in enumerate(listing.names):
        folder = listing.folder[number]
        if name == "package.json" and folder in npm:
            node = claims.tree.node(listing.record[number])
            if node.content_bytes <= _MAX_JSON:
                manifests[node.record] = folder
                nodes.append(node)
    found: dict[int, tuple[str, str]] = {}
    for node, data in read_contents(layers, nodes):
        folder = manifests[node.record]
        found[folder] = _name_and_version(data, npm[folder])
    return found


def _name_and_version(data: bytes, name: str) -> tuple[str, str]:
    try:
        top = json.loads(data)
    except (ValueError, RecursionError):
        return name, ""
    if not isinstance(top, dict):
        return name, ""
    said, version = top.get("name"), top.get("version")
    return (
        said if isinstance(said, str) and said else name,
        version if isinstance(version, str) else "",
    )
