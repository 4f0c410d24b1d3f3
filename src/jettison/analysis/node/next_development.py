"""``next dev`` as an image's command: built in the image, and started as production is.

``next build`` puts the values of ``NEXT_PUBLIC_*`` and of what its settings read into what it
makes, and renders pages that ask for nothing of a request: what is not known, or may change, when
the image is built stands against it.
"""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

from jettison.analysis.command_words import words_of
from jettison.analysis.landing import brought_from, landings, project_path
from jettison.analysis.node.building import is_known, programs_in
from jettison.analysis.node.watching import (
    Unwatched,
    builds_behind_copies,
    of_compiling,
    only_start,
    started_by,
)
from jettison.dockerfile import (
    Add,
    Arg,
    Cmd,
    Copy,
    DockerfileEditor,
    Entrypoint,
    Env,
    Run,
    User,
    Workdir,
)
from jettison.ecosystem.node.next_pages import (
    CODE,
    environment_of,
    renders_at_build,
    unusual_output,
)
from jettison.ecosystem.node.self_contained import major_of
from jettison.patterns import regex
from jettison.source import Span, TextEdit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jettison.analysis.facts import Facts
    from jettison.analysis.node.following import Followed
    from jettison.analysis.project import Target

__all__ = ["built_before"]

_VALUED = frozenset({"-p", "--port", "-H", "--hostname"})
_DROPPED = frozenset({"--turbo", "--turbopack", "--webpack"})
_SETTLED = frozenset(
    {"NODE_ENV", "PORT", "HOSTNAME", "NEXT_RUNTIME", "NEXT_PHASE", "CI", "ANALYZE"}
)
_BUILDS = Run | Copy | Add | User | Env | Arg | Workdir
"""What a build has to stand behind."""
_BOTH = (".env", ".env.local")
_OF_BUILD = (".env.production", ".env.production.local")
_OF_DEVELOPMENT = (".env.development", ".env.development.local")
_DIRECT = {
    "npm": ("npx", "next"),
    "yarn": ("yarn", "next"),
    "pnpm": ("pnpm", "exec", "next"),
    "bun": ("bunx", "next"),
}
_ENDINGS = ("js", "mjs", "cjs", "ts", "mts")
_SAYS = regex(
    r"(?<![-/.\w])dev(elopment)?\b(?![-. ]?(dep|packages|tools|libs|librar))|\bhot[- ]reload",
    re.IGNORECASE,
)
_TELLS = regex(
    r"^#\W*(?:(?:run|runs|start|starts|launch|execute|command|cmd|default|to|the|a|this|in|for|with|on"
    r"|and|next|js|app|application|project|server|container|dev|development|mode|npm|yarn|pnpm"
    r"|port|\d+)\b\W*)+$",
    re.IGNORECASE,
)
"""A comment that does no more than to tell what its command is."""


def built_before(facts: Facts, target: Target) -> Unwatched | str | None:
    """How what ``next dev`` serves is built in the image and started; or why that may differ.

    ``None`` where no ``next dev`` that has a script to build is started, by the image alone.
    """
    start = only_start(facts, target)
    if start is None or start.words[:2] != ("next", "dev"):
        return None
    if "build" not in start.member.package.scripts:
        return None
    return _Reading(facts, target, start).made()


@dataclass
class _Reading:
    """Reads a target that ``start`` starts."""

    facts: Facts
    target: Target
    start: Followed

    def made(self) -> Unwatched | str:
        """The edits, or a reason against them."""
        options = _options(self.start.words[2:])
        if options is None:
            return f"next dev is told {' '.join(self.start.words[2:])}"
        reason = self._developed() or self._otherwise_built() or self._said()
        reason = reason or self._unknown() or self._rendered()
        if reason:
            return reason
        edits, gone = self._without_comment()
        if not builds_behind_copies(self.target, self.start, ("next", "build")):
            stage = self.target.stage
            last = [stage.from_, *(o for o in stage.instructions if isinstance(o, _BUILDS))][-1]
            editor = DockerfileEditor(self.target.dockerfile)
            edits += editor.insert_after(last, editor.render(f"RUN {self.start.build}"))
        made = started_by(self.target, self._words(options), edits, gone)
        if made is None:
            return "its command is no plain one"
        return replace(made, unmissed=self._unmissed())

    def _developed(self) -> str:
        """Why the services seem to serve development, or ``""``."""
        place = self.start.member.place.rstrip("/")
        compose = self.facts.project.compose
        for run in self.target.runs:
            service = compose.services.get(run.service) if compose is not None else None
            if service is not None and service.watched:
                return f"develop.watch brings sources into {run.service}"
            for mount in run.mounts:
                over = posixpath.normpath(mount.target)
                packages = over == f"{place}/node_modules"
                if mount.covers(place) or (over.startswith(f"{place}/") and not packages):
                    return f"{run.service} mounts something over {over}"
            value = run.environment.get("NODE_ENV", self.target.state.env.get("NODE_ENV"))
            if value not in (None, "production"):
                return f"NODE_ENV is {value}"
        return ""

    def _otherwise_built(self) -> str:
        """Why it is not known what the build makes, or ``""``."""
        told = list(programs_in(self.start.member.package, ("npm", "run", "build")))
        builds = [one for one in told if one[:2] == ("next", "build")]
        if len(builds) != 1 or len(builds[0]) > 2 + len(_DROPPED.intersection(builds[0])):
            return "the script build of package.json does something else than `next build`"
        other = next((one for one in told if one not in builds and not is_known(one)), None)
        if other is not None:
            return f"the script build of package.json runs `{' '.join(other[:2])}`"
        for path, text in self._settings:
            if unusual_output(text):
                return f"{path} sets output"
        return ""

    def _said(self) -> str:
        """What the author says of development, where that is no mere name of the command."""
        text = self.target.dockerfile.source.text
        own = self._comments
        for line in text.splitlines():
            comment = line.strip()
            said = comment.startswith("#") and _SAYS.search(comment) is not None
            if said and not (comment in own and _TELLS.match(comment)):
                return "a comment says that it is for development"
        return ""

    @property
    def _comments(self) -> frozenset[str]:
        """The comment lines right above the command."""
        command = self._command
        return (
            DockerfileEditor(self.target.dockerfile).comments([command]) if command else frozenset()
        )

    @property
    def _command(self) -> Cmd | Entrypoint | None:
        own = [o for o in self.target.stage.instructions if isinstance(o, Cmd | Entrypoint)]
        return own[-1] if own else None

    def _without_comment(self) -> tuple[tuple[TextEdit, ...], frozenset[str]]:
        """The edits that take out the comments that would not be true any more."""
        gone = frozenset(one for one in self._comments if _SAYS.search(one))
        command = self._command
        if not gone or command is None:
            return (), frozenset()
        editor = DockerfileEditor(self.target.dockerfile)
        start = editor.block(command).span.start
        edits = []
        for line in editor.text[start : command.span.start].splitlines(keepends=True):
            if line.strip() in gone:
                edits.append(TextEdit(Span(start, start + len(line)), ""))
            start += len(line)
        return tuple(edits), gone

    @cached_property
    def _files(self) -> tuple[tuple[str, str], ...]:
        """The code of the package, as paths below it and texts."""
        return tuple(self._read())

    def _read(self) -> Iterator[tuple[str, str]]:
        folder = posixpath.dirname(self.start.member.path)
        prefix = f"{folder}/" if folder else ""
        for file in self.target.files.own:
            below = file.path.removeprefix(prefix)
            if not file.path.startswith(prefix) or not below.endswith(CODE):
                continue
            if below.startswith(("node_modules/", ".next/", "public/")):
                continue
            source = self.facts.tree.read(project_path(self.target, file.path))
            if source is not None:
                yield below, source.text

    @property
    def _settings(self) -> tuple[tuple[str, str], ...]:
        names = [f"next.config.{ending}" for ending in _ENDINGS]
        return tuple((path, text) for path, text in self._files if path in names)

    def _unknown(self) -> str:
        """A variable that the build wants and does not get as the server does, or ``""``."""
        known = {*self.target.state.env} | self._values((*_BOTH, *_OF_BUILD))
        development = self._values(_OF_DEVELOPMENT)
        settings = [path for path, _ in self._settings]
        for path, text in self._files:
            for name in sorted(environment_of(text)):
                inlined = name.startswith("NEXT_PUBLIC_") or path in settings
                if name in _SETTLED or name.startswith("VERCEL") or not (inlined or name == "*"):
                    continue
                if name == "*":
                    return f"{path} reads all variables of the environment"
                if name in development:
                    return f"only `next dev` reads {name} from {_OF_DEVELOPMENT[0]}"
                for run in self.target.runs:
                    given = run.environment.get(name)
                    if name in run.environment and given != self.target.state.env.get(name):
                        return f"{name} is given when {run.service} runs, not when it is built"
                if name not in known:
                    return f"{path} reads {name}, which is not known when the image is built"
        return ""

    def _values(self, names: tuple[str, ...]) -> set[str]:
        """The variables that files of settings which the image has give values."""
        found: set[str] = set()
        landed = landings(self.target, self.target.steps)
        for name in names:
            place = posixpath.join(self.start.member.place, name)
            path = brought_from(self.target, landed, place)
            source = self.facts.tree.read(project_path(self.target, path)) if path else None
            for line in source.text.splitlines() if source is not None else ():
                key, equals, _ = line.strip().removeprefix("export ").partition("=")
                if equals and not key.startswith("#"):
                    found.add(key.strip())
        return found

    def _rendered(self) -> str:
        """What is worked out when the image is built, and at each request before; or ``""``."""
        wanted = self.start.member.package.data.get("dependencies")
        version = major_of(wanted.get("next")) if isinstance(wanted, dict) else None
        for path, text in self._files:
            what = renders_at_build(path, text, routes=version is None or version < (15, 0))
            if what:
                return f"{path} would be rendered when the image is built ({what})"
        return ""

    def _words(self, options: tuple[str, ...]) -> tuple[str, ...]:
        """The words that start what was built, as the author started the other."""
        command = self._command
        found = words_of(command) if command is not None else None
        written = found[0] if found is not None else ()
        at = next((n for n, word in enumerate(written) if word.rpartition("/")[2] == "next"), None)
        if at is not None and written[at + 1 : at + 2] == ("dev",):
            rest = (word for word in written[at + 2 :] if word not in _DROPPED)
            return (*written[: at + 1], "start", *rest)
        package = self.start.member.package
        manager = self.start.build.partition(" ")[0]
        script = list(programs_in(package, ("npm", "run", "start")))
        told = _options(script[0][2:]) if len(script) == 1 else None
        if told is not None and script[0][:2] == ("next", "start") and told == options:
            return (manager, "run", "start")
        return (*_DIRECT.get(manager, ("npx", "next")), "start", *options)

    def _unmissed(self) -> frozenset[str]:
        """What only ``next dev`` opens: its compilers, packages for development, and sources."""
        place = self.start.member.place.rstrip("/")
        sources = (f"{place}/{path}" for path, _ in self._files)
        return of_compiling(self.facts, self.target, self.start) | frozenset(sources)


def _options(words: tuple[str, ...]) -> tuple[str, ...] | None:
    """What ``next start`` is told of what ``next dev`` was; ``None`` for what it does not know."""
    found: list[str] = []
    at = 0
    while at < len(words):
        head, equals, _ = words[at].partition("=")
        if head in _VALUED:
            found += [words[at]] if equals else words[at : at + 2]
            at += 1 if equals else 2
        elif head in _DROPPED:
            at += 1
        else:
            return None
    return tuple(found)
