"""Which line of a Dockerfile made which layer, and what the file says of the base."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jettison.dockerfile import parse_text
from jettison.errors import SourceError
from jettison.imaging.alignment import align
from jettison.imaging.recognition import Likeness, file_steps, likeness
from jettison.imaging.said import said_steps
from jettison.record import record

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from jettison.dockerfile import Dockerfile, Stage
    from jettison.imaging.recognition import FileStep
    from jettison.imaging.said import SaidStep
    from jettison.oci import History, LayerOrigin

_MOST_STAGES = 16
_KANIKO = "kaniko"
_MISSED = Likeness.PATH
"""What an instruction that left no step counts against a stage being the one that was built."""

_SKIPPED = 5
"""What a layer of no instruction between two that have one counts against these."""


@record
class FileMatch:
    """What a Dockerfile says of an image.

    ``stage`` is the one that was built, ``lines`` the line of each layer that is known, by the
    layer's number. ``base_name`` is what the first FROM of the stage's line of descent names,
    ``None`` where a variable has no value; ``base_is_literal`` is whether there is none, so that a
    build argument cannot have changed it. ``base_layers`` is the number of layers below the
    first of the file's own, ``None`` where not every instruction and layer above it was found.
    What the base's ONBUILD made is own, but BuildKit does not write ONBUILD into the history, and
    then it counts as the base's.
    """

    stage: Stage
    lines: Mapping[int, int]
    base_name: str | None
    base_is_literal: bool
    base_layers: int | None


@record
class _Step:
    """A step of the history; ``layer`` is its layer, or the one its files went into, if any."""

    said: SaidStep
    item: History
    origin: LayerOrigin | None
    merged: bool = False


@record
class _Pair:
    step: _Step
    file: FileStep
    weight: Likeness
    only: bool


@record
class _Fit:
    """A stage against a history; ``pairs`` by the history's step."""

    stage: Stage
    steps: tuple[FileStep, ...]
    pairs: Mapping[int, _Pair]

    @property
    def score(self) -> int:
        found = {id(pair.file) for pair in self.pairs.values()}
        missed = sum(each.makes_files and id(each) not in found for each in self.steps)
        return sum(pair.weight for pair in self.pairs.values()) - missed * _MISSED


def match_file(
    origins: Sequence[LayerOrigin], dockerfile: Dockerfile, target: str | None = None
) -> FileMatch:
    """The Dockerfile held against the history.

    Steps of the history, also those without layers, and instructions are brought in line as a
    whole, so what a base has in common with the file, what was changed in the file since, and
    what others added on top do not put the rest out of step. Where no target is named it is the
    stage that fits best, the last one if several do.
    """
    history = _history(origins)
    told = all(origin.history is not None for origin in origins)
    if target is None:
        stages = dockerfile.stages[: -_MOST_STAGES - 1 : -1]
    else:
        stages = (dockerfile.stage(target),)
    comparison = _Comparison(dockerfile, history)
    fit = max(map(comparison.fit, stages), key=lambda fit: fit.score)
    first = _descent(dockerfile, fit.stage)[0]
    base_layers = _base_layers(history, fit) if told else None
    return FileMatch(
        stage=fit.stage,
        lines=_lines(history, fit),
        base_name=first.base_name,
        base_is_literal="$" not in first.base,
        base_layers=0 if first.base == "scratch" else base_layers,
    )


def _descent(dockerfile: Dockerfile, stage: Stage) -> list[Stage]:
    """The stages that the stage is built from, first one first, and the stage itself."""
    found = [stage]
    while (base := found[0].base_stage) is not None:
        found.insert(0, dockerfile.stages[base])
    return found


def _history(origins: Sequence[LayerOrigin]) -> list[_Step]:
    """All steps, those without layers too."""
    placed: list[tuple[History, LayerOrigin | None, bool]] = []
    for origin in origins:
        if origin.history is None:
            continue
        makers = origin.makers
        merged = makers != (origin.history,)
        inside = {id(item) for item in (*makers, origin.history)}
        for item in (*origin.before, origin.history):
            inner = id(item) in inside
            placed.append((item, origin if inner else None, merged and inner))
        placed += [(item, None, False) for item in origin.after]
    said = said_steps(item.created_by for item, _, _ in placed)
    return [_Step(one, *place) for one, place in zip(said, placed, strict=True)]


class _Comparison:
    """A file's steps and a history's, each pair compared once for all stages."""

    def __init__(self, dockerfile: Dockerfile, history: list[_Step]) -> None:
        self._dockerfile = dockerfile
        self._history = history
        self._by_stage = file_steps(dockerfile)
        self._known: dict[tuple[int, int], Likeness] = {}
        self._costs = [0 if step.item.empty_layer else _SKIPPED for step in history]

    def fit(self, stage: Stage) -> _Fit:
        """The best that the stage, with those that it is built from, and the history agree."""
        descent = _descent(self._dockerfile, stage)
        steps = tuple(step for each in descent for step in self._by_stage[each.index])

        def weight(row: int, column: int) -> Likeness:
            key = id(steps[row]), column
            if key not in self._known:
                self._known[key] = likeness(steps[row], self._history[column].said)
            return self._known[key]

        pairs = {
            column: _Pair(self._history[column], steps[row], weight(row, column), only)
            for row, column, only in align(len(steps), self._costs, weight)
        }
        return _Fit(stage, steps, pairs)


def _lines(history: list[_Step], fit: _Fit) -> Mapping[int, int]:
    """The lines of layers that one instruction made and no other could have."""
    found: dict[int, int] = {}
    makers: dict[int, int] = {}
    for column, step in enumerate(history):
        if step.origin is None or step.origin.has_base:
            continue
        layer = step.origin.layer
        if step.merged and step.item not in step.origin.makers:
            continue
        makers[layer] = makers.get(layer, 0) + 1
        pair = fit.pairs.get(column)
        if pair is not None and pair.only and not _holds_more(fit, pair):
            found[layer] = pair.file.line
    return {layer: line for layer, line in found.items() if makers[layer] == 1}


def _holds_more(fit: _Fit, pair: _Pair) -> bool:
    """Whether the layer may hold what other instructions made.

    kaniko names a layer by its last instruction where it takes one snapshot of a stage. Source:
    kaniko, ``pkg/executor/build.go`` (``shouldTakeSnapshot``).
    """
    if pair.step.item.author != _KANIKO:
        return False
    at = next(number for number, each in enumerate(fit.steps) if each is pair.file)
    found = {id(each.file) for each in fit.pairs.values()}
    for each in reversed(fit.steps[:at]):
        if each.makes_files:
            return each.stage == pair.file.stage and id(each) not in found
    return False


def _base_layers(history: list[_Step], fit: _Fit) -> int | None:
    """The layers below the file's own, if nothing of the file or above them is left over.

    Other builders than kaniko write WORKDIR down where it made no layer too.
    """
    strong = {column: pair for column, pair in fit.pairs.items() if pair.weight > Likeness.KEYWORD}
    found = {id(pair.file) for pair in strong.values()}
    kaniko = any(step.item.author == _KANIKO for step in history)
    wanted = {"RUN", "COPY", "ADD"} if kaniko else {"RUN", "COPY", "ADD", "WORKDIR"}
    if not strong or any(each.keyword in wanted and id(each) not in found for each in fit.steps):
        return None
    first = _without_triggers(history, min(strong))
    own = [
        (column, step.origin)
        for column, step in enumerate(history)
        if column >= first and step.origin is not None
    ]
    if any(column not in strong for column, _ in own if column >= min(strong)):
        return None
    if own:
        return None if own[0][1].has_base else min(origin.layer for _, origin in own)
    return max((step.origin.layer for step in history if step.origin is not None), default=-1) + 1


def _without_triggers(history: list[_Step], first: int) -> int:
    """The first step of the build, given the file's first: the base's ONBUILD comes before it.

    The classic builder and buildah write both ONBUILD and what it causes into the history.
    """
    before = [step.said.operands for step in history[:first] if step.said.keyword == "ONBUILD"]
    for text in reversed(before):
        try:
            (trigger,) = file_steps(parse_text(f"FROM scratch\n{text}\n"))[0]
        except (SourceError, ValueError):
            break
        if not first or likeness(trigger, history[first - 1].said) <= Likeness.KEYWORD:
            break
        first -= 1
    return first
