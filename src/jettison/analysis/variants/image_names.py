"""Which files of a project name an image: scripts, pipelines, manifests, documents."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Final

from jettison.analysis.finding_files import SKIPPED_FOLDERS
from jettison.patterns import regex

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jettison.analysis.facts import Facts

__all__ = ["has_registry", "repository", "told_texts", "user_of_image"]

_TOLD_IN: Final = regex(
    r"^[^.]+$|^(docker|container)file[._-].+|\.(dockerfile|containerfile|sh|bash|zsh|ps1|bat|cmd"
    r"|ya?ml|md|rst|txt|adoc|tf|hcl|nomad|json|toml|mk|groovy|env|service|j2|tpl)$",
    re.IGNORECASE,
)
_OTHER: Final = regex(r"(^|[.-])lock([.-]|$)|^(package|composer)\.json$", re.IGNORECASE)
_PUSHES: Final = regex(r"compose\b[^\n]*\s(push\b|build\b[^\n]*--push\b)")
_MOST_FILES: Final = 5_000
_DEEPEST: Final = 8
_MOST_CHARACTERS: Final = 1 << 20


def repository(image: str) -> str:
    """An image's name without its tag and its digest."""
    name = image.partition("@")[0]
    folder, slash, last = name.rpartition("/")
    return folder + slash + last.partition(":")[0]


def has_registry(image: str) -> bool:
    """Whether the name says in which registry the image is."""
    host, slash, _ = image.partition("/")
    return bool(slash) and (not host or "." in host or ":" in host or host == "localhost")


def user_of_image(facts: Facts, image: str, kept: str) -> str | None:
    """What shows that something but the services' own ``image`` keys uses ``image``, or ``None``.

    ``kept`` is the image whose name stays: where the two differ in the tag only, the whole name is
    looked for. A script that pushes what Compose builds uses every name.
    """
    name = repository(image)
    wanted = image if name == repository(kept) else name
    named = re.compile(rf"(?<![\w.-]){re.escape(wanted)}(?![\w/-])")
    for path, text in facts.whole(told_texts).items():
        if path in facts.project.compose_names:
            continue
        if named.search(text):
            return f"{path} names {wanted}"
        if _PUSHES.search(text):
            return f"{path} pushes what Compose builds, {image} too"
    return None


def told_texts(facts: Facts) -> dict[str, str]:
    """The texts of the files in which images are named, by path."""
    found = {}
    for path in _paths(facts):
        source = facts.tree.read(path)
        if source is not None and len(source.text) <= _MOST_CHARACTERS:
            found[path] = source.text
    return found


def _paths(facts: Facts) -> Iterator[str]:
    levels = [("", 0)]
    left = _MOST_FILES
    while levels:
        folder, depth = levels.pop()
        try:
            entries = sorted(os.scandir(facts.tree.root / folder), key=lambda entry: entry.name)
        except OSError:
            continue
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                if entry.name not in SKIPPED_FOLDERS and depth < _DEEPEST:
                    levels.append((f"{folder}{entry.name}/", depth + 1))
            elif left > 0 and _tells(entry.name) and entry.is_file(follow_symlinks=False):
                left -= 1
                yield f"{folder}{entry.name}"


def _tells(name: str) -> bool:
    return _TOLD_IN.search(name) is not None and _OTHER.search(name) is None
