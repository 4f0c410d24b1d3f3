"""Images in a registry, over HTTP. Source: OCI distribution spec 1.1.

Imported by itself, not with :mod:`jettison.oci`, because of what it imports: only who asks a
registry pays for it.
"""

from __future__ import annotations

import io
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

import httpx

from jettison.oci.digest import Digest
from jettison.oci.errors import (
    DigestMismatch,
    MalformedImage,
    MissingBlob,
    RegistryDenied,
    RegistryError,
)
from jettison.oci.fields import MAX_JSON_BYTES, Fields
from jettison.oci.manifest import Descriptor, Index, Manifest, parse_document
from jettison.oci.mediatype import MediaType
from jettison.oci.reference import DEFAULT_REGISTRY, Reference
from jettison.oci.registryauth import Asked, Authenticator
from jettison.oci.store import image_at, images_below

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from jettison.oci.blobs import Blob
    from jettison.oci.credentials import Credentials
    from jettison.oci.digest import ByteStream
    from jettison.oci.image import BasicImage
    from jettison.oci.platform import Platform

ACCEPT = ", ".join(
    (
        MediaType.OCI_INDEX,
        MediaType.DOCKER_LIST,
        MediaType.OCI_MANIFEST,
        MediaType.DOCKER_MANIFEST,
    )
)
_HUB_HOST = "registry-1.docker.io"
RETRIED = (429, 500, 502, 503, 504)
_MAX_WAIT = 30.0
_MAX_PAGES = 1000


@dataclass(frozen=True, slots=True)
class RegistrySettings:
    """How to reach registries.

    ``credentials`` gives who to be for a registry's host. ``mirrors`` lists base URLs to try
    before a registry itself, by its host; contents are verified, but tags are taken on a
    mirror's word. ``plain_http`` lists hosts to reach without TLS; ``localhost`` and loopback
    addresses always are. ``attempts`` bounds the tries for one request, and for one blob the
    tries without a single new byte.
    """

    credentials: Callable[[str], Credentials | None] | None = None
    mirrors: Mapping[str, Sequence[str]] | None = None
    plain_http: frozenset[str] = frozenset()
    attempts: int = 4
    sleep: Callable[[float], None] = time.sleep


class RegistryClient:
    """Asks registries for images; close it, or use it as a context manager.

    Images that were opened stay usable until then: their layers are downloaded when they are
    read.
    """

    def __init__(
        self, settings: RegistrySettings | None = None, http: httpx.Client | None = None
    ) -> None:
        self._settings = settings or RegistrySettings()
        timeout = httpx.Timeout(60, connect=15)
        self._http = http or httpx.Client(timeout=timeout, follow_redirects=True)
        self._auth = Authenticator(self._http, self._settings.credentials)

    def __enter__(self) -> RegistryClient:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Closes all connections."""
        self._http.close()

    def document(self, reference: Reference) -> Manifest | Index:
        """The manifest or index that a reference names."""
        raw, media_type = self.fetch_document(reference, reference.identifier)
        if reference.digest is not None:
            reference.digest.check(raw, f"manifest of {reference}")
        return parse_document(raw, f"manifest of {reference}", media_type)

    def image(self, reference: Reference, platform: Platform | None = None) -> BasicImage:
        """The image that a reference names, for a platform; its layers are not read yet."""
        pointer = self._pointer(reference)
        store = RegistryStore(self, reference, pointer.cached)
        names = (str(reference),) if reference.digest is None else ()
        return image_at(store, pointer.descriptor, platform=platform, names=names)

    def platforms(self, reference: Reference) -> tuple[Descriptor, ...]:
        """The images of all platforms that a reference names; a single image has one."""
        pointer = self._pointer(reference)
        found = self.document(reference)
        if isinstance(found, Manifest):
            return (pointer.descriptor,)
        store = RegistryStore(self, reference, pointer.cached)
        return tuple(images_below(store, found))

    def tags(self, reference: Reference) -> tuple[str, ...]:
        """All tags of a reference's repository, in the registry's order."""
        found: list[str] = []
        path = f"{reference.repository}/tags/list"
        for _ in range(_MAX_PAGES):
            response = self._get(reference, path)
            page = Fields.parse(_limited(response), "tags")
            found += page.texts("tags") or ()
            following = response.links.get("next", {}).get("url")
            if not following:
                break
            path = httpx.URL(following).raw_path.decode().removeprefix("/v2/")
        return tuple(found)

    def fetch_document(self, reference: Reference, identifier: str) -> tuple[bytes, str]:
        """A manifest's or index's bytes and media type, as the registry has them."""
        path = f"{reference.repository}/manifests/{identifier}"
        response = self._get(reference, path, {"Accept": ACCEPT})
        raw = _limited(response)
        promised = response.headers.get("Docker-Content-Digest", "")
        if promised:
            Digest.parse(promised).check(raw, f"manifest {identifier} of {reference.name}")
        return raw, response.headers.get("Content-Type", "").partition(";")[0].strip()

    def open_blob(
        self, reference: Reference, digest: Digest, start: int = 0, end: int | None = None
    ) -> httpx.Response:
        """An answer whose body is the blob from ``start`` up to ``end``; not read yet."""
        headers = {"Accept-Encoding": "identity"}
        if start or end is not None:
            headers["Range"] = f"bytes={start}-" + ("" if end is None else str(end - 1))
        path = f"{reference.repository}/blobs/{digest}"
        return self._get(reference, path, headers)

    def home(self, reference: Reference) -> str:
        """The URL of a reference's repository at the registry itself, never at a mirror."""
        *_, (base, _) = self._bases(reference.registry)
        return f"{base}/v2/{reference.repository}"

    def send(
        self, asked: Asked, scope: str, account: str, attempts: int | None = None
    ) -> httpx.Response:
        """A successful answer, its body not read; what is worth another try is tried again."""
        attempts = self.attempts if attempts is None else attempts
        for attempt in range(attempts):
            last = attempt == attempts - 1
            try:
                response = self._auth.send(asked, scope, account)
            except httpx.TransportError as error:
                if last:
                    said = f"{asked.url}: {type(error).__name__}: {error}"
                    raise RegistryError(said) from error
                self.wait(attempt)
                continue
            if response.status_code in RETRIED and not last:
                response.close()
                self.wait(attempt, response)
                continue
            if response.is_success:
                return response
            raise _failure(response, asked.url)
        raise RegistryError(f"{asked.url}: no answer")

    def wait(self, attempt: int, response: httpx.Response | None = None) -> None:
        """Waits before another try: what the registry asks for, else longer each time."""
        seconds = 0.25 * 2**attempt
        if response is not None:
            with suppress(ValueError):
                seconds = float(response.headers.get("Retry-After", seconds))
        self._settings.sleep(min(seconds, _MAX_WAIT))

    @property
    def attempts(self) -> int:
        """The tries that one request may take."""
        return self._settings.attempts

    def _pointer(self, reference: Reference) -> _Pointer:
        raw, media_type = self.fetch_document(reference, reference.identifier)
        digest = reference.digest or Digest.of(raw)
        digest.check(raw, f"manifest of {reference}")
        return _Pointer(Descriptor(media_type, digest, len(raw)), {digest: raw})

    def _get(
        self, reference: Reference, path: str, headers: Mapping[str, str] | None = None
    ) -> httpx.Response:
        """The answer of the first base URL that has what is asked for, the body not read yet."""
        failure: RegistryError | MissingBlob | None = None
        for base, account in self._bases(reference.registry):
            try:
                return self._request(base, path, headers or {}, account)
            except (RegistryError, MissingBlob) as error:
                failure = error
        assert failure is not None  # noqa: S101 - there is always a base
        raise failure

    def _bases(self, registry: str) -> Iterator[tuple[str, str]]:
        """Base URLs with the host whose credentials are for them: a mirror never gets another's."""
        for mirror in (self._settings.mirrors or {}).get(registry, ()):
            yield mirror.rstrip("/"), httpx.URL(mirror).netloc.decode()
        host = _HUB_HOST if registry == DEFAULT_REGISTRY else registry
        name = host.rpartition(":")[0] if host.rpartition(":")[2].isdigit() else host
        local = name in ("localhost", "[::1]") or name.startswith("127.")
        plain = local or registry in self._settings.plain_http
        yield f"{'http' if plain else 'https'}://{host}", registry

    def _request(
        self, base: str, path: str, headers: Mapping[str, str], account: str
    ) -> httpx.Response:
        repository = path.rpartition("/")[0].rpartition("/")[0]
        asked = Asked("GET", f"{base}/v2/{path}", headers)
        return self.send(asked, f"repository:{repository}:pull", account)


@dataclass(frozen=True, slots=True)
class _Pointer:
    descriptor: Descriptor
    cached: Mapping[Digest, bytes]


class RegistryStore:
    """One repository as a store of blobs."""

    def __init__(
        self, client: RegistryClient, reference: Reference, cached: Mapping[Digest, bytes]
    ) -> None:
        self._client = client
        self._reference = reference
        self._cached = cached

    def blob(self, digest: Digest) -> Blob:
        """The blob; whether the registry has it shows when it is opened."""
        return RegistryBlob(self._client, self._reference, digest)

    def document(self, descriptor: Descriptor) -> bytes:
        """A manifest's or index's verified bytes."""
        raw = self._cached.get(descriptor.digest)
        if raw is None:
            raw, _ = self._client.fetch_document(self._reference, str(descriptor.digest))
        return descriptor.digest.check(raw, f"manifest {descriptor.digest}")


@dataclass(frozen=True, slots=True)
class RegistryBlob:
    """A blob of a repository; its length is not known before it is opened."""

    client: RegistryClient
    reference: Reference
    digest: Digest
    blob_bytes: int | None = None

    def open(self) -> ByteStream:
        """A fresh stream that goes on where it was when the connection breaks."""
        return RegistryStream(self)

    def read_range(self, start: int, end: int) -> bytes:
        """The bytes from ``start`` up to ``end``; a part cannot be verified."""
        with RegistryStream(self, start, end) as stream:
            return stream.read()


class RegistryStream(io.RawIOBase):
    """A download that resumes: after a break the rest is asked for by its range."""

    def __init__(self, blob: RegistryBlob, start: int = 0, end: int | None = None) -> None:
        super().__init__()
        self._blob = blob
        self._at = start
        self._end = end
        self._total: int | None = end
        self._response: httpx.Response | None = None
        self._pieces: Iterator[bytes] = iter(())
        self._piece = memoryview(b"")
        self._failures = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        view = memoryview(buffer)
        while not self._piece:
            if self._total is not None and self._at >= self._total:
                return 0
            try:
                if self._response is None:
                    self._open()
                self._piece = memoryview(next(self._pieces))
            except StopIteration:
                if self._total is None:
                    return 0
                self._broken(None)
            except httpx.TransportError as error:
                self._broken(error)
        got = min(len(view), len(self._piece))
        view[:got] = self._piece[:got]
        self._piece = self._piece[got:]
        self._at += got
        self._failures = 0 if got else self._failures
        return got

    def close(self) -> None:
        if self._response is not None:
            self._response.close()
            self._response = None
        super().close()

    def _open(self) -> None:
        blob = self._blob
        response = blob.client.open_blob(blob.reference, blob.digest, self._at, self._end)
        self._response = response
        consumed = response.is_stream_consumed  # by a transport that reads ahead
        self._pieces = iter((response.content,)) if consumed else response.iter_raw()
        skipped = self._at if response.status_code != 206 else 0
        length = response.headers.get("Content-Length", "")
        if self._total is None and length.isdigit():
            self._total = int(length) + self._at - skipped
        while skipped > 0:
            piece = next(self._pieces)
            if len(piece) > skipped:
                self._pieces = _chained(piece[skipped:], self._pieces)
            skipped -= len(piece)

    def _broken(self, error: httpx.TransportError | None) -> None:
        if self._response is not None:
            self._response.close()
            self._response = None
        self._failures += 1
        if self._failures >= self._blob.client.attempts:
            problem = f"blob {self._blob.digest}: the download keeps breaking at byte {self._at}"
            raise RegistryError(problem) from error
        self._blob.client.wait(self._failures - 1)


def _chained(first: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield from rest


def _limited(response: httpx.Response) -> bytes:
    """The whole body, closed; errors when it is longer than a manifest may be."""
    data = bytearray()
    try:
        for piece in response.iter_bytes():
            data += piece
            if len(data) > MAX_JSON_BYTES:
                raise MalformedImage(f"{response.url}: more than {MAX_JSON_BYTES} bytes of JSON")
    except httpx.TransportError as error:
        raise RegistryError(f"{response.url}: {error}") from error
    finally:
        response.close()
    return bytes(data)


def _failure(response: httpx.Response, url: str) -> RegistryError | MissingBlob:
    """The error for an answer that is none, with the registry's own words."""
    words = f"HTTP {response.status_code}"
    with suppress(MalformedImage, RegistryError, DigestMismatch):
        for item in Fields.parse(_limited(response), "answer").children("errors"):
            words += f", {item.text('code', '')} {item.text('message', '')}".rstrip()
    response.close()
    if response.status_code in (401, 403):
        return RegistryDenied(
            f"{url}: {words}", status=response.status_code, remedy="log in with: docker login"
        )
    if response.status_code == 404:
        return MissingBlob(f"{url}: {words}")
    return RegistryError(f"{url}: {words}", status=response.status_code)
