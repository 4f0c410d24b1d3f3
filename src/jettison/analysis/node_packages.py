"""The packages of a Node image: which one a package manager's words choose, and its scripts."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass
from typing import TYPE_CHECKING

from jettison.analysis.landing import brought_from, landings, project_path
from jettison.dockerfile.context import Kind
from jettison.ecosystem.node.package import NodePackage, read_package
from jettison.record import record

if TYPE_CHECKING:
    from jettison.analysis.facts import Facts
    from jettison.analysis.landing import Landing
    from jettison.analysis.project import Target

__all__ = ["MANAGERS", "Member", "Packages", "Way", "choose", "script_of"]

MANAGERS = frozenset({"npm", "yarn", "pnpm", "bun"})
_OF_MEMBER = {
    "npm": ("-w", "--workspace"),
    "pnpm": ("--filter", "-F"),
    "yarn": (),
    "bun": ("--filter",),
}
_OF_FOLDER = {
    "npm": ("--prefix", "-C"),
    "pnpm": ("--dir", "-C"),
    "yarn": ("--cwd",),
    "bun": ("--cwd",),
}


@record
class Member:
    """A package: its manifest's context path, and the folder of the image that it lies in."""

    path: str
    place: str
    package: NodePackage


class Packages:
    """The packages that a target's context brings into its image."""

    def __init__(
        self, facts: Facts, target: Target, landed: tuple[Landing, ...] | None = None
    ) -> None:
        self._facts, self._target = facts, target
        self._landed = landings(target, target.steps) if landed is None else landed

    def at(self, place: str) -> Member | None:
        """The package in a folder of the image, or ``None``."""
        path = brought_from(self._target, self._landed, posixpath.join(place, "package.json"))
        source = self._facts.tree.read(project_path(self._target, path)) if path else None
        package = read_package(source.text, None) if source is not None else None
        return Member(path, place, package) if package is not None and path else None

    def brings(self, place: str) -> bool:
        """Whether the context brings a file to a place of the image."""
        return brought_from(self._target, self._landed, place) is not None

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
class Way:
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


def script_of(
    packages: Packages, words: tuple[str, ...], workdir: str
) -> tuple[Member, str] | None:
    """The script that a command of a manager runs, and whose it is; ``None`` for none."""
    member = packages.at(workdir)
    if member is None or posixpath.basename(words[0]) not in MANAGERS:
        return None
    way = Way(member)
    rest = choose(packages, way, posixpath.basename(words[0]), words)
    script = way.member.package.script(rest) if rest else ""
    return (way.member, script) if script else None


def choose(
    packages: Packages, way: Way, manager: str, words: tuple[str, ...]
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
