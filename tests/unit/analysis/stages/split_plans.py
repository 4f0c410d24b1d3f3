"""A Dockerfile of Python, and its split into stages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jettison.analysis import Facts, discover
from jettison.analysis.stages.split import NoSplit, Split, split_of
from jettison.source import TextTree, apply_edits

if TYPE_CHECKING:
    from pathlib import Path


HEAD = "FROM python:3.11-slim\nWORKDIR /app\n"
PIP = "COPY requirements.txt .\nRUN pip install -r requirements.txt\n"


def split_in(folder: Path, dockerfile: str, **files: str) -> str | NoSplit:
    """The Dockerfile after the split, or why there is none."""
    files.setdefault("requirements.txt", "flask\n")
    for name, text in {"Dockerfile": dockerfile, **files}.items():
        (folder / name).write_text(text)
    facts = Facts(discover(TextTree(folder), {}))
    (target,) = facts.targets
    made = split_of(facts, target)
    return apply_edits(dockerfile, made.edits) if isinstance(made, Split) else made
