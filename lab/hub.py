"""Whether Docker Hub answers."""

import http.client
import ssl
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as TooSlow

HUB = "index.docker.io"
SECONDS = 5.0


def hub_answers() -> bool:
    """Whether Docker Hub speaks its registry protocol to us within five seconds.

    The certificate is not checked: a bare machine has none to check it with, nothing secret is
    sent, and the engine itself checks it at every pull.
    """
    pool = ThreadPoolExecutor(1)
    try:
        return pool.submit(_ask).result(timeout=SECONDS)
    except TooSlow:
        return False
    finally:
        pool.shutdown(wait=False)


def _ask() -> bool:
    """Ask for the protocol version."""
    context = ssl._create_unverified_context()  # noqa: SLF001 - see above
    connection = http.client.HTTPSConnection(HUB, timeout=SECONDS, context=context)
    try:
        connection.request("GET", "/v2/")
        response = connection.getresponse()
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
    header = response.getheader("Docker-Distribution-Api-Version", "")
    return response.status in {200, 401} and header.startswith("registry/2")
