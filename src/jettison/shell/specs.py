"""A package word to its name and the part that says which version."""

from __future__ import annotations

import re
from typing import Final

from jettison.shell.managers import Manager

__all__ = ["split_spec"]

_PYTHON: Final = re.compile(
    r"\s*([A-Za-z0-9][A-Za-z0-9._-]*|\$\{?\w+\}?)\s*(\[[^\]]*\])?\s*"
    r"((?:===|==|~=|!=|<=|>=|<|>|@)[^;]*)?(;.*)?",
    re.DOTALL,
)
_APK: Final = re.compile(r"([^=<>~@]+)([=<>~]+[^@]*)?(@.*)?", re.DOTALL)
_CONDA: Final = re.compile(r"((?:[^=<>!\s]+::)?[^=<>!\s:]+)\s*([=<>!]+.*|\s.+)?", re.DOTALL)
_DIRECT: Final = re.compile(r"[./~]|[A-Za-z0-9+.-]+://|git\+|file:")


def split_spec(manager: Manager, text: str) -> tuple[str, str | None]:
    """The name and the version part; paths and addresses are names as a whole.

    Sources: the manuals of the managers; for Python, "Dependency specifiers".
    """
    if _DIRECT.match(text):
        return text, None
    match manager:
        case Manager.APT:
            name, mark, version = text.partition("=")
            if not mark:
                name, mark, version = text.partition("/")
            return name, version if mark else None
        case Manager.APK:
            found = _APK.fullmatch(text)
            return (found[1], found[2]) if found else (text, None)
        case Manager.PIP | Manager.UV | Manager.POETRY | Manager.PIPENV | Manager.PDM:
            return _split_python(text)
        case Manager.CONDA:
            found = _CONDA.fullmatch(text)
            return (found[1], found[2]) if found else (text, None)
        case Manager.NPM | Manager.PNPM | Manager.YARN | Manager.BUN:
            at = text.find("@", 1)
            return (text[:at], text[at + 1 :]) if at > 0 else (text, None)
        case Manager.GO | Manager.CARGO:
            name, mark, version = text.partition("@")
            return name, version if mark else None
        case Manager.COMPOSER | Manager.GEM | Manager.BUNDLE:
            found = re.fullmatch(r"([^:=]+)[:=](.+)", text, re.DOTALL)
            return (found[1], found[2]) if found else (text, None)
        case Manager.DNF | Manager.ZYPPER:
            found = re.fullmatch(r"([^=<>]+?)\s*((?:<=|>=|=|<|>).+)", text, re.DOTALL)
            return (found[1], found[2]) if found else (text, None)


def _split_python(text: str) -> tuple[str, str | None]:
    found = _PYTHON.fullmatch(text)
    if found is None:
        return text, None
    version = (found[3] or "").strip()
    return found[1], version or None
