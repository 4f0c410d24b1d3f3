"""Which program a Node image's command ends in, through scripts and workspaces."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass
from typing import TYPE_CHECKING

from jettison.analysis.landing import brought_from, landings, project_path
from jettison.dockerfile.context import Kind
from jettison.ecosystem.node.package import NodePackage, read_package
from jettison.ecosystem.node.site_servers import dev_server_of
from jettison.record import record
from jettison.shell import parse_commands

if TYPE_CHECKING:
    from jettison.analysis.facts import Facts
    from jettison.analysis.project import Target

__all__ = ["Followed", "Member", "Packages", "followed"]

MANAGERS = frozenset({"npm", "yarn", "pnpm"})
_SHELLS = frozenset({"sh", "bash", "ash", "dash"})
_SHORT = frozenset({"start", "test", "stop", "restart"})
_HARMLESS = frozenset({"NODE_ENV", "BROWSER", "HOST", "FORCE_COLOR", "CHOKIDAR_USEPOLLING"})
_MOST_SCRIPTS = 6
_OF_MEMBER = {
    "npm": ("-w", "--workspace"),
    "pnpm": ("--filter", "-F"),
    "yarn": (),
}
_OF_FOLDER = {"npm": ("--prefix", "-C"), "pnpm": ("--dir", "-C"), "yarn": ("--cwd",)}


@record
class Member:
    """A package: its manifest's context path, and the folder of the image that it lies in."""

    path: str
    place: str
    package: NodePackage


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


class Packages:
    """The packages that a target's context brings into its image."""

    def __init__(self, facts: Facts, target: Target) -> None:
        self._facts, self._target = facts, target
        self._landed = landings(target, target.steps)

    def at(self, place: str) -> Member | None:
        """The package in a folder of the image, or ``None``."""
        path = brought_from(self._target, self._landed, posixpath.join(place, "package.json"))
        source = self._facts.tree.read(project_path(self._target, path)) if path else None
        package = read_package(source.text, None) if source is not None else None
        return Member(path, place, package) if package is not None and path else None

    def chosen(self, root: Member, name: str) -> Member | None:
        """The workspace of ``root`` with a name, or at a path below it, or ``None``."""
        above = posixpath.dirname(root.path)
        spaces = posixpath.join(above, "pnpm-workspace.yaml")
        if not root.package.workspaces and self._target.files.get(spaces) is None:
            return None
        found = []
        for file in self._target.files.files:
            folder, _, base = file.path.rpartition("/")
            inside = not above or folder.startswith(f"{above}/")
            if base != "package.json" or file.kind is not Kind.FILE or not inside or not folder:
                continue
            below = posixpath.relpath(folder, above or ".")
            if "node_modules" in below.split("/"):
                continue
            member = self.at(posixpath.join(root.place, below))
            named = member is not None and member.package.data.get("name") == name
            if member is not None and (named or below == posixpath.normpath(name)):
                found.append(member)
        return found[0] if len(found) == 1 else None


@dataclass
class _Way:
    """Where the following has come to: the package, and how its scripts are run from outside.

    ``before`` stands before the manager, ``choosing`` behind it, ``behind`` at the end.
    """

    member: Member
    manager: str = ""
    before: str = ""
    choosing: str = ""
    behind: str = ""

    @property
    def elsewhere(self) -> bool:
        """Whether another package than the first one was come to."""
        return bool(self.before or self.choosing or self.behind)

    @property
    def build(self) -> str:
        """The command that builds the package."""
        return f"{self.before}{self.manager or 'npm'} {self.choosing}run build{self.behind}"


def followed(packages: Packages, argv: tuple[str, ...], workdir: str) -> Followed | None:
    """The last command that an entry point and its scripts lead to, ``None`` if not known."""
    member = packages.at(workdir)
    if member is None:
        return None
    way, words, command = _Way(member), argv, " ".join(argv)
    if len(words) > 1 and posixpath.basename(words[0]) == "docker-entrypoint.sh":
        words = words[1:]
    for _ in range(_MOST_SCRIPTS):
        name = posixpath.basename(words[0]) if words else ""
        if not name:
            return None
        if name in _SHELLS and len(words) >= 3 and words[1] in ("-c", "-lc", "-ec"):
            command = words[2] if command == " ".join(argv) else command
            inner = _last_command(packages, way, words[2])
        elif name in ("npx", "bunx") or words[:2] in (("pnpm", "exec"), ("yarn", "exec")):
            rest = words[1:] if name in ("npx", "bunx") else words[2:]
            inner = tuple(_without(rest, {"--yes", "-y", "--no-install", "--"}))
        elif name in MANAGERS:
            words = _choose(packages, way, name, words) or ()
            way.manager = way.manager or name
            script = _script(words, way.member.package) if words else ""
            if not script:
                words = words[1:]
                found = bool(words) and dev_server_of(words) is not None
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


def _choose(
    packages: Packages, way: _Way, manager: str, words: tuple[str, ...]
) -> tuple[str, ...] | None:
    """The words without those that choose a package, which the way then leads to."""
    rest: list[str] = []
    found: list[tuple[str, str, str]] = []
    at = 1
    if manager == "yarn" and words[1:2] == ("workspace",) and len(words) > 3:
        found.append(("workspace", words[2], f"workspace {words[2]}"))
        at = 3
    while at < len(words):
        word = words[at]
        head, equals, value = word.partition("=")
        if word == "--":
            rest += words[at:]
            break
        if head in (*_OF_MEMBER[manager], *_OF_FOLDER[manager]):
            if not equals:
                value = words[at + 1] if at + 1 < len(words) else ""
            written = word if equals else f"{word} {value}"
            found.append((head, value, written))
            at += 1 if equals else 2
            continue
        rest.append(word)
        at += 1
    if len(found) > 1 or (found and way.elsewhere):
        return None
    if found:
        head, value, written = found[0]
        folder = head in _OF_FOLDER[manager]
        member = (
            packages.at(posixpath.normpath(posixpath.join(way.member.place, value)))
            if folder
            else packages.chosen(way.member, value)
        )
        if member is None:
            return None
        way.member = member
        if manager == "npm":
            way.behind = f" {written}"
        else:
            way.choosing = f"{written} "
    return (words[0], *rest)


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


def _last_command(packages: Packages, way: _Way, text: str) -> tuple[str, ...] | None:
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
    if any(one.name not in _HARMLESS for one in commands[-1].assignments):
        return None
    words = tuple(word.unquoted for word in commands[-1].words)
    return words[1:] if words[0] == "exec" else words
