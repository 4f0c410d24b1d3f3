"""Images into a registry, over HTTP. Source: OCI distribution spec 1.1, "Push".

Imported by itself, like :mod:`jettison.oci.registry`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import httpx

from jettison.oci.blobs import BytesBlob
from jettison.oci.digest import CHUNK, Digest, VerifiedReader
from jettison.oci.errors import DigestMismatch, MissingBlob, RegistryError
from jettison.oci.registry import RETRIED
from jettison.oci.registryauth import Asked

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from jettison.oci.digest import ByteStream
    from jettison.oci.image import Image
    from jettison.oci.manifest import Descriptor
    from jettison.oci.reference import Reference
    from jettison.oci.registry import RegistryClient


@dataclass(frozen=True, slots=True)
class Pushed:
    """An image that a registry took.

    ``reference`` is pinned to the manifest's digest. ``uploaded`` are the blobs that were sent,
    ``skipped`` those that the repository had already; neither counts the manifest.
    """

    reference: Reference
    uploaded: tuple[Descriptor, ...]
    skipped: tuple[Descriptor, ...]

    @property
    def uploaded_bytes(self) -> int:
        """The bytes of the blobs that were sent, as they are stored."""
        return sum(blob.blob_bytes for blob in self.uploaded)


def push(client: RegistryClient, image: Image, reference: Reference) -> Pushed:
    """Stores an image under a reference's tag, or under its digest alone where it has no tag.

    Layers are sent as they are packed, one at a time and streamed; the manifest comes last, so
    nobody sees an image with blobs missing. Raises ``RegistryError``, and ``DigestMismatch``
    when a layer's bytes are not those of its manifest or the reference is of another image.
    """
    manifest = image.manifest
    if reference.digest is not None and reference.digest != manifest.digest:
        raise DigestMismatch(f"{reference}: the image to push is {manifest.digest}")
    repository = _Repository(client, reference)
    uploaded: dict[Digest, Descriptor] = {}
    skipped: dict[Digest, Descriptor] = {}
    blobs = [
        (one, layer.open_blob) for one, layer in zip(manifest.layers, image.layers, strict=True)
    ]
    blobs.append((manifest.config, BytesBlob(image.config.raw).open))
    for descriptor, opened in blobs:
        if descriptor.digest in uploaded or descriptor.digest in skipped:
            continue
        if repository.has(descriptor.digest):
            skipped[descriptor.digest] = descriptor
        else:
            repository.upload(descriptor, opened)
            uploaded[descriptor.digest] = descriptor
    repository.put_manifest(image, reference.tag or str(manifest.digest))
    pinned = reference.at(manifest.digest)
    return Pushed(pinned, tuple(uploaded.values()), tuple(skipped.values()))


class _Repository:
    """One repository to write to."""

    def __init__(self, client: RegistryClient, reference: Reference) -> None:
        self._client = client
        self._account = reference.registry
        self._home = client.home(reference)
        self._scope = f"repository:{reference.repository}:pull,push"

    def has(self, digest: Digest) -> bool:
        """Whether the repository has the blob."""
        try:
            self._ask(Asked("HEAD", f"{self._home}/blobs/{digest}")).close()
        except MissingBlob:
            return False
        return True

    def upload(self, descriptor: Descriptor, opened: Callable[[], ByteStream]) -> None:
        """Sends a blob whole; after a break it is sent again, as a new upload."""
        for attempt in range(self._client.attempts):
            try:
                self._upload(descriptor, opened)
            except RegistryError as error:
                again = error.status is None or error.status in RETRIED
                if not again or attempt == self._client.attempts - 1:
                    raise
                self._client.wait(attempt)
            else:
                return

    def put_manifest(self, image: Image, name: str) -> None:
        """Stores the manifest under a tag or its digest."""
        manifest = image.manifest
        asked = Asked(
            "PUT",
            f"{self._home}/manifests/{name}",
            {"Content-Type": manifest.media_type, "Content-Length": str(len(manifest.raw))},
            lambda: manifest.raw,
        )
        try:
            _finish(self._ask(asked), manifest.digest, "manifest")
        except MissingBlob as error:
            raise RegistryError(error.message, status=404) from error

    def _upload(self, descriptor: Descriptor, opened: Callable[[], ByteStream]) -> None:
        digest, length = descriptor.digest, descriptor.blob_bytes
        url = _with_digest(self._session(), digest)

        def content() -> Iterator[bytes]:
            return _pieces(VerifiedReader(opened(), digest, length, what=f"blob {digest}"))

        headers = {"Content-Type": "application/octet-stream", "Content-Length": str(length)}
        try:
            response = self._ask(Asked("PUT", url, headers, content), attempts=1)
        except MissingBlob as error:  # the session is gone, so a new one may do
            raise RegistryError(f"blob {digest}: the upload got lost: {error.message}") from error
        _finish(response, digest, "blob")

    def _session(self) -> httpx.URL:
        """Where a new upload goes. It must be the registry itself, which alone gets its token."""
        start = f"{self._home}/blobs/uploads/"
        try:
            response = self._ask(Asked("POST", start, {"Content-Length": "0"}))
        except MissingBlob as error:
            raise RegistryError(error.message, status=404) from error
        response.close()
        location = response.headers.get("Location", "")
        if response.status_code != 202 or not location:
            status = response.status_code
            raise RegistryError(f"{start}: no place for an upload: HTTP {status}", status=status)
        home, found = httpx.URL(start), httpx.URL(start).join(location)
        if (found.scheme, found.netloc) != (home.scheme, home.netloc):
            there = f"{found.scheme}://{found.netloc.decode()}"
            raise RegistryError(f"{start}: the upload shall go elsewhere, to {there}", status=202)
        return found

    def _ask(self, asked: Asked, attempts: int | None = None) -> httpx.Response:
        return self._client.send(asked, self._scope, self._account, attempts)


def _with_digest(url: httpx.URL, digest: Digest) -> str:
    """The upload's URL for its last piece; what its query has already is kept as it is."""
    query = url.query.decode()
    return str(url.copy_with(query=f"{query}{'&' if query else ''}digest={digest}".encode()))


def _pieces(stream: ByteStream) -> Iterator[bytes]:
    buffer = memoryview(bytearray(CHUNK))
    try:
        while got := stream.readinto(buffer):
            yield bytes(buffer[:got])
    finally:
        stream.close()


def _finish(response: httpx.Response, digest: Digest, what: str) -> None:
    """Makes sure that the registry has stored what was sent."""
    response.close()
    said = response.headers.get("Docker-Content-Digest", "")
    if said and said != str(digest):
        raise DigestMismatch(f"{what} {digest}: the registry has stored it as {said[:140]}")
    if response.status_code != 201:
        status = response.status_code
        raise RegistryError(f"{what} {digest} was not stored: HTTP {status}", status=status)
