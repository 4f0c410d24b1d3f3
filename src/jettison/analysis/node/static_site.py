"""A site that a server of Node serves, although a build makes it static files."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from jettison import compose
from jettison.analysis.landing import landings, project_path
from jettison.analysis.node.angular_reader import AngularReader
from jettison.analysis.node.content_sites import against_files, read_in_code
from jettison.analysis.node.following import OWN_PORT, Followed, followed
from jettison.analysis.node.handed_site import (
    HandedOver,
    check_last_stage,
    handed_landings,
    handed_over,
)
from jettison.analysis.node_packages import MANAGERS, Packages
from jettison.analysis.package_runs import feeding_stages
from jettison.compose.mount_kinds import MountKind
from jettison.dockerfile import Run
from jettison.ecosystem.node.devserver import (
    CONTENT_CONFIGS,
    ServerConfig,
    Unreadable,
    read_config,
)
from jettison.ecosystem.node.locks import locked_version
from jettison.ecosystem.node.site_servers import (
    DevServer,
    allows_all_origins,
    builds_site,
    dev_server_of,
    port_of,
)
from jettison.errors import ComposeError
from jettison.patterns import regex
from jettison.record import record
from jettison.shell import parse_commands

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from jettison.analysis.facts import Facts
    from jettison.analysis.project import ServiceRun, Target
    from jettison.dockerfile import Instruction
    from jettison.ecosystem.node.package import NodePackage

__all__ = ["NoSite", "StaticSite", "static_site"]

_CONFIG = regex("|".join((r"(vite|vue|craco)\.config\.\w+", *CONTENT_CONFIGS.values())))
_SERVERS = {
    "@sveltejs/kit": "SvelteKit",
    "@remix-run/dev": "Remix",
    "@react-router/dev": "React Router",
    "next": "Next.js",
    "nuxt": "Nuxt",
    "astro": "Astro",
    "vike": "Vike",
    "vite-plugin-ssr": "server-side rendering",
    "laravel-vite-plugin": "Laravel",
    "@tanstack/react-start": "TanStack Start",
    "solid-start": "SolidStart",
}
_PREFIXES = {
    "vite": ("VITE_",),
    "react-scripts": ("REACT_APP_", "PUBLIC_URL"),
    "vue-cli-service": ("VUE_APP_",),
    "ng": ("NG_APP_",),
    "craco": ("REACT_APP_", "PUBLIC_URL"),
    "astro": ("PUBLIC_",),
    "gatsby": ("GATSBY_",),
}
_MANIFESTS = regex(
    r"(^|/)(\.[\w.-]+|yarn\.lock|bun\.lockb?"
    r"|[\w.-]*(package|lock|shrinkwrap|workspace|config)[\w.-]*\.(json|ya?ml|[cm]?js|ts))$"
)
_BUILDS = regex(r"(^|[:_-])build([:_-]|$)")
_TAKE_PORT = ("react-scripts", "craco")
"""Servers that take their port from ``PORT``, 3000 where it is not set."""
_OF_FILES = frozenset({"serve", "http-server"})
_READS_DOTENV = regex(r"\b(loadEnv|dotenv)\b")


@record
class StaticSite:
    """A target that runs ``server`` for a site that builds to static files.

    ``folder`` is the context path of its ``package.json`` (``""`` for the context itself),
    ``workdir`` where that lies in the image, ``build`` the command that makes the files, which
    ``output`` (absolute) then holds; it is ``""`` where a RUN did that already. ``baked`` are the
    names of run-time settings that become settings of the build.
    """

    target: Target
    server: DevServer
    config: ServerConfig
    folder: str
    workdir: str
    command: str
    port: int
    build: str
    output: str
    baked: tuple[str, ...]
    package: NodePackage
    handed: HandedOver | None = None
    """What the last stage is handed by the one that builds it, of which it is no copy itself."""
    any_origin: bool = False
    """Whether pages of all origins may read what is served, as they could before."""


_SYSTEMS = frozenset(
    "debian ubuntu alpine amazonlinux fedora centos rockylinux almalinux buildpack-deps".split()
)
"""Images of systems, in which a RUN may install Node."""


@record
class NoSite:
    """A site that cannot be given to a web server, and why; ``file`` is of the project."""

    server: DevServer
    command: str
    reason: str
    line: int | None = None
    file: str = ""


def static_site(facts: Facts, target: Target) -> StaticSite | NoSite | None:
    """The site that a target serves with Node, why that must stay, or ``None`` for no such."""
    base = target.base.rpartition("/")[2].partition(":")[0]
    if base not in {"node", "bun"} | _SYSTEMS:
        return None
    started = _started(target, Packages(facts, target))
    server = dev_server_of(started.words) if started is not None else None
    if started is None and (landed := handed_landings(target)):
        started = _started(target, Packages(facts, target, landed))
        server = dev_server_of(started.words) if started is not None else None
        server = server if server is not None and server.built else None
    if started is None or server is None:
        return None
    if server.output == "." and handed_over(target, started.member.place) is None:
        return None
    reading = _Reading(facts, target, server, started)
    try:
        return reading.site()
    except Unreadable as error:
        return NoSite(server, started.command, error.reason, error.line, reading.at)


def _called(one: Instruction) -> Iterator[list[str]]:
    """The words of each command of a RUN, in either form."""
    if isinstance(one, Run) and one.argv is not None:
        yield [*one.argv]
    elif isinstance(one, Run):
        for command in parse_commands(one.command).commands:
            yield [word.unquoted for word in command.words]


def _started(target: Target, packages: Packages) -> Followed | None:
    """What all services of a target start, ``None`` if not known or not the same."""
    found = [followed(packages, run.argv, target.state.workdir) for run in target.runs]
    return found[0] if all(one == found[0] for one in found) else None


@dataclass
class _Reading:
    facts: Facts
    target: Target
    server: DevServer
    started: Followed
    at: str = ""
    sets_origins: bool = False

    @property
    def package(self) -> NodePackage:
        return self.started.member.package

    @property
    def folder(self) -> str:
        """The context path of the package."""
        return posixpath.dirname(self.started.member.path)

    def site(self) -> StaticSite:
        """The site; raises :class:`Unreadable`."""
        target = self.target
        data = self.package.data
        self.at = target.dockerfile_name
        for name, what in _SERVERS.items() if self.server.tool not in _OF_FILES else ():
            if name == self.server.tool:
                continue
            if name in self.package.dependencies | self.package.development:
                raise Unreadable(f"{what} may answer requests itself", self._line())
        self._check_runs()
        self._check_sources()
        self._check_modes()
        build, here, there = self._build()
        if self.server.tool in CONTENT_CONFIGS:
            words = (*self.started.words, *build.split())
            self.at, reason, line = against_files(
                self.facts, self.target, self.folder, self.server, words
            )
            if reason:
                raise Unreadable(reason, line or self._line())
        angular = self.server.tool == "ng"
        config = self._angular(build) if angular else self._config(data)
        workdir = self.started.member.place
        output = posixpath.normpath(posixpath.join(workdir, self._output(config, build)))
        self._check_elsewhere(output)
        handed = handed_over(target, output)
        built = here if handed is None else there
        if handed is not None:
            self.at = target.dockerfile_name
            check_last_stage(target, output, handed)
            if not built:
                raise Unreadable(f"which RUN builds {handed.path} is not known", self._line())
        elif not built and "build" not in self.package.scripts:
            raise self._no_script()
        return StaticSite(
            target=target,
            server=self.server,
            config=config,
            folder=self.folder,
            workdir=workdir,
            command=self.started.command,
            port=self._port(config),
            build="" if built else self.started.build,
            output=output if handed is None else handed.path,
            handed=handed,
            baked=() if built else self._baked(),
            package=self.package,
            any_origin=self._allows_all_origins(),
        )

    def _allows_all_origins(self) -> bool:
        if self.sets_origins:
            return False
        image = self.facts.evidence.image(self.target.name)
        version = image.node_version(self.started.member.place, "vite") if image else ""
        if version:  # a lock file need not be what the image was installed by
            return allows_all_origins(self.server, version)
        for name in ("package-lock.json", "yarn.lock", "pnpm-lock.yaml"):
            path = posixpath.join(self.folder, name)
            lock = self.facts.tree.read(project_path(self.target, path))
            if lock is not None:
                return allows_all_origins(self.server, locked_version(lock.text, "vite"))
        return self.server.any_origin

    def _line(self) -> int:
        own = [one for one in self.target.stage.instructions if one.keyword.upper() == "CMD"]
        return own[-1].line if own else self.target.stage.from_.line

    def _shown(self, file: str) -> str:
        """A file's path in the project."""
        return self.facts.tree.relative(Path(file)) if posixpath.isabs(file) else file

    def _check_runs(self) -> None:
        for run in self.target.runs:
            if run.user:
                self.at = self._shown(run.file)
                raise Unreadable(
                    f"{run.service} runs as {run.user}, not in nginx's image", run.line
                )
            for mount in run.mounts:
                if mount.kind is MountKind.BIND and mount.covers(self.started.member.place):
                    self.at = self._shown(run.file)
                    raise Unreadable(
                        f"{run.service} mounts the sources over the image: it serves development",
                        run.line,
                    )

    def _check_elsewhere(self, output: str) -> None:
        """Raises where a service whose image is built elsewhere shares the folder of the site."""
        compose = self.facts.project.compose
        for service in compose.services.values() if compose is not None else ():
            for mount in service.mounts if service.build is None else ():
                if mount.target == output:
                    self.at = self.target.dockerfile_name
                    raise Unreadable(
                        f"{service.name} may run this image, and shares {output}", self._line()
                    )

    def _check_sources(self) -> None:
        """Raises where no COPY brings more than manifests: what builds is mounted, or nowhere."""
        stages = sorted(feeding_stages(self.target.dockerfile, self.target.stage.index))
        steps = tuple(step for stage in stages for step in self.target.all_steps[stage])
        for one in landings(self.target, steps):
            if one.folder or not _MANIFESTS.search(one.place):
                return
        raise Unreadable("no COPY brings the sources into the image", self._line())

    def _build(self) -> tuple[str, bool, bool]:
        """The text of the script that builds; whether a RUN of the stage, or of others, calls it.

        The others are those that the stage copies from.
        """
        own = frozenset(stage.index for stage in self.target.lineage)
        feeding = feeding_stages(self.target.dockerfile, self.target.stage.index)
        here, there = self._built_by(own), self._built_by(feeding - own)
        found = here or there
        if found is None and "build" not in self.package.scripts:
            raise self._no_script()
        name = found or "build"
        return self.package.scripts.get(name, ""), here is not None, there is not None

    def _built_by(self, stages: frozenset[int]) -> str | None:
        """The script that a RUN of some stages builds by, ``build`` for the tool's own."""
        other = None
        for step in (step for stage in sorted(stages) for step in self.target.all_steps[stage]):
            for words in _called(step.instruction):
                if builds_site(words) or ("build" in words and self._is_tool(words[0])):
                    return "build"
                script = self.package.script(words) if words else ""
                other = script if _BUILDS.search(script) else other
        return other if self.server.built else None  # what is served was built by something

    def _no_script(self) -> Unreadable:
        self.at = posixpath.join(self.target.context_name, self.folder, "package.json")
        return Unreadable("package.json has no script named build", 1)

    def _is_tool(self, program: str) -> bool:
        """Whether a program is a manager's, or an installed package's."""
        return program in (*MANAGERS, "npx") or "node_modules/.bin/" in program

    def _angular(self, build: str) -> ServerConfig:
        reader = AngularReader(self.facts, self.target, self.folder)
        try:
            return reader.config(self.started.words, build)
        finally:
            self.at = reader.at

    def _config(self, data: Mapping[str, object]) -> ServerConfig:
        files: dict[str, str] = {}
        for entry in self.target.files.entries(self.folder):
            name = posixpath.basename(entry.path)
            if _CONFIG.fullmatch(name):
                source = self.facts.tree.read(project_path(self.target, entry.path))
                if source is not None:
                    files[name] = source.text
                    self.sets_origins |= "cors" in source.text
        for ending in ("js", "ts", "cjs"):
            if self.target.files.get(posixpath.join(self.folder, f"src/setupProxy.{ending}")):
                files[f"src/setupProxy.{ending}"] = ""
        self.at = posixpath.join(
            self.target.context_name, self.folder, next(iter(files), "package.json")
        )
        for name in ("serve.json", "public/serve.json", "static/serve.json"):
            path = posixpath.join(self.folder, name)
            if self.server.tool == "serve" and self.target.files.get(path) is not None:
                self.at = project_path(self.target, path)
                raise Unreadable("serve has settings of its own", 1)
        words = self.started.words
        plain = self.server.tool == "http-server"  # whose -c is for caches
        if not plain and {"--config", "-c", "--mode"}.intersection(words):
            raise Unreadable("its command names another configuration", self._line())
        dotenv: dict[str, str] = {}
        if any(_READS_DOTENV.search(text) for text in files.values()):
            dotenv = self._dotenv("production" if self.server.built else "development")
        environments = [{**dotenv, **self._environment(run)} for run in self.target.runs]
        configs = {
            repr(read_config(self.server, files, data, one)): read_config(
                self.server, files, data, one
            )
            for one in environments
        }
        if len(configs) > 1:
            raise Unreadable("its services are told different things", self._line())
        config = next(iter(configs.values()))
        base = next((w.partition("=")[2] for w in words if w.startswith("--base=")), None)
        if "--base" in words or base:
            raise Unreadable("its command sets a base", self._line())
        return config

    def _environment(self, run: ServiceRun) -> dict[str, str]:
        own = {key: value for key, value in run.environment.items() if value is not None}
        return {**self.target.state.env, **own}

    def _dotenv(self, mode: str) -> dict[str, str]:
        """What the files of settings beside the package say in a mode, as Vite and others read."""
        found: dict[str, str] = {}
        for name in (".env", ".env.local", f".env.{mode}", f".env.{mode}.local"):
            path = posixpath.join(self.folder, name)
            if self.target.files.get(path) is not None:
                self.at = project_path(self.target, path)
                source = self.facts.tree.read(self.at)
                try:
                    found |= compose.parse_dotenv(source, found.get) if source is not None else {}
                except ComposeError as error:
                    raise Unreadable(f"{name} cannot be read", 1) from error
        return found

    def _check_modes(self) -> None:
        """Raises where a build would fix other settings than those that the server reads."""
        prefixes = _PREFIXES.get(self.server.tool, ())
        if self.server.built or not prefixes:
            return
        served, built = self._dotenv("development"), self._dotenv("production")
        given = {name for run in self.target.runs for name in run.environment}
        for name in sorted(served.keys() | built.keys()):
            if not name.startswith(prefixes) or name in given:
                continue
            if served.get(name) != built.get(name):
                raise Unreadable(
                    f"a build has another {name} than the server: .env files differ", 1
                )

    def _output(self, config: ServerConfig, build: str) -> str:
        words = build.split() if self.server.tool != "ng" else []  # angular.json has told
        for at, word in enumerate(words):
            if word.startswith(("--outDir", "--dest", "--output-path", "--base", "--mode")):
                if word.startswith("--outDir") and "=" not in word and at + 1 < len(words):
                    return words[at + 1]
                raise Unreadable(f"the build is told {word}", self._line())
        if self.server.tool in _OF_FILES:
            return self.server.output
        found = config.output or self.server.output
        if not found or "$" in found:
            raise Unreadable("the build's output folder is not known", self._line())
        return found

    def _port(self, config: ServerConfig) -> int:
        if OWN_PORT.search(self.started.command) and self.server.tool not in _TAKE_PORT:
            self.at = self.target.dockerfile_name
            raise Unreadable("its command sets PORT", self._line())
        environments = [self._environment(run) for run in self.target.runs]
        named = {one.get("PORT", "") for one in environments}
        asked = {port_of(self.started.words, one) for one in environments}
        text = min(asked, default="")
        if len(asked) > 1 or "$" in text:
            self.at = self.target.dockerfile_name
            raise Unreadable("its command takes the port from a variable", self._line())
        port = int(text) if text else config.port
        if port is None and self.server.tool in (*_TAKE_PORT, *_OF_FILES) and named != {""}:
            text = next(iter(named))
            port = int(text) if len(named) == 1 and text.isdigit() else None
        port = port or self.server.port
        published = {p.target for run in self.target.runs for p in run.ports if p.protocol == "tcp"}
        if published and port not in published:
            shown = ", ".join(map(str, sorted(published)))
            self.at = self.target.dockerfile_name
            raise Unreadable(
                f"{self.server.tool} listens on port {port}, and Compose publishes {shown}",
                self._line(),
            )
        return port

    def _baked(self) -> tuple[str, ...]:
        """The variables that become settings of the build: those that the page's code may read."""
        prefixes = _PREFIXES.get(self.server.tool, ())
        given = dict.fromkeys(key for run in self.target.runs for key in run.environment)
        found = [key for key in given if prefixes and key.startswith(prefixes)]
        if self.server.tool in CONTENT_CONFIGS and not self.server.built:
            other = [key for key in given if key not in found]
            found += read_in_code(self.facts, self.target, other)
        for key in found:
            if len({run.environment.get(key) for run in self.target.runs}) > 1:
                self.at = self.target.dockerfile_name
                raise Unreadable(f"its services have different values of {key}", self._line())
        return tuple(found)
