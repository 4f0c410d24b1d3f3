"""Where Python keeps modules, bytecode and metadata, told from paths alone.

Source: PEP 3147 (``__pycache__``), PEP 3149 (tags of extension modules), PyPA "Recording installed
projects".
"""

from __future__ import annotations

from jettison.ecosystem.python.canonical import canonicalize_name
from jettison.patterns import regex

__all__ = ["installed_by", "metadata_of", "source_of", "tail_of"]

_SITE = regex(r"/(?:site|dist)-packages/(?!.*/(?:site|dist)-packages/)")
_LIBRARY = regex(r"/lib(?:64)?/python3(?:\.\d+)?/")
_BYTECODE = regex(r"^(.*/)__pycache__/([^/]+?)\.[^/]*\.pyc$")
_TAG = regex(r"\.(?:cpython-\d+[^./]*|abi3|pypy\d+[^./]*)(?=\.so$)")
_METADATA = regex(r"/([^/]+?)(?:-[^/-]+)*\.(?:dist|egg)-info(?:/|$)")


def source_of(path: str) -> str:
    """The source whose bytecode a file is, ``""`` for what is none in ``__pycache__``."""
    match = _BYTECODE.match(path)
    return f"{match[1]}{match[2]}.py" if match else ""


def tail_of(path: str) -> str:
    """What stays of a path when its environment moves or Python's minor version changes.

    ``site/`` and the path below ``site-packages``, or ``lib/`` and that below the standard
    library; tags of extension modules are dropped. ``""`` for what is in neither.
    """
    kind = "site"
    match = _SITE.search(path)
    if match is None:
        kind, match = "lib", _LIBRARY.search(path)
    return f"{kind}/{_TAG.sub('', path[match.end() :])}" if match else ""


def metadata_of(path: str) -> str:
    """The canonical name of the distribution whose metadata a file is, ``""`` for none."""
    match = _METADATA.search(path)
    return str(canonicalize_name(match[1].partition("-")[0])) if match else ""


def installed_by(path: str) -> str:
    """As :func:`metadata_of`, of distributions that are installed, not bundled with another."""
    folder = _SITE.search(path)
    return metadata_of(path) if folder and _METADATA.match(path, folder.end() - 1) else ""
