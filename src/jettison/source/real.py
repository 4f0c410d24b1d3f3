"""Where a path leads."""

from __future__ import annotations

import os
from pathlib import Path

__all__ = ["real"]


def real(path: Path) -> Path:
    """The absolute path without links, as far as they lead somewhere.

    Links in a circle stay as they are, where ``Path.resolve`` raises up to Python 3.12.
    """
    return Path(os.path.realpath(path))
