"""What a stage gets only to install or unpack it: wheels, archives, packages."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

from jettison.analysis.landing import landings
from jettison.analysis.package_runs import PackageRun, package_runs
from jettison.analysis.run_editor import RunEditor
from jettison.analysis.running.started import started
from jettison.dockerfile import Copy, DockerfileEditor, Run
from jettison.record import record
from jettison.shell import Manager, Verb, is_shell
from jettison.source import Span, TextEdit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jettison.analysis.facts import Facts
    from jettison.analysis.project import Target
    from jettison.dockerfile import Dockerfile, Instruction, Step
    from jettison.shell import Command, PackageCall

__all__ = ["HandedOver", "handed_over", "of_wheels"]


_LEAST = 100_000
_UNPACKING = frozenset({"tar", "bsdtar", "unzip", "dpkg"})


@record
class _Place:
    """Where something is copied to, and the working directory in which it may be named shorter."""

    path: str
    workdir: str

    def named(self, word: str) -> bool:
        """Whether a word names it, or something below it."""
        if word[:1] in ("", "-", "$"):
            return False
        full = word if word.startswith("/") else posixpath.join(self.workdir, word)
        full = posixpath.normpath(full)
        return full == self.path or full.startswith(f"{self.path}/")


@record
class HandedOver:
    """A COPY of something that one RUN installs or unpacks, and that nothing else reads.

    From the context it is something that a RUN removes again, ``size_bytes`` of it (``None``: not
    known). ``edits`` mount it in that RUN
    instead, and take out what removes it.
    """

    copy: Copy
    place: str
    size_bytes: int | None
    user: PackageRun
    edits: tuple[TextEdit, ...]
    drops_comments: frozenset[str]


def of_wheels(target: Target, run: PackageRun, call: PackageCall) -> bool:
    """Whether a call installs only wheels that another stage has built: nothing is compiled."""
    if call.manager is not Manager.PIP or call.verb is not Verb.INSTALL:
        return False
    links = call.flag("--find-links", "-f")
    if call.flag("--no-index") and links is not None and links.value:
        places = {links.value}
    elif call.packages and not call.requirements and all(p.is_path for p in call.packages):
        places = {posixpath.dirname(p.name) for p in call.packages}
    else:
        return False
    workdir = run.step.before.workdir
    absolute = {posixpath.normpath(posixpath.join(workdir, place)) for place in places}
    return all(_built(target, run, place) for place in absolute)


def _built(target: Target, run: PackageRun, place: str) -> bool:
    """Whether a folder comes from a stage that writes wheels into it."""
    sources = {
        (m.from_, posixpath.normpath(m.source or "/"))
        for m in run.run.mounts
        if m.type == "bind" and m.from_ and posixpath.normpath(m.target or "") == place
    }
    for step in target.all_steps[run.stage]:
        copy = step.expanded
        if isinstance(copy, Copy) and copy.from_ and len(copy.sources) == 1:
            there = posixpath.normpath(posixpath.join(step.before.workdir, copy.destination))
            if there == place:
                sources.add((copy.from_, posixpath.normpath(copy.sources[0])))
    stages = {stage.name: stage.index for stage in target.dockerfile.stages}
    stages |= {str(stage.index): stage.index for stage in target.dockerfile.stages}
    return bool(sources) and all(
        name in stages and _writes_wheels(target, stages[name], source) for name, source in sources
    )


def _writes_wheels(target: Target, stage: int, place: str) -> bool:
    for run in package_runs(target, frozenset({stage})):
        for call in run.of(Manager.PIP, Verb.BUILD):
            folder = call.flag("--wheel-dir", "-w")
            where = folder.value if folder is not None and folder.value else "."
            if posixpath.normpath(posixpath.join(run.step.before.workdir, where)) == place:
                return True
    return False


def handed_over(facts: Facts, target: Target) -> Iterator[HandedOver]:
    """The copies in the image's last stage that only one install reads."""
    stage = target.stage.index
    runs = tuple(_shell_runs(target, stage))
    for step in target.all_steps[stage]:
        copy = step.expanded
        if step.triggered or not isinstance(copy, Copy) or len(copy.sources) != 1:
            continue
        if re.search(r"[*?\[]", copy.sources[0]) or copy.parents or copy.exclude or copy.heredocs:
            continue
        path = _path(target, step, copy)
        if path is None or path.count("/") < 1 or path in ("/", step.before.workdir):
            continue
        place = _Place(path, step.before.workdir)
        made = _mounted(facts, target, copy, step.instruction, place=place, runs=runs)
        if made is not None:
            yield made


def _shell_runs(target: Target, stage: int) -> Iterator[PackageRun]:
    editor = DockerfileEditor(target.dockerfile)
    for step in target.all_steps[stage]:
        run = step.instruction
        if not isinstance(run, Run) or run.argv is not None or step.triggered:
            continue
        if is_shell(step.before.shell):
            yield PackageRun(stage, step, RunEditor(editor, run))


def _path(target: Target, step: Step, copy: Copy) -> str | None:
    """Where the source lands; ``None`` where a COPY from another stage may add its name."""
    place = posixpath.normpath(posixpath.join(step.before.workdir, copy.destination))
    if copy.from_ is not None:
        into = copy.destination.endswith("/") and not copy.sources[0].endswith("/")
        return None if into else place
    taken = landings(target, (step,))
    return taken[0].place if len(taken) == 1 and taken[0].source else None


def _mounted(
    facts: Facts,
    target: Target,
    copy: Copy,
    written: Instruction,
    *,
    place: _Place,
    runs: tuple[PackageRun, ...],
) -> HandedOver | None:
    for command in facts.of(started, target).at_run_time:
        if any(map(place.named, command.words)):
            return None
    users: list[PackageRun] = []
    removing: list[Run] = []
    for one in _mentioning(target.dockerfile, target.stage.index, place):
        if one.line == copy.line:
            continue
        if not isinstance(one, Run) or one.line < copy.line:
            return None
        run = next((run for run in runs if run.run.span == one.span), None)
        if run is not None and run.step.before.workdir != place.workdir:
            return None
        if run is not None and _installs(run, place):
            users.append(run)
        elif _only_removes(one):
            removing.append(one)
        else:
            return None
    if len(users) != 1:
        return None
    size = _size(target, copy) if copy.from_ is None else None
    if size is not None and size < _LEAST:
        return None
    if copy.from_ is None and not removing and not any(_removes(users[0], place)):
        return None  # the author wants it in the image, too
    return _with_mount(copy, written, place, users[0], removing, size=size)


def _size(target: Target, copy: Copy) -> int:
    """What a source of the context weighs."""
    source = posixpath.normpath(copy.sources[0].lstrip("/"))
    below = f"{source}/"
    files = target.files.files
    return sum(file.size for file in files if file.path == source or file.path.startswith(below))


def _mentioning(file: Dockerfile, stage: int, place: _Place) -> Iterator[Instruction]:
    """The instructions that name a place of a stage: its own, and those that copy from it."""
    name = file.stages[stage].name
    for other in file.stages:
        for one in other.instructions:
            text = one.logical.text
            own = stage in (other.index, other.base_stage) or (name is not None and name in text)
            if own and any(map(place.named, re.split(r"[\s\"',=:;]+", text))):
                yield one


def _installs(run: PackageRun, place: _Place) -> bool:
    """Whether all commands that name the place install from it, unpack it, or remove it."""
    calls = {c.command.span for c in run.calls if c.verb is Verb.INSTALL}
    naming = [c for c in run.commands if _command_names(c, place)]
    installing = [c for c in naming if c.span in calls or c.name in _UNPACKING]
    rest = [c for c in naming if c not in installing]
    plain = not any(c.nesting for c in naming) and run.run.script is None
    return bool(installing) and plain and all(c.name == "rm" for c in rest)


def _command_names(command: Command, place: _Place) -> bool:
    words = (part for word in command.words for part in word.unquoted.split("="))
    return any(map(place.named, words))


def _removes(run: PackageRun, place: _Place) -> Iterator[Command]:
    """The commands of a RUN that remove it."""
    for command in run.commands:
        if command.name == "rm" and _command_names(command, place):
            yield command


def _only_removes(run: Run) -> bool:
    words = run.command.split()
    return bool(words) and words[0] == "rm" and run.script is None and "&&" not in words


def _with_mount(
    copy: Copy,
    written: Instruction,
    place: _Place,
    user: PackageRun,
    removing: list[Run],
    *,
    size: int | None,
) -> HandedOver | None:
    editor = user.editor.editor
    source = posixpath.normpath(posixpath.join("/", copy.sources[0]))
    at = user.run.keyword_span.end
    where = f"from={copy.from_},source={source}"
    if copy.from_ is None:
        where = f"source={source.removeprefix('/')}"
    mount = f" --mount=type=bind,{where},target={place.path}"
    edits = [*editor.delete(written), TextEdit(Span(at, at), mount)]
    gone = editor.comments([written])
    for command in _removes(user, place):
        named = [w for w in command.words[1:] if place.named(w.unquoted)]
        if len(named) == sum(not w.unquoted.startswith("-") for w in command.words[1:]):
            cut = user.editor.drop_commands([command])
            if not cut:
                return None
            edits += cut
        else:
            edits += user.editor.drop_words(named)
    for run in removing:
        words = run.command.split()
        paths = [word for word in words[1:] if not word.startswith("-")]
        left = [word for word in paths if not place.named(word)]
        if left:
            for word in paths:
                if word not in left:
                    start = editor.text.index(f" {word}", run.command_span.start)
                    edits.append(TextEdit(Span(start, start + len(word) + 1), ""))
        else:
            edits += editor.delete(run)
            gone |= editor.comments([run])
    return HandedOver(copy, place.path, size, user, tuple(edits), gone)
