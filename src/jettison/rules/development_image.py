"""The Dockerfile of a development variant: the original one, with all that it installed."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from jettison.analysis.run_editor import RunEditor
from jettison.analysis.variants.originals import original_target
from jettison.dockerfile import Run
from jettison.dockerfile.editor import DockerfileEditor
from jettison.shell import Manager, Verb
from jettison.source import Pieces

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jettison.analysis.facts import Facts
    from jettison.analysis.project import Target
    from jettison.source import TextEdit

__all__ = ["development_dockerfile"]


def development_dockerfile(facts: Facts, target: Target) -> str | None:
    """The text of the original Dockerfile; ``None`` where there is none.

    Where lines of a list that it installs went to a new list for development, that one is
    installed behind it.
    """
    before = facts.tree.original(target.dockerfile_name)
    original = facts.of(original_target, target)
    if before is None or original is None:
        return before.text if before is not None else None
    editor = DockerfileEditor(original.dockerfile)
    lists = dict(_split_lists(facts, target))
    edits: list[TextEdit] = []
    for run in original.dockerfile.instructions:
        if not isinstance(run, Run) or run.argv is not None:
            continue
        for call in RunEditor(editor, run).calls:
            if call.manager is not Manager.PIP or call.verb is not Verb.INSTALL:
                continue
            for one in call.requirements:
                folder, name = posixpath.split(one.path)
                if one.constrains or name not in lists:
                    continue
                more = posixpath.basename(lists[name])
                copied = f"{posixpath.join(posixpath.dirname(lists[name]), name)} {lists[name]}"
                lines = (
                    f"COPY {copied} {folder or '.'}/",
                    f"RUN pip install -r {posixpath.join(folder, more)}",
                )
                edits += editor.insert_after(run, editor.render(*lines))
    return Pieces.of(original.dockerfile.source).edited(edits).text()


def _split_lists(facts: Facts, target: Target) -> Iterator[tuple[str, str]]:
    """The name of each list that lost lines, with the path of the new one in the context."""
    prefix = f"{target.context_name}/" if target.context_name else ""
    for path in sorted(facts.tree.created):
        source = facts.tree.read(path)
        first = source.text.partition("\n")[0].split() if source is not None else []
        if first[:1] != ["-r"] or len(first) != 2 or not path.startswith(prefix):
            continue
        base = posixpath.join(posixpath.dirname(path), first[1])
        before, now = facts.tree.original(base), facts.tree.read(base)
        if before is not None and now is not None and before.text != now.text:
            yield first[1], path.removeprefix(prefix)
