"""What an instruction takes from the context, from other stages, and from elsewhere."""

from __future__ import annotations

import posixpath
import re
from heapq import nlargest
from typing import TYPE_CHECKING

from jettison.dockerfile import Add, Copy, FileInstruction, Run
from jettison.dockerfile.context import Kind, copy_sources, missing_sources
from jettison.patterns import regex
from jettison.record import record

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jettison.dockerfile import Instruction
    from jettison.dockerfile.context import Context, ContextFile
    from jettison.dockerfile.ignore import Pattern

__all__ = [
    "ContextTake",
    "InlineTake",
    "RemoteTake",
    "StageTake",
    "Take",
    "Taker",
    "Unmatched",
    "Wanted",
    "other_takes",
    "wanted",
]

_REMOTE = regex(r"[a-z+]+://|[\w.-]+@[\w.-]+:", re.IGNORECASE)
_BIGGEST = 3


@record
class Wanted:
    """What an instruction wants of the context: the sources, and the flags that narrow them.

    ``mounted`` tells a bind mount of RUN, which sees the files without copying them.
    """

    sources: tuple[str, ...]
    exclude: tuple[str, ...] = ()
    parents: bool = False
    mounted: bool = False


@record
class Unmatched:
    """A source that takes nothing; ``stops`` tells that the build ends there.

    ``pattern`` is the line of the ignore file that keeps it out, if that is why.
    """

    source: str
    stops: bool
    pattern: Pattern | None

    @property
    def sentence(self) -> str:
        """The same in words."""
        shown = self.source or "."
        if self.pattern is not None:
            why = f"line {self.pattern.line} of the ignore file, {self.pattern.text}, keeps it out"
            return f"{shown} matches nothing: {why}"
        if self.stops:
            return f"{shown} is not in the context: the build stops here"
        return f"{shown} matches no file of the context"


@record
class ContextTake:
    """What is taken from the context: all entries but folders, bytes uncompressed.

    ``biggest`` are the largest few files, ``unmatched`` the sources that give nothing.
    """

    wanted: Wanted
    files: int
    size: int
    biggest: tuple[ContextFile, ...]
    unmatched: tuple[Unmatched, ...]


@record
class StageTake:
    """What is taken from another stage (by number), or from an image or a named context."""

    name: str
    stage: int | None
    sources: tuple[str, ...]
    mounted: bool = False


@record
class RemoteTake:
    """What ADD fetches: addresses and repositories."""

    sources: tuple[str, ...]


@record
class InlineTake:
    """Files whose text is in the Dockerfile itself, and its bytes."""

    names: tuple[str, ...]
    size: int


Take = ContextTake | StageTake | RemoteTake | InlineTake


def wanted(expanded: Instruction) -> tuple[Wanted, ...]:
    """What an expanded instruction wants of the context, nothing but COPY, ADD and RUN anything."""
    match expanded:
        case Copy(from_=str()):
            return ()
        case Copy() | Add():
            sources = tuple(one for one in expanded.sources if not _is_remote(expanded, one))
            parents = isinstance(expanded, Copy) and expanded.parents
            return (Wanted(sources, expanded.exclude, parents),) if sources else ()
        case Run():
            return tuple(
                Wanted((mount.source or "",), mounted=True)
                for mount in expanded.mounts
                if mount.type == "bind" and mount.from_ is None
            )
        case _:
            return ()


def _is_remote(instruction: FileInstruction, source: str) -> bool:
    return isinstance(instruction, Add) and _REMOTE.match(source) is not None


class Taker:
    """Answers what instructions take of one context; the same question costs once."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._known: dict[Wanted, tuple[ContextFile, ...]] = {}
        self._excluded: dict[str, Pattern] | None = None

    def files(self, want: Wanted) -> tuple[ContextFile, ...]:
        """The entries that are taken, folders among them, in the context's order."""
        if want not in self._known:
            self._known[want] = copy_sources(
                self._context, want.sources, exclude=want.exclude, parents=want.parents
            )
        return self._known[want]

    def each_source(self, want: Wanted) -> Iterator[tuple[str, tuple[ContextFile, ...]]]:
        """Every source with what it takes by itself."""
        for source in want.sources:
            yield source, self.files(Wanted((source,), want.exclude, want.parents, want.mounted))

    def takes(self, expanded: Instruction) -> tuple[ContextTake, ...]:
        """What an expanded instruction takes of the context."""
        return tuple(self.take(want) for want in wanted(expanded))

    def take(self, want: Wanted) -> ContextTake:
        """What is taken, counted."""
        entries = [one for one in self.files(want) if one.kind is not Kind.DIR]
        return ContextTake(
            wanted=want,
            files=len(entries),
            size=sum([one.size for one in entries]),
            biggest=tuple(nlargest(_BIGGEST, entries, key=lambda one: one.size)),
            unmatched=tuple(self._unmatched(want)),
        )

    def _unmatched(self, want: Wanted) -> Iterator[Unmatched]:
        missing = set(missing_sources(self._context, want.sources, parents=want.parents))
        for source, found in self.each_source(want):
            if source in missing or not found:
                yield Unmatched(source, source in missing, self._kept_out_by(source))

    def _kept_out_by(self, source: str) -> Pattern | None:
        """The pattern that excludes this path, a folder that it is in, or what is in it."""
        path = _cleaned(source)
        if self._excluded is None:
            inside = {one.path.rpartition("/")[0]: one.pattern for one in self._context.excluded}
            exact = {one.path: one.pattern for one in self._context.excluded}
            self._excluded = inside | exact
        folder = path
        while folder:
            if folder in self._excluded and (folder == path or not self._context.get(folder)):
                return self._excluded[folder]
            folder = folder.rpartition("/")[0]
        return None


def other_takes(expanded: Instruction) -> Iterator[StageTake | RemoteTake | InlineTake]:
    """What an expanded instruction takes from elsewhere; stages are named, not numbered."""
    match expanded:
        case Copy(from_=str() as name):
            yield StageTake(name, None, expanded.sources)
        case Run():
            for mount in expanded.mounts:
                if mount.from_ is not None:
                    yield StageTake(mount.from_, None, (mount.source or "/",), mounted=True)
        case Add():
            remote = tuple(one for one in expanded.sources if _is_remote(expanded, one))
            if remote:
                yield RemoteTake(remote)
        case _:
            pass
    if isinstance(expanded, FileInstruction) and expanded.heredocs:
        texts = [one.content.encode("utf-8", "surrogateescape") for one in expanded.heredocs]
        names = tuple(one.name for one in expanded.heredocs)
        yield InlineTake(names, sum(map(len, texts)))


def _cleaned(source: str) -> str:
    return posixpath.normpath(f"/{source}").lstrip("/")
