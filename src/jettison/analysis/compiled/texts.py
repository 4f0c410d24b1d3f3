"""The texts of a service's own source files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jettison.analysis.landing import project_path

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from jettison.analysis.facts import Facts
    from jettison.analysis.project import Target

__all__ = ["source_texts"]

_MOST_FILES = 4000


def source_texts(
    facts: Facts, target: Target, wanted: Callable[[str], bool]
) -> Iterator[tuple[str, str]]:
    """The paths and texts of the context's files of which ``wanted`` says yes, 4,000 at most."""
    found = 0
    for file in target.files.own:
        if not wanted(file.path):
            continue
        source = facts.tree.read(project_path(target, file.path))
        if source is not None:
            yield file.path, source.text
        found += 1
        if found >= _MOST_FILES:
            return
