"""The explorer of one image, in a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jettison.imaging import Inspection

__all__ = ["explore"]


def explore(inspection: Inspection) -> None:
    """Shows the image until the person leaves."""
    from jettison.tui.app import Explorer  # noqa: PLC0415  (slow import)

    Explorer(inspection).run()
