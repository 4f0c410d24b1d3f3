"""The version of Java that an image compiles with.

Source: JEP 223, "New Version-String Scheme"; the ``release`` file of each JDK.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from jettison.patterns import regex

if TYPE_CHECKING:
    from jettison.trial.evidence.files import ImageFiles

__all__ = ["java_version"]

_VERSION = regex(r'^JAVA_VERSION="(?:1\.)?(\d+)', re.MULTILINE)
_MAX = 1 << 16


def java_version(files: ImageFiles) -> int:
    """The version of the one JDK of an image; 0 where it has none, or several versions."""
    paths = {path: number for number, path in enumerate(files.listing.paths())}
    nodes = [
        files.node(number)
        for path, number in paths.items()
        if path.endswith("/release") and f"{path.removesuffix('release')}bin/javac" in paths
    ]
    texts = files.texts(node for node in nodes if node.content_bytes <= _MAX)
    found = {int(match[1]) for text in texts.values() if (match := _VERSION.search(text))}
    return found.pop() if len(found) == 1 else 0
