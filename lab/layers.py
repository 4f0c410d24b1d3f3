"""Pack folders into image layers that come out the same every time."""

import hashlib
import io
import os
import re
import stat
import tarfile
import tempfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from typing_extensions import Buffer

EPOCH = 1_735_689_600
"""No file in a stand-in is younger than 2025-01-01, so that a rebuilt lab gives the same layers."""

_LEFT_OUT = re.compile(
    r"(dev|proc|sys|tmp|mnt|var/tmp|var/lib/apt/lists|var/cache/apt|var/log/apt|root/\.cache)/.+"
    r"|etc/(resolv\.conf|hosts|hostname|\.pwd\.lock)|etc/(passwd|group|shadow|gshadow)-"
    r"|var/log/[^/]+\.log|var/log/[bw]tmp|var/log/faillog|var/log/lastlog"
    r"|var/cache/ldconfig/.*|var/cache/debconf/.*-old|var/lib/dpkg/(.*-old|lock.*|triggers/Lock)"
)


@dataclass(frozen=True, slots=True)
class Layer:
    """A layer in the blob folder."""

    diff_id: str
    digest: str
    compressed_size: int
    uncompressed_size: int


class Blobs:
    """Content addressed files: layers, configurations and manifests by their digest."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def path(self, digest: str) -> Path:
        """Where the blob of that digest is."""
        return self._folder / digest.removeprefix("sha256:")

    def add(self, content: bytes) -> str:
        """Store bytes and return their digest."""
        digest = f"sha256:{hashlib.sha256(content).hexdigest()}"
        with self.new() as file:
            file.write(content)
        Path(file.name).replace(self.path(digest))
        return digest

    def keep_only(self, digests: set[str]) -> None:
        """Delete all other blobs, and what was never finished."""
        keep = {digest.removeprefix("sha256:") for digest in digests}
        for path in self._folder.iterdir():
            if path.name not in keep:
                path.unlink()

    def new(self) -> "tempfile._TemporaryFileWrapper[bytes]":
        """A file to write a blob into before its digest is known."""
        return tempfile.NamedTemporaryFile(dir=self._folder, prefix=".new-", delete=False)


class _Compressor(io.RawIOBase):
    """A writable file that compresses what it is given and keeps both digests."""

    def __init__(self, target: IO[bytes]) -> None:
        super().__init__()
        self._target = target
        self._gzip = zlib.compressobj(6, zlib.DEFLATED, 31)
        self.plain = hashlib.sha256()
        self.packed = hashlib.sha256()
        self.plain_size = 0
        self.packed_size = 0

    def write(self, data: "Buffer", /) -> int:
        """Take more bytes."""
        data = bytes(data)
        self.plain.update(data)
        self.plain_size += len(data)
        self._pass_on(self._gzip.compress(data))
        return len(data)

    def tell(self) -> int:
        """How many bytes were taken."""
        return self.plain_size

    def finish(self) -> None:
        """Write what is left."""
        self._pass_on(self._gzip.flush())

    def _pass_on(self, data: bytes) -> None:
        """Write compressed bytes."""
        self.packed.update(data)
        self.packed_size += len(data)
        self._target.write(data)


def pack(tree: Path, blobs: Blobs) -> Layer:
    """Pack a folder as a layer.

    The folder may be the upper folder of an overlay: its marks of removed entries become
    whiteouts. Names are sorted, owners are numbers, times are clamped to `EPOCH`, and what differs
    from build to build (logs, caches, locks) is left out.
    """
    with blobs.new() as file:
        sink = _Compressor(file.file)
        with tarfile.open(fileobj=sink, mode="w", format=tarfile.PAX_FORMAT) as archive:
            for path, name in _walk(tree):
                _add(archive, path, name)
        sink.finish()
    digest = f"sha256:{sink.packed.hexdigest()}"
    Path(file.name).replace(blobs.path(digest))
    diff_id = f"sha256:{sink.plain.hexdigest()}"
    return Layer(diff_id, digest, sink.packed_size, sink.plain_size)


def _walk(tree: Path) -> Iterator[tuple[Path, str]]:
    """Every entry to pack, parents first, in the order of names."""
    pending = [tree]
    while pending:
        folder = pending.pop()
        if folder != tree:
            yield folder, folder.relative_to(tree).as_posix()
        folders = []
        for entry in sorted(os.scandir(folder), key=lambda e: e.name):
            path = Path(entry.path)
            name = path.relative_to(tree).as_posix()
            folder_here = entry.is_dir(follow_symlinks=False)
            if _LEFT_OUT.fullmatch(name) or (name.startswith("run/") and not folder_here):
                continue
            if folder_here:
                folders.append(path)
            else:
                yield path, name
        pending += reversed(folders)


def _add(archive: tarfile.TarFile, path: Path, name: str) -> None:
    """Add one entry with its whiteouts."""
    status = path.lstat()
    if stat.S_ISCHR(status.st_mode) and status.st_rdev == 0:
        parent, _, last = name.rpartition("/")
        archive.addfile(_whiteout(f"{parent}/.wh.{last}" if parent else f".wh.{last}"))
        return
    if stat.S_ISSOCK(status.st_mode):
        return
    entry = archive.gettarinfo(path, name)
    entry.uname = entry.gname = ""
    # A folder's time is that of its last change, whatever made it.
    entry.mtime = EPOCH if entry.isdir() else int(min(status.st_mtime, EPOCH))
    if entry.isreg():
        with path.open("rb") as content:
            archive.addfile(entry, content)
    else:
        archive.addfile(entry)
    if entry.isdir() and _opaque(path):
        archive.addfile(_whiteout(f"{name}/.wh..wh..opq"))


def _whiteout(name: str) -> tarfile.TarInfo:
    """An empty file that hides an entry of the layers below."""
    entry = tarfile.TarInfo(name)
    entry.mtime = EPOCH
    return entry


def _opaque(folder: Path) -> bool:
    """Whether an overlay's folder hides everything below it."""
    try:
        return os.getxattr(folder, "trusted.overlay.opaque") == b"y"
    except OSError:
        return False
