"""What the lab knows about the base images in the engine."""

import json
from dataclasses import dataclass
from pathlib import Path

from lab.folders import read_json, write_atomically


@dataclass(frozen=True, slots=True)
class Known:
    """A base image as the lab left it in the engine."""

    reference: str
    identifier: str
    fingerprint: str
    """Of the recipe; empty for the real image."""


def read_known(folder: Path) -> dict[str, Known]:
    """All base images that the lab put into the engine."""
    known = {}
    for reference, record in read_json(folder / "bases.json").items():
        if isinstance(record, dict):
            known[reference] = Known(reference, record["identifier"], record["fingerprint"])
    return known


def write_known(folder: Path, known: dict[str, Known]) -> None:
    """Record all base images that the lab put into the engine."""
    records = {
        reference: {"identifier": base.identifier, "fingerprint": base.fingerprint}
        for reference, base in sorted(known.items())
    }
    write_atomically(folder / "bases.json", json.dumps(records, indent=1) + "\n")
