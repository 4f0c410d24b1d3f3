"""The explorer of one image, in a terminal."""

from __future__ import annotations

import gc
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jettison.imaging import Inspection

__all__ = ["explore"]

_SWITCH_SECONDS = 0.001


def explore(inspection: Inspection) -> None:
    """Shows the image until the person leaves."""
    from jettison.tui.app import Explorer

    explorer = Explorer(inspection)
    gc.collect()
    gc.freeze()  # or each collection looks at half a million names while a key waits
    sys.setswitchinterval(_SWITCH_SECONDS)  # a key need not wait long for a filter's thread
    explorer.run()
