"""The Dockerfile of a production variant, derived by edits from the one that is there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jettison.analysis.python.bytecode import caches_bytecode
from jettison.analysis.run_editor import RunEditor
from jettison.dockerfile import Run
from jettison.dockerfile.editor import DockerfileEditor
from jettison.shell import Manager, Verb
from jettison.source import Pieces
from jettison.source.ours import MARK

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jettison.analysis.project import Target
    from jettison.dockerfile import Stage
    from jettison.source import TextEdit

__all__ = ["production_dockerfile"]

_VARIABLE = "PYTHONDONTWRITEBYTECODE"


def production_dockerfile(target: Target) -> str | None:
    """The text of a Dockerfile that leaves no bytecode caches; ``None`` where that is nothing new.

    Only images whose Dockerfile calls pip have any.
    """
    editor = DockerfileEditor(target.dockerfile)
    installs = [edit for stage in target.dockerfile.stages for edit in _installs(editor, stage)]
    if not installs or target.state.env.get(_VARIABLE):
        return None
    edits = list(installs)
    comment = f"# {MARK}: as {target.dockerfile_name}, without bytecode caches"
    setting = editor.render(comment, f"ENV {_VARIABLE}=1")
    last = target.lineage[0].from_
    edits += editor.insert_after(last, setting)
    loading = [one for stage in target.dockerfile.stages for one in stage.instructions]
    edits += editor.delete(*(one for one in loading if caches_bytecode(one)))
    return Pieces.of(target.dockerfile.source).edited(edits).text()


def _installs(editor: DockerfileEditor, stage: Stage) -> Iterator[TextEdit]:
    """``--no-compile`` behind each ``pip install``."""
    for run in stage.instructions:
        if not isinstance(run, Run) or run.argv is not None:
            continue
        inner = RunEditor(editor, run)
        for call in inner.calls:
            wanted = call.manager is Manager.PIP and call.verb is Verb.INSTALL
            if wanted and call.flag("--no-compile") is None:
                yield from inner.add_flag(call, "--no-compile")
