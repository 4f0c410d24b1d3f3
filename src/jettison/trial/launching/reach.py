"""Whether something answers at an address: in HTTP, or at least by taking a connection."""

from __future__ import annotations

import http.client
import socket
from concurrent.futures import ThreadPoolExecutor
from enum import IntEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ["Address", "Addresses", "Answering", "accepting", "accepts", "answering"]

Address = tuple[str, int]
Addresses = dict[tuple[str, int], Address]
_CONNECT_SECONDS = 1.0
_HOLD_SECONDS = 0.3
_HTTP_SECONDS = 5.0
_SERVER_ERROR = 500


class Answering(IntEnum):
    """How much of an answer there is; more is greater."""

    SILENT = 0
    TCP = 1
    HTTP_ERROR = 2
    HTTP = 3


def answering(addresses: Mapping[tuple[str, int], Address]) -> Answering:
    """The best answer of several ports."""
    return max((_ask(address) for address in addresses.values()), default=Answering.SILENT)


def accepts(address: Address) -> bool:
    """Whether a connection is taken and held.

    An engine's proxy takes every connection and drops those that nothing in the container takes.
    """
    try:
        with socket.create_connection(address, _CONNECT_SECONDS) as connection:
            connection.settimeout(_HOLD_SECONDS)
            return bool(connection.recv(1))
    except TimeoutError:
        return _connected(address)
    except OSError:
        return False


def accepting(places: Mapping[str, Iterable[Address]]) -> frozenset[str]:
    """The names of which an address takes connections; all are tried at once."""
    tried = [(name, address) for name, addresses in places.items() for address in addresses]
    with ThreadPoolExecutor(max(1, len(tried)), "reach") as pool:
        taken = pool.map(accepts, (address for _, address in tried))
        return frozenset(name for (name, _), yes in zip(tried, taken, strict=True) if yes)


def _connected(address: Address) -> bool:
    """Tells a connection that is held from one that was never made."""
    try:
        with socket.create_connection(address, _CONNECT_SECONDS):
            return True
    except OSError:
        return False


def _ask(address: Address) -> Answering:
    if not accepts(address):
        return Answering.SILENT
    connection = http.client.HTTPConnection(*address, timeout=_HTTP_SECONDS)
    try:
        connection.request("GET", "/", headers={"Connection": "close"})
        status = connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return Answering.TCP
    finally:
        connection.close()
    return Answering.HTTP if status < _SERVER_ERROR else Answering.HTTP_ERROR
