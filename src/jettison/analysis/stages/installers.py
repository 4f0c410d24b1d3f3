"""Installers of packages (Poetry, Pipenv, uv, a newer pip) that only the build of an image wants.

Where no command, script or other RUN calls one, it goes to the stage that builds. One that has
needs of its own (Poetry, Pipenv, PDM) is put into an environment of its own there, as its manual
tells to do: in the system's Python, what it needs would be copied with what it installs, or be
taken for installed by pip and left out.
"""

from __future__ import annotations

import posixpath
import re
from dataclasses import replace
from typing import TYPE_CHECKING

from jettison.analysis.package_runs import package_runs, reaching_stages, sharing
from jettison.analysis.run_editor import RunEditor
from jettison.analysis.running.documented import documented
from jettison.analysis.running.overlaid import overlaid
from jettison.analysis.running.python_code import image_code
from jettison.analysis.running.started import started
from jettison.analysis.stages.artefacts import Part, Where
from jettison.analysis.stages.producers import labels
from jettison.dockerfile import Copy, DockerfileEditor, Run, parse_text
from jettison.record import record
from jettison.shell import Manager, Verb
from jettison.source import Span, TextEdit, apply_edits

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from jettison.analysis.facts import Facts
    from jettison.analysis.package_runs import PackageRun
    from jettison.analysis.project import Target
    from jettison.analysis.stages.artefacts import Labelled
    from jettison.dockerfile import Step
    from jettison.shell import PackageCall

__all__ = [
    "WITH_LIBRARIES",
    "Stray",
    "called",
    "copied_installer",
    "going_installers",
    "in_own_place",
    "in_parts",
    "moves",
    "pipenv_by_pip",
    "place_of",
    "relabelled",
    "rewritten",
    "separable",
    "stray_installers",
]

_WITH_NEEDS = {m.value: m for m in (Manager.POETRY, Manager.PIPENV, Manager.PDM)}
_MANAGERS = {**_WITH_NEEDS, "uv": Manager.UV, "composer": Manager.COMPOSER}
_WITHOUT_PROGRAM = frozenset({"pip", "setuptools", "wheel"})
WITH_LIBRARIES = frozenset({"wheel"})
"""The installers that bring libraries of others into the system's Python: wheel needs packaging."""
_LIST = "/tmp/requirements.txt"  # noqa: S108  (in a build)


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
    going = frozenset[str]().union(*(one.installers for each in found.values() for one in each))
    going |= {copied_installer(target, step) for step in steps}
    going &= _MANAGERS.keys() | _WITHOUT_PROGRAM
    if any(one.part is Part.OTHER and _of_composer(one) for each in found.values() for one in each):
        going -= {"composer"}
    if going - _WITHOUT_PROGRAM:
        going -= facts.of(called, target) - _WITHOUT_PROGRAM
    going -= _inseparable(found, going)
    while True:
        staying: set[str] = set()
        for step in steps:
            here = found.get(step.instruction.span, ())
            names = frozenset[str]().union(*(one.installers for one in here))
            if not names & going and not any(_configures(one, going) for one in here):
                continue
            now = relabelled(here, going)
            path = any(one.call is not None for one in here if moves(one, going))
            if not separable(runs[step.instruction.span], now) or _differs(step, first, path=path):
                staying |= names | {one.call.manager.value for one in here if one.call}
        if not staying & going:
            return going
        going -= staying


def copied_installer(target: Target, step: Step) -> str:
    """The installer that an instruction brings, and nothing else, from its own image; or ``""``."""
    copy = step.expanded
    if not isinstance(copy, Copy) or not copy.from_:
        return ""
    names = {posixpath.basename(source) for source in copy.sources}
    if "astral-sh/uv" in copy.from_:
        return "uv" if names <= {"uv", "uvx"} else ""
    stage = next((s for s in target.dockerfile.stages if s.name == copy.from_), None)
    image = (stage.base_name or stage.base) if stage is not None else copy.from_
    own = posixpath.basename(image.partition("@")[0]).partition(":")[0] == "composer"
    return "composer" if own and names == {"composer"} else ""


def _of_composer(one: Labelled) -> bool:
    return one.call is not None and one.call.manager is Manager.COMPOSER


def _inseparable(
    found: Mapping[Span, tuple[Labelled, ...]], going: frozenset[str]
) -> frozenset[str]:
    """The installers with needs that a call brings together, or that spoil another's install."""
    every = [one for each in found.values() for one in each]
    wheres = [one.artefact.where for one in every if one.artefact is not None]
    alone = going & _WITH_NEEDS.keys()
    together = [one.installers & alone for one in every if len(one.installers & alone) > 1]
    if Where.SITE in wheres:
        # Beside what is copied the base's own pip would lie half overwritten.
        together.append((alone - {"poetry"}) | (going & _WITHOUT_PROGRAM))
    if wheres.count(Where.PREFIX) > 1:  # the later ones may not ignore what the first installed
        together.append(going & WITH_LIBRARIES)
    return frozenset[str]().union(*together)


def called(facts: Facts, target: Target) -> frozenset[str]:
    """The words of an image's commands and settings, as base names; installers that code calls.

    The installs themselves are left out.
    """
    words: set[str] = set()
    stages = reaching_stages(facts, target)
    for one in sharing(facts, target):
        others = (*facts.of(overlaid, one), *facts.of(documented, one))
        for command in (*facts.of(started, one).commands, *others):
            if command.program != "rm" and (not command.line or command.stage in stages):
                words |= {command.program, *(posixpath.basename(word) for word in command.words)}
        code = facts.of(image_code, one)
        words |= {posixpath.basename(word) for word in code.settings}
        words |= {n for n in _MANAGERS if any(_calls(text, n) for text in code.strings_with(n))}
    return frozenset(words)


def _calls(text: str, program: str) -> bool:
    return re.search(rf"(^|[/;&|(`]\s*){program}(\s|$)", text) is not None


@record
class Stray:
    """An installer that stays in the image although only the ``stage`` with that number calls it.

    ``stage`` is ``None`` where none does. ``edits`` put the RUN there.
    """

    name: str
    run: PackageRun
    stage: int | None
    edits: tuple[TextEdit, ...]


def stray_installers(facts: Facts, target: Target) -> Iterator[Stray]:
    """The installers in an image of several stages that could be in the stage that builds."""
    reaching = reaching_stages(facts, target)
    if len(target.dockerfile.stages) < 2:
        return
    for run in package_runs(target, reaching):
        found = labels(facts, target, run)
        for one in found:
            names = one.installers & _MANAGERS.keys()
            if len(names) != 1 or names & facts.of(called, target):
                continue
            (name,) = names
            users = _users(facts, target, name)
            now = relabelled(found, one.installers)
            alike = all(each is one or not each.installers for each in found)
            if users is None or users & reaching or len(users) > 1 or not alike:
                continue
            if any(run.stage not in _above(target, stage) for stage in users):
                continue
            if separable(run, now):
                stage = next(iter(users), None)
                yield Stray(name, run, stage, _moved(target, run, now, stage))


def _users(facts: Facts, target: Target, name: str) -> frozenset[int] | None:
    """The stages that call an installer; ``None`` where what it makes is not in a place of its own.

    What it makes in the system's Python is copied from there together with the installer.
    """
    users = set()
    for run in package_runs(target):
        for one in labels(facts, target, run):
            if one.call is None or one.call.manager.value != name:
                continue
            users.add(run.stage)
            if one.refusal or (one.artefact and one.artefact.where is not Where.PLACE):
                return None
    return frozenset(users)


def _above(target: Target, stage: int) -> frozenset[int]:
    """The stages that a stage is built from."""
    found = set()
    above = target.dockerfile.stages[stage].base_stage
    while above is not None and above not in found:
        found.add(above)
        above = target.dockerfile.stages[above].base_stage
    return frozenset(found)


def _moved(
    target: Target, run: PackageRun, now: Sequence[Labelled], stage: int | None
) -> tuple[TextEdit, ...]:
    editor = run.editor.editor
    rest = [one.command for one in now if one.part in (Part.BASE, Part.OTHER)]
    gone = [one.command for one in now if one.part is Part.BUILD]
    if rest:
        edits = editor.replace(run.run, run.editor.text_of(rest))
        text = run.editor.text_of(gone) + editor.newline
    else:
        edits, text = editor.delete(run.run), editor.block_text(run.run)
    if stage is None:
        return edits
    return (*edits, *editor.insert_after(target.dockerfile.stages[stage].from_, text))


def _differs(step: Step, first: Step, *, path: bool) -> bool:
    """Whether another user, or another ``path``, holds for a step than for the first install."""
    before, now = step.before, first.before
    other = path and before.env.get("PATH") != now.env.get("PATH")
    return other or before.user != now.user


def _configures(one: Labelled, going: frozenset[str]) -> bool:
    """Whether a command only sets up an installer that goes."""
    own = one.part is Part.BUILD and one.artefact is None and not one.refusal
    return own and one.call is not None and one.call.manager.value in going


def moves(one: Labelled, going: frozenset[str]) -> bool:
    """Whether a command in front of all installs goes with the installers."""
    brings = bool(one.installers) and one.installers <= going
    return brings or _configures(one, going)


def relabelled(found: tuple[Labelled, ...], going: frozenset[str]) -> tuple[Labelled, ...]:
    """The labels with those of ``going`` installers sent to the build."""
    return tuple(
        replace(one, part=Part.BUILD) if one.installers and one.installers <= going else one
        for one in found
    )


def separable(run: PackageRun, found: Sequence[Labelled]) -> bool:
    """Whether what a RUN does for the build can be taken out of it."""
    parts = [one.part for one in found]
    if set(parts) <= {Part.BUILD, Part.GLUE}:
        return True
    if Part.GLUE in parts or not in_parts(run, found):
        return False
    at = [i for i, part in enumerate(parts) if part is Part.BUILD]
    return bool(at) and Part.OTHER not in parts[at[0] : at[-1]]


def in_parts(run: PackageRun, found: Sequence[Labelled]) -> bool:
    """Whether a RUN is a list that can be taken apart by the labels of its commands."""
    parts = {one.command.span: one.part for one in found}
    return run.editor.parted(lambda command: parts.get(command.span))


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


def in_own_place(run: RunEditor, going: frozenset[str]) -> list[TextEdit]:
    """The edits by which a RUN has each of ``going`` with needs in an environment of its own."""
    edits: list[TextEdit] = []
    for call in run.calls:
        brought = {package.name.lower() for package in call.packages} & going & _WITH_NEEDS.keys()
        if call.manager is Manager.PIP and call.verb is Verb.INSTALL and brought:
            (name,) = brought
            at = run.base + call.command.span.start
            edits.append(TextEdit(Span(at, at), f"python -m venv /opt/{name} && "))
            edits.append(TextEdit(_program(run, call), f"/opt/{name}/bin/pip"))
        elif call.manager.value in going and call.manager in _WITH_NEEDS.values():
            edits.append(TextEdit(_program(run, call), place_of(call.manager, going)))
    return edits


def place_of(manager: Manager, going: frozenset[str]) -> str:
    """The words that call a manager, in an environment of its own if it is one of ``going``."""
    name = manager.value
    return f"/opt/{name}/bin/{name}" if name in going and name in _WITH_NEEDS else name


def _program(run: RunEditor, call: PackageCall) -> Span:
    return run.span(Span(call.program[0].span.start, call.program[-1].span.end))


def pipenv_by_pip(run: RunEditor, call: PackageCall, flags: str, pipenv: str) -> str:
    """The words that install with pip, by its ``flags``, what ``pipenv install --system`` would."""
    development = " --dev" if call.flag("--dev", "-d") else ""
    commands = [
        f"{pipenv} requirements --hash{development} > {_LIST}",
        f"pip install {flags} -r {_LIST}",
    ]
    if call.flag("--deploy"):
        commands.insert(0, f"{pipenv} verify")
    editor = run.editor
    one_line = run.run.script is not None
    return (" && " if one_line else f" {editor.escape}{editor.newline}    && ").join(commands)
