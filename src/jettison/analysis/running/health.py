"""Health checks that ask an address over HTTP, and how Python asks the same without curl."""

from __future__ import annotations

import shlex

from jettison.patterns import regex
from jettison.record import record

_URL = regex(r"^https?://(?:localhost|127\.0\.0\.1|0\.0\.0\.0|\[::1\])(?::(\d+))?(/\S*)?$")
_QUIET = regex(r"^(-[fsSqLkO]+|--fail|--silent|--show-error|--quiet|--spider|--location)$")
_WITH_VALUE = frozenset({"-o", "--output", "-m", "--max-time", "-T", "--timeout", "--retry", "-t"})
_TAIL = regex(r"\s*\|\|\s*exit\s+1\s*;?\s*$|\s*(>|2>&1|&>)\s*(/dev/null)?\s*")


@record
class HttpCheck:
    """A health check that is one GET to the container itself, made by ``tool``."""

    tool: str
    port: int
    path: str

    def python_argv(self) -> tuple[str, ...]:
        """The same check with nothing but Python; exit code 1 for an error or a status of 400 up.

        The address is 127.0.0.1, as ``localhost`` may mean ::1 where nothing listens.
        """
        url = f"http://127.0.0.1:{self.port}{self.path}"
        return (
            "python",
            "-c",
            f"import urllib.request; urllib.request.urlopen('{url}', timeout=4)",
        )


def http_check(test: tuple[str, ...]) -> HttpCheck | None:
    """The single GET that a health check makes with curl or wget, or ``None``.

    ``test`` is in Compose's form: ``CMD`` and words, or ``CMD-SHELL`` and a command line. Anything
    that does more than one GET (a body inspected, a header sent) is left alone.
    """
    match test:
        case ("CMD-SHELL", text, *_):
            try:
                words = shlex.split(_TAIL.sub(" ", text))
            except ValueError:
                return None
        case ("CMD", *rest):
            words = list(rest)
        case _:
            return None
    if not words or words[0].rpartition("/")[2] not in ("curl", "wget"):
        return None
    url = None
    skip = False
    for word in words[1:]:
        if skip:
            skip = False
        elif word in _WITH_VALUE:
            skip = True
        elif _URL.match(word):
            if url is not None:
                return None
            url = _URL.match(word)
        elif not _QUIET.match(word):
            return None
    if url is None or any(c in (url[2] or "") for c in "'\"\\$"):
        return None
    return HttpCheck(words[0].rpartition("/")[2], int(url[1] or 80), url[2] or "/")
