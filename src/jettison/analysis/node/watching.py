"""Programs of Node that a watcher or compiler starts, and that could be started themselves."""

from __future__ import annotations

import posixpath
import re
from dataclasses import replace
from typing import TYPE_CHECKING

from jettison.analysis.command_words import words_of
from jettison.analysis.landing import brought_from, landings, project_path
from jettison.analysis.node.building import programs_in
from jettison.analysis.node.following import followed
from jettison.analysis.node.starting import command_beside
from jettison.analysis.node_packages import Packages
from jettison.analysis.package_runs import package_runs, sharing
from jettison.dockerfile import Add, Cmd, Copy, DockerfileEditor, Entrypoint, Run
from jettison.ecosystem.node.locks import npm_development
from jettison.ecosystem.node.nest import compiled_entry, settings_of
from jettison.patterns import regex
from jettison.record import record
from jettison.shell import Verb, parse_commands
from jettison.source import Span, TextEdit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jettison.analysis.facts import Facts
    from jettison.analysis.node.following import Followed
    from jettison.analysis.project import ServiceRun, Target

__all__ = [
    "Unwatched",
    "builds_behind_copies",
    "compiled_before",
    "of_compiling",
    "only_start",
    "repeating",
    "started_by",
    "unwatched",
]

_VALUED = frozenset("--watch -w --ext -e --ignore -i --delay -d --cwd-ignore".split())
_ALONE = frozenset("--legacy-watch -L --quiet -q --verbose -V --no-stdin --on-change-only".split())
_WATCHES = frozenset({"--watch", "-w", "--preserveWatchOutput"})
_COMPILED = (".ts", "tsconfig.json", "tsconfig.build.json", "nest-cli.json")
_CODE = regex(r"[\w./@-]+\.[cm]?js$")


@record
class Unwatched:
    """The edits that start a program itself, and the words that do; ``keyword`` is CMD's.

    ``unmissed`` are folders and files that only what started it before opened.
    """

    words: tuple[str, ...]
    keyword: str
    edits: tuple[TextEdit, ...]
    drops_comments: frozenset[str]
    unmissed: frozenset[str] = frozenset()


def unwatched(facts: Facts, target: Target) -> Unwatched | None:
    """How what nodemon starts is started itself; ``None`` where that is not known to be the same.

    A service whose sources are mounted serves development, one with a command of its own is not
    changed.
    """
    start = only_start(facts, target)
    rest = _program(start.words) if start is not None else ()
    if start is None or not rest:
        return None
    member = start.member
    place = posixpath.join(target.state.workdir, rest[0])
    landed = landings(target, target.steps)
    if not brought_from(target, landed, place) or _is_mounted(target, place):
        return None
    settings = posixpath.join(member.place, "nodemon.json")
    if "nodemonConfig" in member.package.data or brought_from(target, landed, settings):
        return None
    gone = [
        run.run
        for run in package_runs(target, frozenset({target.stage.index}))
        if len(run.commands) == len(run.calls)
        and all(call.verb is Verb.INSTALL for call in run.calls)
        and {package.name for call in run.calls for package in call.packages} == {"nodemon"}
    ]
    editor = DockerfileEditor(target.dockerfile)
    edits = editor.delete(*gone) if gone else ()
    return started_by(target, ("node", *rest), edits, editor.comments(gone))


def compiled_before(facts: Facts, target: Target) -> Unwatched | None:
    """How what ``nest start`` compiles is compiled in the image, and started by ``node``.

    ``None`` where it is not known to be the same, as for :func:`unwatched`.
    """
    start = only_start(facts, target)
    words = start.words if start is not None else ()
    if start is None or words[:2] != ("nest", "start") or not _WATCHES.issuperset(words[2:]):
        return None
    entry = _compiled(facts, target, start)
    output = posixpath.join(start.member.place, posixpath.dirname(entry))
    if not entry or _is_mounted(target, output):
        return None
    build = _build_of(start)
    edits: tuple[TextEdit, ...] = ()
    if not build:
        return None
    if not builds_behind_copies(target, start, ("nest", "build")):
        last = [o for o in target.stage.instructions if isinstance(o, Run | Copy | Add)]
        if not last:
            return None
        editor = DockerfileEditor(target.dockerfile)
        edits = editor.insert_after(last[-1], editor.render(f"RUN {build}"))
    made = started_by(target, ("node", entry), edits, frozenset())
    return replace(made, unmissed=of_compiling(facts, target, start)) if made else None


def of_compiling(facts: Facts, target: Target, start: Followed) -> frozenset[str]:
    """What only the compiler opens: packages that npm's lock file marks, and what it compiles."""
    place, folder = start.member.place.rstrip("/"), posixpath.dirname(start.member.path)
    prefix = f"{folder}/" if folder else ""
    lock = facts.tree.read(project_path(target, f"{prefix}package-lock.json"))
    packages = npm_development(lock.text if lock is not None else "").development
    names = (
        one.path.removeprefix(prefix)
        for one in target.files.own
        if one.path.startswith(prefix) and one.path.endswith(_COMPILED)
    )
    return frozenset((*(f"{place}/{one}/" for one in packages), *(f"{place}/{n}" for n in names)))


def only_start(facts: Facts, target: Target) -> Followed | None:
    """What all services start, from the working directory by the image's own command; or none."""
    packages = Packages(facts, target)
    starts = [followed(packages, run.argv, target.state.workdir) for run in target.runs]
    start = starts[0] if starts else None
    if start is None or any(one != start for one in starts) or len(sharing(facts, target)) > 1:
        return None
    if start.member.place != target.state.workdir or command_beside(facts, target, start):
        return None
    return None if repeating(facts, target) is None else start


def repeating(facts: Facts, target: Target) -> tuple[ServiceRun, ...] | None:
    """The services that repeat the image's own command; ``None`` where one has another."""
    state, compose = target.state, facts.project.compose
    found = tuple(run for run in target.runs if run.overrides_command)
    if not found or compose is None:
        return () if not found else None
    packages = Packages(facts, target)
    own = followed(packages, (*(state.entrypoint or ()), *(state.cmd or ())), state.workdir)
    for run in found:
        other = followed(packages, run.argv, state.workdir)
        if own is None or other != own or compose.services[run.service].entrypoint is not None:
            return None
    return found


def _is_mounted(target: Target, place: str) -> bool:
    return any(one.covers(place) for run in target.runs for one in run.mounts)


def started_by(
    target: Target, words: tuple[str, ...], edits: tuple[TextEdit, ...], gone: frozenset[str]
) -> Unwatched | None:
    """The edits, and the one that gives the image's only command these words."""
    own = [o for o in target.stage.instructions if isinstance(o, Cmd | Entrypoint)]
    found = words_of(own[-1]) if len(own) == 1 else None
    if found is None:
        return None
    text = " ".join(words) if own[0].argv is None else ", ".join(f'"{word}"' for word in words)
    edit = TextEdit(Span(found[1][0].start, found[1][-1].end), text)
    return Unwatched(words, own[0].keyword.upper(), (*edits, edit), gone)


def _compiled(facts: Facts, target: Target, start: Followed) -> str:
    """The program that Nest compiles, relative to its package; ``""`` where that is not known."""
    folder = posixpath.dirname(start.member.path)
    prefix = f"{folder}/" if folder else ""

    def settings(name: str) -> dict[str, object] | None:
        source = facts.tree.read(project_path(target, f"{prefix}{name}"))
        return settings_of(source.text if source is not None else None)

    nest, build = settings("nest-cli.json"), settings("tsconfig.build.json")
    base = settings("tsconfig.json")
    if nest is None or build is None or base is None:
        return ""
    files = [one.path for one in target.files.files if one.path.startswith(prefix)]
    return compiled_entry(nest, build, base, (one.removeprefix(prefix) for one in files))


def _build_of(start: Followed) -> str:
    """The command that compiles as ``nest start`` does, ``""`` where a script does something else.

    What removes the output first is no difference.
    """
    package = start.member.package
    if "build" not in package.scripts:
        return "npx nest build"
    told = list(programs_in(package, ("npm", "run", "build")))
    nest = [one for one in told if one[0] == "nest"]
    rest = [one for one in told if one[0] not in ("nest", "rimraf", "rm")]
    return start.build if nest == [("nest", "build")] and not rest else ""


def builds_behind_copies(target: Target, start: Followed, build: tuple[str, ...]) -> bool:
    """Whether a RUN behind the last COPY comes to the words of a build already."""
    package = start.member.package
    own = [one for stage in target.lineage for one in stage.instructions]
    last = max((at for at, one in enumerate(own) if isinstance(one, Copy | Add)), default=-1)
    for one in own[last + 1 :]:
        if isinstance(one, Run) and one.argv is None:
            for command in parse_commands(one.command).commands:
                words = tuple(word.unquoted for word in command.words)
                if build in (told[: len(build)] for told in programs_in(package, words)):
                    return True
    return False


def _program(words: Sequence[str]) -> tuple[str, ...]:
    """The file that nodemon runs by ``node`` and its arguments; nothing where it does more."""
    if not words or words[0].rpartition("/")[2] != "nodemon":
        return ()
    at = 1
    while at < len(words):
        head, equals, _ = words[at].partition("=")
        if head in _VALUED:
            at += 1 if equals else 2
        elif head in _ALONE:
            at += 1
        else:
            break
    rest = tuple(words[at:])
    plain = bool(rest) and all(re.fullmatch(r"[\w./:=@-]+", word) for word in rest)
    return rest if plain and _CODE.fullmatch(rest[0]) else ()
