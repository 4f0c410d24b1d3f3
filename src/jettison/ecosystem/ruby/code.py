"""How source files of Ruby use a gem: by ``require``, by its constant, or as a setting."""

from __future__ import annotations

import re
from functools import lru_cache

from jettison.patterns import regex

__all__ = ["uses"]

_COMMENT = regex(
    r"('(?:\\.|[^'\\\n])*'|\"(?:\\.|[^\"\\\n])*\")|#(?!\{)[^\n]*|^=begin\b.*?^=end\b",
    re.DOTALL | re.MULTILINE,
)


@lru_cache(maxsize=4096)
def _pattern(gem: str, given: tuple[str, ...]) -> re.Pattern[str]:
    paths = "|".join(re.escape(one) for one in (gem, gem.replace("-", "/"), *given))
    parts = [part.replace("_", "") for part in gem.split("-")]
    constant = "::".join(re.escape(part) for part in parts)
    debugging = rf"|\bbinding\.{re.escape(gem)}\b|^\s*{re.escape(gem)}\s*$"
    return re.compile(
        rf"\brequire\s*\(?\s*['\"](?:{paths})(?:/[^'\"]*)?['\"]"
        rf"|(?<![\w:.])(?=[A-Z])(?i:{constant})\b(?!\s*=)"
        rf"|\bconfig\.{re.escape(gem.replace('-', '_'))}\b{debugging}",
        re.MULTILINE,
    )


def uses(text: str, gem: str, given: tuple[str, ...]) -> bool:
    """Whether a file uses a gem; ``given`` are other names by which it is required.

    A file that goes on where a gem is not there (``rescue LoadError``) does not need it.
    """
    if "LoadError" in text:
        return False
    plain = _COMMENT.sub(lambda found: found[1] or " ", text)
    return _pattern(gem, given).search(plain) is not None
