"""Images built in memory: for tests, examples, and layers that Jettison makes itself."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from jettison.oci.config import ConfigChange, History, changed, new_config
from jettison.oci.entry import OPAQUE_WHITEOUT, WHITEOUT_PREFIX, Entry, EntryKind
from jettison.oci.image import BasicImage, bytes_layer, diff_ids_of
from jettison.oci.layers.compression import compressed_writer
from jettison.oci.mediatype import Compression
from jettison.oci.platform import Platform
from jettison.oci.tar.writer import TarWriter

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from jettison.oci.image import BlobLayer, Layer


class LayerBuilder:
    """Collects a layer's entries; every method returns the builder, so calls can be chained.

    ``LayerBuilder().directory("etc").file("etc/motd", b"hi").whiteout("tmp/x").tar()``
    """

    def __init__(self) -> None:
        self._entries: list[tuple[Entry, bytes]] = []

    def file(
        self, path: str, content: bytes = b"", *, mode: int = 0o644, uid: int = 0, gid: int = 0
    ) -> LayerBuilder:
        """Adds a regular file."""
        return self.entry(Entry(path, EntryKind.FILE, mode=mode, uid=uid, gid=gid), content)

    def directory(
        self, path: str, *, mode: int = 0o755, uid: int = 0, gid: int = 0
    ) -> LayerBuilder:
        """Adds a directory."""
        return self.entry(Entry(path, EntryKind.DIRECTORY, mode=mode, uid=uid, gid=gid))

    def symlink(self, path: str, target: str) -> LayerBuilder:
        """Adds a symbolic link with the text ``target``."""
        return self.entry(Entry(path, EntryKind.SYMLINK, mode=0o777, link=target))

    def hard_link(self, path: str, target: str) -> LayerBuilder:
        """Adds another name for the file at ``target``, with the same owner, mode and time."""
        known = (entry for entry, _ in reversed(self._entries) if entry.path == target)
        whole = next(known, Entry(path, EntryKind.FILE))
        return self.entry(
            Entry(
                path,
                EntryKind.HARD_LINK,
                whole.mode,
                whole.uid,
                whole.gid,
                mtime_ns=whole.mtime_ns,
                link=target,
            )
        )

    def whiteout(self, path: str) -> LayerBuilder:
        """Removes a path of lower layers."""
        folder, slash, name = path.rpartition("/")
        return self.file(f"{folder}{slash}{WHITEOUT_PREFIX}{name}")

    def opaque(self, path: str) -> LayerBuilder:
        """Hides all that lower layers have in a directory."""
        return self.file(f"{path}/{OPAQUE_WHITEOUT}" if path else OPAQUE_WHITEOUT)

    def entry(self, entry: Entry, content: bytes = b"") -> LayerBuilder:
        """Adds any entry."""
        self._entries.append((entry, content))
        return self

    def tar(self) -> bytes:
        """The uncompressed tar, entries in the order of the calls."""
        target = io.BytesIO()
        writer = TarWriter(target)
        for entry, content in self._entries:
            writer.add(entry, content)
        writer.close()
        return target.getvalue()

    def layer(self, compression: Compression = Compression.NONE) -> BlobLayer:
        """The layer, packed as asked."""
        return bytes_layer(packed(self.tar(), compression))


def packed(tar: bytes, compression: Compression, level: int | None = None) -> bytes:
    """The bytes of ``tar`` packed as asked."""
    target = io.BytesIO()
    writer = compressed_writer(target, compression, level)
    writer.write(tar)
    writer.close()
    return target.getvalue()


def build_image(
    layers: Iterable[LayerBuilder | Layer],
    *,
    platform: Platform | None = None,
    history: Sequence[History] | None = None,
    names: Iterable[str] = (),
    change: ConfigChange | None = None,
) -> BasicImage:
    """An image of the layers, base first; without ``history`` each layer gets a step of its own."""
    made = tuple(item.layer() if isinstance(item, LayerBuilder) else item for item in layers)
    steps = history
    if steps is None:
        steps = [History(created_by=f"layer {number}") for number in range(len(made))]
    config = new_config(platform or Platform("linux", "amd64"), diff_ids_of(made), steps)
    if change is not None:
        config = changed(config, change)
    return BasicImage(config, made, tuple(names))
