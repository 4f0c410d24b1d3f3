"""What a registry's answers say: their bodies, their errors, how long to wait, what part it is.

Sources: OCI distribution spec 1.1, "Error Codes"; RFC 9110, sections 10.2.3 and 14.4.
"""

from __future__ import annotations

import re
import time
from contextlib import suppress
from email.utils import parsedate_to_datetime

import httpx

from jettison.oci.errors import (
    DigestMismatch,
    MalformedImage,
    MissingBlob,
    RegistryDenied,
    RegistryError,
)
from jettison.oci.fields import MAX_JSON_BYTES, Fields
from jettison.oci.registry.hosts import bare
from jettison.oci.registry.trust import is_distrust, trust_remedy

RETRIED = (408, 429, 500, 502, 503, 504)
_MAX_WAIT = 30.0
_MAX_WORDS = 300
_SHORT = 1 << 16
_RANGE = re.compile(r"bytes\s+(\d+)-\d+/(\d+|\*)")
_NOT_TLS = ("WRONG_VERSION_NUMBER", "UNKNOWN_PROTOCOL", "HTTP_REQUEST")


def limited(response: httpx.Response) -> bytes:
    """The whole body, closed; errors when it is longer than a manifest may be."""
    data = bytearray()
    try:
        for piece in response.iter_bytes():
            data += piece
            if len(data) > MAX_JSON_BYTES:
                url = bare(response.url)
                raise MalformedImage(f"{url}: more than {MAX_JSON_BYTES} bytes of JSON")
    finally:
        response.close()
    return bytes(data)


def settle(response: httpx.Response) -> None:
    """Closes an answer; a short body is read first, so that the connection can serve again."""
    length = response.headers.get("Content-Length", "")
    short = length.isdigit() and int(length) <= _SHORT
    if response.request.method == "HEAD" or short:
        with suppress(httpx.RequestError):
            response.read()
    response.close()


def failure(response: httpx.Response, url: str, registry: str) -> RegistryError | MissingBlob:
    """The error for an answer that is none, with the registry's own words."""
    status = response.status_code
    words = f"HTTP {status}"
    with suppress(MalformedImage, RegistryError, DigestMismatch, httpx.RequestError):
        for item in Fields.parse(limited(response), "answer").children("errors"):
            said = f", {item.text('code', '')} {item.text('message', '')}".rstrip()
            words += "".join(letter if letter.isprintable() else " " for letter in said)
    response.close()
    problem = f"{bare(url)}: {words[:_MAX_WORDS]}"
    if status in (401, 403):
        remedy = f"log in with: docker login {registry}"
        return RegistryDenied(problem, status=status, remedy=remedy)
    if status == 404:
        return MissingBlob(problem)
    if response.is_redirect:
        problem += f", redirected to {bare(response.headers['Location'])}"
    return RegistryError(problem, status=status)


def unreachable(error: httpx.RequestError, url: str) -> RegistryError:
    """The error for a request that got no answer, wherever it had been sent to in the end."""
    with suppress(RuntimeError):
        url = str(error.request.url)
    said = str(error)
    problem = f"{bare(url)}: {type(error).__name__}" + (f": {said}" if said else "")
    remedy = None
    if is_distrust(error):
        remedy = trust_remedy(httpx.URL(url).netloc.decode())
    elif any(word in said for word in _NOT_TLS):
        remedy = "it has no TLS: list it under insecure-registries in the engine's daemon.json"
    return RegistryError(problem, remedy=remedy)


def seconds_to_wait(attempt: int, response: httpx.Response | None = None) -> float:
    """The seconds before another try: what the registry asks for, else longer each time."""
    seconds: float = 0.25 * 2.0**attempt
    asked = "" if response is None else response.headers.get("Retry-After", "").strip()
    if asked.isascii() and asked.isdigit():
        seconds = float(asked)
    elif asked:
        with suppress(ValueError):
            seconds = max(0.0, parsedate_to_datetime(asked).timestamp() - time.time())
    return min(seconds, _MAX_WAIT)


def part_of(response: httpx.Response, wanted: int) -> tuple[int, int | None]:
    """The offset of an answer's first byte and the length of the whole blob, if it is said.

    A part without a range is taken to be the wanted one: digests show whether it was.
    """
    length = response.headers.get("Content-Length", "")
    known = int(length) if length.isascii() and length.isdigit() else None
    if response.status_code != 206:
        return 0, known
    match = _RANGE.fullmatch(response.headers.get("Content-Range", "").strip())
    if match is None:
        return wanted, None if known is None else wanted + known
    first, whole = match.groups()
    if whole != "*":
        return int(first), int(whole)
    return int(first), None if known is None else int(first) + known
