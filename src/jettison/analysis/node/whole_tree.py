"""A build stage's whole folder that the stage that runs copies, its sources with what was made."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from jettison.analysis.context.clutter import Clutter, clutter_of, kind_of_unused
from jettison.analysis.landing import brought_from, landings, project_path, steps_before
from jettison.analysis.node.only_built import OnlyBuilt
from jettison.analysis.package_runs import PackageRun, sharing
from jettison.analysis.run_editor import RunEditor
from jettison.analysis.running.documented import documented
from jettison.analysis.running.started import StartedCommand, started
from jettison.analysis.stages.artefacts import Part
from jettison.analysis.stages.folder_copies import folder_copies
from jettison.analysis.stages.producers import labels
from jettison.dockerfile import Copy, DockerfileEditor, Run
from jettison.dockerfile.context import Kind
from jettison.ecosystem.node.frameworks import INTERMEDIATE, SERVERS, built_by
from jettison.ecosystem.node.package import read_package
from jettison.patterns import regex
from jettison.record import record
from jettison.shell import is_shell, package_calls, parse_commands, unwrap
from jettison.sure import sure_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jettison.analysis.facts import Facts
    from jettison.analysis.landing import Landing
    from jettison.analysis.project import Target
    from jettison.dockerfile import Step
    from jettison.ecosystem.node.package import NodePackage

__all__ = ["Entry", "WholeTree", "reads_packages", "whole_tree"]

_MOST = 8
_NEVER_MADE = frozenset(
    {
        Clutter.VCS,
        Clutter.EDITOR,
        Clutter.COVERAGE,
        Clutter.TEST,
        Clutter.DEPLOYMENT,
        Clutter.DOCS,
    }
)
_DEEPEST = 5
_PLAIN = frozenset("node npm yarn pnpm next prisma curl wget dumb-init tini su-exec gosu".split())
_SHELL = frozenset("exec cd set echo sleep export true false : [ test exit trap".split())
_OWNERS = frozenset("chown chmod mkdir adduser addgroup useradd groupadd".split())
_LOADING = ("-r", "--require", "--import", "--loader", "--experimental-loader")
_OUT_DIR = regex(r'^\s*"outDir"\s*:\s*"(?:\./)?([^"/]+)', re.MULTILINE)


@record
class Entry:
    """An entry of the folder; ``source`` is its context path, ``""`` for what was made there."""

    name: str
    source: str
    folder: bool
    size: int


@record
class WholeTree:
    """A COPY of all of a build stage's folder of which only a part runs.

    ``place`` is where it lands in the image. ``keep`` are the entries that stay, ``leave`` those
    that only the build reads. ``watched`` tells that the services were seen to run.
    """

    copy: Copy
    step: Step
    place: str
    keep: tuple[Entry, ...]
    leave: tuple[Entry, ...]
    watched: bool


def whole_tree(facts: Facts, target: Target) -> WholeTree | None:
    """The COPY of a whole folder with a compiled Node program, or ``None`` for no such."""
    steps = target.all_steps[target.stage.index]
    for at, step, copy, stage in folder_copies(target):
        if any(reads_packages(one.instruction) for one in steps[at + 1 :]):
            continue
        tree = _Looking(facts, target, step, copy, stage).tree()
        if tree is not None:
            return tree
    return None


def reads_packages(run: object) -> bool:
    """Whether an instruction is a RUN that may read what a COPY before it brought."""
    if not isinstance(run, Run):
        return False
    if run.argv is not None:
        return True
    script = parse_commands(run.script.text if run.script else run.command)
    return bool(package_calls(script)) or not {one.name for one in script.commands} <= _OWNERS


@dataclass
class _Looking:
    """Looks at one COPY of a build stage's folder."""

    facts: Facts
    target: Target
    step: Step
    copy: Copy
    stage: int

    def tree(self) -> WholeTree | None:
        target, step = self.target, self.step
        folder = posixpath.normpath(posixpath.join("/", self.copy.sources[0]))
        place = posixpath.normpath(posixpath.join(step.before.workdir, self.copy.destination))
        landed = landings(target, steps_before(target, self.stage, 1 << 30))
        path = brought_from(target, landed, f"{folder}/package.json")
        source = self.facts.tree.read(project_path(target, path)) if path else None
        package = read_package(source.text, None) if source is not None else None
        if package is None or path is None or "/" in (folder, place):
            return None
        sent = _sent(target, landed, folder)
        image = self.facts.evidence.image(target.name)
        files = image.files if image is not None else ()
        inside = frozenset(file for file in files if file.startswith(f"{place}/"))
        made = _tops(inside, place) if inside else self._declared(package, path)
        made = frozenset(name for name in made - sent.keys() if not _left_behind(target, name))
        entries = [target.files.get(one.source) for one in sent.values() if one.source]
        if "node_modules" not in made or any(e and e.kind is Kind.SYMLINK for e in entries):
            return None
        ran = self._ran(package, place, made)
        if ran is None:
            return None
        opened = frozenset(
            one
            for sharer in sharing(self.facts, target)
            for one in self.facts.evidence.opened.get(sharer.name, ())
        )
        judge = OnlyBuilt(target, package, posixpath.dirname(path), place, inside, opened, ran)
        return self._sorted(judge, sent, made, place, watched=bool(opened))

    def _sorted(
        self,
        judge: OnlyBuilt,
        sent: dict[str, Entry],
        made: frozenset[str],
        place: str,
        *,
        watched: bool,
    ) -> WholeTree | None:
        leave = [
            one
            for one in sent.values()
            if one.source and judge.leaves(one.name, one.source, folder=one.folder)
        ]
        keep = [one for one in sent.values() if one not in leave]
        keep += [
            Entry(name, "", self._is_folder(place, name), 0)
            for name in sorted(made - sent.keys())
            if name not in INTERMEDIATE or judge.is_used(name)
        ]
        sources = [o for o in leave if judge.is_source(o.name, o.source, folder=o.folder)]
        if not sources or len(keep) > _MOST:
            return None
        written = sure_of(Copy, self.step.instruction)
        return WholeTree(written, self.step, place, tuple(keep), tuple(leave), watched)

    def _is_folder(self, place: str, name: str) -> bool:
        image = self.facts.evidence.image(self.target.name)
        return image is None or f"{place}/{name}" not in image.files

    def _declared(self, package: NodePackage, path: str) -> frozenset[str]:
        """What the build makes as the project says; empty where that is not known."""
        for step in self.target.all_steps[self.stage]:
            run = step.instruction
            if isinstance(run, Run) and not self._known(step, run):
                return frozenset()
        made = {"node_modules"}
        settings = self._settings(posixpath.dirname(path))
        commands = parse_commands(package.scripts.get("build", "")).commands
        for one in commands:
            words = [word.unquoted for word in one.words]
            name = words[1] if words[:1] == ["npx"] and len(words) > 1 else one.name
            if name in ("tsc", "nest"):
                config = posixpath.join(posixpath.dirname(path), "tsconfig.json")
                text = self.facts.tree.read(project_path(self.target, config))
                found = _OUT_DIR.search(text.text) if text is not None else None
                if found is None:
                    return frozenset()
                made.add(found[1])
            elif folders := built_by((name, *words[words.index(name) + 1 :]), package, settings):
                made |= folders
            elif name not in ("rimraf", "rm", "prisma", "tsc-alias"):
                return frozenset()
        return frozenset(made) if commands else frozenset()

    def _settings(self, folder: str) -> dict[str, str]:
        """The texts of the files of settings beside the manifest, by their names."""
        found: dict[str, str] = {}
        for entry in self.target.files.entries(folder):
            name = posixpath.basename(entry.path)
            if re.fullmatch(r"[\w-]+\.config\.[cm]?[jt]s", name):
                source = self.facts.tree.read(project_path(self.target, entry.path))
                found[name] = source.text if source is not None else ""
        return found

    def _known(self, step: Step, run: Run) -> bool:
        if run.argv is not None or not is_shell(step.before.shell):
            return False
        editor = RunEditor(DockerfileEditor(self.target.dockerfile), run)
        found = labels(self.facts, self.target, PackageRun(self.stage, step, editor))
        return all(one.part is not Part.OTHER for one in found)

    def _ran(self, package: NodePackage, place: str, made: frozenset[str]) -> frozenset[str] | None:
        """The words of all commands that run there; ``None`` if they run more than what was made.

        A loader of TypeScript, a watcher or a program that is not known may read the sources.
        """
        sharers = sharing(self.facts, self.target)
        same = [one for one in sharers if one.stage.index == self.target.stage.index]
        compiled = False
        words: set[str] = set()
        for one in same:
            for command in _followed(self.facts.of(started, one).at_run_time, package):
                file = _runs(command, self.target.state.workdir)
                if file is None:
                    return None
                compiled |= file == ".next" in made
                inside = file.removeprefix(f"{place}/") if file.startswith(f"{place}/") else ""
                compiled |= inside.partition("/")[0] in made - {"node_modules"}
                words.update(command.words)
            words.update(w for each in documented(self.facts, one) for w in each.words)
        return frozenset(words) if compiled else None


def _followed(
    commands: tuple[StartedCommand, ...], package: NodePackage, depth: int = 0
) -> Iterator[StartedCommand]:
    """The commands, with those of the manifest's scripts that they run."""
    for command in commands:
        yield command
        script = package.script(command.words) if command.words and depth < _DEEPEST else ""
        text = " && ".join(
            package.scripts[name]
            for name in (f"pre{script}", script, f"post{script}")
            if script and name in package.scripts
        )
        inner = (one for one in parse_commands(text).commands if one.words)
        yield from _followed(
            tuple(
                StartedCommand(
                    tuple(word.unquoted for word in one.words),
                    f"the script {script}",
                    program=posixpath.basename((unwrap(one) or one.words)[0].unquoted),
                )
                for one in inner
            ),
            package,
            depth + 1,
        )


def _runs(command: StartedCommand, workdir: str) -> str | None:
    """The absolute path of what ``node`` runs, ``""`` for nothing of Node, ``None`` if unknown.

    ``next start`` runs ``.next``.
    """
    words = command.words
    if command.program in _SHELL or not command.program:
        return ""
    if command.program in SERVERS:
        return posixpath.normpath(posixpath.join(workdir, words[-1]))
    if command.program not in _PLAIN:
        return None
    if command.program == "next":
        return ".next" if words[-1:] and "start" in words else None
    if command.program != "node":
        return ""
    at = next(i for i, word in enumerate(words) if posixpath.basename(word) == "node") + 1
    while at < len(words):
        head, equals, value = words[at].partition("=")
        if head in _LOADING:
            if (value if equals else "".join(words[at + 1 : at + 2])) != "dotenv/config":
                return None
            at += 1 if equals else 2
        elif head in ("-e", "--eval", "-p", "--print"):
            return ""
        elif head.startswith("-"):
            at += 1
        else:
            return posixpath.normpath(posixpath.join(workdir, words[at]))
    return None


def _sent(target: Target, landed: tuple[Landing, ...], folder: str) -> dict[str, Entry]:
    """What the context brought into a folder of a stage, by the names in it."""
    found: dict[str, Entry] = {}
    for landing in landed:
        if landing.place.startswith(f"{folder}/"):
            name, _, rest = landing.place.removeprefix(f"{folder}/").partition("/")
            source = "" if rest else landing.source
            found[name] = Entry(name, source, landing.folder or bool(rest), 0)
            continue
        whole = landing.context_path(folder) if landing.folder else None
        for entry in target.files.entries(whole) if whole is not None else ():
            name = posixpath.basename(entry.path)
            found[name] = Entry(name, entry.path, entry.kind is Kind.DIR, _size(target, entry.path))
    return dict(sorted(found.items()))


def _left_behind(target: Target, name: str) -> bool:
    """Whether an image from before has an entry that the ignore file keeps out now.

    What a build may make under the same name, such as ``dist``, is none of that.
    """
    ignored = target.ignore is not None and target.ignore.match(name).excluded
    return ignored and (clutter_of(name) or kind_of_unused(name)) in _NEVER_MADE


def _size(target: Target, path: str) -> int:
    below = f"{path}/"
    return sum(o.size for o in target.files.files if o.path == path or o.path.startswith(below))


def _tops(files: frozenset[str], place: str) -> frozenset[str]:
    return frozenset(path.removeprefix(f"{place}/").partition("/")[0] for path in files)
