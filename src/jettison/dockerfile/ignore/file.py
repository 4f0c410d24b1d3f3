"""An ignore file: its patterns in order, and their decision on each path.

Source: moby/patternmatcher (``ignorefile.ReadAll``, ``New``, ``MatchesOrParentMatches``,
``MatchesUsingParentResults``) and the "Build context" page of Docker's manual.
"""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING, Final

from jettison.dockerfile.ignore.paths import BadPattern, clean, glob_matches
from jettison.dockerfile.ignore.regex import Matcher, compile_pattern
from jettison.dockerfile.ignore.union import Union
from jettison.record import record
from jettison.source import Span

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from jettison.source import SourceText

__all__ = ["Decision", "IgnoreFile", "IgnoreProblem", "Inherited", "Pattern", "find_ignore_file"]

_SPACE: Final = "\t\n\v\f\r \x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(
    map(chr, range(0x2000, 0x200B))
)
_LONGEST_LINE: Final = 64 * 1024


@record
class Pattern:
    """One line of an ignore file.

    ``text`` is the line without the blanks round it, ``span`` where that stands, ``line`` counts
    from 1. ``glob`` is what is compared: cleaned, without ``!`` and without a leading slash.
    """

    text: str
    negated: bool
    line: int
    span: Span
    glob: str
    matcher: Matcher = field(repr=False, compare=False)


@record
class IgnoreProblem:
    """A line that makes the engine refuse the build."""

    message: str
    line: int
    span: Span


@record
class Decision:
    """Whether a path stays out of the context, and the pattern that had the last word.

    ``pattern`` is ``None`` where no pattern names the path or a folder that it is in.
    """

    excluded: bool
    pattern: Pattern | None = None


@record
class Inherited:
    """What a folder hands down: which patterns name it or a folder above, and its decision.

    ``doubtful`` says that some pattern names it without having been looked at, so that below it
    :meth:`IgnoreFile.descend` and :meth:`IgnoreFile.match` may disagree.
    """

    named: tuple[bool, ...]
    decision: Decision
    doubtful: bool = False


@record
class IgnoreFile:
    """The patterns of an ignore file in order.

    ``problems`` are the lines for which an engine stops; here they are passed over.
    """

    name: str
    patterns: tuple[Pattern, ...]
    problems: tuple[IgnoreProblem, ...] = ()
    _union: Union = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_union", Union(one.matcher for one in self.patterns))

    @classmethod
    def parse(cls, source: SourceText) -> IgnoreFile:
        """The patterns of ``source``; any text is accepted."""
        rows = enumerate(_rows(source.text), start=1)
        return cls._of(source.name, (_read_row(row, line, start) for line, (start, row) in rows))

    @classmethod
    def of_patterns(cls, patterns: Iterable[str]) -> IgnoreFile:
        """An ignore file of patterns as a flag gives them: no comments, no marks, no slash removed.

        ``line`` is the number of the pattern, from 1; spans are within each pattern.
        """
        rows = enumerate(patterns, start=1)
        return cls._of("", (_read_pattern(text, line) for line, text in rows))

    @classmethod
    def _of(cls, name: str, found: Iterable[Pattern | IgnoreProblem | None]) -> IgnoreFile:
        rows = tuple(found)
        return cls(
            name,
            tuple(row for row in rows if isinstance(row, Pattern)),
            tuple(row for row in rows if isinstance(row, IgnoreProblem)),
        )

    def match(self, path: str) -> Decision:
        """The decision for a path relative to the context, ``/`` between its names.

        The patterns are tried in order on the path and every folder above it; the last that
        changes the verdict wins (``MatchesOrParentMatches``). The context itself is never excluded.
        """
        path = clean(path)
        if path == ".":
            return Decision(False)
        names = [path, *_folders(path)]
        decision = Decision(False)
        for pattern in self.patterns:
            if pattern.negated is decision.excluded and any(map(pattern.matcher.matches, names)):
                decision = Decision(not pattern.negated, pattern)
        return decision

    @property
    def root(self) -> Inherited:
        """What the context folder hands down."""
        return Inherited((False,) * len(self.patterns), Decision(False))

    def descend(self, path: str, above: Inherited) -> Inherited:
        """The decision for an entry of a folder, as the engines decide it on their walk.

        It differs from :meth:`match` where a pattern had nothing to change on a folder and would
        have on an entry (``MatchesUsingParentResults``): only the walk tells what is sent.
        """
        if not self._union.matches(path):
            return above
        named: list[bool] = []
        decision = Decision(False)
        doubtful = above.doubtful
        for pattern, inherited in zip(self.patterns, above.named, strict=True):
            matches = inherited or pattern.matcher.matches(path)
            changes = matches and pattern.negated is decision.excluded
            named.append(inherited or changes)
            doubtful = doubtful or (matches and not named[-1])
            if changes:
                decision = Decision(not pattern.negated, pattern)
        return Inherited(tuple(named), decision, doubtful)

    def reaches_below(self, folder: str, inherited: Inherited) -> bool:
        """Whether something below an excluded folder could still be sent."""
        below = f"{folder}/"
        last = max(
            (
                index
                for index, pattern in enumerate(self.patterns)
                if inherited.named[index] and not pattern.negated
            ),
            default=-1,
        )
        return any(
            pattern.negated and pattern.matcher.reaches(below)
            for pattern in self.patterns[last + 1 :]
        )


def find_ignore_file(context: Path, dockerfile: Path) -> Path | None:
    """The ignore file of a build: ``<Dockerfile>.dockerignore`` beside it, else the context's.

    An empty file of the first kind hides the second. ``None`` where there is neither.
    """
    own = dockerfile.with_name(f"{dockerfile.name}.dockerignore")
    shared = context / ".dockerignore"
    return own if own.is_file() else shared if shared.is_file() else None


def _folders(path: str) -> list[str]:
    parts = path.split("/")
    return ["/".join(parts[:count]) for count in range(1, len(parts))]


def _rows(text: str) -> list[tuple[int, str]]:
    """The lines with where they start; a byte order mark before the first is no part of it."""
    rows = []
    at = 0
    for row in text.split("\n"):
        mark = at == 0 and row.startswith("\ufeff")
        rows.append((at + mark, row[mark:].removesuffix("\r")))
        at += len(row) + 1
    return rows


def _read_row(row: str, line: int, start: int) -> Pattern | IgnoreProblem | None:
    text = row.strip(_SPACE)
    if not text or row.startswith("#"):
        return None
    at = start + len(row) - len(row.lstrip(_SPACE))
    span = Span(at, at + len(text))
    if len(row.encode("utf-8", "surrogateescape")) >= _LONGEST_LINE:
        return IgnoreProblem("the line is longer than 64 KiB", line, span)
    negated = text.startswith("!")
    glob = text[1:].strip(_SPACE) if negated else text
    if glob:
        glob = clean(glob)
        glob = glob[1:] if len(glob) > 1 and glob.startswith("/") else glob
    return _compile(f"!{glob}" if negated else glob, text, line, span)


def _read_pattern(text: str, line: int) -> Pattern | IgnoreProblem | None:
    return _compile(text, text, line, Span(0, len(text))) if text.strip(_SPACE) else None


def _compile(pattern: str, text: str, line: int, span: Span) -> Pattern | IgnoreProblem:
    """A pattern as ``patternmatcher.New`` takes it, ``text`` being how it was written."""
    glob = clean(pattern.strip(_SPACE))
    negated = glob.startswith("!")
    glob = glob.removeprefix("!")
    if not glob:
        return IgnoreProblem('illegal exclusion pattern: "!"', line, span)
    try:
        glob_matches(glob, ".")
        return Pattern(text, negated, line, span, glob, compile_pattern(glob))
    except BadPattern:
        return IgnoreProblem("syntax error in pattern", line, span)
