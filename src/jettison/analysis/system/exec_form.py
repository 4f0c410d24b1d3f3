"""RUNs in exec form that call a package manager, and the same in shell form."""

from __future__ import annotations

import shlex
from dataclasses import replace
from typing import TYPE_CHECKING

from jettison.analysis.package_runs import PackageRun, package_runs, reaching_stages
from jettison.analysis.run_editor import RunEditor
from jettison.analysis.system.install_caches import leftovers
from jettison.dockerfile import DockerfileEditor, Run, parse_text
from jettison.ecosystem.debian.building import is_for_building
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
_KINDS = {Manager.APT: "debian", Manager.APK: "alpine"}
_FROM_LISTS = tuple(_KINDS)
_NODE = (Manager.NPM, Manager.YARN, Manager.PNPM, Manager.BUN)


@record
class ExecForm:
    """A RUN in exec form of a manager, which changes of others have to see.

    It ``leaves`` something behind, installs from lists or beside compilers, or builds with Node.
    ``edits`` write it in shell form; ``refusal`` says why they cannot.
    """

    run: Run
    command: str
    stage: int
    edits: tuple[TextEdit, ...]
    refusal: str = ""
    leaves: bool = False


def exec_forms(facts: Facts, target: Target) -> Iterator[ExecForm]:
    """The RUNs of managers in exec form, of the stages whose layers reach an image."""
    stages = reaching_stages(facts, target)
    found = [one for stage in sorted(stages) for one in _of_stage(target, stage)]
    runs = [*package_runs(target, stages), *(run for _, run in found)]
    compiles = any(map(_installs_compilers, runs))
    of_node = any(run.of(one, Verb.INSTALL) for run in runs for one in _NODE)
    for step, run in found:
        written = step.instruction
        if not isinstance(written, Run) or written.argv is None:
            continue
        installs = any(call.verb is Verb.INSTALL for call in run.calls)
        lists = any(run.of(manager, Verb.INSTALL) for manager in _FROM_LISTS)
        builds = of_node and any(run.of(one, Verb.RUN, Verb.BUILD) for one in _NODE)
        if not (lists or builds or (installs and compiles) or any(leftovers(run, ()))):
            continue
        base = target.dockerfile.stages[run.stage].base_name or ""
        refusal = ""
        if not is_shell(step.before.shell) or _NO_SHELL.search(base):
            refusal = "it is not known that its image has a shell"
        command = shlex.join(written.argv)
        edit = TextEdit(written.command_span, command)
        edits = () if refusal else (edit,)
        leaves = any(True for _ in leftovers(run, ()))
        yield ExecForm(written, command, run.stage, edits, refusal, leaves)


def _of_stage(target: Target, stage: int) -> Iterator[tuple[Step, PackageRun]]:
    """The RUNs of a stage in exec form that call a manager, each as it is in shell form."""
    text = target.dockerfile.text
    for step in target.all_steps[stage]:
        run = step.instruction
        if not isinstance(run, Run) or run.argv is None or step.triggered:
            continue
        command = shlex.join(run.argv)
        if "\n" in command:
            continue
        head = text[run.span.start : run.command_span.start]
        above = "".join(f"FROM scratch AS s{number}\n" for number in range(stage + 1))
        alone = parse_text(f"{above}{head}{command}\n")
        made = alone.stages[stage].instructions[0]
        if isinstance(made, Run):
            there = replace(step, instruction=made, expanded=made)
            one = PackageRun(stage, there, RunEditor(DockerfileEditor(alone), made))
            if one.calls:
                yield step, one


def _installs_compilers(run: PackageRun) -> bool:
    """Whether a RUN installs system packages that serve building."""
    return any(
        is_for_building(kind, package.name)
        for manager, kind in _KINDS.items()
        for call in run.of(manager, Verb.INSTALL)
        for package in call.packages
    )
