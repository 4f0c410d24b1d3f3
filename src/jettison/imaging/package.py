"""Packages, and the files that they claim."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from jettison.record import record

if TYPE_CHECKING:
    from jettison.oci import FileTree


class PackageKind(StrEnum):
    """The package manager that a package is of."""

    DEBIAN = "debian"
    ALPINE = "alpine"
    RPM = "rpm"
    PYTHON = "python"
    NPM = "npm"
    GEM = "gem"
    GO = "go"
    JAR = "jar"


@record(order=True)
class Package:
    """A package; copies of one version in several places are one package."""

    kind: PackageKind
    name: str
    version: str

    def __str__(self) -> str:
        return f"{self.kind} {self.name} {self.version}".rstrip()


@dataclass(slots=True)
class Claims:
    """Packages by number, and which of them owns a file; the first claim to a file holds.

    ``owner`` maps the number of a file's content (``Node.inode``) to its package's number.
    """

    tree: FileTree
    packages: list[Package] = field(default_factory=list)
    owner: dict[int, int] = field(default_factory=dict)
    _numbers: dict[Package, int] = field(default_factory=dict)
    _links: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for node in self.tree.root.children():
            if node.link:
                self._links[node.name] = node.link.strip("/")

    def number(self, package: Package) -> int:
        """The package's number, a new one for a package not met before."""
        found = self._numbers.setdefault(package, len(self.packages))
        if found == len(self.packages):
            self.packages.append(package)
        return found

    def claim(self, number: int, path: str) -> None:
        """Gives the file at a path to a package; a path that is not there is no error.

        Package managers list ``lib/x`` where a merged ``/usr`` has ``usr/lib/x``.
        """
        path = path.strip("/")
        node = self.tree.get(path)
        if node is None:
            top, slash, rest = path.partition("/")
            target = self._links.get(top)
            node = self.tree.get(f"{target}{slash}{rest}") if target else None
        if node is not None and not node.is_directory and not node.link:
            self.owner.setdefault(node.inode, number)
