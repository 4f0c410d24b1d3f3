"""Installers of packages (Poetry, Pipenv, uv, a newer pip) that only the build of an image wants.

Where no command, script or other RUN calls one, it goes to the stage that builds. Poetry that
installs into the system's Python is put into an environment of its own there, as its manual tells
to do, since that Python's packages are copied whole.
"""

from __future__ import annotations

import posixpath
from dataclasses import replace
from typing import TYPE_CHECKING

from jettison.analysis.package_runs import sharing
from jettison.analysis.run_editor import RunEditor
from jettison.analysis.running.documented import documented
from jettison.analysis.running.started import started
from jettison.analysis.stages.producers import Part
from jettison.dockerfile import DockerfileEditor, Run, parse_text
from jettison.shell import Manager, Verb
from jettison.source import Span, TextEdit, apply_edits

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from jettison.analysis.facts import Facts
    from jettison.analysis.package_runs import PackageRun
    from jettison.analysis.project import Target
    from jettison.analysis.stages.producers import Labelled
    from jettison.dockerfile import Step

__all__ = ["going_installers", "in_own_place", "moves", "relabelled", "rewritten", "separable"]

_PLACE = "/opt/poetry"
_PROGRAMS = {
    "pip": (),
    "setuptools": (),
    "wheel": (),
    "pip-tools": ("pip-compile", "pip-sync"),
    "poetry-core": (),
}


def going_installers(
    facts: Facts,
    target: Target,
    found: Mapping[Span, tuple[Labelled, ...]],
    runs: Mapping[Span, PackageRun],
    *,
    steps: Sequence[Step],
    first: Step,
) -> frozenset[str]:
    """The installers that only installs call, of those that ``steps`` bring by themselves.

    ``first`` is the step of the first install: one that a different user or ``PATH`` brings stays.
    """
    called = _called(facts, target)
    going = frozenset[str]().union(*(one.installers for each in found.values() for one in each))
    going = frozenset(n for n in going if not called.intersection(_PROGRAMS.get(n, (n,))))
    while True:
        staying: set[str] = set()
        for step in steps:
            labels = found.get(step.instruction.span, ())
            names = frozenset[str]().union(*(one.installers for one in labels))
            if not names & going and not any(_configures(one, going) for one in labels):
                continue
            now = relabelled(labels, going)
            if not separable(runs[step.instruction.span], now) or _differs(step, first):
                staying |= names | {one.call.manager.value for one in labels if one.call}
        if not staying & going:
            return going
        going -= staying


def _called(facts: Facts, target: Target) -> frozenset[str]:
    """The words of all commands but the package managers' own, as base names."""
    words: set[str] = set()
    for one in sharing(facts, target):
        for command in (*facts.of(started, one).commands, *facts.of(documented, one)):
            words |= {command.program, *(posixpath.basename(word) for word in command.words)}
    return frozenset(words)


def _differs(step: Step, first: Step) -> bool:
    before, now = step.before, first.before
    return before.user != now.user or before.env.get("PATH") != now.env.get("PATH")


def _configures(one: Labelled, going: frozenset[str]) -> bool:
    """Whether a command only sets up an installer that goes."""
    own = one.part is Part.BUILD and one.artefact is None and not one.refusal
    return own and one.call is not None and one.call.manager.value in going


def moves(one: Labelled, going: frozenset[str]) -> bool:
    """Whether a command in front of all installs goes with the installers."""
    brings = bool(one.installers) and one.installers <= going
    return brings or _configures(one, going)


def relabelled(labels: tuple[Labelled, ...], going: frozenset[str]) -> tuple[Labelled, ...]:
    """The labels with those of ``going`` installers sent to the build."""
    return tuple(
        replace(one, part=Part.BUILD) if one.installers and one.installers <= going else one
        for one in labels
    )


def separable(run: PackageRun, labels: Sequence[Labelled]) -> bool:
    """Whether what a RUN does for the build can be taken out of it."""
    parts = [one.part for one in labels]
    if set(parts) <= {Part.BUILD, Part.GLUE}:
        return True
    if Part.GLUE in parts or run.editor.chain is None or run.run.script is not None:
        return False
    at = [i for i, part in enumerate(parts) if part is Part.BUILD]
    return Part.OTHER not in parts[at[0] : at[-1]]


def rewritten(
    editor: DockerfileEditor, block: str, edit: Callable[[RunEditor], Sequence[TextEdit]]
) -> str:
    """A block of a file with edits of its RUNs."""
    head = f"# escape={editor.escape}{editor.newline}FROM scratch{editor.newline}"
    inner = DockerfileEditor(parse_text(head + block))
    edits: list[TextEdit] = []
    for one in inner.file.stages[0].instructions:
        if isinstance(one, Run):
            edits += edit(RunEditor(inner, one))
    return apply_edits(head + block, edits)[len(head) :]


def in_own_place(run: RunEditor) -> list[TextEdit]:
    """The edits by which a RUN has Poetry in an environment of its own."""
    edits: list[TextEdit] = []
    for call in run.calls:
        brings = call.manager is Manager.PIP and call.verb is Verb.INSTALL
        if brings and any(package.name.lower() == "poetry" for package in call.packages):
            at = run.base + call.command.span.start
            edits.append(TextEdit(Span(at, at), f"python -m venv {_PLACE} && "))
        elif call.manager is not Manager.POETRY:
            continue
        whole = Span(call.program[0].span.start, call.program[-1].span.end)
        program = "pip" if brings else "poetry"
        edits.append(TextEdit(run.span(whole), f"{_PLACE}/bin/{program}"))
    return edits
