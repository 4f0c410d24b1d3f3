"""What an image holds, read by a process of its own while its services are asked.

Only what the engine unpacked into folders is read so; another process finds these where they are.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from jettison.oci import OverlayLayer
from jettison.trial.elsewhere import Elsewhere, LostError
from jettison.trial.evidence.image import read_layers

if TYPE_CHECKING:
    from jettison.analysis.evidence import ImageEvidence
    from jettison.trial.evidence.image import Layered

__all__ = ["read_beside"]


def read_beside(layered: Layered) -> ImageEvidence:
    """What :func:`~jettison.trial.evidence.image.read_layers` gives, made by another process.

    Made here where the engine gives the layers as an archive, and where the other fails.
    """
    folders = [one for one in layered.layers if isinstance(one, OverlayLayer)]
    if len(folders) == len(layered.layers):
        plain = tuple(replace(one, digester=None) for one in folders)  # nothing is hashed
        with suppress(LostError):
            return Elsewhere(read_layers, replace(layered, layers=plain)).result()
    return read_layers(layered)
