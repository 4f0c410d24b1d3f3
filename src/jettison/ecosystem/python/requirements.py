"""Requirement files as pip reads them (pip documentation, "Requirements File Format")."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from jettison.errors import SourceError
from jettison.source import SourceText

if TYPE_CHECKING:
    from pathlib import Path

_COMMENT = re.compile(r"(^|\s)#.*$")
_HASH = re.compile(r"\s--(hash|config-settings|global-option)[=\s]\S+")
_INCLUDE = re.compile(r"^(?:-r|--requirement)[=\s]*(\S+)$")
_MAX_DEPTH = 20


@dataclass(frozen=True, slots=True)
class RequirementLine:
    """One requirement: ``name`` in canonical form (PEP 503), ``text`` as it is written."""

    name: str
    text: str
    extras: frozenset[str]
    pinned: bool
    file: str
    line: int


@dataclass(frozen=True, slots=True)
class RequirementFile:
    """A requirement file with all that it includes.

    ``options`` are the lines that are no requirement (``--index-url`` and the like). ``opaque``
    are requirements without a name that can be read (a bare URL, a local path, an editable).
    """

    path: str
    lines: tuple[RequirementLine, ...]
    options: tuple[str, ...]
    opaque: tuple[str, ...]


def read_requirements(root: Path, path: str) -> RequirementFile:
    """The requirement file ``path`` (relative to ``root``) with the files it includes.

    Raises ``SourceError`` for an included file that is missing, outside ``root`` or part of a
    cycle. A line that pip would refuse is kept as opaque.
    """
    lines: list[RequirementLine] = []
    options: list[str] = []
    opaque: list[str] = []
    _read(root, path, (), lines, options, opaque)
    return RequirementFile(path, tuple(lines), tuple(options), tuple(opaque))


def _read(  # noqa: PLR0917  (one accumulator for each kind of line)
    root: Path,
    path: str,
    parents: tuple[str, ...],
    lines: list[RequirementLine],
    options: list[str],
    opaque: list[str],
) -> None:
    source = SourceText.read(root / path, path)
    for number, text in _logical_lines(source.text):
        include = _INCLUDE.match(text)
        if include:
            target = (root / path).parent / include[1]
            inside = target.resolve().is_relative_to(root.resolve())
            if not inside or not target.is_file() or path in parents or len(parents) > _MAX_DEPTH:
                raise SourceError(
                    f"cannot include {include[1]}",
                    file=path,
                    line=number,
                    remedy="The included file must exist inside the project and not include this "
                    "one again.",
                )
            name = target.resolve().relative_to(root.resolve()).as_posix()
            _read(root, name, (*parents, path), lines, options, opaque)
        elif text.startswith("-"):
            (opaque if text.startswith(("-e", "--editable")) else options).append(text)
        else:
            line = _requirement(text, path, number)
            if line is None:
                opaque.append(text)
            else:
                lines.append(line)


def _logical_lines(text: str) -> list[tuple[int, str]]:
    rows: list[tuple[int, str]] = []
    pending, start = "", 1
    for number, raw in enumerate(text.splitlines(), start=1):
        if not pending:
            start = number
        if raw.endswith("\\"):
            pending += raw[:-1] + " "
            continue
        row = _COMMENT.sub("", pending + raw).strip()
        pending = ""
        if row:
            rows.append((start, row))
    if pending.strip():
        rows.append((start, pending.strip()))
    return rows


def _requirement(text: str, path: str, number: int) -> RequirementLine | None:
    bare = _HASH.sub("", f" {text}").strip()
    try:
        requirement = Requirement(bare)
    except InvalidRequirement:
        return None
    return RequirementLine(
        name=canonicalize_name(requirement.name),
        text=bare,
        extras=frozenset(requirement.extras),
        pinned=any(s.operator in ("==", "===") for s in requirement.specifier),
        file=path,
        line=number,
    )
