"""Two images side by side: what the second has more, less, and other than the first."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Generic, TypeVar

from jettison.imaging.shares import Share
from jettison.record import record

if TYPE_CHECKING:
    from collections.abc import Iterable

    from jettison.imaging.categories import Category
    from jettison.imaging.inspection import Inspection, LayerShare
    from jettison.imaging.package import Package, PackageKind

KeyT = TypeVar("KeyT")
KeyT_co = TypeVar("KeyT_co", covariant=True)


class ChangeKind(StrEnum):
    """What became of a file or a layer."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


@record
class FileChange:
    """A file that is not the same in both images.

    The bytes are uncompressed; 0 on a side that lacks it. A file whose owner, mode or time alone
    changed is no change here.
    """

    kind: ChangeKind
    path: str
    before_bytes: int
    after_bytes: int
    package: Package | None
    category: Category

    @property
    def delta_bytes(self) -> int:
        """The bytes after minus those before."""
        return self.after_bytes - self.before_bytes


@record
class Delta(Generic[KeyT_co]):
    """A package's, category's or folder's uncompressed bytes and files in both images."""

    key: KeyT_co
    before_bytes: int
    after_bytes: int
    before_files: int
    after_files: int

    @property
    def delta_bytes(self) -> int:
        """The bytes after minus those before."""
        return self.after_bytes - self.before_bytes


@record
class PackageName:
    """A package whatever its version."""

    kind: PackageKind
    name: str

    def __str__(self) -> str:
        return f"{self.kind} {self.name}"


@record
class PackageDelta:
    """A package in both images, with the versions that each has; ``None``: files of no package."""

    delta: Delta[PackageName | None]
    before_versions: tuple[str, ...]
    after_versions: tuple[str, ...]


@record
class Difference:
    """Two images side by side.

    ``delta_bytes`` is the difference of what the layers hold. It is the sum over ``files`` plus
    ``hidden_delta_bytes`` (what layers hold and the merged tree does not show); the packages',
    categories' and folders' deltas sum up to the files', the layers that only one image has to
    ``delta_bytes``. Files, packages, categories and folders come with the largest change first.
    """

    before: Inspection
    after: Inspection
    files: tuple[FileChange, ...]
    packages: tuple[PackageDelta, ...]
    categories: tuple[Delta[Category], ...]
    folders: tuple[Delta[str], ...]
    shared_layers: tuple[LayerShare, ...]
    removed_layers: tuple[LayerShare, ...]
    added_layers: tuple[LayerShare, ...]

    @property
    def delta_bytes(self) -> int:
        """The uncompressed bytes of all layers, after minus before."""
        return self.after.layer_bytes - self.before.layer_bytes

    @property
    def compressed_delta_bytes(self) -> int | None:
        """The compressed bytes of all layers, after minus before; ``None`` if not known."""
        before, after = self.before.compressed_bytes, self.after.compressed_bytes
        return None if before is None or after is None else after - before

    @property
    def tree_delta_bytes(self) -> int:
        """The uncompressed bytes that a container sees, after minus before."""
        return self.after.tree_bytes - self.before.tree_bytes

    @property
    def hidden_delta_bytes(self) -> int:
        """The uncompressed bytes that were overwritten or deleted, after minus before."""
        return self.after.waste.hidden_bytes - self.before.waste.hidden_bytes


def compare_images(before: Inspection, after: Inspection) -> Difference:
    """The difference of two images that were taken apart.

    Contents are compared by digest where both trees have them, else by length.
    """
    added = _only(after, before)
    return Difference(
        before=before,
        after=after,
        files=tuple(sorted(_files(before, after), key=_file_order)),
        packages=_packages(before, after),
        categories=_deltas(before.parts.categories, after.parts.categories),
        folders=_deltas(before.parts.top_folders, after.parts.top_folders),
        shared_layers=tuple(layer for layer in after.layers if layer not in added),
        removed_layers=_only(before, after),
        added_layers=added,
    )


def _file_order(change: FileChange) -> tuple[int, str]:
    return -abs(change.delta_bytes), change.path


def _files(before: Inspection, after: Inspection) -> Iterable[FileChange]:
    one, other = before.listing, after.listing
    digests = before.tree.has_digests and after.tree.has_digests
    known = {path: number for number, path in enumerate(one.paths())}
    for number, path in enumerate(other.paths()):
        old = known.pop(path, None)
        package, category = after.owners.package(number), after.owners.category(number)
        now = other.held[number]
        if old is None:
            yield FileChange(ChangeKind.ADDED, path, 0, now, package, category)
        elif one.held[old] != now or (digests and _content(before, old) != _content(after, number)):
            was = one.held[old]
            yield FileChange(ChangeKind.CHANGED, path, was, now, package, category)
    for path, old in known.items():
        package, category = before.owners.package(old), before.owners.category(old)
        yield FileChange(ChangeKind.REMOVED, path, one.held[old], 0, package, category)


def _content(inspection: Inspection, file: int) -> bytes | None:
    tree = inspection.tree
    return tree.raw_digest(tree.node(inspection.listing.record[file]))


def _deltas(before: Iterable[Share[KeyT]], after: Iterable[Share[KeyT]]) -> tuple[Delta[KeyT], ...]:
    sums: dict[KeyT, list[int]] = {}
    for side, shares in ((0, before), (1, after)):
        for share in shares:
            entry = sums.setdefault(share.key, [0, 0, 0, 0])
            entry[side] += share.total_bytes
            entry[2 + side] += share.files
    found = (Delta(key, *values) for key, values in sums.items())
    return tuple(sorted(found, key=lambda one: (-abs(one.delta_bytes), str(one.key))))


def _packages(before: Inspection, after: Inspection) -> tuple[PackageDelta, ...]:
    versions: tuple[dict[PackageName | None, list[str]], ...] = ({}, {})
    sides = []
    for known, inspection in zip(versions, (before, after), strict=True):
        shares = []
        for share in inspection.parts.packages:
            package = share.key
            name = None if package is None else PackageName(package.kind, package.name)
            if package is not None:
                known.setdefault(name, []).append(package.version)
            shares.append(_named(share, name))
        sides.append(shares)
    return tuple(
        PackageDelta(
            delta,
            tuple(sorted(versions[0].get(delta.key, ()))),
            tuple(sorted(versions[1].get(delta.key, ()))),
        )
        for delta in _deltas(sides[0], sides[1])
    )


def _named(share: Share[Package | None], name: PackageName | None) -> Share[PackageName | None]:
    return Share(name, share.total_bytes, share.own_bytes, share.files)


def _only(one: Inspection, other: Inspection) -> tuple[LayerShare, ...]:
    """The layers that the other image lacks; a layer that stands twice in one counts twice."""
    left = [layer.diff_id for layer in other.layers]
    found = []
    for layer in one.layers:
        if layer.diff_id in left:
            left.remove(layer.diff_id)
        else:
            found.append(layer)
    return tuple(found)
