"""Requirement files split into what an image needs and what development needs besides.

As a reviewer does it: the file keeps its name and loses lines, which go to
``requirements-dev.txt``; or, where others install the file for development, the image gets a
``requirements.prod.txt``.
"""

from __future__ import annotations

import posixpath
import re
from dataclasses import replace
from typing import TYPE_CHECKING

from jettison.analysis.package_runs import under_condition
from jettison.analysis.python.leaving import Leaving, least_basis, optional_of
from jettison.analysis.python.needs import Verdict, needs_of
from jettison.analysis.python.requirement_uses import RequirementUse, other_users, requirement_uses
from jettison.dockerfile.ignore.paths import glob_matches, has_wildcard
from jettison.ecosystem.python.compiled_requirements import compiled_from
from jettison.ecosystem.python.requirements import read_requirements, without_lines
from jettison.source import Patch, Pieces, Span, TextEdit
from jettison.sure import sure

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jettison.analysis.facts import Facts
    from jettison.analysis.project import Target
    from jettison.analysis.python.needs import Need
    from jettison.dockerfile import Instruction
    from jettison.ecosystem.python.requirements import RequirementFile, RequirementLine
    from jettison.source import SourceText

__all__ = ["counts", "declared_in", "leaving_requirements", "verdicts_of"]

_DEVELOPMENT = frozenset(
    "dev develop development test tests testing lint linting linters quality qa docs documentation "
    "typing types format formatting style ci".split()
)
_PRODUCTION = frozenset("prod production runtime run app deploy deployment main core".split())
_LONGEST_HEADING = 5
_SUBJECTS = {Verdict.TOOL: "tools", Verdict.UNUSED: "unused"}
_NOTE = "# What the image installs: {} without the packages that only development uses."


class CannotSplit(Exception):
    """Why the file cannot be split here."""


def leaving_requirements(facts: Facts) -> Iterator[Leaving]:
    """The listed distributions that may leave, one for each file and kind (tools, unused)."""
    by_file = requirement_uses(facts)
    files = [path for path, uses in by_file.items() if any(map(counts, uses))]
    for path in files:
        uses = by_file[path]
        found = read_requirements(facts.tree.read, path)
        if found is None or found.unread or any(map(_is_conditional, uses)):
            continue
        verdicts = verdicts_of(facts, uses, found)
        source = facts.tree.read(path)
        compiled = compiled_from(source.text) if source is not None else None
        for verdict, subject in _SUBJECTS.items():
            lines = [line for line in found.own if verdicts[line.name].verdict is verdict]
            if compiled is not None:
                lines = [line for line in lines if line.name not in compiled.brought]
            if lines:
                name = subject if len(files) == 1 else f"{subject}:{path}"
                yield _leaving(facts, uses, found, lines, verdicts=verdicts, subject=name)


def _is_conditional(use: RequirementUse) -> bool:
    """Whether the image gets the list in some builds only."""
    return counts(use) and any(
        use.requirement in call.requirements and under_condition(use.run, call)
        for call in use.run.calls
    )


def counts(use: RequirementUse) -> bool:
    """Whether a use brings the list into an image that does not serve development only."""
    return use.reaches and not use.target.development


def verdicts_of(
    facts: Facts,
    uses: tuple[RequirementUse, ...],
    found: RequirementFile,
    *,
    why_kept: bool = False,
) -> dict[str, Need]:
    """The verdict on each name over all images that install the file: the one that keeps most.

    ``why_kept`` as in :func:`~jettison.analysis.python.needs.needs_of`.
    """
    listed = frozenset(line.name for line in found.lines)
    declared = {line.name: where for line in found.lines if (where := declared_in(line))}
    extras = {name: frozenset[str]() for name in listed}
    for line in found.lines:
        extras[line.name] |= {extra.lower() for extra in line.extras}
    rank = [Verdict.UNUSED, Verdict.TOOL, Verdict.UNKNOWN, Verdict.NEEDED]
    merged: dict[str, Need] = {}
    for target in {use.target.name: use.target for use in uses if counts(use)}.values():
        for name, need in needs_of(
            facts, target, listed, declared, extras, why_kept=why_kept
        ).items():
            known = merged.get(name, need)
            best = max(known, need, key=lambda one: rank.index(one.verdict))
            merged[name] = replace(best, optional=known.optional | need.optional)
    return merged


def declared_in(line: RequirementLine) -> str:
    """Where a list says that a line is for development, for a person to read; ``""`` if nowhere."""
    for text, where in (
        (line.heading, f'listed under "{line.heading}"'),
        (posixpath.basename(line.file), f"listed in {line.file}"),
    ):
        words = re.findall(r"[a-z]+", text.lower())
        if (
            len(words) <= _LONGEST_HEADING
            and _DEVELOPMENT.intersection(words)
            and not _PRODUCTION.intersection(words)
        ):
            return where
    return ""


def _leaving(
    facts: Facts,
    uses: tuple[RequirementUse, ...],
    found: RequirementFile,
    lines: list[RequirementLine],
    *,
    verdicts: dict[str, Need],
    subject: str,
) -> Leaving:
    first = next(use.target for use in uses if counts(use))
    source = sure(facts.tree.read(found.path))
    spans, comments = without_lines(source, lines)
    patch, refusal, advice = Patch(), "", ""
    compiled = compiled_from(source.text)
    try:
        if compiled is None:
            patch = _patch(facts, uses, source, lines, spans)
        else:
            names = ", ".join(line.name for line in lines)
            advice = f"Take {names} out of {compiled.source}, and generate {found.path} again."
    except CannotSplit as error:
        refusal = str(error)
    what = "development tools" if subject.startswith("tools") else "packages that nothing uses"
    return Leaving(
        first,
        subject,
        found.path,
        lines[0].line,
        f"{len(lines)} of {len(found.lines)} listed distributions are {what}",
        f"install {found.path} without {len(lines)} {what}",
        least_basis(verdicts[line.name] for line in lines),
        frozenset(f"python:{line.name}" for line in lines),
        patch,
        tuple(f"{line.text}: {verdicts[line.name].reason}" for line in lines),
        refusal,
        advice=advice,
        drops_comments=comments if found.path in patch.paths else _renamed_in(uses, found.path),
        size_bytes=_size(facts, first, lines, found),
        optional=optional_of(verdicts[line.name] for line in lines),
    )


def _size(
    facts: Facts, target: Target, lines: list[RequirementLine], found: RequirementFile
) -> int | None:
    """The bytes of what leaves with all that only it needs, ``None`` where that is not known."""
    image = facts.evidence.image(target.name)
    if image is None:
        return None
    listed = {line.name for line in found.lines}
    gone = image.distributions_brought_by((line.name for line in lines), listed)
    return sum(image.distributions[name].size_bytes for name in gone)


def _patch(
    facts: Facts,
    uses: tuple[RequirementUse, ...],
    source: SourceText,
    lines: list[RequirementLine],
    spans: tuple[Span, ...],
) -> Patch:
    cuts = tuple(TextEdit(span, "") for span in spans)
    if source.name in facts.tree.created:
        return Patch.of(source.name, cuts)
    base = _only_includes(source, spans)
    if base is not None:
        return _renamed(uses, base)
    words = set(re.findall(r"[a-z]+", posixpath.basename(source.name).lower()))
    if words & _DEVELOPMENT and not words & _PRODUCTION:
        raise CannotSplit("by its name the list is one for development: give the image its own")
    if other_users(facts, uses):
        name = _free_name(facts, source.name)
        text = _production_text(source, spans)
        return _redirected(uses, name) | Patch({}, {name: text})
    return Patch.of(source.name, cuts) | _moved(facts, source, lines)


def _only_includes(source: SourceText, spans: tuple[Span, ...]) -> str | None:
    """The file beside it that is all a list still names without ``spans``; else ``None``.

    A list for development that begins with ``-r requirements.txt``: the image needs that one.
    """
    text = Pieces.of(source).edited(TextEdit(span, "") for span in spans).text()
    rows = [row.partition(" #")[0].split() for row in text.splitlines()]
    left = [row for row in rows if row and not row[0].startswith("#")]
    match left:
        case [["-r" | "--requirement", name]] if "/" not in name:
            return name
        case _:
            return None


def _renamed(uses: tuple[RequirementUse, ...], name: str) -> Patch:
    """The edits with which every image installs a list that its own one includes."""
    patch = Patch()
    for use in uses:
        if counts(use):
            patch |= Patch.of(use.target.dockerfile_name, [_word(use, name)])
    return patch


def _moved(facts: Facts, source: SourceText, lines: list[RequirementLine]) -> Patch:
    """The lines in the file for development, which is made if there is none."""
    folder, base = posixpath.split(source.name)
    stem, dot, suffix = base.rpartition(".")
    newline = "\r\n" if "\r\n" in source.text else "\n"
    written = [source.text[line.span.start : line.span.end].rstrip("\r\n") for line in lines]
    names = (f"{stem}-dev", f"{stem}_dev", f"{stem}.dev", f"dev-{stem}", f"{stem}-test")
    for name in names:
        path = posixpath.join(folder, f"{name}{dot}{suffix}")
        there = facts.tree.read(path)
        if there is not None:
            known = read_requirements(facts.tree.read, path)
            have = {line.name for line in known.own} if known else set()
            missing = [t for t, one in zip(written, lines, strict=True) if one.name not in have]
            if not missing:
                return Patch()
            glue = "" if not there.text or there.text.endswith("\n") else newline
            end = Span(len(there.text), len(there.text))
            return Patch.of(path, [TextEdit(end, glue + newline.join(missing) + newline)])
    path = posixpath.join(folder, f"{names[0]}{dot}{suffix}")
    text = newline.join((f"-r {base}", "", *written)) + newline
    return Patch({}, {path: text})


def _free_name(facts: Facts, path: str) -> str:
    folder, base = posixpath.split(path)
    stem, dot, suffix = base.rpartition(".")
    for word in ("prod", "production", "image"):
        name = posixpath.join(folder, f"{stem}.{word}{dot}{suffix}")
        if not facts.tree.has(name):
            return name
    raise CannotSplit(f"every name for a production list beside {path} is taken")


def _production_text(source: SourceText, spans: tuple[Span, ...]) -> str:
    """The file minus ``spans``, its heading replaced by a note of what it is."""
    parts, at = [], 0
    for span in spans:
        parts.append(source.text[at : span.start])
        at = span.end
    parts.append(source.text[at:])
    rows = "".join(parts).splitlines(keepends=True)
    head = 0
    while head < len(rows) and rows[head].lstrip().startswith("#"):
        head += 1
    # A comment with a blank line below is the file's heading; else it is the first group's.
    body = rows[head:] if head < len(rows) and not rows[head].strip() else rows
    newline = "\r\n" if "\r\n" in source.text else "\n"
    note = _NOTE.format(posixpath.basename(source.name)) + newline
    return note + ("" if body and not body[0].strip() else newline) + "".join(body)


def _redirected(uses: tuple[RequirementUse, ...], name: str) -> Patch:
    """The edits with which every image installs the file ``name`` in place of its list."""
    patch = Patch()
    done: set[tuple[str, int, int]] = set()
    for use in uses:
        path = use.target.dockerfile_name
        start = use.run.editor.span(use.requirement.span).start
        if not counts(use) or (path, use.run.run.line, start) in done:
            continue
        done.add((path, use.run.run.line, start))
        patch |= Patch.of(path, _redirect(use, posixpath.basename(name)))
    return patch


def _redirect(use: RequirementUse, name: str) -> Iterator[TextEdit]:
    target, landing = use.target, use.landing
    new = posixpath.join(posixpath.dirname(use.context_path), name)
    if target.ignore is not None and target.ignore.match(new).excluded:
        raise CannotSplit(f"{target.ignore_name} keeps {new} out of the build")
    if landing is None:
        raise CannotSplit("the list comes by a mount")
    old = posixpath.basename(use.context_path)
    copy = landing.instruction
    for one in _commented(use):
        yield from use.run.editor.editor.renamed_in_comments(one, old, name)
    if landing.folder:
        yield _word(use, name)
        return
    if _mentions(use, old) > 1:
        raise CannotSplit(f"another command of {target.dockerfile_name} uses {old}, too")
    if has_wildcard(copy.sources[landing.word]):
        if not _glob_takes(copy.sources[landing.word], new):
            raise CannotSplit(f"no COPY would bring {new}")
        yield _word(use, name)
        return
    span = copy.source_spans[landing.word]
    written = target.dockerfile.text[span.start : span.end]
    if not written.endswith(old):
        raise CannotSplit(f"the COPY on line {copy.line} names the list by a variable")
    yield TextEdit(span, written.removesuffix(old) + name)
    if posixpath.basename(landing.place) != posixpath.basename(copy.destination):
        yield _word(use, name)


def _commented(use: RequirementUse) -> tuple[Instruction, ...]:
    """The instructions whose comments may name the list."""
    return (use.run.run, *((use.landing.instruction,) if use.landing is not None else ()))


def _renamed_in(uses: tuple[RequirementUse, ...], path: str) -> frozenset[str]:
    """The comments that name the list, above the instructions that do."""
    name = posixpath.basename(path)
    return frozenset(
        line
        for use in uses
        for line in use.run.editor.editor.comments(_commented(use))
        if name in line
    )


def _word(use: RequirementUse, name: str) -> TextEdit:
    """The edit of pip's word."""
    run, span = use.run.run, use.requirement.span
    old = posixpath.basename(use.context_path)
    place = use.run.editor.span(span)
    written = use.target.dockerfile.text[place.start : place.end]
    if not written.rstrip("'\"").endswith(old):
        raise CannotSplit(f"the RUN on line {run.line} names the list by a variable")
    at = place.start + written.rindex(old)
    return TextEdit(Span(at, at + len(old)), name)


def _mentions(use: RequirementUse, name: str) -> int:
    """How often the commands of the stage's RUNs name the file."""
    found = 0
    for step in use.target.all_steps[use.run.stage]:
        text = getattr(step.instruction, "command", None)
        if isinstance(text, str) and step.instruction.keyword == "RUN":
            found += sum(word.strip("'\"").endswith(name) for word in text.split())
    return found


def _glob_takes(pattern: str, path: str) -> bool:
    return glob_matches(posixpath.normpath(pattern), path)
