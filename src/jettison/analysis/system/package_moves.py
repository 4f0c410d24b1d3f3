"""The edits that take build packages out of the stages that run, into those that build."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from jettison.analysis.system.building import has_runs
from jettison.shell import Manager, Verb
from jettison.source import TextEdit

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from jettison.analysis.package_runs import PackageRun
    from jettison.analysis.project import Target
    from jettison.analysis.system.building import BuildPackages
    from jettison.shell import Command, Package, PackageCall

__all__ = ["Move", "move_of", "without_packages"]

_LISTS = ("/var/lib/apt/lists", "/var/cache/apk", "/var/cache/apt")


@dataclass(frozen=True, slots=True)
class Move:
    """The edits; ``drops_comments`` as in a change; whether a stage installs the packages now."""

    edits: tuple[TextEdit, ...]
    drops_comments: frozenset[str] = frozenset()
    to_stage: bool = False


def move_of(target: Target, one: BuildPackages) -> Move | str:
    """The move of the packages to the stages built from the RUN's; or why there is none.

    Where no stage is built from it they are dropped.
    """
    run, call = one.run, one.call
    editor = run.editor.editor
    builders = _builders(target, run.stage)
    rest = [p for p in call.packages if p.span not in {m.span for m in one.movable}]
    gone = _commands_left_over(run, call)
    needs = [name for left in one.runtime.values() for name in left]
    if rest or any(name not in {p.name for p in call.packages} for name in needs):
        cut = without_packages(run, one.movable, one.runtime)
        text = editor.render(_install(run, call, one.movable))
    elif run.editor.chain is not None or len(gone) == len(run.commands):
        cut = run.editor.drop_commands(gone)
        whole = len(gone) == len(run.editor.chain or run.commands)
        text = editor.render(_install(run, call, one.movable))
        if whole and builders:
            text = editor.block_text(run.run)
        elif whole:
            return Move(cut, editor.comments([run.run]) | run.editor.comments_in(cut))
    else:
        return "the RUN cannot be taken apart"
    inserts = tuple(
        edit
        for stage in builders
        for edit in editor.insert_after(target.dockerfile.stages[stage].from_, text)
    )
    return Move((*cut, *inserts), run.editor.comments_in(cut), to_stage=bool(inserts))


def _builders(target: Target, stage: int) -> tuple[int, ...]:
    """The stages with RUNs that are built from a stage and are not part of the image."""
    lineage = {one.index for one in target.lineage}
    return tuple(
        one.index
        for one in target.dockerfile.stages
        if one.base_stage == stage and one.index not in lineage and has_runs(target, one.index)
    )


def without_packages(
    run: PackageRun, gone: Iterable[Package], runtime: Mapping[str, tuple[str, ...]]
) -> tuple[TextEdit, ...]:
    """Edits that drop words of an install, or write in their place what has to stay."""
    edits: list[TextEdit] = []
    dropped: list[Package] = []
    written = {package.name for call in run.calls for package in call.packages}
    for package in gone:
        left = [name for name in runtime.get(package.name, ()) if name not in written]
        written |= set(left)
        if left:
            span = run.editor.span(package.span)
            edits.append(TextEdit(span, " ".join(left), run.editor.editor.origin))
        else:
            dropped.append(package)
    return (*edits, *(run.editor.drop_words(dropped) if dropped else ()))


def _commands_left_over(run: PackageRun, call: PackageCall) -> list[Command]:
    """The commands that have nothing to do any more without an install."""
    gone = [call.command]
    same = run.of(call.manager, Verb.INSTALL, Verb.UPGRADE, Verb.DOWNLOAD)
    if [one.command.span for one in same] == [call.command.span]:
        others = run.of(call.manager, Verb.UPDATE, Verb.CLEAN)
        gone += [one.command for one in others]
        gone += [
            command
            for command in run.commands
            if command.name == "rm"
            and all(w.unquoted.startswith(("-", *_LISTS)) for w in command.arguments)
        ]
        spans = {command.span for command in gone}
        rest = [command for command in run.commands if command.span not in spans]
        if all(command.name == "set" for command in rest):
            gone += rest
    return gone


def _install(run: PackageRun, call: PackageCall, packages: Iterable[Package]) -> str:
    """A RUN that installs packages as the author's does."""
    script = run.editor.script.text
    flags = [script[f.span.start : f.span.end] for f in (*call.global_flags, *call.flags)]
    virtual = [f for f in flags if not f.startswith(("--virtual", "-t"))]
    kept = virtual if call.manager is Manager.APK else flags
    words = [package.text for package in packages]
    program = call.program_name
    install = " ".join((program, call.subcommand_name, *kept, *words))
    if call.manager is Manager.APT:
        lists = "rm -rf /var/lib/apt/lists/*"
        return f"RUN {program} update && {install} && {lists}"
    updates = run.of(Manager.APK, Verb.UPDATE)
    return f"RUN {program} update && {install}" if updates else f"RUN {install}"
