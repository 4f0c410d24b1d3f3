"""Which program a Node image's command ends in, through scripts and workspaces."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from jettison.analysis.node_packages import MANAGERS, Member, Packages, Way, choose
from jettison.ecosystem.node.site_servers import dev_server_of
from jettison.patterns import regex
from jettison.record import record
from jettison.shell import parse_commands

if TYPE_CHECKING:
    from jettison.ecosystem.node.package import NodePackage

__all__ = ["OWN_PORT", "Followed", "followed"]

_SHELLS = frozenset({"sh", "bash", "ash", "dash"})
_ENTRY = "/usr/local/bin/docker-entrypoint.sh"
_INITS = frozenset({"tini", "dumb-init", "catatonit"})
_SHORT = frozenset({"start", "test", "stop", "restart"})
_HARMLESS = frozenset({"NODE_ENV", "BROWSER", "HOST", "FORCE_COLOR", "CHOKIDAR_USEPOLLING"})
OWN_PORT = regex(r"PORT=(\$PORT|\$\{PORT(:?-3000)?\})")
"""What leaves ``PORT`` as it is, for servers that take port 3000 unasked."""
_FRAMEWORKS = (("next",), ("nuxt",), ("nuxi",))
_MOST_SCRIPTS = 6


@record
class Followed:
    """What a command ends in: the ``words`` of a program, run in the folder of ``member``.

    ``build`` is the command that runs the member's script named build as the author runs others,
    ``command`` the beginning for a person to read.
    """

    words: tuple[str, ...]
    command: str
    build: str
    member: Member


def followed(packages: Packages, argv: tuple[str, ...], workdir: str) -> Followed | None:
    """The last command that an entry point and its scripts lead to, ``None`` if not known."""
    member = packages.at(workdir)
    if member is None:
        return None
    way, words, command = Way(member), argv, " ".join(argv)
    if len(words) > 1 and words[0] in (_ENTRY, posixpath.basename(_ENTRY)):
        if packages.brings(_ENTRY):  # what the project's own does is not followed
            return None
        words = words[1:]
    words = _behind_init(words)
    for _ in range(_MOST_SCRIPTS):
        name = posixpath.basename(words[0]) if words else ""
        if not name:
            return None
        if name in _SHELLS and len(words) >= 3 and words[1] in ("-c", "-lc", "-ec"):
            command = words[2] if command == " ".join(argv) else command
            inner = _last_command(packages, way, words[2])
        elif name in ("npx", "bunx") or words[:2] in (("pnpm", "exec"), ("yarn", "exec")):
            rest = words[1:] if name in ("npx", "bunx") else words[2:]
            inner = tuple(_without(rest, {"--yes", "-y", "--no-install", "--bun", "--"}))
        elif name in MANAGERS:
            words = choose(packages, way, name, words) or ()
            way.manager = way.manager or name
            script = _script(words, way.member.package) if words else ""
            if not script:
                words = words[1:]
                found = words[:1] in _FRAMEWORKS or dev_server_of(words) is not None
                return Followed(words, command, way.build, way.member) if found else None
            inner = _last_command(packages, way, way.member.package.scripts[script])
            more = _without(words[words.index(script) + 1 :], {"--"})
            inner = (*inner, *more) if inner is not None else None
        else:
            return Followed(words, command, way.build, way.member)
        if inner is None:
            return None
        words = inner
    return None


def _behind_init(words: tuple[str, ...]) -> tuple[str, ...]:
    """The words behind a little init that passes signals on (``tini --``), with its flags."""
    if not words or posixpath.basename(words[0]) not in _INITS:
        return words
    at = 1
    while at < len(words) and words[at].startswith("-"):
        at += 2 if words[at] in ("-p", "-e", "-r", "--rewrite") else 1
    return words[at:]


def _without(words: tuple[str, ...], gone: set[str]) -> tuple[str, ...]:
    return tuple(word for word in words if word not in gone)


def _script(words: tuple[str, ...], package: NodePackage) -> str:
    rest = [word for word in words[1:] if not word.startswith("-")]
    if rest[:1] in (["run"], ["run-script"]):
        rest = rest[1:]
    elif rest and words[0] == "npm" and rest[0] not in _SHORT:
        return ""
    name = rest[0] if rest else ""
    return name if name in package.scripts else ""


def _last_command(packages: Packages, way: Way, text: str) -> tuple[str, ...] | None:
    """The words of a script's last command, if what comes before it only builds or installs."""
    commands = [one for one in parse_commands(text).commands if one.words]
    if not commands:
        return None
    for one in commands[:-1]:
        said = [word.unquoted for word in one.words]
        if said[0] == "cd":
            member = None
            if len(said) == 2 and not way.elsewhere:
                place = posixpath.normpath(posixpath.join(way.member.place, said[1]))
                member = packages.at(place)
                way.before = f"cd {said[1]} && "
            if member is None:
                return None
            way.member = member
        elif not ({"build", "install", "ci", "i"} & set(said) or said[0] in ("exec", "tsc")):
            return None
    for setting in commands[-1].assignments:
        text = f"{setting.name}={setting.value.unquoted}"
        if setting.name not in _HARMLESS and not OWN_PORT.fullmatch(text):
            return None
    words = tuple(word.unquoted for word in commands[-1].words)
    return words[1:] if words[0] == "exec" else words
