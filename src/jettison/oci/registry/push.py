"""Images into a registry, over HTTP. Source: OCI distribution spec 1.1, "Push".

Imported by itself, like :mod:`jettison.oci.registry.client`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

import httpx

from jettison.oci.blobs import BytesBlob
from jettison.oci.digest import CHUNK, Digest, VerifiedReader
from jettison.oci.errors import DigestMismatch, MalformedImage, MissingBlob, RegistryError
from jettison.oci.mediatype import is_foreign
from jettison.oci.registry.answer import RETRIED, settle
from jettison.oci.registry.auth import Asked, Scope
from jettison.oci.registry.client import ACCEPT
from jettison.oci.registry.hosts import bare
from jettison.record import record

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from jettison.oci.digest import ByteStream
    from jettison.oci.image import Image
    from jettison.oci.manifest import Descriptor, Index, Manifest
    from jettison.oci.reference import Reference
    from jettison.oci.registry.client import RegistryClient


@record
class Pushed:
    """An image or index that a registry took.

    ``reference`` is pinned to the manifest's digest. ``uploaded`` are the blobs that were sent,
    ``skipped`` those that the repository had already or that registries need not have,
    ``mounted`` those that came from another repository of the registry; no manifest counts.
    """

    reference: Reference
    uploaded: tuple[Descriptor, ...]
    skipped: tuple[Descriptor, ...]
    mounted: tuple[Descriptor, ...] = ()

    @property
    def uploaded_bytes(self) -> int:
        """The bytes of the blobs that were sent, as they are stored."""
        return sum(blob.blob_bytes for blob in self.uploaded)


def push(
    client: RegistryClient, image: Image, reference: Reference, mount_from: Sequence[str] = ()
) -> Pushed:
    """Stores an image under a reference's tag, or under its digest alone where it has no tag.

    Layers are sent as they are packed, one at a time and streamed; the manifest comes last, so
    nobody sees an image with blobs missing. ``mount_from`` names other repositories of the same
    registry that may have the blobs. Raises ``RegistryError``, and ``DigestMismatch`` when a
    layer's bytes are not those of its manifest or the reference is of another image.
    """
    manifest = image.manifest
    _check(reference, manifest.digest)
    repository = _Repository(client, reference, mount_from)
    repository.put_blobs(image)
    repository.put_manifest(manifest, reference.tag or str(manifest.digest))
    return repository.done(reference.at(manifest.digest))


def push_index(
    client: RegistryClient,
    index: Index,
    images: Sequence[Image],
    reference: Reference,
    mount_from: Sequence[str] = (),
) -> Pushed:
    """Stores an index with its images, the index last; otherwise like :func:`push`.

    What the index names beyond ``images``, attestations for instance, must be in the repository
    already, else ``MalformedImage`` is raised before anything is stored.
    """
    _check(reference, index.digest)
    repository = _Repository(client, reference, mount_from)
    given = {image.manifest.digest for image in images}
    for item in index.manifests:
        if item.digest not in given and not repository.has("manifests", item.digest):
            raise MalformedImage(f"{reference}: the index names {item.digest}, which is not there")
    for image in images:
        repository.put_blobs(image)
        repository.put_manifest(image.manifest, str(image.manifest.digest))
    repository.put_manifest(index, reference.tag or str(index.digest))
    return repository.done(reference.at(index.digest))


def _check(reference: Reference, digest: Digest) -> None:
    if reference.digest is not None and reference.digest != digest:
        raise DigestMismatch(f"{reference}: the image to push is {digest}")


class _Repository:
    """One repository to write to, and what was done with its blobs."""

    def __init__(
        self, client: RegistryClient, reference: Reference, mount_from: Sequence[str]
    ) -> None:
        self._client = client
        self._home = client.home(reference)
        self._scope = Scope(reference.registry, reference.repository, "pull,push")
        self._sources = [name for name in mount_from if name != reference.repository]
        self._uploaded: dict[Digest, Descriptor] = {}
        self._skipped: dict[Digest, Descriptor] = {}
        self._mounted: dict[Digest, Descriptor] = {}

    def done(self, reference: Reference) -> Pushed:
        """What was done, so far."""
        found = (self._uploaded, self._skipped, self._mounted)
        uploaded, skipped, mounted = (tuple(one.values()) for one in found)
        return Pushed(reference, uploaded, skipped, mounted)

    def put_blobs(self, image: Image) -> None:
        """Stores an image's layers and its config, those that are missing."""
        layers = zip(image.manifest.layers, image.layers, strict=True)
        blobs = [(descriptor, layer.open_blob) for descriptor, layer in layers]
        blobs.append((image.manifest.config, BytesBlob(image.config.raw).open))
        for descriptor, opened in blobs:
            digest = descriptor.digest
            if digest in self._uploaded or digest in self._skipped or digest in self._mounted:
                continue
            elsewhere = is_foreign(descriptor.media_type) and descriptor.urls
            if elsewhere or self.has("blobs", digest):
                self._skipped[digest] = descriptor
            elif any(self._mount(digest, source) for source in self._sources):
                self._mounted[digest] = descriptor
            else:
                self._upload(descriptor, opened)
                self._uploaded[digest] = descriptor

    def has(self, kind: str, digest: Digest) -> bool:
        """Whether the repository has the blob or the manifest."""
        try:
            url = f"{self._home}/{kind}/{digest}"
            settle(self._ask(Asked("HEAD", url, {"Accept": ACCEPT})))
        except MissingBlob:
            return False
        return True

    def put_manifest(self, manifest: Manifest | Index, name: str) -> None:
        """Stores the manifest under a tag or its digest."""
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

    def _mount(self, digest: Digest, source: str) -> bool:
        """Whether the registry took the blob from another repository of its own.

        A registry that does not begins an upload, which is cancelled; one that may not let us
        read there is not asked for more (distribution spec, "Mounting a blob").
        """
        url = f"{self._home}/blobs/uploads/?mount={digest}&from={quote(source, safe='')}"
        scope = Scope(self._scope.registry, self._scope.repository, self._scope.actions, source)
        try:
            response = self._client.send(Asked("POST", url, {"Content-Length": "0"}), scope)
        except (RegistryError, MissingBlob):
            return False
        settle(response)
        if response.status_code == 202 and (begun := response.headers.get("Location")):
            self._cancel(httpx.URL(url).join(begun))
        return response.status_code == 201

    def _cancel(self, upload: httpx.URL) -> None:
        if not self._is_home(upload):
            return
        try:
            settle(self._ask(Asked("DELETE", str(upload)), attempts=1))
        except (RegistryError, MissingBlob):
            return  # it expires by itself

    def _upload(self, descriptor: Descriptor, opened: Callable[[], ByteStream]) -> None:
        """Sends a blob whole; after a break it is sent again, as a new upload."""
        for attempt in range(self._client.attempts):
            try:
                self._send(descriptor, opened)
            except RegistryError as error:
                again = error.status is None or error.status in RETRIED
                if not again or attempt == self._client.attempts - 1:
                    raise
                self._client.wait(attempt)
            else:
                return

    def _send(self, descriptor: Descriptor, opened: Callable[[], ByteStream]) -> None:
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
        settle(response)
        location = response.headers.get("Location", "")
        if response.status_code != 202 or not location:
            status = response.status_code
            raise RegistryError(f"{start}: no place for an upload: HTTP {status}", status=status)
        found = httpx.URL(start).join(location)
        if not self._is_home(found):
            there = bare(found.copy_with(path="/"))
            raise RegistryError(f"{start}: the upload shall go elsewhere, to {there}", status=202)
        return found

    def _is_home(self, url: httpx.URL) -> bool:
        home = httpx.URL(self._home)
        return (url.scheme, url.netloc) == (home.scheme, home.netloc)

    def _ask(self, asked: Asked, attempts: int | None = None) -> httpx.Response:
        return self._client.send(asked, self._scope, attempts)


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
    settle(response)
    said = response.headers.get("Docker-Content-Digest", "")
    if said and said != str(digest):
        raise DigestMismatch(f"{what} {digest}: the registry has stored it as {said[:140]}")
    if response.status_code != 201:
        status = response.status_code
        raise RegistryError(f"{what} {digest} was not stored: HTTP {status}", status=status)
