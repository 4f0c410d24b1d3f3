"""Whether Next.js may be asked for a server of its own that it is not asked for yet."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

from jettison.analysis.compiled.texts import source_texts
from jettison.analysis.landing import landings, project_path
from jettison.analysis.node.reading import is_code
from jettison.ecosystem.node.self_contained import asking_for_standalone
from jettison.patterns import regex

if TYPE_CHECKING:
    from collections.abc import Callable

    from jettison.analysis.facts import Facts
    from jettison.analysis.node_packages import Member
    from jettison.analysis.project import Target
    from jettison.ecosystem.node.package import NodePackage
    from jettison.source import TextEdit

__all__ = ["CONFIG_ENDINGS", "new_settings", "standalone_edit"]

CONFIG_ENDINGS = ("js", "mjs", "cjs", "ts", "mts")
"""How the names of configurations of Node's frameworks end."""
NEW_SETTINGS = "next.config.mjs"
_SETTINGS = """/** @type {import('next').NextConfig} */
const nextConfig = {
  output: 'standalone',
};

export default nextConfig;
"""

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
    package. Its own server knows the settings as they were when it was built.
    """
    path, text = settings
    if _ELSEWHERE.search(text) or _set_at_start(target, text, read):
        return None
    if not _resizes(facts, target, package, text, version):
        return None
    return asking_for_standalone(posixpath.basename(path), text)


def new_settings(
    facts: Facts, target: Target, member: Member, version: tuple[int, int]
) -> tuple[str, str] | None:
    """A file of settings (context path and text) that asks for it, where there is none.

    ``None`` where there is one that the image does not get, where no COPY of a folder would bring
    it, or where that is not sound. The name is the one that Next.js reads as a module whatever
    ``package.json`` says of the others.
    """
    folder = posixpath.dirname(member.path)
    new = posixpath.join(folder, NEW_SETTINGS)
    names = (posixpath.join(folder, f"next.config.{ending}") for ending in CONFIG_ENDINGS)
    if any(facts.tree.read(project_path(target, name)) is not None for name in names):
        return None
    if "next.config" in target.dockerfile.text:
        return None
    if target.ignore is not None and target.ignore.match(new).excluded:
        return None
    place = posixpath.join(member.place, NEW_SETTINGS)
    taken = landings(target, tuple(step for steps in target.all_steps for step in steps))
    if not any(one.folder and one.image_path(new) == place for one in taken):
        return None
    return (new, _SETTINGS) if _resizes(facts, target, member.package, "", version) else None


def _resizes(
    facts: Facts, target: Target, package: NodePackage, text: str, version: tuple[int, int]
) -> bool:
    """Whether its own server resizes images: before Next.js 15 it does so only with sharp."""
    if version >= _BRINGS_SHARP or "sharp" in package.dependencies or _UNOPTIMIZED.search(text):
        return True
    code = source_texts(facts, target, is_code)
    return not any("next/image" in source for _, source in code)


def _set_at_start(target: Target, text: str, read: Callable[[str], str | None]) -> bool:
    """Whether settings read a variable that only the start may set."""
    names = {one for pair in _VARIABLE.findall(text) for one in pair if one} - {"NODE_ENV"}
    names -= {*target.state.env, *target.build_args}
    for name in (".env", ".env.production"):
        names -= set(_DEFINED.findall(read(name) or ""))
    return bool(names)
