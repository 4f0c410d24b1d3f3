"""Find a project's targets, through a text tree, so that changes laid over it are seen."""

from __future__ import annotations

import os
import posixpath
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from jettison import compose
from jettison.analysis.finding_files import (
    MANIFESTS,
    compose_choice,
    compose_files,
    dockerfiles,
    serves_docker,
)
from jettison.analysis.project import Project, Target, Unread
from jettison.analysis.targets import Contexts, Place, make_target
from jettison.dockerfile import Add, Copy, parse
from jettison.errors import ComposeError, DockerfileError, JettisonError, ProjectError, UsageError
from jettison.record import record
from jettison.source.real import real

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from jettison.analysis.variants.example_values import ExampleValues
    from jettison.compose import ComposeProject, Lack, Service
    from jettison.source import TextTree

__all__ = ["Selection", "discover"]


@record
class Selection:
    """What of a folder is meant; everything where nothing is given.

    ``files`` are Compose files, ``dockerfile`` one Dockerfile with its ``context`` and ``target``,
    all relative to the folder or absolute.
    """

    files: tuple[Path, ...] = ()
    dockerfile: Path | None = None
    context: Path | None = None
    target: str | None = None


def discover(
    tree: TextTree,
    environment: Mapping[str, str],
    selection: Selection | None = None,
    contexts: Contexts | None = None,
) -> Project:
    """The project in ``tree.root`` as its texts are now.

    Compose files are read as in a shell that stands in that folder: ``PWD`` is it, whatever
    ``environment`` says. Files that cannot be read become ``Project.unread`` and keep nothing else
    from being read.
    Raises ``ProjectError`` when there is nothing to build at all, naming what was looked for.
    ``contexts`` remembers what lies on the disk from one call to the next.
    """
    if not tree.root.is_dir():
        raise ProjectError(f"{tree.root} is not a folder", remedy="Give a project's folder.")
    known = {**environment, "PWD": str(tree.root.absolute())}
    search = _Search(tree, known, selection or Selection(), contexts or Contexts())
    search.run()
    if not search.targets:
        raise _nothing(tree.root, search)
    return Project(
        root=tree.root,
        tree=tree,
        compose=search.compose,
        compose_names=search.compose_names,
        targets=tuple(search.targets),
        unread=tuple(dict.fromkeys(search.unread)),
        compose_texts=tuple(n for n in compose_files(tree.root) if tree.has(n)),
    )


def _nothing(root: Path, search: _Search) -> JettisonError:
    if search.unread:
        first = search.unread[0]
        where = f"{first.file}:{first.line}: " if first.line else f"{first.file}: "
        return search.failure or ProjectError(where + first.reason, remedy=first.remedy or None)
    return ProjectError(
        f"nothing in {root} builds an image: there is no Dockerfile",
        remedy="Jettison reads Compose files and Dockerfiles (Dockerfile, Containerfile, "
        "*.dockerfile); name one with --dockerfile, or give another folder.",
    )


@dataclass(slots=True)
class _Search:
    """What was found so far; ``failure`` is the first error."""

    tree: TextTree
    environment: Mapping[str, str]
    selection: Selection
    contexts: Contexts
    compose: ComposeProject | None = None
    compose_names: tuple[str, ...] = ()
    targets: list[Target] = field(default_factory=list)
    unread: list[Unread] = field(default_factory=list)
    failure: JettisonError | None = None

    def run(self) -> None:
        if self.selection.dockerfile is not None:
            self._alone(self.tree.relative(self._absolute(self.selection.dockerfile)))
            return
        self._compose()
        used = {target.dockerfile_name for target in self.targets}
        used |= {unread.file for unread in self.unread}
        if self.selection.files:
            return
        seen: set[Path] = {self.tree.root / name for name in used}
        seen = {real(path) for path in seen}
        for name in dockerfiles(self.tree.root):
            place = real(self.tree.root / name)
            if name not in used and place not in seen:
                seen.add(place)
                self._alone(name)

    def _absolute(self, path: Path) -> Path:
        return path if path.is_absolute() else self.tree.root / path

    def _compose(self) -> None:
        if self.selection.files:
            files = tuple(self._absolute(file) for file in self.selection.files)
            missing = next((file for file in files if not file.is_file()), None)
            if missing is not None:
                raise UsageError(f"there is no Compose file {missing}")
        else:
            files = compose_choice(self.tree.root, self.environment)
            for file in files:
                if not _inside(self.tree, file):
                    name = file.relative_to(self.tree.root).as_posix()
                    reason = f"{name} is a link to a place outside the project"
                    remedy = "Run jettison on the folder that has it all."
                    self.unread.append(Unread(name, 0, reason, remedy))
                    return
        if not files:
            return
        lacking: list[Lack] = []
        # The second file is an override that Compose takes by itself: it serves development.
        first = files[:1] if not self.selection.files and _is_override(files) else files
        for chosen in dict.fromkeys((first, files)):
            try:
                self.compose = self._read(chosen, lacking)
            except ComposeError as error:
                self._failed(error, error.file, error.line, error.reason)
                continue
            self.compose_names = tuple(self.tree.relative(file) for file in chosen)
            self.unread = [one for one in self.unread if one.file not in self.compose_names]
            break
        if self.compose is None:
            return
        self.unread += [self._lack(lack) for lack in lacking]
        for services in _groups(self.tree, self.compose, self.unread):
            self._built(services)

    def _read(self, files: tuple[Path, ...], lacking: list[Lack]) -> ComposeProject:
        """The files with the values of the project's example file, or else without them."""
        # Many projects have no Compose file.
        from jettison.analysis.variants.example_values import example_values  # noqa: PLC0415

        names = [self.tree.relative(file) for file in files if _inside(self.tree, file)]
        texts = [source.text for name in names if (source := self.tree.read(name))]
        folder = files[0].parent
        example = example_values(texts, folder, self.tree.root, self.environment)
        given = [{**example.values, **self.environment}] if example and example.used else []
        for environment in (*given, self.environment):
            lacking.clear()
            try:
                found = compose.read_compose(
                    files,
                    environment=environment,
                    profiles=["*"],
                    laid=self._laid(),
                    lacking=lacking,
                )
            except ComposeError:
                if environment is self.environment:
                    raise
                continue
            if example is not None and environment is not self.environment:
                self.unread.append(self._example(example, folder / ".env"))
            return found
        raise AssertionError("the last environment has returned or raised")

    def _example(self, example: ExampleValues, wanted: Path) -> Unread:
        shown, names = self._shown(str(example.file)), ", ".join(example.used)
        what = "is not there" if example.without_file else f"does not set {names}"
        reason = f"{self._shown(str(wanted))} {what}; {shown} stands in for it"
        return Unread(shown, 1, reason, f"Its values were taken for {names}; a trial does so, too.")

    def _laid(self) -> dict[Path, str]:
        return {self.tree.root / p: table.text() for p, table in self.tree.pieces.items()}

    def _lack(self, lack: Lack) -> Unread:
        where = lack.place.source
        line = where.position(lack.place.span.start).line
        remedy = "A trial takes the project's example file, or an empty one, in its copy."
        if lack.remedy:
            remedy = lack.remedy
        elif lack.variable is not None:
            remedy = "A trial gives it a placeholder; set it in .env or in the environment."
        elif lack.path is None:
            remedy = "Set them in .env or in the environment: Compose takes the file only then."
        return Unread(self._shown(where.name), line, lack.reason, remedy)

    def _shown(self, name: str) -> str:
        """A file's name relative to the root where it is below it."""
        path = os.path.relpath(name, self.tree.root) if posixpath.isabs(name) else name
        return name if path.startswith("..") else path

    def _failed(self, error: JettisonError, file: str, line: int, reason: str) -> None:
        self.failure = self.failure or error
        self.unread.append(Unread(self._shown(file), line, reason, error.remedy or ""))

    def _built(self, services: list[Service]) -> None:
        service = services[0]
        build = service.build
        if build is None or build.context is None or build.dockerfile_path is None:
            return
        images = {one.image for one in services if one.image}
        users = [
            one
            for one in (self.compose.services.values() if self.compose else ())
            if one in services or (one.build is None and one.image in images)
        ]
        try:
            place = Place(
                name=service.name,
                context=build.context,
                dockerfile=self.tree.relative(build.dockerfile_path),
                target=build.target,
                args=dict(build.args),
                services=tuple(services),
                users=tuple(users),
            )
            self._add(place)
        except JettisonError as error:
            self._failed(error, self._shown(build.file), build.line, f"{service.name}: {error}")

    def _alone(self, name: str) -> None:
        chosen = self.selection
        if chosen.context is not None:
            context = self._absolute(chosen.context)
        else:
            context = self.tree.root / _likely_context(self.tree, name)
        wanted = f"{name}:{chosen.target}" if chosen.target else name
        place = Place(
            name=wanted,
            context=context,
            dockerfile=name,
            target=chosen.target,
            chosen=chosen.dockerfile is not None,
        )
        if chosen.dockerfile is not None:
            if not self.tree.has(name):
                raise UsageError(f"there is no Dockerfile {name}")
            self._add(place)
            return
        try:
            self._add(place)
        except JettisonError as error:
            self._failed(error, name, 0, str(error))

    def _add(self, place: Place) -> None:
        try:
            self.targets.append(make_target(self.tree, place, self.contexts))
        except DockerfileError as error:
            self._failed(error, error.file, error.line, error.reason)
            if self.selection.dockerfile is not None:
                raise


def _is_override(files: tuple[Path, ...]) -> bool:
    return len(files) == 2 and ".override." in files[1].name


def _groups(
    tree: TextTree, compose: ComposeProject, unread: list[Unread]
) -> Iterator[list[Service]]:
    """Services that build the same image together; one that cannot be read is noted."""
    groups: dict[tuple[str, ...], list[Service]] = {}
    for service in compose.services.values():
        build = service.build
        if build is None:
            continue
        path = build.dockerfile_path
        file = tree.relative(Path(build.file)) if _inside(tree, Path(build.file)) else build.file
        if path is None or build.context is None:
            what = "an inline Dockerfile" if build.dockerfile_inline else "a remote context"
            reason = f"{service.name} has {what}, which is not rewritten"
            unread.append(Unread(file, build.line, reason, "Give it a Dockerfile of its own."))
            continue
        if not _inside(tree, path) or not _inside(tree, build.context):
            reason = f"{service.name} is built from outside of {tree.root}"
            unread.append(Unread(file, build.line, reason, "Run jettison on the folder above."))
            continue
        name = tree.relative(path)
        text = tree.read(name)
        if text is None:
            reason = f"{service.name}: there is no {name}"
            unread.append(Unread(file, build.line, reason, "Correct build.dockerfile."))
            continue
        args = [f"{key}={value}" for key, value in sorted(build.args.items())]
        others = [f"{key}:{value}" for key, value in sorted(build.additional_contexts.items())]
        key = (str(real(build.context)), text.text, build.target or "", *args, *others)
        groups.setdefault(key, []).append(service)
    yield from groups.values()


def _inside(tree: TextTree, path: Path) -> bool:
    return real(path).is_relative_to(real(tree.root))


def _likely_context(tree: TextTree, dockerfile: str) -> str:
    """The folder from which a Dockerfile's COPY sources are there: its own, or one above it."""
    folder = posixpath.dirname(dockerfile)
    source = tree.read(dockerfile)
    if source is None or not folder:
        return folder
    try:
        file = parse(source)
    except JettisonError:
        return folder
    wanted = [
        one.lstrip("/")
        for instruction in file.instructions
        if isinstance(instruction, Add)
        or (isinstance(instruction, Copy) and instruction.from_ is None)
        for one in instruction.sources
        if "://" not in one and "$" not in one
    ]
    best, least = folder, -1
    here = folder
    while True:
        whole = _may_be_copied_whole(tree.root, here, own=here == folder)
        absent = sum(not _is_there(tree.root / here, one, whole=whole) for one in wanted)
        if least < 0 or absent < least:
            best, least = here, absent
        if not here or not least:
            return best
        here = posixpath.dirname(here)


def _may_be_copied_whole(root: Path, context: str, *, own: bool) -> bool:
    """Whether ``COPY . .`` may mean a folder: it has more than what serves Docker alone.

    One above the Dockerfile's own is the root, or has a manifest.
    """
    try:
        names = [entry.name for entry in (root / context).iterdir()]
    except OSError:
        return False
    if own:
        return any(not serves_docker(name) for name in names)
    return not context or not MANIFESTS.isdisjoint(names)


def _is_there(context: Path, source: str, *, whole: bool) -> bool:
    """Whether a COPY finds something there; ``whole`` tells it for that of the whole folder."""
    try:
        if not source.strip("./"):
            return whole
        if any(sign in source for sign in "*?["):
            return next(context.glob(source), None) is not None
        return (context / source).exists()
    except (OSError, ValueError, NotImplementedError):
        return False
