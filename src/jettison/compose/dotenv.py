"""``.env`` and ``env_file`` files.

Source: Compose documentation, "Syntax for environment files in Docker Compose".
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from jettison.compose.template import TemplateError, interpolate
from jettison.compose.tree import skip_blank, source_error
from jettison.source import Span

if TYPE_CHECKING:
    from collections.abc import Callable

    from jettison.source import SourceText

_KEY = re.compile(
    r"(?:export(?=[ \t\r\f\v]))?[ \t\r\f\v]*([\w.\[\]-]*)[ \t\r\f\v]*(?:([=:])[ \t\r\f\v]*|$)",
    re.MULTILINE,
)
MAX_SIZE = 4 * 1024 * 1024
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "a": "\a", "b": "\b", "f": "\f", "v": "\v"}


def parse_dotenv(source: SourceText, lookup: Callable[[str], str | None]) -> dict[str, str]:
    """The variables that the file sets, in its order.

    ``lookup`` resolves ``${VAR}`` in values (the file's own variables come after it) and gives the
    value of a name that stands without ``=``; such a name is left out when it is unset. Raises
    :class:`ComposeError` for a line that is no assignment and a quote that is not closed.
    """
    found: dict[str, str] = {}

    def resolve(name: str) -> str | None:
        outer = lookup(name)
        return outer if outer is not None else found.get(name)

    text, size = source.text, 0
    at = skip_blank(text, 1 if text.startswith("\ufeff") else 0)
    while at < len(text):
        key = _KEY.match(text, at)
        if key is None or not key[1] + (key[2] or ""):
            raise source_error(source, "not a NAME=value line", Span(at, _line_end(text, at)))
        start, at = at, key.end()
        try:
            if size > MAX_SIZE:
                raise TemplateError(f"the values have more than {MAX_SIZE} characters")
            if key[2]:
                found[key[1]], at = _value(text, at, resolve)
                size += len(found[key[1]])
            elif (inherited := lookup(key[1])) is not None:
                found[key[1]] = inherited
        except TemplateError as error:
            span = Span(start, _line_end(text, start))
            raise source_error(source, str(error), span) from None
        at = skip_blank(text, at)
    return found


def _line_end(text: str, at: int) -> int:
    end = text.find("\n", at)
    return len(text) if end == -1 else end


def _value(text: str, at: int, lookup: Callable[[str], str | None]) -> tuple[str, int]:
    """The value that starts at ``at`` and where what follows it starts."""
    quote = text[at : at + 1]
    if quote and quote in "\"'":
        close = at + 1
        while close < len(text) and text[close] != quote:
            close += 2 if text[close] == "\\" else 1
        if close >= len(text):
            raise TemplateError("the quote is not closed")
        inside = text[at + 1 : close]
        if quote == "'":
            return inside.replace("\\'", "'"), close + 1
        return interpolate(_unescape(inside), lookup), close + 1
    end = _line_end(text, at)
    return interpolate(text[at:end].partition(" #")[0].strip(), lookup), end


def _unescape(text: str) -> str:
    def one(match: re.Match[str]) -> str:
        char = match[1]
        if char == "$":
            return "$$"
        return _ESCAPES.get(char, char if char in '"\\' else match[0])

    return re.sub(r"\\(.)", one, text, flags=re.DOTALL)
