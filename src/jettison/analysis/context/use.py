"""What a build context sends, what uses it, and what could stay out."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from jettison.analysis.context.clutter import ALWAYS
from jettison.analysis.context.explain import Notice, steps_of_stages
from jettison.analysis.context.takes import ContextTake, Taker
from jettison.analysis.context.tally import FolderUse, Tally, Unused, kind_of, pattern_of
from jettison.dockerfile import Instruction, Settings
from jettison.dockerfile.context import Kind
from jettison.record import record

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from jettison.analysis.context.takes import Wanted
    from jettison.dockerfile import Dockerfile
    from jettison.dockerfile.context import Context, ContextFile
    from jettison.dockerfile.ignore import IgnoreFile, Pattern

__all__ = [
    "ContextBuild",
    "ContextUse",
    "FolderUse",
    "KeptOut",
    "Problem",
    "Suggestion",
    "Unused",
    "Use",
    "pattern_of",
    "use_of_context",
]


@record
class ContextBuild:
    """A Dockerfile that is built with a context, and the services that ask for it.

    ``path`` is ``None`` for one that a Compose file holds. ``target`` is the
    stage they ask for, ``None`` for the last one.
    """

    dockerfile: Dockerfile
    path: Path | None
    services: tuple[str, ...]
    target: str | None
    build_args: Mapping[str, str]

    @property
    def name(self) -> str:
        """The Dockerfile's name."""
        return self.dockerfile.source.name


@record
class Use:
    """An instruction that takes files from the context."""

    dockerfile: str
    instruction: Instruction
    stage: int
    take: ContextTake


@record
class Suggestion:
    """A pattern for the ignore file, and what it would keep out.

    A file counts for one pattern only: the first of the known ones for clutter that names it, or
    else that of the outermost folder in which nothing is used.
    ``doubtful`` marks a guess from the name alone, of something that an instruction takes along
    with the rest. ``asked_for`` is an instruction that takes nothing but such files, with its
    Dockerfile's name: the pattern would break it.
    """

    pattern: str
    kind: str
    files: int
    size: int
    asked_for: tuple[str, Instruction] | None = None
    doubtful: bool = False


@record
class KeptOut:
    """What one pattern of the ignore file keeps out.

    ``entries`` are files, and folders that were not entered: ``size`` is ``None`` where there are
    such folders and they were not weighed. ``examples`` are a few of them.
    """

    pattern: Pattern
    entries: int
    folders: int
    size: int | None
    examples: tuple[str, ...]


@record
class Problem:
    """Something that stops a build, or is likely not meant; ``where`` is a path or a place."""

    where: str
    message: str


@record
class ContextUse:
    """What one ignore file makes of a context, and what the builds with it use.

    ``folders`` are all folders, the biggest first on each level, each before those in it.
    Everything else is sorted by bytes as well. ``whole`` is the first instruction that takes the
    context as a whole.
    """

    context: Context
    ignore: IgnoreFile | None
    builds: tuple[ContextBuild, ...]
    files: int
    size: int
    unused_files: int
    unused_size: int
    folders: tuple[FolderUse, ...]
    uses: tuple[Use, ...]
    whole: Use | None
    suggestions: tuple[Suggestion, ...]
    unused: tuple[Unused, ...]
    kept_out: tuple[KeptOut, ...]
    problems: tuple[Problem, ...]


def use_of_context(
    context: Context,
    ignore: IgnoreFile | None,
    builds: Sequence[ContextBuild],
    *,
    weights: Mapping[str, int] | None = None,
) -> ContextUse:
    """What is sent, used and kept out. ``weights`` are the bytes of excluded folders, if known.

    Files that an instruction of any stage takes are used, those of stages that are not built too.
    Without builds everything counts as used, as nothing is known. Raises ``DockerfileError``.
    """
    taker = Taker(context)
    notices: list[Problem] = []
    uses = tuple(use for build in builds for use in _uses(build, taker, notices))
    sent = [one for one in context.files if one.kind is not Kind.DIR]
    used = None if not builds else _used(taker, uses, len(sent))
    tally = Tally(sent, used)
    guesses = tally.guesses(_named(taker, uses))
    suggestions = _suggestions(tally, taker, uses, guesses)
    return ContextUse(
        context=context,
        ignore=ignore,
        builds=tuple(builds),
        files=len(sent),
        size=context.size,
        unused_files=sum(count for count, _ in tally.unused.values()),
        unused_size=sum(size for _, size in tally.unused.values()),
        folders=tuple(tally.folders(guesses)),
        uses=uses,
        whole=next((use for use in uses if _takes_all(use, sent)), None),
        suggestions=suggestions,
        unused=tuple(tally.unused_tops()),
        kept_out=tuple(_kept_out(context, weights or {})),
        problems=(*_problems(context, ignore), *notices, *_unmatched(uses)),
    )


def _uses(build: ContextBuild, taker: Taker, notices: list[Problem]) -> Iterator[Use]:
    dockerfile = build.dockerfile
    target = dockerfile.target if build.target is None else dockerfile.stage(build.target)
    settings = Settings(build_args=build.build_args, target=build.target)
    found, failed = steps_of_stages(dockerfile, target, settings)
    notices += [_noticed(build, notice) for notice in failed]
    for index, steps in enumerate(found):
        for step in steps or ():
            for take in taker.takes(step.expanded):
                yield Use(build.name, step.instruction, index, take)


def _noticed(build: ContextBuild, notice: Notice) -> Problem:
    return Problem(f"{build.name}:{notice.line}", notice.message)


def _used(taker: Taker, uses: Iterable[Use], count: int) -> frozenset[str] | None:
    """The paths that are taken, ``None`` for all of them."""
    used: set[str] = set()
    for want in dict.fromkeys(use.take.wanted for use in uses):
        taken = [one.path for one in taker.files(want) if one.kind is not Kind.DIR]
        if len(taken) == count:
            return None
        used.update(taken)
    return frozenset(used)


def _takes_all(use: Use, sent: Sequence[ContextFile]) -> bool:
    return bool(sent) and use.take.files == len(sent)


def _named(taker: Taker, uses: Iterable[Use]) -> frozenset[str]:
    """The entries on top of which an instruction asks for more than the context as a whole."""
    found: set[str] = set()
    for want in dict.fromkeys(use.take.wanted for use in uses):
        for source, files in taker.each_source(want):
            if source.strip("./"):
                found.update(one.path.partition("/")[0] for one in files)
    return frozenset(found)


def _suggestions(
    tally: Tally, taker: Taker, uses: Iterable[Use], guesses: Mapping[str, str]
) -> tuple[Suggestion, ...]:
    asked: dict[str, tuple[str, Instruction]] = {}
    for use in uses:
        for pattern in _only_clutter(tally, taker, use.take.wanted):
            asked.setdefault(pattern, (use.dockerfile, use.instruction))
    kinds = {row.pattern: row.kind for row in ALWAYS}
    found = [
        Suggestion(pattern, kinds[pattern], files, size, asked.get(pattern))
        for pattern, (files, size) in tally.clutter.items()
    ]
    for path, (files, size) in tally.plain_unused.items():
        found.append(Suggestion(pattern_of(path), kind_of(path), files, size))
    for top, kind in guesses.items():
        files, size = tally.tops[top]
        found.append(Suggestion(pattern_of(top), kind, files, size, doubtful=True))
    return tuple(sorted(found, key=lambda one: (-one.size, -one.files, one.pattern)))


def _only_clutter(tally: Tally, taker: Taker, want: Wanted) -> set[str]:
    """The clutter patterns of the sources of which nothing would be left without them."""
    found: set[str] = set()
    for source, files in taker.each_source(want):
        if not source.strip("./"):
            continue
        rows: set[int] = set()
        for file in files:
            row = tally.row_of(file.path) if file.kind is not Kind.DIR else -1
            if row is None:
                break
            rows.add(row)
        else:
            found |= {ALWAYS[row].pattern for row in rows if row >= 0}
    return found


def _kept_out(context: Context, weights: Mapping[str, int]) -> list[KeptOut]:
    entries: dict[Pattern, list[str]] = {}
    folders: Counter[Pattern] = Counter()
    sizes: dict[Pattern, int | None] = {}
    for one in context.excluded:
        entries.setdefault(one.pattern, []).append(one.path)
        size = weights.get(one.path) if one.size is None else one.size
        folders[one.pattern] += one.kind is Kind.DIR
        before = sizes.get(one.pattern, 0)
        sizes[one.pattern] = None if size is None or before is None else before + size
    found = [
        KeptOut(pattern, len(paths), folders[pattern], sizes[pattern], tuple(paths[:3]))
        for pattern, paths in entries.items()
    ]
    return sorted(found, key=lambda one: (-(one.size or 0), -one.entries, one.pattern.line))


def _problems(context: Context, ignore: IgnoreFile | None) -> Iterator[Problem]:
    for one in context.problems:
        yield Problem(one.path, one.message)
    for row in ignore.problems if ignore is not None else ():
        yield Problem(f"{ignore.name if ignore else ''}:{row.line}", row.message)
    for file in context.files:
        if file.emptied:
            yield Problem(file.path, "arrives without its content: the patterns contradict")


def _unmatched(uses: Iterable[Use]) -> Iterator[Problem]:
    for use in uses:
        for source in use.take.unmatched:
            yield Problem(f"{use.dockerfile}:{use.instruction.line}", source.sentence)
