"""Which Python a target's base image has, where the official image's layout is known."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jettison.analysis.facts import Facts
    from jettison.analysis.project import Target

__all__ = ["official_python", "python_minor"]


def python_minor(facts: Facts, target: Target) -> str:
    """``3.11`` for a target with the Python of the official image; ``""`` where not known."""
    image = facts.evidence.image(target.name)
    if image is not None and image.python.startswith("/usr/local/lib/python3"):
        return image.python.split("/")[4].removeprefix("python")
    found = re.match(r"(3\.\d+)", target.base.rpartition(":")[2])
    return found[1] if found and official_python(target) else ""


def official_python(target: Target) -> bool:
    """Whether the base is the official image of Python, from whatever registry."""
    image = target.base.partition("@")[0]
    return posixpath.basename(image).partition(":")[0] == "python"
