"""The words of RUNs by which they remove what a COPY took along from the context."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from jettison.analysis.landing import landings
from jettison.analysis.package_runs import PackageRun
from jettison.analysis.run_editor import RunEditor
from jettison.dockerfile import DockerfileEditor, Run
from jettison.shell import is_shell

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jettison.analysis.landing import Landing
    from jettison.analysis.project import Target
    from jettison.dockerfile import Step
    from jettison.shell import Command, Word

__all__ = ["is_forced", "must_be_there", "readable_run", "removed_sources"]


def must_be_there(target: Target) -> frozenset[str]:
    """The paths of the context without which an ``rm`` of a RUN fails."""
    found = set()
    for stage, steps in enumerate(target.all_steps):
        for at, step in enumerate(steps):
            run = readable_run(target, stage, step)
            for command in run.commands if run is not None else ():
                if command.name == "rm" and not is_forced(command):
                    for one in landings(target, tuple(steps[:at])):
                        found |= {
                            source for _, source in removed_sources(target, one, step, command)
                        }
    return frozenset(found)


def readable_run(target: Target, stage: int, step: Step) -> PackageRun | None:
    """A step as a RUN whose commands can be read, or ``None``."""
    one = step.instruction
    if not isinstance(one, Run) or step.triggered or one.argv is not None:
        return None
    if one.script is not None or not is_shell(step.before.shell):
        return None
    return PackageRun(stage, step, RunEditor(DockerfileEditor(target.dockerfile), one))


def is_forced(command: Command) -> bool:
    """Whether an ``rm`` takes it for nothing that something is not there."""
    flags = [word.unquoted for word in command.arguments if word.unquoted.startswith("-")]
    return any(one == "--force" or (one[1:2] != "-" and "f" in one) for one in flags)


def removed_sources(
    target: Target, landing: Landing, step: Step, command: Command
) -> Iterator[tuple[Word, str]]:
    """The words of an ``rm`` that name what a COPY took along, with the paths of the context."""
    for word in command.arguments:
        text = word.unquoted
        if text.startswith("-") or any(sign in text for sign in "$*?[~") or not text.strip("./"):
            continue
        full = posixpath.normpath(posixpath.join(step.before.workdir, text))
        source = landing.context_path(full) if full != landing.place else None
        if source and source != landing.source and target.files.get(source) is not None:
            yield word, source
