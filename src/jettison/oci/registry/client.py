"""A client that asks registries for images. Source: OCI distribution spec 1.1."""

from __future__ import annotations

import time
from functools import partial
from typing import TYPE_CHECKING, TypeVar

import httpx

from jettison.oci.digest import Digest
from jettison.oci.errors import MalformedImage, MissingBlob, RegistryDenied, RegistryError
from jettison.oci.fields import Fields
from jettison.oci.manifest import Descriptor, Index, Manifest, parse_document
from jettison.oci.mediatype import MediaType
from jettison.oci.registry.answer import (
    RETRIED,
    failure,
    limited,
    seconds_to_wait,
    settle,
    unreachable,
)
from jettison.oci.registry.auth import Asked, Authenticator, Scope
from jettison.oci.registry.blob import RegistryStore
from jettison.oci.registry.hosts import (
    Mirror,
    Place,
    bare,
    is_local,
    mirror_place,
    own_host,
    with_mirrors,
)
from jettison.oci.registry.trust import certificate_folders, http_client, is_distrust
from jettison.oci.sources.store import image_at, images_below
from jettison.record import record

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from jettison.oci.image import BasicImage
    from jettison.oci.platform import Platform
    from jettison.oci.reference import Reference
    from jettison.oci.registry.credentials import Credentials

T = TypeVar("T")

ACCEPT = ", ".join(
    (
        MediaType.OCI_INDEX,
        MediaType.DOCKER_LIST,
        MediaType.OCI_MANIFEST,
        MediaType.DOCKER_MANIFEST,
    )
)
_MAX_PAGES = 1000


@record
class RegistrySettings:
    """How to reach registries.

    ``credentials`` gives who to be for a registry's host and a repository, ``problem`` what went
    wrong at that, for the error when a registry wants a login. ``mirrors`` are tried before a
    registry itself, by its host; contents are verified, but tags are taken on a mirror's word.
    ``plain_http`` lists hosts to reach without TLS; ``localhost`` and loopback addresses always
    are, unless they answer that they want TLS. ``attempts`` bounds the tries for one request,
    and for one blob the tries without a single new byte; ``seconds`` is how long to wait for the
    next byte. ``certificates`` are folders like ``/etc/docker/certs.d``, ``None`` for the usual.
    """

    credentials: Callable[[str, str], Credentials | None] | None = None
    problem: Callable[[str], str] | None = None
    mirrors: Mapping[str, Sequence[Mirror]] | None = None
    plain_http: frozenset[str] = frozenset()
    attempts: int = 4
    seconds: float = 60
    certificates: Sequence[Path] | None = None
    sleep: Callable[[float], None] = time.sleep


class RegistryClient:
    """Asks registries for images; close it, or use it as a context manager.

    Images that were opened stay usable until then: their layers are downloaded when they are
    read. A mirror that failed once is not asked again.
    """

    def __init__(
        self, settings: RegistrySettings | None = None, http: httpx.Client | None = None
    ) -> None:
        self._settings = given = settings or RegistrySettings()
        folders = certificate_folders() if given.certificates is None else given.certificates
        self._http = http or http_client(given.seconds, folders)
        self._auth = Authenticator(self._http, with_mirrors(given.credentials, given.mirrors))
        self._avoided: set[str] = set()
        self._own: dict[str, Place] = {}

    def __enter__(self) -> RegistryClient:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Closes all connections."""
        self._http.close()

    def document(self, reference: Reference) -> Manifest | Index:
        """The manifest or index that a reference names."""
        pointer = self._pointer(reference)
        raw = pointer.cached[pointer.descriptor.digest]
        return parse_document(raw, f"manifest of {reference}", pointer.descriptor.media_type)

    def image(self, reference: Reference, platform: Platform | None = None) -> BasicImage:
        """The image that a reference names, for a platform; its layers are not read yet."""
        pointer = self._pointer(reference)
        store = RegistryStore(self, reference, pointer.cached)
        names = (str(reference),) if reference.digest is None else ()
        return image_at(store, pointer.descriptor, platform=platform, names=names)

    def platforms(self, reference: Reference) -> tuple[Descriptor, ...]:
        """The images of all platforms that a reference names; a single image has one."""
        pointer = self._pointer(reference)
        store = RegistryStore(self, reference, pointer.cached)
        raw = store.document(pointer.descriptor)
        found = parse_document(raw, f"manifest of {reference}", pointer.descriptor.media_type)
        if isinstance(found, Manifest):
            return (pointer.descriptor,)
        return tuple(images_below(store, found))

    def tags(self, reference: Reference) -> tuple[str, ...]:
        """All tags of a reference's repository, in the registry's order."""
        found: list[str] = []
        path = "tags/list"
        for _ in range(_MAX_PAGES):
            raw, headers = self._first(reference, partial(self._whole, reference, path))
            found += Fields.parse(raw, "tags").texts("tags") or ()
            following = httpx.Response(200, headers=headers).links.get("next", {}).get("url")
            if not following:
                break
            path = f"tags/list?{httpx.URL(following).query.decode()}"
        return tuple(found)

    def fetch_document(self, reference: Reference, identifier: str) -> tuple[bytes, str]:
        """A manifest's or index's bytes and media type, as the registry has them; verified."""
        return self._first(reference, partial(self._document, reference, identifier), identifier)

    def open_blob(
        self, reference: Reference, digest: Digest, start: int
    ) -> tuple[httpx.Response, Place]:
        """An answer whose body is the blob from ``start`` on, and who gave it.

        The body is not read yet; a server that ignores ranges gives it whole.
        """
        headers = _rest(start)

        def ask(place: Place) -> tuple[httpx.Response, Place]:
            return self._ask(reference, f"blobs/{digest}", headers, place), place

        return self._first(reference, ask, str(digest))

    def open_url(self, url: str, start: int) -> httpx.Response:
        """An answer from outside of all registries, over TLS alone and as nobody."""
        if not url.startswith("https://"):
            raise RegistryError(f"{bare(url)}: no TLS")
        anonymous = Authenticator(self._http, None)
        return self._sent(anonymous, Asked("GET", url, _rest(start)), Scope("", ""), 1)

    def home(self, reference: Reference) -> str:
        """The URL of a reference's repository at the registry itself, never at a mirror."""
        return f"{self._home(reference.registry).base}/v2/{reference.repository}"

    def send(self, asked: Asked, scope: Scope, attempts: int | None = None) -> httpx.Response:
        """A successful answer, its body not read; what is worth another try is tried again."""
        return self._sent(self._auth, asked, scope, self.attempts if attempts is None else attempts)

    def avoid(self, mirror: Place) -> None:
        """Asks a mirror no more."""
        self._avoided.add(mirror.base)

    def wait(self, attempt: int, response: httpx.Response | None = None) -> None:
        """Waits before another try: what the registry asks for, else longer each time."""
        self._settings.sleep(seconds_to_wait(attempt, response))

    @property
    def attempts(self) -> int:
        """The tries that one request may take."""
        return self._settings.attempts

    def _sent(
        self, auth: Authenticator, asked: Asked, scope: Scope, attempts: int
    ) -> httpx.Response:
        for attempt in range(attempts):
            last, response = attempt == attempts - 1, None
            try:
                response = auth.send(asked, scope)
            except httpx.RequestError as error:
                if last or is_distrust(error):
                    raise unreachable(error, asked.url) from error
            except RegistryError as error:  # of its token service
                if last or error.status not in RETRIED:
                    raise self._explained(error, scope.registry) from error
            else:
                if response.is_success:
                    return response
                if last or response.status_code not in RETRIED:
                    failed = failure(response, asked.url, scope.registry)
                    raise self._explained(failed, scope.registry)
                settle(response)
            self.wait(attempt, response)
        raise RegistryError(f"{bare(asked.url)}: no answer")

    def _explained(
        self, error: RegistryError | MissingBlob, registry: str
    ) -> RegistryError | MissingBlob:
        """A denial with what went wrong when credentials were looked up."""
        said = self._settings.problem(registry) if self._settings.problem is not None else ""
        if not said or not isinstance(error, RegistryDenied):
            return error
        message = f"{error.message} (as nobody: {said})"
        return RegistryDenied(message, status=error.status, remedy=error.remedy)

    def _pointer(self, reference: Reference) -> _Pointer:
        raw, media_type = self.fetch_document(reference, reference.identifier)
        digest = reference.digest or Digest.of(raw)
        return _Pointer(Descriptor(media_type, digest, len(raw)), {digest: raw})

    def _document(self, reference: Reference, identifier: str, place: Place) -> tuple[bytes, str]:
        path = f"manifests/{identifier}"
        raw, headers = self._whole(reference, path, place, {"Accept": ACCEPT})
        what = f"manifest {identifier} of {reference.name}"
        promised = identifier if ":" in identifier else headers.get("Docker-Content-Digest", "")
        if promised:
            Digest.parse(promised).check(raw, what)
        media_type = headers.get("Content-Type", "").partition(";")[0].strip()
        if media_type == "text/html":
            raise RegistryError(f"{place.base}: {what}: a web page came: is this a registry?")
        if media_type == MediaType.OCI_ARTIFACT:
            raise MalformedImage(f"{what}: an artifact, not an image")
        return raw, media_type

    def _first(self, reference: Reference, take: Callable[[Place], T], identifier: str = "") -> T:
        """What the first place gives that has it; a mirror that fails is asked no more."""
        for mirror in (self._settings.mirrors or {}).get(reference.registry, ()):
            place = mirror_place(mirror, reference.registry)
            if place.base in self._avoided or (mirror.digests_only and ":" not in identifier):
                continue
            try:
                return take(place)
            except MissingBlob:
                continue
            except (RegistryError, MalformedImage):
                self.avoid(place)
        return take(self._home(reference.registry))

    def _whole(
        self,
        reference: Reference,
        path: str,
        place: Place,
        headers: Mapping[str, str] | None = None,
    ) -> tuple[bytes, httpx.Headers]:
        """A whole short body; asked for again when it breaks."""
        for attempt in range(self.attempts):
            response = self._ask(reference, path, headers or {}, place)
            try:
                return limited(response), response.headers
            except httpx.RequestError as error:
                if attempt == self.attempts - 1 or place.is_mirror:
                    raise unreachable(error, str(response.url)) from error
            self.wait(attempt)
        raise RegistryError(f"{place.base}: no answer")

    def _ask(
        self, reference: Reference, path: str, headers: Mapping[str, str], place: Place
    ) -> httpx.Response:
        asked = Asked("GET", place.url(reference.repository, path), headers)
        scope = Scope(place.account, place.repository(reference.repository))
        return self.send(asked, scope, 1 if place.is_mirror else None)

    def _home(self, registry: str) -> Place:
        """The registry itself."""
        if registry not in self._own:
            host = own_host(registry)
            plain = registry in self._settings.plain_http or is_local(host)
            scheme = "http" if plain and not self._wants_tls(host) else "https"
            self._own[registry] = Place(f"{scheme}://{host}", registry)
        return self._own[registry]

    def _wants_tls(self, host: str) -> bool:
        """Whether a host turns away who comes without TLS, as servers do in one way or another."""
        try:
            answer = self._http.get(f"http://{host}/v2/", follow_redirects=False)
        except (httpx.RemoteProtocolError, httpx.ReadError):
            return True
        except httpx.RequestError:
            return False
        there = answer.headers.get("Location", "")
        return answer.status_code == 400 or there.startswith(f"https://{host}/")


def _rest(start: int) -> dict[str, str]:
    """The headers for bytes from ``start`` on, as they are stored."""
    headers = {"Accept-Encoding": "identity"}
    if start:
        headers["Range"] = f"bytes={start}-"
    return headers


@record
class _Pointer:
    descriptor: Descriptor
    cached: Mapping[Digest, bytes]
