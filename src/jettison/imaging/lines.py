"""Which line of a Dockerfile made which layer."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from jettison.dockerfile import Dockerfile, Instruction
    from jettison.oci import LayerOrigin

_MAKES_LAYERS = frozenset({"RUN", "COPY", "ADD", "WORKDIR"})
_FLAGS = re.compile(r"^(?:--\S+\s+)+")
_SPACE = re.compile(r"\s+")


def layer_lines(
    origins: Sequence[LayerOrigin], dockerfile: Dockerfile, target: str | None = None
) -> dict[int, int]:
    """The line of each layer that the target's instructions made, by the layer's number.

    Both are walked from their ends, so base layers, of which the file knows nothing, come last
    and find nothing. An instruction is the layer's if the history has its words; where the
    file's words are not those that the builder wrote down, its keyword has to do.
    """
    found: dict[int, int] = {}
    steps = list(_steps(dockerfile, target))
    for origin in reversed(origins):
        keyword, words = _words(origin.instruction)
        exact = (at for at, (word, text, _) in enumerate(steps) if (word, text) == (keyword, words))
        loose = (
            at
            for at, (word, text, _) in enumerate(steps)
            if word == keyword and _varies(word, text)
        )
        at = next(exact, None)
        if at is None and keyword in _MAKES_LAYERS - {"RUN"}:
            at = next(loose, None)
        if at is not None:
            found[origin.layer] = steps[at][2].line
            del steps[: at + 1]
    return found


def _steps(dockerfile: Dockerfile, target: str | None) -> Iterator[tuple[str, str, Instruction]]:
    """The instructions that make layers, last first, through the stages that the target is of."""
    stage = dockerfile.stages[-1] if target is None else dockerfile.stage(target)
    while True:
        for instruction in reversed(stage.instructions):
            if instruction.keyword in _MAKES_LAYERS:
                yield (*_words(instruction.logical.text), instruction)
        if stage.base_stage is None:
            return
        stage = dockerfile.stages[stage.base_stage]


def _words(text: str) -> tuple[str, str]:
    keyword, _, rest = text.strip().partition(" ")
    rest = _FLAGS.sub("", rest.strip())
    return keyword.upper(), _SPACE.sub(" ", rest).strip()


def _varies(keyword: str, text: str) -> bool:
    """Whether the history has other words: values of variables, a list's items, a whole path."""
    return keyword == "WORKDIR" or "$" in text or text.startswith("[")
