"""Two sequences brought in line with each other."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

_MOST_CELLS = 250_000


def align(
    rows: int, costs: Sequence[int], weight: Callable[[int, int], int]
) -> tuple[tuple[int, int, bool], ...]:
    """The pairs of a row and a column, in order in both, that are worth the most together.

    That is the sum of their weights without the ``costs`` of the columns left out between them;
    those before the first pair and after the last cost nothing. Of pairings with the same worth,
    the one with the later columns. A pair comes with whether it is the only one possible: no
    other row would do as well for that column. Nothing is found where there would be too much to
    compare. Source: Smith and Waterman, "Identification of common molecular subsequences" (1981).
    """
    columns = len(costs)
    if not rows or not columns or rows * columns > _MOST_CELLS:
        return ()
    unit = (columns + 1) ** 2
    weights = [
        [_scaled(weight(row, column), unit, column) for column in range(columns)]
        for row in range(rows)
    ]
    scaled = [cost * unit for cost in costs]
    after = _worth(weights, scaled)
    before = _worth([row[::-1] for row in weights[::-1]], scaled[::-1])

    def total(row: int, column: int) -> int:
        """The worth of the best pairing that has this pair in it."""
        low = before[rows - row][columns - column]
        return low + weights[row][column] + after[row + 1][column + 1]

    return tuple(
        (row, column, not any(_rivals(weights, total, row, column)))
        for row, column in _path(weights, scaled, after)
    )


def _scaled(weight: int, unit: int, column: int) -> int:
    """The weight with the column as what decides between equals."""
    return weight * unit + column + 1 if weight else 0


def _worth(weights: list[list[int]], costs: list[int]) -> list[list[int]]:
    """What the rows and columns from each place on are worth, given a pair right before."""
    columns = len(costs)
    found = [[0] * (columns + 1)]
    for row in reversed(weights):
        last, line = found[-1], [0] * (columns + 1)
        for column in range(columns - 1, -1, -1):
            best = max(last[column], line[column + 1] - costs[column])
            if row[column]:
                best = max(best, row[column] + last[column + 1])
            line[column] = best
        found.append(line)
    return found[::-1]


def _path(
    weights: list[list[int]], costs: list[int], after: list[list[int]]
) -> Iterator[tuple[int, int]]:
    """The pairs, from the one that it is best to begin with."""
    firsts = (
        (one + after[row + 1][column + 1], column, row)
        for row, line in enumerate(weights)
        for column, one in enumerate(line)
        if one
    )
    _, column, row = max(firsts, default=(0, len(costs), len(weights)))
    while row < len(weights) and column < len(costs) and after[row][column]:
        worth = after[row][column]
        if worth == after[row][column + 1] - costs[column]:
            column += 1
        elif worth == after[row + 1][column]:
            row += 1
        else:
            yield row, column
            row, column = row + 1, column + 1


def _rivals(
    weights: list[list[int]], total: Callable[[int, int], int], row: int, column: int
) -> Iterator[bool]:
    wanted = total(row, column)
    for other in range(len(weights)):
        if other != row and weights[other][column]:
            yield total(other, column) == wanted
