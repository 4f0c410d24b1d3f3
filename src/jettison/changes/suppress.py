"""Findings that a comment with a reason silences: ``# jettison: ignore=JT006 reason``.

The comment stands directly above what it is about, or at the top of a file for all of it: above a
Dockerfile's instruction, a Compose service (or a field of it), a line of an ignore or requirements
file. ``ignore=`` takes codes, names or keys (``JT002/api``), separated by commas. A finding about a
file that is not there is silenced at the top of any other file by a key with its target.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from jettison.changes.model import Suppressed
from jettison.dockerfile import parse
from jettison.errors import DockerfileError
from jettison.record import record
from jettison.rules import Advice, Finding, Key, Level

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from jettison.analysis import Project
    from jettison.source import SourceText, TextTree

__all__ = ["SUPPRESSION_CODE", "suppress", "suppressible"]

SUPPRESSION_CODE = "JT000"
"""The code of findings about suppressions themselves."""

_WORD = "jettison:"
_YAML = (".yml", ".yaml")
_LINES_ONLY = (".txt", ".in", ".toml", ".cfg", ".json", "ignore")
_HOW = "Write # jettison: ignore=CODE and why, on one line."


@record
class _Comment:
    """A suppression: its line and the lines from ``first`` to ``last`` that it holds for.

    ``problem`` says what is wrong with it, ``""`` for nothing.
    """

    file: str
    line: int
    patterns: tuple[str, ...]
    reason: str
    first: int
    last: int
    top: bool
    problem: str = ""

    def names(self, finding: Finding) -> bool:
        """Whether it names the finding's rule or key."""
        return any(_matches(pattern, finding) for pattern in self.patterns)

    def covers(self, finding: Finding, *, absent: bool) -> bool:
        """Whether it silences the finding, whose file is perhaps not there."""
        if finding.file == self.file:
            return (self.top or self.first <= finding.line <= self.last) and self.names(finding)
        targeted = any("/" in one and _matches(one, finding) for one in self.patterns)
        return absent and self.top and targeted


def suppress(
    findings: Iterable[Finding], tree: TextTree, paths: Iterable[str] = ()
) -> tuple[tuple[Finding, ...], tuple[Suppressed, ...], tuple[tuple[str, int, str], ...]]:
    """The findings that stay, those that comments silence, and the comments that silence none.

    Looked for are comments in the findings' files and in ``paths`` (see :func:`suppressible`). One
    without a reason silences nothing and is a finding itself. Unused ones are file, line and what
    to say of it.
    """
    found = tuple(findings)
    comments = [
        comment
        for path in sorted({*(one.file for one in found), *paths})
        if (source := tree.read(path)) is not None
        for comment in _comments(path, source)
    ]
    sound = [comment for comment in comments if not comment.problem]
    kept: list[Finding] = []
    silenced: list[Suppressed] = []
    used: set[tuple[str, int]] = set()
    for finding in found:
        absent = not tree.has(finding.file)
        by = next((one for one in sound if one.covers(finding, absent=absent)), None)
        if by is None:
            kept.append(finding)
        else:
            used.add((by.file, by.line))
            silenced.append(Suppressed(finding, by.file, by.line, by.reason))
    kept += [_complaint(comment) for comment in comments if comment.problem]
    unused = tuple(
        (one.file, one.line, f"nothing to ignore here for {', '.join(one.patterns)}")
        for one in sound
        if (one.file, one.line) not in used
    )
    return (
        tuple(sorted(kept, key=lambda one: (one.file, one.line, one.key))),
        tuple(silenced),
        unused,
    )


def suppressible(project: Project) -> tuple[str, ...]:
    """The files of a project in which suppressions are looked for, findings or not."""
    found = {*project.compose_texts, *project.compose_names}
    for target in project.targets:
        found.add(target.dockerfile_name)
        if target.ignore_name is not None:
            found.add(target.ignore_name)
    return tuple(sorted(found))


def _matches(pattern: str, finding: Finding) -> bool:
    head, slash, rest = pattern.partition("/")
    if head == finding.name:
        pattern = f"{finding.code}{slash}{rest}"
    return finding.key.matches(pattern)


def _complaint(comment: _Comment) -> Finding:
    subject = ",".join(comment.patterns) or str(comment.line)
    return Finding(
        key=Key(SUPPRESSION_CODE, comment.file, subject),
        name="suppression-not-valid",
        message=comment.problem,
        file=comment.file,
        line=comment.line,
        services=(),
        remedy=Advice(_HOW),
        level=Level.ERROR,
    )


def _comments(path: str, source: SourceText) -> list[_Comment]:
    if _WORD not in source.text:
        return []
    lines = [source.line_text(number) for number in range(1, source.line_count + 1)]
    top = next(
        (at for at, line in enumerate(lines) if line.strip() and not _is_comment(line)), len(lines)
    )
    found = []
    for at, line in enumerate(lines):
        words = _words(line)
        if words is None:
            continue
        patterns, reason, problem = _read(words)
        first, last = _reach(path, source, lines, at)
        found.append(_Comment(path, at + 1, patterns, reason, first, last, at < top, problem))
    return found


def _is_comment(line: str) -> bool:
    return line.lstrip().startswith("#")


def _words(line: str) -> str | None:
    """What a comment of ours says behind ``jettison:``, or ``None`` for any other line."""
    if not _is_comment(line):
        return None
    said = line.lstrip().lstrip("#").lstrip()
    return said.removeprefix(_WORD).strip() if said.startswith(_WORD) else None


def _read(words: str) -> tuple[tuple[str, ...], str, str]:
    """The patterns, the reason and what is wrong of ``ignore=PATTERNS REASON``."""
    command, equals, rest = words.partition("=")
    named, *reason = rest.split(None, 1) or [""]
    patterns = tuple(one for one in named.split(",") if one)
    if command.strip() != "ignore" or not equals or not patterns:
        return patterns, "", f"not understood: jettison: {words}"
    if not reason:
        return patterns, "", f"the suppression of {', '.join(patterns)} gives no reason"
    return patterns, reason[0].strip(), ""


def _reach(path: str, source: SourceText, lines: Sequence[str], at: int) -> tuple[int, int]:
    """The first and last line (from 1) of what stands directly below the comment at ``at``."""
    first = at + 1
    while first < len(lines) and _is_comment(lines[first]):
        first += 1
    if first >= len(lines) or not lines[first].strip():
        return 0, 0
    if path.endswith(_YAML):
        return first + 1, _yaml_end(lines, first)
    if path.endswith(_LINES_ONLY):
        return first + 1, first + 1
    return first + 1, _instruction_end(source, first + 1)


def _yaml_end(lines: Sequence[str], first: int) -> int:
    """The last line of a block: those below it that are indented deeper."""
    depth = len(lines[first]) - len(lines[first].lstrip())
    end = first + 1
    while end < len(lines):
        line = lines[end]
        if line.strip() and len(line) - len(line.lstrip()) <= depth:
            break
        end += 1
    return end


def _instruction_end(source: SourceText, line: int) -> int:
    """The last line of the instruction that starts on a line; the line itself in other files."""
    try:
        file = parse(source)
    except DockerfileError:
        return line
    for instruction in file.instructions:
        if instruction.line == line:
            return source.position(instruction.span.end).line
    return line
