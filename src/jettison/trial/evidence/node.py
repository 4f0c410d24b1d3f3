"""The versions of the Node packages of an image."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from jettison.patterns import regex

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jettison.trial.evidence.files import ImageFiles

__all__ = ["node_versions"]

_MANIFEST = regex(r"(?:(?!node_modules/)[^/]+/)*node_modules/(?:@[^/]+/)?[^/@.][^/]*/package\.json")
_MAX_MANIFEST = 1 << 20


def node_versions(files: ImageFiles) -> Mapping[str, str]:
    """The versions of packages right below a ``node_modules``, by the absolute folder of each.

    What such a package brings in a ``node_modules`` of its own is not looked at. A manifest that is
    no JSON, or longer than 1 MiB, is left out.
    """
    nodes = [
        files.node(number)
        for number, path in enumerate(files.listing.paths())
        if path.endswith("/package.json") and _MANIFEST.fullmatch(path)
    ]
    texts = files.texts(node for node in nodes if node.content_bytes <= _MAX_MANIFEST)
    found: dict[str, str] = {}
    for path, text in texts.items():
        version = _version(text)
        if version:
            found[f"/{path.removesuffix('/package.json')}"] = version
    return found


def _version(text: str) -> str:
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        return ""
    version = data.get("version") if isinstance(data, dict) else None
    return version if isinstance(version, str) else ""
