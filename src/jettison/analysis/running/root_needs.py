"""What of an image cannot run as an ordinary user."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from jettison.analysis.landing import brought_from, landings
from jettison.analysis.package_runs import package_runs
from jettison.analysis.running.home_of_root import needs_home_of_root
from jettison.analysis.running.started import started
from jettison.compose.mount_kinds import MountKind
from jettison.dockerfile import Run
from jettison.dockerfile.context import Kind
from jettison.patterns import regex
from jettison.shell import Verb, parse_commands

if TYPE_CHECKING:
    from jettison.analysis.facts import Facts
    from jettison.analysis.project import Target
    from jettison.analysis.running.started import StartedCommand

__all__ = ["development_server", "needs_root"]

_FIRST_FREE_PORT = 1024
_PROGRAMS = frozenset(
    "gosu su-exec setpriv su sudo doas runuser chroot apt apt-get apk dnf yum pip pip3 nginx httpd "
    "apache2 apache2ctl apache2-foreground httpd-foreground supervisord cron crond sshd dockerd "
    "systemctl service chown useradd usermod groupmod adduser mount iptables ip "
    "update-ca-certificates php-fpm haproxy s6-svscan init openvpn wg-quick tailscaled "
    "named dnsmasq postfix rsyslogd cp mv rsync install dpkg-buildpackage debuild rpmbuild abuild "
    "cmake cc gcc g++".split()
)
_DEVELOPMENT = frozenset(
    "vite react-scripts webpack-dev-server nodemon ng storybook parcel next nuxt nuxi "
    "ts-node-dev astro docusaurus gatsby craco remix react-router vinxi vue-cli-service "
    "eleventy".split()
)
_OF_BUILT: dict[str, set[str]] = {
    "next": {"start"},
    "nuxt": {"start", "preview"},
    "nuxi": {"preview"},
    "astro": {"preview"},
    "docusaurus": {"serve"},
    "gatsby": {"serve"},
    "vinxi": {"start"},
}
"""What such a tool is told to serve what it built before."""
_COMPILERS = frozenset(
    "tsc tsup rollup webpack webpack-cli gulp grunt ncc rimraf del-cli tsc-alias copyfiles cpx "
    "node-sass sass strapi medusa".split()
)
"""Programs of Node that make files beside the code, or take them away, when a container starts."""
_COMPILING: dict[str, tuple[str, ...]] = {
    "nest": ("start", "build"),
    "prisma": ("generate", "push"),
    "babel": ("-d", "--out-dir", "-o", "--out-file"),
    "swc": ("-d", "--out-dir", "-o", "--out-file"),
}
"""Such programs that only do so when they are told one of these words."""
_BUILDERS = frozenset("gradle gradlew mvn mvnw sbt lein mix rebar3 cargo ant".split())
_DOTNET_BUILDS = (("run",), ("watch",), ("build",), ("test",))
_BEFORE_PROGRAM = 4
"""How far in a command the program is looked for, as in ``npx --yes cross-env A=b tsc``."""
_ENGINE_CLIENTS = frozenset(
    "docker docker.io docker-ce docker-ce-cli docker-cli docker-compose docker-compose-plugin "
    "docker-cli-compose podman buildah skopeo containerd containerd.io".split()
)
_MAKERS = frozenset({"useradd", "adduser", "groupadd", "addgroup"})
_REWIRED = frozenset({"react-app-rewired", "razzle", "umi", "vitepress", "vuepress"})
_WAITING = frozenset({"tail -f /dev/null", "tail -F /dev/null", "sleep infinity", "bash", "sh"})
_PORT = regex(r"^(?:[\w.*\[\]:]*:)?(\d{1,5})$")
_PORT_OPTIONS = frozenset({"--port", "-p", "--bind", "-b", "--listen", "-l", "--http-socket"})


def needs_root(facts: Facts, target: Target) -> str:
    """Why the services of a target need root, for a person to read; ``""`` where none is known."""
    return (
        _port(facts, target)
        or _mount(target)
        or _mount_elsewhere(facts, target)
        or _volume_of_host(facts, target)
        or _unread(facts, target)
        or _program(facts, target)
        or _waiting(target)
        or _engine_client(target)
        or _own_user(target)
        or needs_home_of_root(facts, target)
        or _unreadable(target)
        or _rails(target)
    )


def _port(facts: Facts, target: Target) -> str:
    ports = {int(one.partition("/")[0]) for one in target.state.exposed if one[0].isdigit()}
    ports |= {port.target for run in target.runs for port in run.ports}
    for value in (
        target.state.env.get("PORT", ""),
        *(r.environment.get("PORT") or "" for r in target.runs),
    ):
        if value.isdigit():
            ports.add(int(value))
    for command in facts.of(started, target).at_run_time:
        for before, word in zip(("", *command.words), command.words, strict=False):
            option, _, value = word.partition("=")
            text = value if option in _PORT_OPTIONS else word if before in _PORT_OPTIONS else ""
            found = _PORT.match(text)
            if found:
                ports.add(int(found[1]))
    low = sorted(port for port in ports if 0 < port < _FIRST_FREE_PORT)
    return f"it listens on port {low[0]}, which some engines open to root only" if low else ""


def _mount(target: Target) -> str:
    for run in target.runs:
        for mount in run.mounts:
            if mount.kind is MountKind.BIND and (
                not mount.read_only or "docker.sock" in (mount.source or "")
            ):
                return (
                    f"{mount.target} of {run.service} is bound to a folder of the host, whose "
                    "files belong to a user there"
                )
    return ""


def _mount_elsewhere(facts: Facts, target: Target) -> str:
    """A mount of a service that may run what a Dockerfile makes, though Compose builds it nowhere.

    Its image comes from a registry, and its mount lies in the Dockerfile's working directory, or
    where that is the root, in a folder that a COPY brings.
    """
    compose = facts.project.compose
    if target.services or compose is None or not target.state.workdir:
        return ""
    at_root = target.state.workdir == "/"
    inside = f"{target.state.workdir.rstrip('/')}/"
    landed = landings(target, target.steps)
    for service in compose.services.values():
        for mount in service.mounts if service.build is None else ():
            own = mount.target == target.state.workdir or mount.target.startswith(inside)
            if at_root:
                own = bool(brought_from(target, landed, posixpath.dirname(mount.target)))
            if own and mount.kind is not MountKind.TMPFS and not mount.read_only:
                return f"{service.name} may run this image, and mounts files at {mount.target}"
    return ""


def _volume_of_host(facts: Facts, target: Target) -> str:
    """A named volume whose options may make it a folder of the host."""
    if not any(m.kind is MountKind.VOLUME for run in target.runs for m in run.mounts):
        return ""
    for name in facts.project.compose_names:
        source = facts.tree.read(name)
        if source is not None and "driver_opts" in source.text:
            return f"a volume of {name} has driver options: its files may belong to another user"
    return ""


def _program(facts: Facts, target: Target) -> str:
    for command in facts.of(started, target).at_run_time:
        words = [word.rpartition("/")[2] for word in command.words]
        program = next((w for w in (command.program, *words[:2]) if w in _PROGRAMS), "")
        if program:
            return f"{program} in {command.origin} is for root"
        if "uwsgi" in command.program and any(w.startswith(("--uid", "--gid")) for w in words):
            return f"uwsgi in {command.origin} changes its user itself"
        if command.program == "uwsgi" and any(w.endswith((".ini", ".yaml", ".xml")) for w in words):
            return f"uwsgi in {command.origin} may change its user itself"
        rewired = next((word for word in words if word in _REWIRED), "")
        tool = development_server(command) or rewired or _compiler(command) or _builder(command)
        if tool:
            return f"{tool} in {command.origin} writes beside the code"
    return ""


def development_server(command: StartedCommand) -> str:
    """The development server for front ends that a command starts, or ``""``."""
    words = [word.rpartition("/")[2] for word in command.words]
    tool = next((word for word in words if word in _DEVELOPMENT), "")
    return "" if _OF_BUILT.get(tool, set()).intersection(words) else tool


def _compiler(command: StartedCommand) -> str:
    """The program of Node that compiles beside the code when a container starts, or ``""``."""
    if "--noEmit" in command.words or "--skip-generate" in command.words:
        return ""
    for word in (command.program, *command.words[:_BEFORE_PROGRAM]):
        name = posixpath.basename(word)
        if name in _COMPILERS or set(_COMPILING.get(name, ())).intersection(command.words):
            return name
    return ""


def _builder(command: StartedCommand) -> str:
    """The build tool that makes files beside the code when a container starts, or ``""``."""
    for at, word in enumerate(command.words[:_BEFORE_PROGRAM]):
        name = posixpath.basename(word)
        told = set(command.words[at + 1 :])
        if name in _BUILDERS and not told <= {"--version", "-v", "-version"}:
            return name
        if name == "dotnet" and command.words[at + 1 : at + 2] in _DOTNET_BUILDS:
            return f"dotnet {command.words[at + 1]}"
    return ""


def _waiting(target: Target) -> str:
    """A command that only keeps the container there, for what people run in it by hand."""
    for run in target.runs:
        text = " ".join(run.argv[2:] if run.argv[1:2] == ("-c",) else run.argv)
        if run.service and text in _WAITING:
            return f"{run.service} only waits: what people run in it by hand is not known"
    return ""


def _unread(facts: Facts, target: Target) -> str:
    """A Compose file that cannot be read, and may start and mount what needs root."""
    texts = facts.project.compose_texts
    if target.services or facts.project.compose is not None:
        return ""
    name = next((one.file for one in facts.project.unread if one.file in texts), "")
    return f"{name} cannot be read: what its services start and mount is not known" if name else ""


def _engine_client(target: Target) -> str:
    """An installed client of Docker or Podman, whose engine's socket belongs to root."""
    for run in package_runs(target, frozenset({target.stage.index})):
        for call in run.calls:
            for package in call.packages if call.verb is Verb.INSTALL else ():
                if package.name in _ENGINE_CLIENTS:
                    return f"line {run.run.line} installs {package.name}, whose engine is root's"
    return ""


def _own_user(target: Target) -> str:
    for step in target.steps:
        run = step.instruction
        if "s6-overlay" in run.logical.text:
            return f"line {run.line} brings s6, whose init is for root"
        if isinstance(run, Run) and run.argv is None:
            text = run.script.text if run.script else run.command
            for command in parse_commands(text).commands:
                if command.name in _MAKERS:
                    return f"line {run.line} makes a user: add USER, unless the start changes to it"
    return ""


def _unreadable(target: Target) -> str:
    """A file, version control's own left out, that the image keeps for its owner only."""
    taken = landings(target, target.steps)
    for file in target.files.files:
        history = ".git" in file.path.split("/")
        if file.kind is Kind.FILE and not file.mode & 0o004 and not history:
            copies = [one for one in taken if one.image_path(file.path) is not None]
            if any(one.instruction.chmod is None for one in copies):
                return f"{file.path} can be read by its owner only"
    return ""


def _rails(target: Target) -> str:
    """Whether it is Ruby on Rails, which writes below several folders of its own."""
    for file in target.files.files:
        above = file.path.removesuffix("config/application.rb")
        if above != file.path and target.files.get(f"{above}config.ru") is not None:
            return "Rails writes below log, tmp and storage of its folder"
    return ""
