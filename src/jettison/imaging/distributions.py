"""What Debian's and Alpine's package databases say about who owns which file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jettison.imaging.package import Package, PackageKind
from jettison.oci import EntryKind, read_contents

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from jettison.imaging.package import Claims
    from jettison.oci import EntrySource, Node

_STATUS = "var/lib/dpkg/status"
_PARTS = "var/lib/dpkg/status.d"  # distroless: a file for each package instead of one for all
_INFO = "var/lib/dpkg/info"
_ALPINE = ("lib/apk/db/installed", "usr/lib/apk/db/installed")


def claim_debian(claims: Claims, layers: Sequence[EntrySource]) -> None:
    """Gives files to the packages that dpkg lists them for, and dpkg's notes on each to itself."""
    info = claims.tree.get(_INFO)
    lists: dict[str, list[Node]] = {}
    for node in info.children() if info is not None else ():
        stem, _, suffix = node.name.rpartition(".")
        if suffix == "list":
            lists.setdefault(stem.partition(":")[0], []).append(node)
    status = claims.tree.get(_STATUS)
    folder = claims.tree.get(_PARTS)
    parts = list(folder.children()) if folder is not None else []
    wanted = [*parts, *(node for nodes in lists.values() for node in nodes)]
    wanted += [status] if status is not None else []
    texts = _texts(layers, wanted)
    numbers: dict[str, int] = {}
    for source in (status, *parts):
        for fields in _paragraphs(texts.get(source.path, "")) if source is not None else ():
            name = fields.get("package", "")
            if name and fields.get("status", "install ok installed").endswith(" installed"):
                package = Package(PackageKind.DEBIAN, name, fields.get("version", ""))
                numbers[name] = claims.number(package)
    for name, nodes in lists.items():
        for node in nodes if name in numbers else ():
            for path in texts.get(node.path, "").splitlines():
                claims.claim(numbers[name], path)
    for node in info.children() if info is not None else ():
        name = node.name.rpartition(".")[0].partition(":")[0]
        if name in numbers:
            claims.claim(numbers[name], node.path)
    for node in parts:
        _claim_part(claims, node, texts.get(node.path, ""), numbers)


def _claim_part(claims: Claims, node: Node, text: str, numbers: Mapping[str, int]) -> None:
    """Distroless keeps ``NAME`` (the package's paragraph) and ``NAME.md5sums`` (its files)."""
    name = node.name.removesuffix(".md5sums")
    number = numbers.get(name)
    if number is None:
        named = next((f["package"] for f in _paragraphs(text) if "package" in f), "")
        number = numbers.get(named)
    if number is None:
        return
    claims.claim(number, node.path)
    if node.name.endswith(".md5sums"):
        for line in text.splitlines():
            claims.claim(number, line.partition(" ")[2].strip())


def claim_alpine(claims: Claims, layers: Sequence[EntrySource]) -> None:
    """Gives files to the packages that apk lists them for."""
    nodes = [node for path in _ALPINE if (node := claims.tree.get(path)) is not None]
    for text in _texts(layers, nodes).values():
        name = version = folder = ""
        number: int | None = None
        for line in text.splitlines():
            key, value = line[:2], line[2:]
            if key == "P:":
                name, version, folder, number = value, "", "", None
            elif key == "V:":
                version = value
            elif key == "F:":
                folder = value
            elif key == "R:" and name:
                if number is None:
                    number = claims.number(Package(PackageKind.ALPINE, name, version))
                claims.claim(number, f"{folder}/{value}")


def _texts(layers: Sequence[EntrySource], nodes: Iterable[Node]) -> dict[str, str]:
    files = [node for node in nodes if node.kind is EntryKind.FILE]
    return {
        node.path: data.decode("utf-8", "surrogateescape")
        for node, data in read_contents(layers, files)
    }


def _paragraphs(text: str) -> Iterator[dict[str, str]]:
    """The paragraphs of a control file, keys in lower case, without continuation lines.

    Source: Debian Policy 5.1.
    """
    for block in text.split("\n\n"):
        fields: dict[str, str] = {}
        for line in block.splitlines():
            if line[:1] not in (" ", "\t", "#"):
                key, colon, value = line.partition(":")
                if colon:
                    fields[key.lower()] = value.strip()
        if fields:
            yield fields
