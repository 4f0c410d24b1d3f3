"""RUNs in exec form that call a package manager, and the same in shell form."""

from __future__ import annotations

import shlex
from dataclasses import replace
from typing import TYPE_CHECKING

from jettison.analysis.package_runs import PackageRun, reaching_stages
from jettison.analysis.run_editor import RunEditor
from jettison.analysis.system.install_caches import leftovers
from jettison.dockerfile import DockerfileEditor, Run, parse_text
from jettison.patterns import regex
from jettison.record import record
from jettison.shell import Manager, Verb, is_shell
from jettison.source import TextEdit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jettison.analysis.facts import Facts
    from jettison.analysis.project import Target
    from jettison.dockerfile import Step

__all__ = ["ExecForm", "exec_forms"]

_NO_SHELL = regex(r"(^|/)(scratch$|distroless|static[:-]|chainguard/)|cgr\.dev/")
_FROM_LISTS = (Manager.APT, Manager.APK)


@record
class ExecForm:
    """A RUN in exec form of a manager that leaves something behind, or installs from lists.

    ``edits`` write it in shell form; ``refusal`` says why they cannot.
    """

    run: Run
    command: str
    stage: int
    edits: tuple[TextEdit, ...]
    refusal: str = ""


def exec_forms(facts: Facts, target: Target) -> Iterator[ExecForm]:
    """The RUNs of managers in exec form, of the stages whose layers reach an image."""
    text = target.dockerfile.text
    for stage in sorted(reaching_stages(facts, target)):
        for step in target.all_steps[stage]:
            run = step.instruction
            if not isinstance(run, Run) or run.argv is None or step.triggered:
                continue
            command = shlex.join(run.argv)
            head = text[run.span.start : run.command_span.start]
            if "\n" in command or not _concerns(step, f"{head}{command}"):
                continue
            base = target.dockerfile.stages[stage].base_name or ""
            refusal = ""
            if not is_shell(step.before.shell) or _NO_SHELL.search(base):
                refusal = "it is not known that its image has a shell"
            edit = TextEdit(run.command_span, command)
            yield ExecForm(run, command, stage, () if refusal else (edit,), refusal)


def _concerns(step: Step, text: str) -> bool:
    """Whether a RUN, as it is in shell form, leaves something, or installs from given lists."""
    alone = parse_text(f"FROM scratch\n{text}\n")
    run = alone.stages[0].instructions[0]
    if not isinstance(run, Run):
        return False
    made = replace(step, instruction=run, expanded=run)
    one = PackageRun(0, made, RunEditor(DockerfileEditor(alone), run))
    if any(one.of(manager, Verb.INSTALL) for manager in _FROM_LISTS):
        return True
    return any(True for _ in leftovers(one, ()))
