"""Whether Next.js may be asked for a server of its own that it is not asked for yet."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

from jettison.analysis.compiled.texts import source_texts
from jettison.analysis.node.reading import is_code
from jettison.ecosystem.node.self_contained import asking_for_standalone
from jettison.patterns import regex

if TYPE_CHECKING:
    from collections.abc import Callable

    from jettison.analysis.facts import Facts
    from jettison.analysis.project import Target
    from jettison.ecosystem.node.package import NodePackage
    from jettison.source import TextEdit

__all__ = ["standalone_edit"]

_VARIABLE = regex(r"\bprocess\.env(?:\.(\w+)|\[['\"](\w+)['\"]\])")
_ELSEWHERE = regex(
    r"\bprocess\.env(?!\.\w|\[['\"])|\bimport\.meta\.env\b|\brequire\s*\(\s*['\"]\.|\bfrom\s*['\"]\."
)
"""What settings read that is not read here: all variables at once, a file of the project."""
_DEFINED = regex(r"^\s*(?:export\s+)?(\w+)\s*=", re.MULTILINE)
_UNOPTIMIZED = regex(r"\bunoptimized\s*:\s*true\b")
_BRINGS_SHARP = (15, 0)


def standalone_edit(
    facts: Facts,
    target: Target,
    package: NodePackage,
    settings: tuple[str, str],
    *,
    version: tuple[int, int],
    read: Callable[[str], str | None],
) -> TextEdit | None:
    """The edit by which settings (path and text) ask for it; ``None`` where that is not sound.

    ``version`` has the first two numbers of Next.js's, ``read`` gives the text of a file beside the
    package. Its own server knows the settings as they were when it was built, and resizes images
    before Next.js 15 only with sharp.
    """
    path, text = settings
    if _ELSEWHERE.search(text) or _set_at_start(target, text, read):
        return None
    if not (version >= _BRINGS_SHARP or "sharp" in package.dependencies):
        code = source_texts(facts, target, is_code)
        if not _UNOPTIMIZED.search(text) and any("next/image" in source for _, source in code):
            return None
    return asking_for_standalone(posixpath.basename(path), text)


def _set_at_start(target: Target, text: str, read: Callable[[str], str | None]) -> bool:
    """Whether settings read a variable that only the start may set."""
    names = {one for pair in _VARIABLE.findall(text) for one in pair if one} - {"NODE_ENV"}
    names -= {*target.state.env, *target.build_args}
    for name in (".env", ".env.production"):
        names -= set(_DEFINED.findall(read(name) or ""))
    return bool(names)
