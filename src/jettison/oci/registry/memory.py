"""A registry in memory: enough of the distribution spec to pull and to push, for tests."""

from __future__ import annotations

import base64
import re
from typing import TYPE_CHECKING

import httpx

from jettison.oci.digest import Digest, copy_stream
from jettison.oci.fields import dump
from jettison.oci.manifest import parse_manifest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jettison.oci.image import Image
    from jettison.oci.manifest import Index

_UPLOAD = re.compile(r"/v2/(?P<name>.+)/blobs/uploads/(?P<session>[^/]*)")
_PATH = re.compile(r"/v2/(?P<name>.+)/(?P<what>manifests|blobs|tags)/(?P<key>[^/]+)")
_RANGE = re.compile(r"bytes=(\d+)-(\d*)")
_PAGE = 2


class MemoryRegistry:
    """Answers requests from what it holds; give :meth:`transport` to an HTTP client.

    With ``password`` the registry wants a token, which its own token service gives to
    ``user:password``, one for pulls and another for pushes. ``break_after`` breaks every blob's
    body after that many bytes; ``honour_ranges=False`` makes it ignore ranges, as some registries
    do. ``requests`` has the method, path and range of everything asked.
    """

    def __init__(
        self, *, password: str = "", break_after: int | None = None, honour_ranges: bool = True
    ) -> None:
        self.blobs: dict[str, bytes] = {}
        self.manifests: dict[tuple[str, str], tuple[str, bytes]] = {}
        self.requests: list[tuple[str, str, str]] = []
        self._sessions = 0
        self._password = password
        self._break_after = break_after
        self._honour_ranges = honour_ranges

    def transport(self) -> httpx.MockTransport:
        """The transport for an :class:`httpx.Client`."""
        return httpx.MockTransport(self.handle)

    def put(self, repository: str, tag: str, image: Image) -> None:
        """Stores an image under a tag."""
        self.put_document(repository, tag, image.manifest.media_type, image.manifest.raw)
        self.blobs[str(image.manifest.config.digest)] = image.config.raw
        for layer, descriptor in zip(image.layers, image.manifest.layers, strict=True):
            data = bytearray()
            copy_stream(layer.open_blob(), data.extend)
            self.blobs[str(descriptor.digest)] = bytes(data)

    def put_index(self, repository: str, tag: str, index: Index) -> None:
        """Stores an index under a tag; its images must be put too."""
        self.put_document(repository, tag, index.media_type, index.raw)

    def put_document(self, repository: str, tag: str, media_type: str, raw: bytes) -> None:
        """Stores any manifest under a tag and under its digest."""
        for key in (tag, str(Digest.of(raw))):
            self.manifests[repository, key] = (media_type, raw)

    def handle(self, request: httpx.Request) -> httpx.Response:
        """The answer to a request."""
        path, wanted = request.url.path, request.headers.get("Range", "")
        self.requests.append((request.method, path, wanted))
        if path == "/token":
            return self._give_token(request)
        refused = self._challenge(request)
        if refused is not None:
            return refused
        if request.method in ("POST", "PUT"):
            return self._receive(request)
        match = _PATH.fullmatch(path)
        if match is None:
            return _error(404, "UNSUPPORTED")
        name, what, key = match.group("name", "what", "key")
        if what == "tags":
            return self._tags(name, request)
        if what == "blobs":
            data = self.blobs.get(key)
            return _error(404, "BLOB_UNKNOWN") if data is None else self._blob(data, wanted)
        found = self.manifests.get((name, key))
        if found is None:
            return _error(404, "MANIFEST_UNKNOWN")
        headers = {"Content-Type": found[0], "Docker-Content-Digest": str(Digest.of(found[1]))}
        return httpx.Response(200, headers=headers, content=found[1])

    def _challenge(self, request: httpx.Request) -> httpx.Response | None:
        """What a request gets whose token is missing or not good for what it wants to do."""
        writes = request.method in ("POST", "PUT")
        good = ("Bearer pushing",) if writes else ("Bearer good", "Bearer pushing")
        if not self._password or request.headers.get("Authorization") in good:
            return None
        match = _UPLOAD.fullmatch(request.url.path) or _PATH.fullmatch(request.url.path)
        name = match["name"] if match is not None else ""
        scope = f"repository:{name}:{'pull,push' if writes else 'pull'}"
        realm = f'Bearer realm="{request.url.scheme}://{request.url.host}/token"'
        challenge = f'{realm},service="memory",scope="{scope}"'
        return httpx.Response(401, headers={"WWW-Authenticate": challenge})

    def _receive(self, request: httpx.Request) -> httpx.Response:
        """The answer to a push: a new upload, its only piece, or a manifest."""
        upload, match = (p.fullmatch(request.url.path) for p in (_UPLOAD, _PATH))
        if upload is not None and request.method == "POST":
            self._sessions += 1
            where = f"/v2/{upload['name']}/blobs/uploads/{self._sessions}?_state=open"
            return httpx.Response(202, headers={"Location": where})
        if upload is not None:
            promised, found = request.url.params.get("digest"), str(Digest.of(request.content))
            if promised != found:
                return _error(400, "DIGEST_INVALID")
            self.blobs[found] = request.content
            return httpx.Response(201, headers={"Docker-Content-Digest": found})
        if match is None or match["what"] != "manifests":
            return _error(405, "UNSUPPORTED")
        manifest = parse_manifest(request.content)
        needed = [one for one in (manifest.config, *manifest.layers) if not one.urls]
        if any(str(one.digest) not in self.blobs for one in needed):
            return _error(400, "MANIFEST_BLOB_UNKNOWN")
        media_type = request.headers.get("Content-Type", "")
        self.put_document(match["name"], match["key"], media_type, request.content)
        return httpx.Response(201, headers={"Docker-Content-Digest": str(manifest.digest)})

    def _give_token(self, request: httpx.Request) -> httpx.Response:
        expected = "Basic " + base64.b64encode(f"user:{self._password}".encode()).decode()
        form = request.content.decode()
        if request.headers.get("Authorization") == expected or (
            f"refresh_token={self._password}" in form
        ):
            pushes = "push" in request.url.params.get("scope", "") or "push" in form
            return httpx.Response(200, content=dump({"token": "pushing" if pushes else "good"}))
        return _error(401, "UNAUTHORIZED")

    def _tags(self, name: str, request: httpx.Request) -> httpx.Response:
        tags = sorted(key for known, key in self.manifests if known == name and ":" not in key)
        after = request.url.params.get("last", "")
        page = [tag for tag in tags if tag > after][:_PAGE]
        headers = {}
        if page and page[-1] != tags[-1]:
            headers["Link"] = f'</v2/{name}/tags/list?last={page[-1]}>; rel="next"'
        return httpx.Response(200, headers=headers, content=dump({"name": name, "tags": page}))

    def _blob(self, data: bytes, wanted: str) -> httpx.Response:
        match = _RANGE.fullmatch(wanted)
        if match is None or not self._honour_ranges:
            return self._body(200, data)
        start, end = int(match.group(1)), match.group(2)
        return self._body(206, data[start : int(end) + 1 if end else len(data)])

    def _body(self, status: int, data: bytes) -> httpx.Response:
        headers = {"Content-Length": str(len(data))}
        limit = self._break_after
        if limit is None or len(data) <= limit:
            return httpx.Response(status, headers=headers, content=data)
        return httpx.Response(status, headers=headers, content=_broken(data[:limit]))


def _broken(data: bytes) -> Iterator[bytes]:
    yield data
    raise httpx.ReadError("the connection broke")


def _error(status: int, code: str) -> httpx.Response:
    return httpx.Response(status, content=dump({"errors": [{"code": code, "message": "no"}]}))
