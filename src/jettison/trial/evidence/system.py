"""Installed system packages, from the databases of dpkg and apk."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from jettison.analysis.evidence import SystemPackage
from jettison.imaging.package import PackageKind
from jettison.patterns import regex

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from jettison.oci import Node
    from jettison.trial.evidence.files import ImageFiles

__all__ = ["packages_of"]

_KINDS = (PackageKind.DEBIAN, PackageKind.ALPINE, PackageKind.RPM)
_STATUS = "var/lib/dpkg/status"
_PARTS = "var/lib/dpkg/status.d"
_INFO = "var/lib/dpkg/info"
_ALPINE = ("lib/apk/db/installed", "usr/lib/apk/db/installed")
_ON_PATH = frozenset(
    ("bin", "sbin", "usr/bin", "usr/sbin", "usr/local/bin", "usr/local/sbin", "usr/games")
)
_SHARED = regex(r"^lib.*\.so(?:\.[0-9].*)?$|^ld-.*\.so.*$")
_NAME = regex(r"^[!~]?([^\s<>=~:(\[]+)")


@dataclass(slots=True)
class _Entry:
    """A package of a database; ``wants`` is a list of alternatives for each dependency.

    So is ``likes`` for what it recommends. ``required`` is its priority (Debian Policy, 2.5).
    """

    name: str
    wants: list[list[str]] = field(default_factory=list)
    likes: list[list[str]] = field(default_factory=list)
    provides: set[str] = field(default_factory=set)
    required: bool = False


def packages_of(files: ImageFiles) -> dict[str, SystemPackage]:
    """The system packages of an image by name."""
    entries = {entry.name: entry for entry in _entries(files)}
    providers: dict[str, str] = {}
    for entry in entries.values():
        for name in (*entry.provides, entry.name):
            providers[name] = entry.name if name == entry.name else providers.get(name, entry.name)
    in_base = _in_base(files)
    links = _links(files)
    made: dict[str, SystemPackage] = {}
    for number, package in enumerate(files.claims.packages):
        if package.kind not in _KINDS:
            continue
        entry = entries.get(package.name, _Entry(package.name))
        owned = files.owned.get(number, [])
        above = () if package.name in in_base else owned
        made[package.name] = SystemPackage(
            kind=package.kind.value,
            name=package.name,
            version=package.version,
            depends=frozenset(_depends(entry, entry.wants, providers)),
            recommends=frozenset(_depends(entry, entry.likes, providers)),
            sonames=frozenset(_sonames(files, owned, links)),
            executables=frozenset(_executables(files, owned)),
            in_base=package.name in in_base,
            size_bytes=sum(files.listing.held[file] for file in owned),
            required=entry.required,
            files=frozenset(f"/{files.listing.path(file)}" for file in above),
        )
    return made


def _depends(
    entry: _Entry, wants: Iterable[list[str]], providers: Mapping[str, str]
) -> Iterator[str]:
    for alternatives in wants:
        found = next((providers[one] for one in alternatives if one in providers), None)
        if found is not None and found != entry.name:
            yield found


def _sonames(
    files: ImageFiles, owned: Iterable[int], links: Mapping[str, set[str]]
) -> Iterator[str]:
    """The names of shared libraries: the files' own, and those of links to them."""
    for file in owned:
        name = files.listing.names[file]
        if _SHARED.match(name):
            yield name
            yield from links.get(files.listing.path(file), ())


def _links(files: ImageFiles) -> dict[str, set[str]]:
    """The names of links to shared libraries, by the path of the library in the same folder."""
    found: dict[str, set[str]] = {}
    for node in files.tree:
        if node.link and ".so" in node.name and _SHARED.match(node.name):
            target = files.tree.resolve(node.path)
            if target is not None:
                found.setdefault(target.path, set()).add(node.name)
    return found


def _executables(files: ImageFiles, owned: Iterable[int]) -> Iterator[str]:
    for file in owned:
        folder = files.listing.folders[files.listing.folder[file]]
        if files.listing.executable[file] and folder in _ON_PATH:
            yield files.listing.names[file]


def _in_base(files: ImageFiles) -> set[str]:
    """The packages that the base image has, by its own database."""
    if not files.base_layers:
        return set()
    found: set[str] = set()
    info = files.tree.get(_INFO)
    for node in info.children() if info is not None else ():
        stem, _, suffix = node.name.rpartition(".")
        layers = [node.layer, *(older.layer for older in node.shadowed)]
        if suffix == "list" and min(layers) < files.base_layers:
            found.add(stem.partition(":")[0])
    for path in (*_ALPINE, _STATUS):
        older = _of_base(files, files.tree.get(path))
        if older is not None:
            text = "".join(files.texts([older]).values())
            read = _apk(text) if path in _ALPINE else _dpkg(text)
            found.update(entry.name for entry in read)
    parts = files.tree.get(_PARTS)
    for node in parts.children() if parts is not None else ():
        if node.layer < files.base_layers:
            found.add(node.name.removesuffix(".md5sums"))
    return found


def _of_base(files: ImageFiles, node: Node | None) -> Node | None:
    """The base image's own entry for a path."""
    if node is None:
        return None
    return next((one for one in (node, *node.shadowed) if one.layer < files.base_layers), None)


def _entries(files: ImageFiles) -> Iterator[_Entry]:
    status = [node for path in (_STATUS,) if (node := files.tree.get(path)) is not None]
    parts = files.tree.get(_PARTS)
    status += list(parts.children()) if parts is not None else []
    for text in files.texts(status).values():
        yield from _dpkg(text)
    alpine = [node for path in _ALPINE if (node := files.tree.get(path)) is not None]
    for text in files.texts(alpine).values():
        yield from _apk(text)


def _dpkg(text: str) -> Iterator[_Entry]:
    """The installed packages of a status file (Debian Policy, "Control files and their fields")."""
    for block in text.split("\n\n"):
        fields = _fields(block)
        name = fields.get("package", "")
        if not name or not fields.get("status", "install ok installed").endswith(" installed"):
            continue
        wants = [*_alternatives(fields.get("pre-depends")), *_alternatives(fields.get("depends"))]
        likes = list(_alternatives(fields.get("recommends")))
        provides = {
            found[1]
            for one in fields.get("provides", "").split(",")
            if (found := _NAME.match(one.strip()))
        }
        yield _Entry(name, wants, likes, provides, fields.get("priority") == "required")


def _alternatives(text: str | None) -> Iterator[list[str]]:
    """The names of each group of a dependency field (Debian Policy, 7.1)."""
    for group in (text or "").split(","):
        if group.strip():
            yield [found[1] for one in group.split("|") if (found := _NAME.match(one.strip()))]


def _fields(block: str) -> dict[str, str]:
    fields: dict[str, str] = {}
    last = ""
    for line in block.splitlines():
        if line[:1] in (" ", "\t"):
            if last in ("depends", "pre-depends", "provides", "recommends"):
                fields[last] += line
            continue
        key, colon, value = line.partition(":")
        if colon:
            last = key.lower()
            fields[last] = value.strip()
    return fields


def _apk(text: str) -> Iterator[_Entry]:
    """The packages of an ``installed`` file (apk-tools, "apk-v2(5)")."""
    for block in text.split("\n\n"):
        entry = _Entry("")
        for line in block.splitlines():
            key, value = line[:2], line[2:]
            if key == "P:":
                entry.name = value
            elif key == "D:":
                words = [one for one in value.split() if not one.startswith("!")]
                entry.wants = [[_apk_name(one)] for one in words]
            elif key == "p:":
                entry.provides = {_apk_name(one) for one in value.split()}
        if entry.name:
            yield entry


def _apk_name(word: str) -> str:
    """``so:libc.musl-x86_64.so.1``, ``cmd:sh`` or a package's name, without its version."""
    return re.split(r"[<>=~]", word, maxsplit=1)[0]
