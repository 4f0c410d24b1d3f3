"""A stage that gets a server with all that it needs from the one that built it, and more."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from jettison.analysis.compiled.needs import FileFinder
from jettison.analysis.compiled.splitting import Together
from jettison.analysis.landing import landings
from jettison.analysis.node.whole_tree import reads_packages
from jettison.analysis.package_runs import PackageRun
from jettison.analysis.run_editor import RunEditor
from jettison.analysis.stages.artefacts import Part
from jettison.analysis.stages.producers import labels
from jettison.dockerfile import Copy, DockerfileEditor, Run
from jettison.patterns import regex
from jettison.record import record
from jettison.sure import sure_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jettison.analysis.node.server_reading import ServerReading
    from jettison.analysis.project import Target
    from jettison.dockerfile import Step
    from jettison.source import TextEdit

__all__ = ["BesideServer", "FolderCopied", "folder_copied"]

_MADE = regex(r"/(\.next|\.output)$")
_PACKAGES = regex(r"node_modules|\.nuxt")
_OF_NEXT = regex(
    r"node_modules|package(-lock)?\*?\.json|yarn\.lock|pnpm-lock\.yaml|next\.config\.[\w*]+"
)


@record
class BesideServer:
    """The edits that leave out what is copied beside the server; ``places`` are of the image."""

    edits: tuple[TextEdit, ...]
    places: tuple[str, ...]
    left: tuple[str, ...]
    environment: bool
    command: str
    drops_comments: frozenset[str]


@record
class FolderCopied:
    """A stage that copies what the stage with number ``stage`` built in ``folder``.

    ``steps`` are the COPYs from there that land in the folder of the same name.
    """

    target: Target
    stage: int
    folder: str
    steps: tuple[Step, ...]

    def without(self, reading: ServerReading) -> BesideServer | Together | None:
        """The COPYs without what the server does not need; ``None`` where they bring no more."""
        gone = _OF_NEXT if reading.framework == "Next.js" else _PACKAGES
        sources = [(step, self._names(step)) for step in self.steps]
        if not any({"", "node_modules"}.intersection(names) for _, names in sources):
            return None
        line = self._against()
        if line:
            return Together("a RUN behind it may read the packages", line)
        unknown = self._unknown(reading) if any("" in names for _, names in sources) else None
        if unknown is not None:
            return unknown
        image = reading.facts.evidence.image(self.target.name)
        server = f"{reading.made}/server{'.js' if reading.framework == 'Next.js' else '/index.mjs'}"
        if reading.asks is None and image is not None and server not in (image.files or [server]):
            return Together(f"the built image has no {server}")
        editor = DockerfileEditor(self.target.dockerfile)
        edits: list[TextEdit] = []
        deleted = []
        places: list[str] = []
        left: tuple[str, ...] = ()
        for step, names in sources:
            written = step.instruction
            if "" in names or ".next" in names:
                if len(names) > 1:
                    return Together("one COPY brings several things", written.line)
                found, left = self._found(reading) if "" in names else ((), left)
                rows = list(self._rows(reading, found, whole="" in names))
                places += [place for _, place in rows]
                edits += editor.replace(written, self._text(step, rows))
            elif all(gone.fullmatch(name) for name in names):
                deleted.append(written)
            elif "node_modules" in names:
                return Together("one COPY brings several things", written.line)
        start = reading.at_start(reading.facts, self.target)
        if start is not None:
            edits.append(start.edit)
            if start.environment:
                text = editor.render(f"ENV {' '.join(start.environment)}")
                edits += editor.insert_before(start.instruction, text)
        return BesideServer(
            (*edits, *editor.delete(*deleted)),
            tuple(places),
            left,
            start is not None and bool(start.environment),
            start.instruction.keyword.upper() if start is not None else "",
            editor.comments(deleted),
        )

    def _names(self, step: Step) -> tuple[str, ...]:
        """What a COPY takes of the folder: ``""`` for all of it."""
        copy = sure_of(Copy, step.expanded)
        return tuple(_below(self.folder, source) for source in copy.sources)

    def _against(self) -> int | None:
        """The line of a RUN that keeps the packages in place, or ``None``."""
        steps = self.target.all_steps[self.target.stage.index]
        after = steps[steps.index(self.steps[0]) + 1 :]
        return next((s.instruction.line for s in after if reads_packages(s.instruction)), None)

    def _unknown(self, reading: ServerReading) -> Together | None:
        """What of the stage that builds may leave more in the folder than is known."""
        for step in self.target.all_steps[self.stage]:
            run = step.instruction
            if not isinstance(run, Run):
                continue
            editor = RunEditor(DockerfileEditor(self.target.dockerfile), run)
            one = PackageRun(self.stage, step, editor)
            made = reading.language.products(reading.facts, self.target, one)
            if isinstance(made, str):
                return Together(made, run.line)
            other = [
                label.command.name
                for label in labels(reading.facts, self.target, one)
                if label.part is Part.OTHER and label.command.name != "mkdir"
            ]
            if other or run.argv is not None:
                name = other[0] if other else "a RUN in exec form"
                return Together(f"it is not known what `{name}` leaves for the program", run.line)
        return None

    def _found(self, reading: ServerReading) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The places of files that the code names, and what is left behind."""
        landed = landings(self.target, self.target.all_steps[self.stage])
        language = reading.language
        code = language.code(reading.facts, self.target)
        files = FileFinder(reading.facts, self.target, language, code, landed).find(())
        return files.places, files.left

    def _rows(
        self, reading: ServerReading, found: tuple[str, ...], *, whole: bool
    ) -> Iterator[tuple[str, str]]:
        """The sources and destinations in place of a COPY of all, or of ``.next``."""
        public = posixpath.join(self.folder, "public")
        for one in reading.products:
            if whole or one.source != public:
                yield one.source, one.place
        made = [one.place for one in reading.products]
        yield from ((place, place) for place in found if place not in made)

    def _text(self, step: Step, rows: list[tuple[str, str]]) -> str:
        editor = DockerfileEditor(self.target.dockerfile)
        written = sure_of(Copy, step.instruction)
        flags = editor.text[written.span.start : written.source_spans[0].start].rstrip()
        here = step.before.workdir == self.folder

        def shown(place: str) -> str:
            inside = posixpath.relpath(place, self.folder)
            return place if not here else "./" if inside == "." else f"./{inside}"

        return editor.newline.join(f"{flags} {source} {shown(place)}" for source, place in rows)


def folder_copied(target: Target) -> FolderCopied | None:
    """Where the last stage gets a built server of a framework from; ``None`` for no such."""
    steps = target.all_steps[target.stage.index]
    workdir = target.state.workdir
    found: list[Step] = []
    stages: set[int] = set()
    built = False
    for step in steps:
        copy, written = step.expanded, step.instruction
        if not isinstance(copy, Copy) or not isinstance(written, Copy) or copy.from_ is None:
            continue
        stage = next(
            (r.stage for r in target.stage.references if r.instruction.span == written.span), None
        )
        place = posixpath.normpath(posixpath.join(step.before.workdir, copy.destination))
        if stage is None or copy.exclude or copy.parents or copy.json:
            continue
        names = [_below(workdir, source) for source in copy.sources]
        if any(name.startswith("/") for name in names):
            continue
        several = len(names) > 1 or copy.destination.endswith("/") or place == workdir
        into = place if several and names != [""] else posixpath.dirname(place)
        if (place if names == [""] else into) != workdir:
            continue
        built = built or "" in names or any(_MADE.search(f"/{name}") for name in names)
        found.append(step)
        stages.add(stage)
    if not built or len(stages) != 1 or workdir == "/":
        return None
    return FolderCopied(target, stages.pop(), workdir, tuple(found))


def _below(folder: str, source: str) -> str:
    """A source below a folder by its own path there, ``""`` for the folder; else as it is."""
    path = posixpath.normpath(posixpath.join("/", source))
    return "" if path == folder else path.removeprefix(f"{folder}/")
