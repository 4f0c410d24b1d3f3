"""The edits that take build packages out of the stages that run, into those that build."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from jettison.analysis.package_runs import package_runs
from jettison.analysis.system.building import clears_lists, has_runs
from jettison.analysis.system.lone_updates import update_for, uses_lists
from jettison.analysis.system.told import tells_only_of
from jettison.record import record
from jettison.shell import Manager, Verb
from jettison.source import Span, TextEdit

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from jettison.analysis.package_runs import PackageRun
    from jettison.analysis.project import Target
    from jettison.analysis.system.building import BuildPackages
    from jettison.shell import Command, Package, PackageCall

__all__ = ["Move", "move_of", "options_of", "without_packages"]


@record
class Move:
    """The edits; ``drops_comments`` as in a change; whether a stage installs the packages now."""

    edits: tuple[TextEdit, ...]
    drops_comments: frozenset[str] = frozenset()
    to_stage: bool = False


def move_of(target: Target, ones: Sequence[BuildPackages], *, to_stages: bool = True) -> Move | str:
    """The move of packages of one RUN to the stages built from its own; or why there is none.

    ``ones`` are calls of that RUN with the same options, so that a stage needs one RUN for all.
    Where no stage is built from it, or not ``to_stages``, they are dropped. The RUNs that remove
    them later go.
    """
    removals = {one.run.span: one.run for each in ones for one in each.removals}.values()
    if not removals:
        return _moved(target, ones, to_stages=to_stages)
    names = {package.name for one in ones for package in one.movable}
    for one in ones:
        virtual = one.call.flag("--virtual", "-t")
        if virtual and {package.name for package in one.call.packages} <= names:
            names.add(virtual.value or "")
    for each in ones[0].removals:
        removed = {p.name for call in each.calls for p in call.packages}
        if not removed <= names:
            return f"the RUN on line {each.run.line} removes others, too"
    made = _moved(target, ones, to_stages=to_stages)
    if not isinstance(made, Move):
        return made
    editor = ones[0].run.editor.editor
    return replace(
        made,
        edits=(*made.edits, *editor.delete(*removals)),
        drops_comments=made.drops_comments | editor.comments(removals),
    )


def _moved(target: Target, ones: Sequence[BuildPackages], *, to_stages: bool) -> Move | str:
    run = ones[0].run
    editor = run.editor.editor
    lineage = frozenset(one.index for one in target.lineage)
    builders = _builders(target, run.stage) if to_stages else ()
    emptied = [one.call for one in ones if _is_emptied(one)]
    cut = tuple(
        edit
        for one in ones
        if not _is_emptied(one)
        for edit in without_packages(run, one.movable, one.runtime)
    )
    text = editor.render(_install(run, ones[0].call, [p for one in ones for p in one.movable]))
    said = _said_of(ones)
    if emptied:
        gone = _commands_left_over(run, emptied)
        if run.editor.chain is None and len(gone) != len(run.commands):
            return "the RUN cannot be taken apart"
        cut += run.editor.drop_commands(gone)
        whole = len(gone) == len(run.editor.chain or run.commands)
        if whole and builders:
            update = update_for(run, tuple(package_runs(target, lineage)))
            text = _with_lists(run, update)
            cut += editor.delete(update.run) if update is not None else ()
            said = None
        elif whole:
            return Move(cut, editor.comments([run.run]) | run.editor.comments_in(cut))
    if said is not None and builders:
        text = editor.text[said.start : said.end] + text
        cut += (TextEdit(said, "", editor.origin),)
    inserts = tuple(
        edit
        for stage in builders
        for edit in editor.insert_after(target.dockerfile.stages[stage].from_, text)
    )
    return Move((*cut, *inserts), run.editor.comments_in(cut), to_stage=bool(inserts))


def _said_of(ones: Sequence[BuildPackages]) -> Span | None:
    """The comment above a RUN where it tells only of what moves; ``None`` for any other."""
    run = ones[0].run
    editor = run.editor.editor
    above = Span(editor.block(run.run).span.start, run.run.span.start)
    lines = [line.strip() for line in editor.text[above.start : above.end].splitlines()]
    if not lines or not all(line.startswith("#") for line in lines):
        return None
    moved = {package.name for one in ones for package in one.movable}
    staying = {package.name for call in run.calls for package in call.packages} - moved
    staying |= {name for one in ones for left in one.runtime.values() for name in left}
    staying |= {call.program_name for call in run.calls if call.manager is not ones[0].call.manager}
    comment = " ".join(line.lstrip("# ") for line in lines)
    return above if tells_only_of(comment, moved, staying) else None


def _with_lists(run: PackageRun, update: PackageRun | None) -> str:
    """A RUN's block that fetches apt's lists where it did not: those of another RUN may be gone.

    ``update`` is the RUN that fetched them for this one alone; what is said above it is kept.
    """
    editor = run.editor.editor
    block, whole = editor.block_text(run.run), editor.block(run.run).span
    calls = run.of(Manager.APT)
    if not uses_lists(run) or calls[0].command.nesting:
        return block
    sudo = "sudo " if calls[0].command.name == "sudo" else ""
    words = f"{sudo}{calls[0].program_name} update"
    above = ""
    if update is not None:
        (call,) = update.calls
        words = update.editor.script.text[call.command.span.start : call.command.span.end]
        above = editor.text[editor.block(update.run).span.start : update.run.span.start]
    at = run.editor.span(calls[0].command.span).start - whole.start
    return f"{above}{block[:at]}{words} && {block[at:]}"


def options_of(run: PackageRun, call: PackageCall) -> tuple[str, ...]:
    """The options of an install as they are written."""
    script = run.editor.script.text
    flags = (*call.global_flags, *call.flags)
    return tuple(script[flag.span.start : flag.span.end] for flag in flags)


def _is_emptied(one: BuildPackages) -> bool:
    """Whether an install has nothing left to install when the packages are gone."""
    moved = {package.span for package in one.movable}
    names = {package.name for package in one.call.packages}
    needs = [name for left in one.runtime.values() for name in left]
    return names >= set(needs) and all(package.span in moved for package in one.call.packages)


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


def _commands_left_over(run: PackageRun, calls: Sequence[PackageCall]) -> list[Command]:
    """The commands that have nothing to do any more without some installs of one manager."""
    gone = [call.command for call in calls]
    manager = calls[0].manager
    same = run.of(manager, Verb.INSTALL, Verb.UPGRADE, Verb.DOWNLOAD)
    if {one.command.span for one in same} == {command.span for command in gone}:
        others = run.of(manager, Verb.UPDATE, Verb.CLEAN)
        gone += [one.command for one in others]
        gone += [command for command in run.commands if clears_lists(command)]
        spans = {command.span for command in gone}
        rest = [command for command in run.commands if command.span not in spans]
        if all(command.name == "set" for command in rest):
            gone += rest
    return gone


def _install(run: PackageRun, call: PackageCall, packages: Iterable[Package]) -> str:
    """A RUN that installs packages as the author's does."""
    flags = options_of(run, call)
    kept = _of_apk(flags) if call.manager is Manager.APK else flags
    words = [package.text for package in packages]
    program = call.program_name
    install = " ".join((program, call.subcommand_name, *kept, *words))
    if call.manager is Manager.APT:
        lists = "rm -rf /var/lib/apt/lists/*"
        return f"RUN {program} update && {install} && {lists}"
    return f"RUN {install}"


def _of_apk(flags: Iterable[str]) -> tuple[str, ...]:
    """The options of an install by apk elsewhere, which fetches the index itself and keeps none."""
    gone = ("--virtual", "-t", "-U", "--update", "--update-cache", "--no-cache")
    kept = tuple(flag for flag in flags if not flag.startswith(gone))
    offline = any(flag.startswith(("--no-network", "--cache-dir")) for flag in kept)
    return kept if offline else ("--no-cache", *kept)
