"""The routes that an OpenAPI document lists: which can be asked, and which were not."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from jettison.patterns import regex
from jettison.trial.asking.masking import masked

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["DESCRIBED_AT", "HURTS", "Routes", "filled", "routes_of"]

DESCRIBED_AT = (
    "/openapi.json",  # FastAPI, Litestar and others
    "/api-json",  # NestJS, whose documentation has its pages at /api
    "/docs-json",
    "/v3/api-docs",  # springdoc
    "/swagger/v1/swagger.json",  # ASP.NET Core
    "/api/openapi.json",  # Django Ninja by its manual
    "/api/v1/openapi.json",  # FastAPI as its template for whole projects sets it
    "/swagger.json",  # Flask-RESTX
    "/apispec_1.json",  # Flasgger
)
"""Where frameworks serve the document if nothing else is said."""

HURTS = regex(r"log-?out|sign-?out|delete|remove|destroy|reset|shutdown|stop", re.IGNORECASE)
_METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
_PARAMETER = regex(r"\{([^{}]+)\}")


@dataclass(slots=True)
class Routes:
    """Routes of a document: those that can be asked as they are, and those with parameters.

    ``others`` are all that are not asked: ``POST /items``.
    """

    plain: list[str] = field(default_factory=list)
    templates: list[str] = field(default_factory=list)
    others: list[str] = field(default_factory=list)


def routes_of(document: object) -> Routes:
    """The routes that a document lists; none where it is not one."""
    found = Routes()
    paths = document.get("paths") if isinstance(document, dict) else None
    for name, operations in paths.items() if isinstance(paths, dict) else ():
        path = f"{_base(document)}{name}"
        for method in operations if isinstance(operations, dict) else ():
            if method not in _METHODS:
                continue
            missing = _required(operations[method]) | _required(operations)
            if method != "get" or HURTS.search(path) or missing - {"path"}:
                found.others.append(f"{method.upper()} {path}")
            elif "{" in path:
                found.templates.append(path)
            else:
                found.plain.append(path)
    return found


def _base(document: object) -> str:
    """What all paths of a document of Swagger 2 begin with."""
    base = document.get("basePath") if isinstance(document, dict) else ""
    return base.rstrip("/") if isinstance(base, str) else ""


def _required(operation: object) -> set[str]:
    """Where an operation has parameters that must be given: ``path``, ``query``, …"""
    parameters = operation.get("parameters") if isinstance(operation, dict) else None
    return {
        str(one.get("in"))
        for one in parameters or ()
        if isinstance(one, dict) and one.get("required")
    }


def filled(template: str, documents: Mapping[str, object]) -> str | None:
    """A route with its one parameter taken from the list above it; ``None`` where there is none.

    ``documents`` are the JSON answers by path. What looks made up at each start, such as a UUID, is
    not taken: the other side would not know it.
    """
    found = _PARAMETER.search(template)
    if found is None or _PARAMETER.search(template, found.end()):
        return None
    above = template[: found.start()].rstrip("/")
    for path in (above, f"{above}/"):
        for item in _items(documents.get(path)):
            for key in (found[1], "id"):
                value = item.get(key)
                text = str(value)
                if isinstance(value, bool) or not isinstance(value, str | int) or not text:
                    continue
                if masked(text) == text and re.fullmatch(r"[\w.~-]+", text):
                    return template[: found.start()] + text + template[found.end() :]
    return None


def _items(document: object) -> Iterator[Mapping[str, Any]]:
    """The first object of a list, or of the first list in an object."""
    lists = [document]
    if isinstance(document, dict):
        lists = [value for value in document.values() if isinstance(value, list)]
    for one in lists[:3]:
        if isinstance(one, list) and one and isinstance(one[0], dict):
            yield one[0]
