"""Installs that stand behind the COPY of all code, so that each change of it makes them anew."""

from __future__ import annotations

import json
import posixpath
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from jettison.analysis.landing import brought_from, landings, project_path, steps_before
from jettison.analysis.package_runs import (
    PackageRun,
    feeding_stages,
    folder_of,
    under_condition,
)
from jettison.analysis.run_editor import RunEditor
from jettison.analysis.stages.producers import is_global
from jettison.dockerfile import DockerfileEditor, FileInstruction, Run
from jettison.dockerfile.context import Kind
from jettison.patterns import regex
from jettison.record import record
from jettison.shell import Manager, Verb, is_shell
from jettison.sure import sure_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from jettison.analysis.facts import Facts
    from jettison.analysis.project import Target
    from jettison.dockerfile import Step
    from jettison.shell import Command, PackageCall
    from jettison.source import TextEdit

__all__ = ["BehindCode", "behind_code", "files_of_install"]

_NODE = {
    Manager.NPM: ("package-lock.json", "npm-shrinkwrap.json"),
    Manager.YARN: ("yarn.lock",),
    Manager.PNPM: ("pnpm-lock.yaml",),
    Manager.BUN: ("bun.lock", "bun.lockb"),
}
_SETTINGS = (".npmrc", ".yarnrc", "bunfig.toml")
_READ_TOO = (
    *("pnpm-workspace.yaml", "lerna.json", ".yarn", ".yarnrc.yml", ".pnpmfile.cjs"),
    *("binding.gyp", "node_modules"),  # the last would lie over what was installed
)
_LIFECYCLE = frozenset(
    "preinstall install postinstall prepublish preprepare prepare postprepare dependencies".split()
)
_GENERATING = frozenset(
    "prisma @prisma/client nuxt patch-package electron-builder puppeteer msw".split()
)
"""Packages whose installation reads files of the project."""
_LOCAL = regex(r"\b(?:file|link|portal|patch|workspace):|\bpatchedDependencies\b")
"""Words of a manifest that lead to other files of the project."""
_REFERRING = regex(
    r"\s*(?:-[rcef]\b|--(?:requirement|constraint|editable|find-links)|[./]|.*@\s*file:)"
)
_LEADING = regex(
    r"^[^#\n]*(?:\bgemspec\b|\bpath:|:path\b|\bfile\s*:|\beval_gemfile\b|\brequire_relative\b|\bFile\b"
    r"|\bDir\b|\bIO\b|\binstance_eval\b|`)|^\s*(?:require|load|plugin|path)\b(?!:)",
    re.MULTILINE,
)
"""What lets a Gemfile read other files, or run programs."""
_LOCAL_GEM = regex(r"^PATH$", re.MULTILINE)
_ELSEWHERE = ("--find-links", "-f", "--target", "-t", "--root", "--src", "--editable", "-e")
_CODE = regex(r"\.(?:py|[cm]?[jt]sx?|vue|svelte|rb|php|go|rs|java|html|css)$")
_PLAIN = regex(r"[\w./@+-]+")
_LISTS = regex(
    r"/var/(?:lib/apt/lists|cache/(?:apt|apk|yum|dnf))(?:/\S*)?|(?:/root|~)/\.(?:cache|npm)\S*"
)
_SYSTEM = frozenset({Manager.APT, Manager.APK, Manager.DNF, Manager.ZYPPER})
_DOING = frozenset({Verb.INSTALL, Verb.UPDATE, Verb.UPGRADE, Verb.CLEAN, Verb.AUTOREMOVE})


@record
class BehindCode:
    """Installs behind a COPY of the code: the first's line (from 1), the COPY's, and the edits.

    ``manifests`` are the files, by their names, that are copied before.
    """

    line: int
    copied: int
    manifests: tuple[str, ...]
    edits: tuple[TextEdit, ...]


def behind_code(facts: Facts, target: Target) -> Iterator[BehindCode]:
    """What could be installed before the code is copied, in any stage that an image needs."""
    for stage in sorted(feeding_stages(target.dockerfile, target.stage.index)):
        own = target.dockerfile.stages[stage].instructions
        steps = [s for s in target.all_steps[stage] if s.instruction in own and not s.triggered]
        for at, step in enumerate(steps):
            if _copies_code(target, step):
                found = _Case(facts, target, stage, step, steps[at + 1 :]).found()
                if found is not None:
                    yield found
                break


def files_of_install(
    facts: Facts, target: Target, copy: Step, run: PackageRun, call: PackageCall
) -> list[str] | None:
    """The files of the image that a manager's call behind a COPY reads; ``None`` for any others."""
    return _Case(facts, target, run.stage, copy, ()).of(run, call)


def _copies_code(target: Target, step: Step) -> bool:
    """Whether a COPY takes a folder of the context with code, to a place of its own."""
    for one in landings(target, (step,)):
        if one.folder and one.place != "/" and not one.place.startswith("/etc"):
            inside = (f.path for f in target.files.files if one.image_path(f.path) is not None)
            return not one.source or any(map(_CODE.search, inside))
    return False


@dataclass
class _Case:
    """One COPY of code in a stage, and the instructions behind it."""

    facts: Facts
    target: Target
    stage: int
    copy: Step
    after: Sequence[Step]
    installs: bool = False

    def found(self) -> BehindCode | None:
        moved: list[tuple[Step, tuple[str, ...]]] = []
        editor = DockerfileEditor(self.target.dockerfile)
        for step in self.after:
            wanted = self._wanted(editor, step)
            if wanted is None:
                break
            moved.append((step, wanted))
        while moved and not isinstance(moved[-1][0].instruction, Run):
            moved.pop()
        return self._edits(editor, moved) if self.installs else None

    def _wanted(self, editor: DockerfileEditor, step: Step) -> tuple[str, ...] | None:
        """The files of the image that an instruction needs; ``None`` where it may need the code."""
        one = step.instruction
        if one.keyword.upper() == "WORKDIR":
            destination = getattr(self.copy.expanded, "destination", "")
            return () if destination.startswith("/") else None
        if not isinstance(one, Run) or one.argv is not None or one.script is not None:
            return None
        if not is_shell(step.before.shell) or one.mounts:
            return None
        run = PackageRun(self.stage, step, RunEditor(editor, one))
        calls = {call.command.span: call for call in run.calls}
        wanted: list[str] = []
        for command in run.commands:
            call = calls.get(command.span)
            if call is None:
                if not _clears(command):
                    return None
                continue
            more = self.of(run, call)
            if more is None or under_condition(run, call):
                return None
            wanted += more
        self.installs |= any(call.verb is Verb.INSTALL for call in run.calls)
        return tuple(dict.fromkeys(wanted))

    def of(self, run: PackageRun, call: PackageCall) -> list[str] | None:
        """The files that a call of a manager needs; ``None`` where that is not known."""
        if call.verb not in _DOING or any(one.is_path for one in call.packages):
            return None
        if call.verb is not Verb.INSTALL or call.manager in _SYSTEM:
            return [] if not call.requirements else None
        folder = folder_of(run, call)
        if folder is None:
            return None
        if call.flag(*_ELSEWHERE) is not None:
            return None
        if call.manager is Manager.PIP:
            return self._of_pip(folder, call)
        if call.manager is Manager.BUNDLE:
            return self._of_bundler(run, folder, call)
        if call.manager in _NODE:
            return self._of_named(folder, call) if call.packages else self._of_node(folder, call)
        return None

    def _of_named(self, folder: str, call: PackageCall) -> list[str] | None:
        """Packages by name: a manifest beside them has others, which are installed with them."""
        if is_global(call):
            return []
        return None if self._there(posixpath.join(folder, "package.json")) else []

    def _of_pip(self, folder: str, call: PackageCall) -> list[str] | None:
        found = []
        for one in call.requirements:
            place = posixpath.normpath(posixpath.join(folder, one.path))
            text = self._text(place)
            if text is None or any(map(_REFERRING.match, text.splitlines())):
                return None
            found.append(place)
        return found if found or call.packages else None

    def _of_bundler(self, run: PackageRun, folder: str, call: PackageCall) -> list[str] | None:
        """The Gemfile and its lock, where they lead to no other file of the project."""
        gemfile = posixpath.join(folder, "Gemfile")
        text = self._text(gemfile)
        if text is None or _LEADING.search(text) or run.variable("BUNDLE_GEMFILE", call):
            return None
        if call.flag("--gemfile", "--path", "--local") is not None:
            return None
        if any(self._there(posixpath.join(folder, name)) for name in (".bundle", "vendor/cache")):
            return None
        lock = posixpath.join(folder, "Gemfile.lock")
        if _LOCAL_GEM.search(self._text(lock) or ""):
            return None
        return [gemfile, *([lock] if self._there(lock) else [])]

    def _of_node(self, folder: str, call: PackageCall) -> list[str] | None:
        manifest = posixpath.join(folder, "package.json")
        text = self._text(manifest)
        try:
            data = json.loads(text or "")
        except ValueError:
            return None
        if not isinstance(data, dict) or "workspaces" in data:
            return None
        tables = (data.get(name) for name in ("dependencies", "devDependencies", "scripts"))
        names = frozenset[str]().union(*(one.keys() for one in tables if isinstance(one, dict)))
        if (_LIFECYCLE | _GENERATING) & names or _LOCAL.search(text or ""):
            return None
        if any(self._there(posixpath.join(folder, name)) for name in _READ_TOO):
            return None
        beside = (*_NODE[call.manager], *_SETTINGS)
        found = [path for n in beside if self._there(path := posixpath.join(folder, n))]
        return [manifest, *found]

    def _context_path(self, place: str) -> str | None:
        landed = landings(self.target, steps_before(self.target, self.stage, self._line + 1))
        return brought_from(self.target, landed, place)

    @property
    def _line(self) -> int:
        return self.copy.instruction.line

    def _there(self, place: str) -> bool:
        return self._context_path(place) is not None

    def _text(self, place: str) -> str | None:
        path = self._context_path(place)
        file = self.target.files.get(path) if path else None
        if path is None or file is None or file.kind is not Kind.FILE:
            return None
        source = self.facts.tree.read(project_path(self.target, path))
        return source.text if source is not None else None

    def _edits(
        self, editor: DockerfileEditor, moved: Sequence[tuple[Step, tuple[str, ...]]]
    ) -> BehindCode | None:
        """The edits that move the instructions in front of the COPY, their files copied before."""
        written = sure_of(FileInstruction, self.copy.instruction)
        before = landings(self.target, steps_before(self.target, self.stage, self._line))
        texts: list[str] = []
        names: list[str] = []
        for step, wanted in moved:
            lacking = [one for one in wanted if brought_from(self.target, before, one) is None]
            lacking = [one for one in lacking if one not in names]
            if lacking:
                line = self._copy_of(written, step, lacking)
                if line is None:
                    return None
                texts.append(editor.render(line))
                names += lacking
            texts.append(editor.block_text(step.instruction))
        runs = [step.instruction for step, _ in moved]
        edits = (*editor.insert_before(written, "".join(texts)), *editor.delete(*runs))
        first = next(one for one in runs if isinstance(one, Run))
        manifests = tuple(posixpath.basename(one) for one in names)
        return BehindCode(first.line, written.line, manifests, edits)

    def _copy_of(self, written: FileInstruction, step: Step, places: list[str]) -> str | None:
        """The COPY of some files to where they are wanted; ``None`` for several folders."""
        folders = {posixpath.dirname(one) for one in places}
        paths = [self._context_path(one) for one in places]
        plain = [one for one in paths if one is not None and _PLAIN.fullmatch(one)]
        same = list(map(posixpath.basename, plain)) == list(map(posixpath.basename, places))
        if len(folders) != 1 or not same:
            return None
        if {flag.name for flag in written.flags} - {"chown", "chmod", "link"}:
            return None
        folder = folders.pop()
        text = self.target.dockerfile.text
        flags = [text[flag.span.start : flag.span.end] for flag in written.flags]
        place = "./" if folder == step.before.workdir else f"{folder.rstrip('/')}/"
        return " ".join(["COPY", *flags, *plain, place])


def _clears(command: Command) -> bool:
    """Whether a command only removes lists and caches."""
    words = [word.unquoted for word in command.words]
    if words[:1] == ["set"]:
        return True
    paths = [word for word in words[1:] if not word.startswith("-")]
    return words[:1] == ["rm"] and bool(paths) and all(map(_LISTS.fullmatch, paths))
