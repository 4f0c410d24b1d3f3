"""What becomes of packages and folders, for people and for programs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jettison.changes.standing import Standing, Subject, Which
from jettison.report.figures import byte_count

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

__all__ = ["counts_of", "standing_from_json", "standing_to_json", "standings_text", "table_of"]


def standing_to_json(one: Standing) -> dict[str, Any]:
    """One standing as JSON."""
    return {
        "kind": one.subject.value,
        "name": one.name,
        "dockerfile": one.dockerfile,
        "standing": one.which.value,
        "basis": one.basis,
        "reason": one.reason,
        "listed": {"file": one.listed[0], "line": one.listed[1]},
        "used": [{"file": file, "line": line} for file, line in one.places],
        "size_bytes": one.size_bytes,
        "key": one.key or None,
    }


def standing_from_json(row: Mapping[str, Any]) -> Standing:
    """The standing of a report's row; raises ``KeyError``, ``TypeError`` or ``ValueError``."""
    return Standing(
        Subject(row["kind"]),
        str(row["name"]),
        str(row["dockerfile"]),
        Which(row["standing"]),
        str(row["basis"]),
        str(row["reason"]),
        (str(row["listed"]["file"]), int(row["listed"]["line"])),
        tuple((str(use["file"]), int(use["line"])) for use in row["used"]),
        None if row["size_bytes"] is None else int(row["size_bytes"]),
        str(row["key"] or ""),
    )


def standings_text(found: Iterable[Standing]) -> str:
    """Standings for a terminal, each in a few lines."""
    return "".join(f"{line}\n" for one in found for line in _lines(one))


def _lines(one: Standing) -> Iterator[str]:
    size = f", {byte_count(one.size_bytes)}" if one.size_bytes is not None else ""
    by = f" by {one.key}" if one.key else ""
    yield f"{one.subject.value} {one.name}: {one.which.value}{by} ({one.basis}{size})"
    yield f"    {one.reason}"
    word = "copied" if one.subject is Subject.FOLDER else "listed"
    if one.listed[0]:
        yield f"    {word} in {place(one.listed)}; image of {one.dockerfile}"
    for where in one.places:
        yield f"    used in {place(where)}"


def place(where: tuple[str, int]) -> str:
    """``file:line``, or the file alone."""
    return f"{where[0]}:{where[1]}" if where[1] else where[0]


def counts_of(found: Iterable[Standing]) -> str:
    """How many are kept and dropped, in words; ``""`` where there are none."""
    rows = tuple(found)
    kept = sum(one.which is Which.KEPT for one in rows)
    dropped = sum(one.which is Which.DROPPED for one in rows)
    return f"{kept} kept, {dropped} dropped" if rows else ""


def table_of(found: Iterable[Standing]) -> Iterator[str]:
    """The rows of a Markdown table, what is dropped first."""
    yield "| what | | basis | why | where | size |"
    yield "|---|---|---|---|---|--:|"
    order = [Which.DROPPED, Which.KEPT, Which.ABSENT]
    for one in sorted(found, key=lambda one: (order.index(one.which), one.subject, one.name)):
        where = ", ".join(f"`{place(use)}`" for use in (one.places or (one.listed,)) if use[0])
        size = byte_count(one.size_bytes) if one.size_bytes is not None else ""
        state = f"{one.which.value}, {one.key}" if one.key else one.which.value
        reason = one.reason.replace("|", "\\|")
        what = f"{one.subject.value} {one.name}"
        yield f"| {what} | {state} | {one.basis} | {reason} | {where} | {size} |"
