"""A registry of this process's own, from which the engine pulls at a stated bandwidth.

It speaks the pulling half of the OCI distribution specification 1.1 on the loopback address, which
engines take for trustworthy without TLS. Nothing that an engine has already would be fetched again:
so each round of pulls gives every blob an end that no round had before, an empty gzip member
(RFC 1952, 2.2) that unpacks to nothing.
"""

from __future__ import annotations

import hashlib
import json
import secrets
import struct
import tarfile
import threading
import time
import zlib
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import IO, TYPE_CHECKING, Any

from zlib_ng import zlib_ng

from jettison.errors import ImageError
from jettison.patterns import regex

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from jettison.oci import ImageConfig

__all__ = ["Blob", "PullRegistry", "packed_layers"]

_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
_CONFIG = "application/vnd.docker.container.image.v1+json"
_LAYER = "application/vnd.docker.image.rootfs.diff.tar.gzip"
_PATH = regex(r"/v2/(?P<name>[^?]+)/(?P<what>manifests|blobs)/(?P<key>[^/?]+)")
_RANGE = regex(r"bytes=(\d+)-(\d*)")
_CHUNK = 1 << 16
_READ = 1 << 20
_LEVEL = 6
_WRAPPED = zlib.MAX_WBITS | 16
_GZIP = b"\x1f\x8b"


@dataclass(slots=True)
class Blob:
    """A layer's archive through gzip in a file, and the state of its SHA-256."""

    path: Path
    size: int
    state: Any

    def digest(self, end: bytes) -> str:
        """The digest of the file with something behind it."""
        whole = self.state.copy()
        whole.update(end)
        return f"sha256:{whole.hexdigest()}"


def packed_layers(stream: IO[bytes], wanted: frozenset[str], folder: Path) -> dict[str, Blob]:
    """The layers of an engine's archive of images through gzip, in files of a folder.

    ``wanted`` are diff IDs, by which the result is kept. Raises ``ImageError`` for a stream that is
    no archive, or that lacks a layer.
    """
    found: dict[str, Blob] = {}
    try:
        with tarfile.open(mode="r|", fileobj=stream, bufsize=_READ) as archive:
            for member in archive:
                handle = archive.extractfile(member) if member.isreg() else None
                if handle is None or not member.size:
                    continue
                path = folder / f"{len(found)}.part"
                diff_id, blob = _packed(handle, path)
                if diff_id in wanted and diff_id not in found:
                    found[diff_id] = blob
                    blob.path = path.rename(folder / diff_id.replace(":", "-"))
    except tarfile.TarError as error:
        raise ImageError(f"the engine's archive of the images cannot be read: {error}") from error
    missing = wanted - found.keys()
    if missing:
        raise ImageError(f"the engine's archive lacks the layer {min(missing)}")
    return found


def _packed(handle: IO[bytes], path: Path) -> tuple[str, Blob]:
    """The diff ID of a blob, and the blob through gzip; one that is packed stays as it is."""
    plain, packed = hashlib.sha256(), hashlib.sha256()
    first = handle.read(_READ)
    unpacking = zlib.decompressobj(_WRAPPED) if first[:2] == _GZIP else None
    packing = zlib_ng.compressobj(_LEVEL, zlib_ng.DEFLATED, _WRAPPED)
    with path.open("wb") as target:
        while first:
            plain.update(unpacking.decompress(first) if unpacking else first)
            piece = first if unpacking else packing.compress(first)
            packed.update(piece)
            target.write(piece)
            first = handle.read(_READ)
        if unpacking is None:
            piece = packing.flush()
            packed.update(piece)
            target.write(piece)
    return f"sha256:{plain.hexdigest()}", Blob(path, path.stat().st_size, packed)


@dataclass(slots=True)
class PullRegistry:
    """Gives images to an engine, all transfers together at most ``bits_per_second``.

    ``layers`` are the packed layers by diff ID. ``sent`` counts the bytes of blobs that were sent.
    """

    layers: dict[str, Blob]
    bits_per_second: float
    sent: int = 0
    _rounds: int = 0
    _documents: dict[str, tuple[str, bytes]] = field(default_factory=dict)
    _blobs: dict[str, tuple[Blob, bytes]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _free_at: float = 0.0

    @contextmanager
    def serving(self) -> Iterator[str]:
        """The address (``127.0.0.1:PORT``) at which it answers until the block ends."""
        server = _Server(("127.0.0.1", 0), _handler_of(self))
        thread = threading.Thread(target=server.serve_forever, name="registry", daemon=True)
        thread.start()
        try:
            yield f"127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            server.server_close()

    def put(self, images: dict[str, ImageConfig]) -> int:
        """A round of images, by tag, that no engine has; the bytes of their blobs, each once."""
        self._rounds += 1
        end = _empty_member()
        sizes: dict[str, int] = {}
        for tag, config in images.items():
            data = json.loads(config.raw)
            data["comment"] = f"pull {self._rounds} of {tag}"
            raw = json.dumps(data).encode()
            own = self._document(_CONFIG, raw)
            rows = []
            for diff_id in map(str, config.diff_ids):
                blob = self.layers[diff_id]
                digest, size = blob.digest(end), blob.size + len(end)
                self._blobs[digest] = (blob, end)
                sizes[digest] = size
                rows.append({"mediaType": _LAYER, "size": size, "digest": digest})
            manifest = {
                "schemaVersion": 2,
                "mediaType": _MANIFEST,
                "config": {"mediaType": _CONFIG, "size": len(raw), "digest": own},
                "layers": rows,
            }
            text = json.dumps(manifest).encode()
            self._document(_MANIFEST, text)
            self._documents[tag] = (_MANIFEST, text)
        return sum(sizes.values())

    def _document(self, kind: str, raw: bytes) -> str:
        digest = f"sha256:{hashlib.sha256(raw).hexdigest()}"
        self._documents[digest] = (kind, raw)
        return digest

    def document(self, key: str) -> tuple[str, bytes] | None:
        """A manifest or a config by its tag or digest, with its media type."""
        return self._documents.get(key)

    def blob(self, digest: str) -> tuple[Blob, bytes] | None:
        """A layer by its digest: the file, and what comes behind it."""
        return self._blobs.get(digest)

    def wait_for(self, size: int) -> None:
        """Waits until that many bytes may have passed the line, and counts them."""
        with self._lock:
            begin = max(time.monotonic(), self._free_at)
            self._free_at = begin + size * 8 / self.bits_per_second
            self.sent += size
            left = self._free_at - time.monotonic()
        if left > 0:
            time.sleep(left)


def _empty_member() -> bytes:
    """A gzip member that holds nothing and has a name (FNAME) that was never used before."""
    head = _GZIP + struct.pack("<BBIBB", 8, 1 << 3, 0, 0, 255)
    return head + secrets.token_hex(16).encode() + b"\0" + b"\x03\x00" + bytes(8)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False


def _handler_of(registry: PullRegistry) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self._answer(with_body=True)

        def do_HEAD(self) -> None:
            self._answer(with_body=False)

        def log_message(self, *_: object) -> None:
            """Nothing is logged."""

        def _answer(self, *, with_body: bool) -> None:
            if self.path.rstrip("/") == "/v2":
                self._send("application/json", b"{}", with_body=with_body)
                return
            match = _PATH.fullmatch(self.path)
            key = match["key"] if match else ""
            found = registry.blob(key)
            document = registry.document(key)
            if match and match["what"] == "blobs" and found is not None:
                self._send_blob(key, *found, with_body=with_body)
            elif document is not None:
                self._send(*document, with_body=with_body)
            else:
                self._send("application/json", b'{"errors":[]}', status=404, with_body=with_body)

        def _send(self, kind: str, raw: bytes, *, with_body: bool, status: int = 200) -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(raw)))
            self.send_header("Docker-Content-Digest", f"sha256:{hashlib.sha256(raw).hexdigest()}")
            self.end_headers()
            if with_body:
                self.wfile.write(raw)

        def _send_blob(self, digest: str, blob: Blob, end: bytes, *, with_body: bool) -> None:
            size = blob.size + len(end)
            asked = _RANGE.fullmatch(self.headers.get("Range", ""))
            first = min(int(asked[1]), size) if asked else 0
            self.send_response(206 if asked else 200)
            self.send_header("Content-Type", "application/octet-stream")
            self.send_header("Content-Length", str(size - first))
            self.send_header("Docker-Content-Digest", digest)
            if asked:
                self.send_header("Content-Range", f"bytes {first}-{size - 1}/{size}")
            self.end_headers()
            for piece in _pieces(blob.path, end, first) if with_body else ():
                registry.wait_for(len(piece))
                self.wfile.write(piece)

    return Handler


def _pieces(path: Path, end: bytes, first: int) -> Iterator[bytes]:
    with path.open("rb") as source:
        source.seek(first)
        while piece := source.read(_CHUNK):
            yield piece
    begin = max(0, first - path.stat().st_size)
    if end[begin:]:
        yield end[begin:]
