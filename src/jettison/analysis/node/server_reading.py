"""What a server of Node is built and started by, if its build makes all that it needs."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from jettison.analysis.command_words import words_of
from jettison.analysis.compiled.at_start import AtStart
from jettison.analysis.compiled.model import Code, Language, Product
from jettison.analysis.landing import brought_from, landings, project_path
from jettison.analysis.node.building import builds_of
from jettison.analysis.node.reading import PACKAGES, SOURCES, VARIABLES, code_of
from jettison.analysis.node.standalone import CONFIG_ENDINGS, new_settings, standalone_edit
from jettison.analysis.node.starting import next_settings, other_command, own_commands
from jettison.analysis.package_runs import PackageRun
from jettison.analysis.run_editor import RunEditor
from jettison.compose.mount_kinds import MountKind
from jettison.dockerfile import Cmd, DockerfileEditor, Entrypoint, Run
from jettison.ecosystem.node.javascript import Unreadable
from jettison.ecosystem.node.self_contained import (
    check_nitro,
    major_of,
    makes_standalone,
)
from jettison.source import Patch, Span, TextEdit

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from jettison.analysis.facts import Facts
    from jettison.analysis.landing import Landing
    from jettison.analysis.node.following import Followed
    from jettison.analysis.project import Target

__all__ = ["ServerReading"]

_LOCKS = (
    "package-lock.json",
    "npm-shrinkwrap.json",
    "yarn.lock",
    "pnpm-lock.yaml",
    "bun.lock",
    "bun.lockb",
)
_LOCAL = (".env.local", ".env.production.local")
_NITRO_CONFIGS = ("nuxt.config", "nitro.config", "app.config", "vite.config")
_COMPILERS = frozenset("npm npx yarn pnpm pnpx bun bunx corepack next nuxt nuxi nitro".split())
_READ = (
    *_LOCKS,
    *("package.json", "tsconfig.json", "jsconfig.json", ".nuxtrc", "nuxt.config.ts"),
    *(f"next.config.{ending}" for ending in CONFIG_ENDINGS),
)
"""What the frameworks' own programs read when they start."""
_LEFT_OUT = (
    ".next/images-manifest.json",
    ".next/export-marker.json",
    ".next/trace",
    ".next/server/interception-route-rewrite-manifest.js",
)
"""What Next.js does not copy from its own build, as its settings are in the server."""
_SWC = tuple(
    f"npm:@next/swc-linux-{one}" for one in ("x64-gnu", "x64-musl", "arm64-gnu", "arm64-musl")
)
"""The compiler of Next.js, which ``next start`` loads to read its configuration."""
_SERVER = ".output/server/index.mjs"


@dataclass
class ServerReading:
    """Reads what one target builds, in the stage with number ``stage``, and starts.

    ``at`` is the file looked at last, ``could_be`` the configuration that does not ask for such a
    server, and could; ``asks`` is the path of one with what makes it do so.
    """

    facts: Facts
    target: Target
    start: Followed
    stage: int
    framework: str = ""
    made: str = ""
    at: str = ""
    could_be: str = ""
    asks: tuple[str, Patch] | None = None

    @property
    def folder(self) -> str:
        """The folder of the image in which the package lies."""
        return self.start.member.place

    @cached_property
    def words(self) -> tuple[str, ...]:
        """The words that start the server, the program by its plain name."""
        first, *rest = self.start.words
        if first == "node" and rest[:1] in (
            ["node_modules/next/dist/bin/next"],
            ["node_modules/.bin/next"],
            ["./node_modules/next/dist/bin/next"],
            ["./node_modules/.bin/next"],
        ):
            return ("next", *rest[1:])
        return (first.rpartition("node_modules/.bin/")[2], *rest)

    @property
    def unmissed(self) -> frozenset[str]:
        """What ``next start`` or ``nuxt preview`` read, and the server itself does not."""
        if self.words[0] == "node":
            return frozenset()
        if self.framework != "Next.js":
            return frozenset({posixpath.join(self.folder, "node_modules/")}) | self._paths(_READ)
        return frozenset({"npm:next", "npm:typescript", *_SWC}) | self._paths((*_READ, *_LEFT_OUT))

    def _paths(self, names: Iterable[str]) -> frozenset[str]:
        return frozenset(posixpath.join(self.folder, name) for name in names)

    def is_server(self) -> bool:
        """Whether a server is started whose build makes a folder with all that it needs.

        Raises :class:`Unreadable` where that is so, and something stands against using it.
        """
        self.at = self.target.dockerfile_name
        if not self._framework():
            self.could_be = self.could_be if self._builds() else ""
            return False
        if not self._builds():
            return False
        self._check_runs()
        reason = other_command(self.facts, self.target, self.start)
        if reason:
            raise Unreadable(reason, self._line())
        return True

    @cached_property
    def language(self) -> Language:
        """The framework as what builds a program."""
        return Language(
            self.framework,
            lambda *_: None,
            self._products,
            self._code,
            SOURCES,
            VARIABLES,
            _COMPILERS,
            at_start=self.at_start,
            packages=PACKAGES,
        )

    def _framework(self) -> bool:
        """Whether a known server is started whose build makes such a folder."""
        program, *rest = self.words
        if program == "next" and rest[:1] == ["start"]:
            self.framework, self.made = "Next.js", posixpath.join(self.folder, ".next/standalone")
            return self._standalone()
        self.framework, self.made = "Nitro", posixpath.join(self.folder, ".output")
        preview = program in ("nuxt", "nuxi") and rest[:1] in (["preview"], ["start"])
        direct = program == "node" and any(word.endswith(_SERVER) for word in rest)
        if preview:
            self.framework = "Nuxt"
            manifest = self.start.member.package.data
            listed = [manifest.get(key) for key in ("dependencies", "devDependencies")]
            versions = [major_of(one.get("nuxt")) for one in listed if isinstance(one, dict)]
            if max((one for one in versions if one), default=(0, 0)) < (3, 0):
                return False
        if preview or direct:
            self._check_nitro(rest, direct=direct)
        return preview or direct

    def _standalone(self) -> bool:
        found = self._config("next.config")
        wanted = self.start.member.package.data.get("dependencies")
        version = major_of(wanted.get("next")) if isinstance(wanted, dict) else None
        if version is None or version < (12, 2):
            return False
        self.at, text = found if found is not None else ("next.config.js", "")
        name = posixpath.basename(self.at)
        if not makes_standalone(name, text):
            self.could_be = "" if "output" in text else name
            self.asks = self._asking(found, version)
            if self.asks is None:
                return False
            self.could_be = ""
        for name in _LOCAL:
            if self._sent(name):
                raise Unreadable(f"`next start` reads {name}, which the build does not copy", 1)
        for above in _above(self.folder):
            for name in _LOCKS:
                if self._landed(posixpath.join(above, name)):
                    raise Unreadable(f"{above} has a {name}: Next.js may build from there", 1)
        self.at = self.target.dockerfile_name
        return True

    def _asking(
        self, found: tuple[str, str] | None, version: tuple[int, int]
    ) -> tuple[str, Patch] | None:
        """The settings that can be made to ask for such a server, and how."""
        member, facts, target = self.start.member, self.facts, self.target
        if found is None:
            made = new_settings(facts, target, member, version)
            path = project_path(target, made[0]) if made is not None else ""
            return (path, Patch(files={path: made[1]})) if made is not None else None
        edit = standalone_edit(
            facts, target, member.package, found, version=version, read=self._read
        )
        return (found[0], Patch.of(found[0], (edit,))) if edit is not None else None

    def _check_nitro(self, rest: list[str], *, direct: bool) -> None:
        for stem in _NITRO_CONFIGS:
            found = self._config(stem)
            if found is not None:
                self.at = found[0]
                check_nitro(posixpath.basename(self.at), found[1])
        self.at = self.target.dockerfile_name
        names = {"NITRO_PRESET", "SERVER_PRESET", "NITRO_OUTPUT_DIR"}
        for name in sorted(names & {*self.target.state.env, *self.target.build_args}):
            raise Unreadable(f"{name} decides what is built", self._line())
        if direct and rest[:-1]:
            raise Unreadable(f"node is told {rest[0]}", self._line())
        if not direct and self._sent(".env"):
            raise Unreadable(f"{self.words[0]} {self.words[1]} reads .env", self._line())
        if not direct and rest[1:]:
            raise Unreadable(f"{self.words[0]} is told {rest[1]}", self._line())
        package = self.start.member.package
        if {"prisma", "@prisma/client"} & (package.dependencies | package.development):
            raise Unreadable("Nitro does not copy what Prisma generates", self._line())

    def _config(self, stem: str) -> tuple[str, str] | None:
        """The file of a framework's settings, as a path of the project, and its text."""
        for ending in CONFIG_ENDINGS:
            path = self._landed(posixpath.join(self.folder, f"{stem}.{ending}"))
            source = self.facts.tree.read(project_path(self.target, path)) if path else None
            if path and source is not None:
                return project_path(self.target, path), source.text
        return None

    @cached_property
    def _landings(self) -> tuple[Landing, ...]:
        return landings(self.target, self.target.all_steps[self.stage])

    def _landed(self, place: str) -> str | None:
        """The path of the context that lies at a place of the image."""
        return brought_from(self.target, self._landings, place)

    def _read(self, name: str) -> str | None:
        """The text of a file of the package's folder in the image."""
        path = self._landed(posixpath.join(self.folder, name))
        source = self.facts.tree.read(project_path(self.target, path)) if path else None
        return source.text if source is not None else None

    def _sent(self, name: str) -> bool:
        return self._landed(posixpath.join(self.folder, name)) is not None

    def _builds(self) -> bool:
        """Whether a RUN of the stage builds; refusals come with the products."""
        for step in self.target.all_steps[self.stage]:
            run = step.instruction
            if isinstance(run, Run) and run.argv is None and not step.triggered:
                editor = RunEditor(DockerfileEditor(self.target.dockerfile), run)
                one = PackageRun(self.stage, step, editor)
                if builds_of(one, self.start.member.package, self._is_build)[0]:
                    return True
        return False

    def _products(self, _: Facts, __: Target, run: PackageRun) -> tuple[Product, ...] | str | None:
        """What a RUN makes, a reason why that is not known, or ``None`` for no build."""
        built, reason = builds_of(run, self.start.member.package, self._is_build)
        if reason or not built:
            return reason or None
        if run.step.before.workdir != self.folder or self.folder == "/":
            return f"the build runs in {run.step.before.workdir}"
        return self.products

    @property
    def products(self) -> tuple[Product, ...]:
        """What the stage that runs has to have: where it is made, and where it is started."""
        if self.framework != "Next.js":
            return (Product(self.made, self.made),)
        static = posixpath.join(self.folder, ".next/static")
        image = self.facts.evidence.image(self.target.name)
        files = image.files if image is not None else {}
        unbuilt = bool(files) and posixpath.join(self.folder, ".next/BUILD_ID") not in files
        new = unbuilt or self.asks is not None
        found = [
            Product(self.made, self.folder, new=new),
            Product(static, static, new=unbuilt),
        ]
        public = posixpath.join(self.folder, "public")
        if self._landed(public) is not None:
            found.append(Product(public, public))
        return tuple(found)

    def _code(self, facts: Facts, target: Target) -> Code:
        folder = posixpath.dirname(self.start.member.path)
        return code_of(facts, target, self.start.member.package, folder)

    def _is_build(self, words: tuple[str, ...]) -> bool:
        """Whether a program's words build what is started."""
        if self.framework == "Next.js":
            return words[:2] == ("next", "build")
        known = {"nuxt", "nuxi", "nitro", "nitropack", "vinxi", "vite"}
        return words[0] in known and words[1:2] == ("build",)

    def _check_runs(self) -> None:
        """Raises where something is laid over what the image would have, or starts another way."""
        below = [posixpath.join(self.folder, n) for n in ("node_modules", ".next", ".output")]
        for run in self.target.runs:
            if run.overrides_command:
                self.at = self.facts.name_of(run.file)
                raise Unreadable(f"{run.service} has a command of its own", run.line)
            for mount in run.mounts:
                over = posixpath.normpath(mount.target)
                inside = any(over == one or over.startswith(f"{one}/") for one in below)
                if mount.covers(self.folder) or (inside and mount.kind is not MountKind.TMPFS):
                    self.at = self.facts.name_of(run.file)
                    raise Unreadable(
                        f"{run.service} mounts something over {over}: the image's is not used",
                        run.line,
                    )

    def _line(self) -> int:
        own = [o for o in self.target.stage.instructions if isinstance(o, Cmd | Entrypoint)]
        return own[-1].line if own else self.target.stage.from_.line

    def at_start(self, facts: Facts, target: Target) -> AtStart | None:
        """The command in place of one that starts the server by way of its packages."""
        if self.words[0] == "node" and target.runs[0].argv[-2:] == self.start.words:
            return None
        stage = target.stage.instructions
        commands = [one for one in stage if isinstance(one, Cmd | Entrypoint)]
        found = words_of(commands[-1]) if len(commands) == 1 else None
        if found is None:
            raise Unreadable("its command is no plain one", self._line())
        environment: tuple[str, ...] = ()
        program = _SERVER
        if self.framework == "Next.js":
            if target.state.workdir != self.folder:
                raise Unreadable(f"it is started in {target.state.workdir}", self._line())
            values = next_settings(self.target, self.words[2:])
            if isinstance(values, str):
                raise Unreadable(values, self._line())
            program, environment = "server.js", values
        elif target.state.workdir != self.folder:
            program = posixpath.join(self.folder, _SERVER)
        command = commands[0]
        text = f"node {program}" if command.argv is None else f'"node", "{program}"'
        edit = TextEdit(Span(found[1][0].start, found[1][-1].end), text)
        inner = frozenset(one.words for one in own_commands(facts, target))
        return AtStart(command, found[0], "", "", edit, environment=environment, inner=inner)


def _above(folder: str) -> Iterator[str]:
    while folder != "/":
        folder = posixpath.dirname(folder)
        yield folder
