"""Comparisons of the files that services opened before with what is there after."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jettison.errors import ImageError
from jettison.imaging import list_files
from jettison.oci import read_tree
from jettison.trial.let_go import NOTHING
from jettison.trial.outcomes import Row
from jettison.trial.tracing.missing import Held, Missing, incomparable, missing_files
from jettison.trial.tracing.opened import Method
from jettison.units import byte_count

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from jettison.analysis.evidence import ImageEvidence
    from jettison.engine import Engine
    from jettison.trial.let_go import LetGo
    from jettison.trial.tracing.opened import Running

__all__ = ["OPENED", "opened_notes", "opened_rows", "unlike_notes"]

OPENED = "opened files"
_MOST_SHOWN = 4


def opened_rows(
    engine: Engine,
    before: Mapping[str, Running],
    images: Mapping[str, ImageEvidence],
    after: Mapping[str, Running],
    references: Mapping[str, str],
    *,
    unmissed: frozenset[str] = frozenset(),
    let_go: LetGo = NOTHING,
) -> Iterator[Row]:
    """A row for each service whose image is another after, and which was watched on both sides.

    There is none where another program runs, see :func:`unlike_notes`.

    ``images`` are what is known of the images before, by target; ``references`` name those after,
    by service. Each is read once. ``unmissed`` is what they need not find
    again; of what is missed, ``let_go`` names the change that took it out of a package that stays.
    """
    known: dict[str, Held | None] = {}
    for service, running in before.items():
        image, later = images.get(running.target), after.get(service)
        if image is None or later is None or not running.opened.files:
            continue
        if service not in references or running.image == later.image:
            continue
        if incomparable(running, later):
            continue
        if later.image not in known:
            known[later.image] = _held(engine, references[service])
        held = known[later.image]
        if held is not None:
            missing = missing_files(running, image, later, held, unmissed)
            yield _row(service, running, image, missing, let_go)


def unlike_notes(
    before: Mapping[str, Running], after: Mapping[str, Running]
) -> Iterator[tuple[str, str]]:
    """Of which services it is not compared what they opened, as (service, sentence)."""
    for service in before.keys() & after.keys():
        why = incomparable(before[service], after[service])
        if why and before[service].opened.files:
            yield service, f"opened files are not compared: {why}"


def _held(engine: Engine, reference: str) -> Held | None:
    """What an image holds, ``None`` where it cannot be read."""
    try:
        stored = engine.stored(reference)
        if stored is None:
            return None
        tree = read_tree(stored.layers, digests=False, verify=False)
    except ImageError:
        return None
    listing = list_files(tree)
    sizes = {f"/{p}": size for p, size in zip(listing.paths(), listing.held, strict=True)}
    return Held(lambda path: tree.resolve(path) is not None, sizes)


def _row(
    service: str, running: Running, image: ImageEvidence, found: Missing, let_go: LetGo
) -> Row:
    method = running.opened.method
    size = sum(image.files.get(path, 0) for path in running.opened.files)
    before = f"{found.compared} files, {byte_count(size)} ({method})"
    gone = [f"{len(paths)} {reason}" for reason, paths in found.let_go.items()]
    after = "; ".join(gone) or "all there"
    if not found.lost:
        return Row(service, OPENED, before, after, same=True, exercises=False)
    difference = f"opened before, not there after: {_few(found.lost, let_go)}"
    return Row(
        service,
        OPENED,
        before,
        f"{len(found.lost)} not there",
        same=False,
        difference=difference,
        exercises=False,
    )


def _few(paths: tuple[str, ...], let_go: LetGo) -> str:
    shown = ", ".join(f"{path}{let_go.of_path(path)}" for path in paths[:_MOST_SHOWN])
    more = len(paths) - _MOST_SHOWN
    return f"{shown} and {more} more" if more > 0 else shown


def opened_notes(running: Mapping[str, Running]) -> Iterator[str]:
    """How it was watched which files services open, and what that misses."""
    by_method: dict[tuple[Method, tuple[str, ...]], list[str]] = {}
    for service, one in running.items():
        by_method.setdefault((one.opened.method, one.opened.gaps), []).append(service)
    for (method, gaps), services in by_method.items():
        names = ", ".join(services)
        if method is Method.NONE:
            yield f"opened files of {names}: not watched ({'; '.join(gaps)})"
            continue
        misses = "; ".join((method.misses, *gaps))
        yield f"opened files of {names}: watched by {method}, which misses {misses}"
