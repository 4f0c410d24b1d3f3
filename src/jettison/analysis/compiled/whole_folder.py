"""A build stage's whole folder that the stage that runs copies, a compiled program's sources in it.

What the program is started by says which of it runs: what the build made, and the files of the
context that the code, its settings or a command names. Where something else may be needed of what
the build left there, nothing leaves.
"""

from __future__ import annotations

import posixpath
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from jettison.analysis.compiled.calls import words_told
from jettison.analysis.compiled.checks import REPEATED
from jettison.analysis.compiled.languages import LANGUAGES
from jettison.analysis.compiled.moves import PLACING, moved
from jettison.analysis.compiled.needs import FileFinder
from jettison.analysis.landing import landings, steps_before
from jettison.analysis.package_runs import PackageRun, sharing
from jettison.analysis.run_editor import RunEditor
from jettison.analysis.running.documented import documented
from jettison.analysis.running.overlaid import overlaid
from jettison.analysis.running.started import started
from jettison.analysis.stages.folder_copies import folder_copies
from jettison.dockerfile import Add, Copy, DockerfileEditor, Run
from jettison.dockerfile.context import Kind
from jettison.record import record
from jettison.shell import Manager, is_shell, parse_commands, unwrap
from jettison.sure import sure_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from jettison.analysis.compiled.model import Language, Product
    from jettison.analysis.facts import Facts
    from jettison.analysis.landing import Landing
    from jettison.analysis.project import Target
    from jettison.analysis.running.started import StartedCommand
    from jettison.dockerfile import Step
    from jettison.shell import Command

__all__ = ["WholeFolder", "WholeStays", "compiled_folder"]

_MOST = 8
_LONGEST = 200
_LAST_LINE = 1 << 30
_SYSTEM = frozenset({Manager.APT, Manager.APK, Manager.DNF, Manager.ZYPPER})
_HARMLESS = REPEATED | frozenset(
    "cd set export echo printf true : ls pwd env cat rm chmod chown test [ which command sleep "
    "date uname find sed dos2unix strip upx".split()
)
"""Programs that leave nothing new in a folder, or what is read off their words."""
_OWNERS = frozenset("chown chmod mkdir adduser addgroup useradd groupadd".split())
_MAKING = frozenset({("go", "run"), ("go", "generate"), ("cargo", "run")})
_ARCHIVE = (".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz", ".txz", ".tbz2")


@record
class WholeFolder:
    """A COPY of all of a build stage's folder of which only a part runs.

    ``place`` is where it lands in the image, ``keep`` are the paths in it that stay, ``leave`` the
    entries of the context that go. ``size_bytes`` is what goes, as the built image has it if it was
    ``read``, or what these entries weigh. ``watched`` tells that the services were seen to run.
    """

    language: str
    copy: Copy
    step: Step
    place: str
    keep: tuple[str, ...]
    leave: tuple[str, ...]
    size_bytes: int
    watched: bool
    read: bool = False


@record
class WholeStays:
    """Why all of the folder that ``copy`` takes stays; ``line`` (from 1) is where that stands."""

    copy: Copy
    reason: str
    line: int


class _Stays(Exception):
    """It never leaves the module."""

    def __init__(self, reason: str, line: int = 0) -> None:
        super().__init__(reason)
        self.line = line


def compiled_folder(facts: Facts, target: Target) -> WholeFolder | WholeStays | None:
    """The COPY of a folder in which a program was compiled; ``None`` where there is none."""
    steps = target.all_steps[target.stage.index]
    for at, step, copy, stage in folder_copies(target):
        if any(sign in copy.sources[0] for sign in "*?["):
            continue
        written = sure_of(Copy, step.instruction)
        looking = _looking(facts, target, step, written, stage)
        if looking is not None:
            try:
                return looking.folder(steps[at + 1 :])
            except _Stays as stays:
                return WholeStays(written, str(stays), stays.line or written.line)
    return None


def _looking(facts: Facts, target: Target, step: Step, copy: Copy, stage: int) -> _Looking | None:
    """What looks at the COPY of a stage that compiles and has sources there, or ``None``."""
    expanded = sure_of(Copy, step.expanded)
    folder = posixpath.normpath(posixpath.join("/", expanded.sources[0]))
    place = posixpath.normpath(posixpath.join(step.before.workdir, expanded.destination))
    if "/" in (folder, place):
        return None
    # Its own name, so that what is derived of the image that runs is not taken for its.
    build = replace(target, stage=target.dockerfile.stages[stage], name=f"{target.name} (build)")
    language = next((one for one in LANGUAGES if one.runtime(facts, build) is not None), None)
    if language is None:
        return None
    looking = _Looking(facts, target, build, language, step, copy, folder, place)
    sources = any(language.sources.search(path) for path in looking.sent)
    return looking if sources and looking.compiles() else None


@dataclass
class _Looking:
    """Looks at one COPY of a folder of ``build``, which compiles with ``language``."""

    facts: Facts
    target: Target
    build: Target
    language: Language
    step: Step
    copy: Copy
    inside: str
    place: str
    landed: tuple[Landing, ...] = ()
    sent: dict[str, int] = field(default_factory=dict)
    steps: tuple[Step, ...] = ()

    def __post_init__(self) -> None:
        self.steps = steps_before(self.build, self.build.stage.index, _LAST_LINE)
        self.landed = tuple(self._moved(landings(self.build, self.steps)))
        for file in self.target.files.files:
            if file.kind is not Kind.DIR and any(
                one.image_path(file.path) is not None for one in self.landed
            ):
                self.sent[file.path] = file.size

    def compiles(self) -> bool:
        """Whether a RUN of the stage builds in the folder."""
        return any(
            _covers(self.inside, run.step.before.workdir)
            and self.language.products(self.facts, self.build, run) is not None
            for run in self._runs()
        )

    def folder(self, after: tuple[Step, ...]) -> WholeFolder:
        """What stays of it and what goes; ``after`` are the steps behind the COPY."""
        others = [one for one in self.target.dockerfile.stages if one is not self.target.stage]
        mine = self.target.stage.index
        if any(r.stage == mine for one in others for r in one.references):
            raise _Stays("another stage takes from the one that runs")
        products, made = self._made()
        code = self.language.code(self.facts, self.build)
        if code.refusal:
            raise _Stays(code.refusal)
        if code.whole:
            raise _Stays("the code reads its working folder as a whole")
        words = set(words_told(self.facts, self.target, overlaid, documented))
        started_ones = [p for p in products if self._is_started(p)]
        if not started_ones:
            raise _Stays(f"what it starts is not what {self.language.name} builds there")
        finder = FileFinder(self.facts, self.target, self.language, code, self.landed)
        files = finder.find(words)
        absent = finder.absent()
        if absent:
            raise _Stays(f"{absent[0]} is named, which lies only where it is built")
        named = {posixpath.basename(word) for word in words}
        wanted = [
            self._there(p.source)
            for p in products
            if p in started_ones or not p.tool or posixpath.basename(p.source) in named
        ]
        keep = self._outermost([*wanted, *made, *files.places, *self._opened()])
        if len(keep) > _MOST:
            raise _Stays(f"{len(keep)} files and folders of it stay")
        self._check_named(code.strings | words, keep)
        self._check_after(after, keep)
        return self._parted(keep)

    def _parted(self, keep: tuple[str, ...]) -> WholeFolder:
        kept = [f"{self.place}/{name}" for name in keep]
        leave: dict[str, int] = {}
        for path, size in self.sent.items():
            there = next(filter(None, (one.image_path(path) for one in reversed(self.landed))), "")
            if not any(_covers(one, there) for one in kept):
                top = there.removeprefix(f"{self.place}/").partition("/")
                name = f"{top[0]}/" if top[1] else top[0]
                leave[name] = leave.get(name, 0) + size
        if not leave:
            raise _Stays("all of it is needed")
        opened = self.facts.evidence.opened.get(self.target.name)
        image = self.facts.evidence.image(self.target.name)
        inside = f"{self.place}/"
        gone = [
            size
            for path, size in (image.files.items() if image is not None else ())
            if path.startswith(inside) and not any(_is_in(one, path) for one in kept)
        ]
        return WholeFolder(
            self.language.name,
            self.copy,
            self.step,
            self.place,
            keep,
            tuple(sorted(leave)),
            sum(gone) or sum(leave.values()),
            bool(opened),
            bool(gone),
        )

    def _moved(self, landed: Iterable[Landing]) -> Iterator[Landing]:
        """What lies in the folder, as it lies in the image that runs."""
        for one in landed:
            if one.place == self.inside or one.place.startswith(f"{self.inside}/"):
                yield replace(one, place=self.place + one.place.removeprefix(self.inside))
            elif one.folder:
                source = one.context_path(self.inside)
                if source is not None and self.target.files.entries(source):
                    yield replace(one, place=self.place, source=source)

    def _there(self, path: str) -> str:
        """A path of the build stage as one of the image that runs, ``""`` for one elsewhere."""
        if not path.startswith(f"{self.inside}/"):
            return ""
        return self.place + path.removeprefix(self.inside)

    def _runs(self) -> Iterator[PackageRun]:
        editor = DockerfileEditor(self.target.dockerfile)
        for step in self.steps:
            run = step.instruction
            if isinstance(run, Run):
                yield PackageRun(self.build.stage.index, step, RunEditor(editor, run))

    def _made(self) -> tuple[list[Product], list[str]]:
        """What the stage builds there, and where else in the image it puts what may be needed."""
        products: list[Product] = []
        for run in self._runs():
            if run.run.argv is not None or not is_shell(run.step.before.shell):
                raise _Stays("a RUN in exec form is not followed", run.run.line)
            found = self.language.products(self.facts, self.build, run)
            if isinstance(found, str):
                raise _Stays(found, run.run.line)
            self._check_run(run, builds=found is not None)
            products += found or ()
        if self.language.started is not None:
            named = self.language.started(self.facts, self.target)
            if isinstance(named, str):
                raise _Stays(named)
            inside = f"{self.place}/"
            products += [
                replace(one, source=self.inside + one.source.removeprefix(self.place))
                for one in named
                if one.source.startswith(inside)
            ]
        made = list(self._from_elsewhere())
        folders: list[str] = []
        for run in self._runs():
            placed, others = moved(products, run)
            products = list(placed)
            made += others
            folders += _folders(run)
        there = [one for one in products if self._there(one.source)]
        filled = [*(one.place for one in self.landed), *(self._there(one.source) for one in there)]
        made = [path for path in map(self._there, made) if path]
        made += [
            path
            for path in map(self._there, folders)
            if path and not any(_covers(path, one) for one in filled)
        ]
        self._check_made(there)
        return there, made

    def _check_made(self, products: Iterable[Product]) -> None:
        """That the built image has what the build is said to make."""
        image = self.facts.evidence.image(self.target.name)
        files = image.files if image is not None else {}
        for one in products if files else ():
            path = self._there(one.source)
            if not any(_is_in(path, file) for file in files):
                raise _Stays(f"the built image has no {path}")

    def _check_run(self, run: PackageRun, *, builds: bool) -> None:
        """That what a RUN leaves in the folder is known."""
        system = {call.command.span for call in run.calls if call.manager in _SYSTEM}
        known = _HARMLESS | PLACING | self.language.compilers | ({"make"} if builds else set())
        for command in run.commands:
            words = [word.unquoted for word in unwrap(command)]
            name = posixpath.basename(words[0]) if words else ""
            if _writes(command):
                raise _Stays(f"`{name}` writes a file that the program may read", run.run.line)
            unknown = name and name not in known and command.span not in system
            if unknown or (name, *words[1:2]) in _MAKING:
                shown = " ".join(words[:2]) if not unknown else name
                raise _Stays(f"what `{shown}` leaves for the program is not known", run.run.line)

    def _from_elsewhere(self) -> Iterator[str]:
        """Where files that are not of the context are put."""
        for step in self.steps:
            copy = step.expanded
            if not isinstance(copy, Copy | Add):
                continue
            place = posixpath.normpath(posixpath.join(step.before.workdir, copy.destination))
            fetched = isinstance(copy, Add) and any(
                "://" in one or one.endswith(_ARCHIVE) for one in copy.sources
            )
            if not (copy.heredocs or fetched or (isinstance(copy, Copy) and copy.from_)):
                continue
            if _covers(place, self.inside):
                raise _Stays("files from elsewhere are mixed with the sources", copy.line)
            yield place

    def _is_started(self, product: Product) -> bool:
        """Whether a command of the services starts it."""
        place = self._there(product.source)
        name = posixpath.basename(place)
        for one in sharing(self.facts, self.target):
            path = one.state.env.get("PATH", "").split(":")
            on_path = posixpath.dirname(place) in path
            for command in self.facts.of(started, one).at_run_time:
                for word in command.words:
                    full = posixpath.normpath(posixpath.join(one.state.workdir, word))
                    if _is_in(place, full) or full == place:
                        return True
                    if on_path and word == name:
                        return True
                    if self._on_class_path(command, one.state.workdir, place):
                        return True
        return False

    def _on_class_path(self, command: StartedCommand, workdir: str, place: str) -> bool:
        """Whether a path list of a command has it."""
        parts = (part for word in command.words if ":" in word for part in word.split(":"))
        paths = (posixpath.normpath(posixpath.join(workdir, p.removesuffix("/*"))) for p in parts)
        return any(path == place for path in paths)

    def _opened(self) -> Iterator[str]:
        """What the services were seen to open there that the context did not bring."""
        inside = f"{self.place}/"
        for one in sharing(self.facts, self.target):
            for path in self.facts.evidence.opened.get(one.name, ()):
                if path.startswith(inside):
                    yield path

    def _outermost(self, paths: Iterable[str]) -> tuple[str, ...]:
        """Paths of the image as those in the folder, none of them within another."""
        inside = {path for path in paths if path.startswith(f"{self.place}/")}
        outer = [one for one in inside if not any(_covers(two, one, below=True) for two in inside)]
        return tuple(sorted(one.removeprefix(f"{self.place}/") for one in outer))

    def _check_named(self, strings: Iterable[str], keep: tuple[str, ...]) -> None:
        """That no string or command names what else the build makes."""
        kept = [f"{self.place}/{name}" for name in keep]
        outputs = [
            f"{self.place}/{name}" for name in ("target", "build", "bin", "dist", "out", ".gradle")
        ]
        parts = {part for text in strings for part in text.split(":")}
        for text in parts:
            if not text or len(text) > _LONGEST or " " in text or "\n" in text:
                continue
            full = posixpath.normpath(posixpath.join(self.target.state.workdir, text))
            made = "/" in text.strip("/") and any(_covers(one, full) for one in outputs)
            if made and not any(_is_in(one, full) or _covers(full, one) for one in kept):
                raise _Stays(f"{text} is named, which the build may make")

    def _check_after(self, after: tuple[Step, ...], keep: tuple[str, ...]) -> None:
        """That nothing behind the COPY reads what goes."""
        kept = [f"{self.place}/{name}" for name in keep]
        for step in after:
            run = step.instruction
            if not isinstance(run, Run):
                continue
            script = parse_commands(run.script.text if run.script else run.command)
            if run.argv is not None or not {one.name for one in script.commands} <= _OWNERS:
                raise _Stays("a RUN behind it may read all of it", run.line)
            for command in script.commands:
                words = [w.unquoted for w in command.words[1:] if w.unquoted[:1] not in ("-", "$")]
                paths = words[1:] if command.name in ("chown", "chmod") else words
                for word in paths:
                    path = posixpath.join(step.before.workdir, word.removesuffix("/*"))
                    full = posixpath.normpath(path)
                    inside = full.startswith(f"{self.place}/") and command.name != "mkdir"
                    if inside and not any(_is_in(one, full) or _covers(full, one) for one in kept):
                        raise _Stays(f"`{command.name}` names {full}", run.line)


def _covers(outer: str, inner: str, *, below: bool = False) -> bool:
    """Whether a path is another or lies above it; with ``below`` it has to lie above."""
    return inner.startswith(f"{outer}/") or (outer == inner and not below)


def _is_in(kept: str, path: str) -> bool:
    """Whether a path is what stays, or in it; what stays may be a pattern."""
    return _covers(kept, path) or fnmatchcase(path, kept)


def _writes(command: Command) -> bool:
    """Whether a command writes a file by a redirection."""
    for one in command.redirections:
        target = one.target.unquoted if one.target is not None else ""
        if one.operator in (">", ">>", ">|", "&>", "&>>") and not target.startswith("/dev/"):
            return True
    return False


def _folders(run: PackageRun) -> Iterator[str]:
    """The folders that a RUN makes."""
    for command in run.commands:
        words = [word.unquoted for word in unwrap(command)]
        if words[:1] == ["mkdir"]:
            for word in words[1:]:
                if not word.startswith("-") and "$" not in word:
                    yield posixpath.normpath(posixpath.join(run.step.before.workdir, word))
