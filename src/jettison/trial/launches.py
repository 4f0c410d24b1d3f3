"""A stack that was launched, so that it can be launched again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jettison.record import record

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path
    from typing import Any

    from jettison.engine import StackRequest

__all__ = ["Launch"]


@record
class Launch:
    """What was launched of the copy ``tree`` of a project.

    ``budgets`` say in seconds how long each service's health check may take to pass, ``seconds``
    how long it took until all were ready.
    """

    request: StackRequest
    model: Mapping[str, Any]
    tree: Path
    budgets: Mapping[str, float]
    seconds: float
