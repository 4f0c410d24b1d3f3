"""Scripts of ours that run inside a container of the image that is looked at."""

from __future__ import annotations

from importlib.resources import files

__all__ = ["script"]


def script(name: str) -> str:
    """The text of a script in this folder."""
    return files(__name__).joinpath(name).read_text("utf-8")
