"""Headers that PHP's extensions are compiled with: how they leave in the RUN that compiles."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from jettison.analysis.package_runs import PackageRun, package_runs, reaching_stages
from jettison.analysis.php.removal import removing
from jettison.analysis.run_editor import RunEditor
from jettison.analysis.running.started import started
from jettison.analysis.running.worked_in import made_to_work_in
from jettison.analysis.system.building import build_packages, clears_lists
from jettison.dockerfile import DockerfileEditor, Run
from jettison.ecosystem.debian.building import COMPILING, is_for_building
from jettison.ecosystem.php.images import php_system
from jettison.record import record
from jettison.shell import Connector, Manager, Verb, is_shell, unwrap

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from jettison.analysis.facts import Facts
    from jettison.analysis.project import Target
    from jettison.analysis.system.building import BuildPackages
    from jettison.dockerfile import Stage
    from jettison.shell import Command
    from jettison.source import TextEdit

__all__ = ["Headers", "php_headers"]

_OURS = frozenset({"docker-php-ext-install", "docker-php-ext-configure", "pecl"})
_OTHERS = (Manager.PIP, Manager.GEM, Manager.BUNDLE, Manager.CARGO, Manager.GO)
_NOT_COMPILING = (Manager.COMPOSER, Manager.APT, Manager.APK)
_OF_NODE = (Manager.NPM, Manager.YARN, Manager.PNPM)
_COMPILERS = frozenset({"build-base", "alpine-sdk", "make", "gcc", "g++", "python3", "musl-dev"})
_BY_NAME = frozenset({"imagemagick-dev", "vips-dev", "gstreamer-dev", "imagemagick6-dev"})
"""Of these the libraries load others by name, which Alpine has in packages of their own."""
_NO_MORE = "the RUN that compiles is no plain list of commands"


@record
class Headers:
    """The calls whose packages leave, with just those, and the edits or a reason against them.

    ``line`` (from 1) is what the reason is about. ``kind`` is ``debian`` or ``alpine``.
    """

    kind: str
    calls: tuple[BuildPackages, ...]
    edits: tuple[TextEdit, ...] = ()
    refusal: str = ""
    line: int | None = None
    drops_comments: frozenset[str] = frozenset()


def php_headers(facts: Facts, target: Target) -> Headers | None:
    """How what the extensions of an official image of PHP are compiled with leaves it again.

    ``None`` where the image is another, compiles none, or keeps no such packages.
    """
    kind = php_system(target.base)
    runs = tuple(_compiling(facts, target)) if kind else ()
    if not runs or not any(_programs(run) & _OURS for run in runs):
        return None
    calls = []
    for one in facts.of(build_packages, target):
        kept = [k.package for k in one.kept if k.line in {run.run.line for run in runs}]
        packages = tuple(p for p in kept if _leaves(kind, p.name) and is_for_building(kind, p.name))
        if packages and one.kind == kind:
            calls.append(replace(one, movable=packages, kept=(), runtime={}))
    if not calls:
        return None
    made = Headers(kind, tuple(calls))
    reason, line = _against(facts, target, runs, calls)
    if reason:
        return replace(made, refusal=reason, line=line)
    removal = removing(target, _together(target, runs), calls, kind)
    if isinstance(removal, str):
        return replace(made, refusal=removal, line=runs[0].run.line)
    return replace(made, edits=removal.edits, drops_comments=removal.drops_comments)


def _leaves(kind: str, name: str) -> bool:
    """Debian's images have the compilers themselves: only headers can leave them."""
    return kind == "alpine" or name.endswith("-dev") or name == "build-essential"


def _programs(run: PackageRun) -> frozenset[str]:
    """What a RUN calls that compiles."""
    words = (word.unquoted for command in run.commands for word in unwrap(command)[:1])
    found = {word.rpartition("/")[2] for word in words}
    return frozenset(found & (COMPILING | _OURS))


def _compiling(facts: Facts, target: Target) -> Iterator[PackageRun]:
    """The RUNs of the image's own stages that compile."""
    editor = DockerfileEditor(target.dockerfile)
    for stage in sorted(reaching_stages(facts, target)):
        for step in target.all_steps[stage]:
            run = step.instruction
            if not isinstance(run, Run) or step.triggered or run.argv is not None:
                continue
            one = PackageRun(stage, step, RunEditor(editor, run))
            if _programs(one):
                yield one


def _against(
    facts: Facts, target: Target, runs: Sequence[PackageRun], calls: Sequence[BuildPackages]
) -> tuple[str, int | None]:
    """Why the packages cannot leave, with the line; two empty ones where they can."""
    work = made_to_work_in(facts, target)
    if work is not None:
        return work
    first = runs[0]
    here = first.run.line
    together = _together(target, runs)
    elsewhere = sorted(_other_lines(facts, target) - {run.run.line for run in together})
    if elsewhere:
        return f"lines {here} and {elsewhere[0]} compile: put that into one RUN", elsewhere[0]
    others = sorted({name for run in together for name in _programs(run)} - _OURS)
    if others:
        return f"it is not known what `{others[0]}` needs of them when it runs", here
    for one in calls:
        if one.run.stage != first.stage or one.run.run.line > here:
            return "they are installed in another stage than the extensions", one.run.run.line
        named = [p.name for p in one.movable if p.name in _BY_NAME]
        if named and one.kind == "alpine":
            return f"what {named[0]} stands for loads libraries by name", one.run.run.line
    for run in together:
        reason = _no_list(run) or _removes(run, calls[0].call.manager)
        if reason:
            return reason, run.run.line
    return _needed_later(facts, target, first, calls)


def _together(target: Target, runs: Sequence[PackageRun]) -> tuple[PackageRun, ...]:
    """The RUNs that compile, as far as one follows the other with nothing between them."""
    found = [runs[0]]
    for run in runs[1:]:
        own = target.dockerfile.stages[run.stage].instructions
        lines = [one.line for one in own]
        last = found[-1]
        beside = run.stage == last.stage and run.run.line in lines
        if not beside or lines.index(run.run.line) != lines.index(last.run.line) + 1:
            break
        editor = run.editor.editor
        if run.run.flags or editor.comments([run.run]) or run.commands[0].name == "set":
            break
        found.append(run)
    return tuple(found)


def _no_list(run: PackageRun) -> str:
    text = run.editor.editor.text[run.run.span.start : run.run.span.end]
    listed = {Connector.AND, Connector.PIPE, None}
    if run.editor.script.stops_on_error:
        listed |= {Connector.SEQUENCE, Connector.NEWLINE}
    top = [one for one in run.commands if not _inside_another(one, run.commands)]
    plain = all(one.connector in listed and not one.nesting and not one.negated for one in top)
    if run.editor.script.problems or not plain or run.run.heredocs or run.run.script is not None:
        return _NO_MORE
    shell = run.step.before.shell
    if "pipefail" in text or not is_shell(shell) or any("pipefail" in word for word in shell or ()):
        return "a pipe that fails in part would stop the RUN"
    return ""


def _inside_another(one: Command, commands: Sequence[Command]) -> bool:
    return any(
        other is not one and other.span.start <= one.span.start and one.span.end <= other.span.end
        for other in commands
    )


def _removes(run: PackageRun, manager: Manager) -> str:
    found = run.of(manager, Verb.REMOVE, Verb.AUTOREMOVE)
    return "the RUN removes packages already" if found else ""


def _needed_later(
    facts: Facts, target: Target, first: PackageRun, calls: Sequence[BuildPackages]
) -> tuple[str, int | None]:
    """What comes behind the RUN that compiles and may do so, too."""
    stages = reaching_stages(facts, target)
    names = {package.name for one in calls for package in one.movable}
    managers = (*_OTHERS, *(_OF_NODE if names & _COMPILERS else ()))
    for run in package_runs(target, stages):
        if run.run.line >= first.run.line and any(run.of(one, Verb.INSTALL) for one in managers):
            return f"the install on line {run.run.line} may compile with them", run.run.line
    known = () if names & _COMPILERS else _OF_NODE
    for stage in target.dockerfile.stages:
        other = stage.index not in stages and stage.base_stage == first.stage
        if other and _may_compile(target, stage, (*_NOT_COMPILING, *known)):
            line = stage.from_.line
            return f"the stage on line {line} is built from the same, and may compile", line
    return "", None


def _may_compile(target: Target, stage: Stage, managers: tuple[Manager, ...]) -> bool:
    """Whether a RUN of a stage does more than to call these managers."""
    editor = DockerfileEditor(target.dockerfile)
    for one in stage.instructions:
        if not isinstance(one, Run):
            continue
        run = RunEditor(editor, one)
        known = {c.command.span for c in run.calls if c.manager in managers}
        if one.argv is not None or not all(
            command.span in known or clears_lists(command) for command in run.script.commands
        ):
            return True
    return False


def _other_lines(facts: Facts, target: Target) -> set[int]:
    """The lines of RUNs that compile, by themselves or by scripts."""
    stages = reaching_stages(facts, target)
    return {
        command.line
        for command in facts.of(started, target).commands
        if command.line
        and command.stage in stages
        and {w.rpartition("/")[2] for w in (command.program, *command.words)} & (COMPILING | _OURS)
    }
