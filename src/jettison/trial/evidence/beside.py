"""What an image holds, read by a process of its own while its services are asked.

In a thread the reading and the asking would take turns: both are Python's work for seconds. Only
what the engine unpacked into folders is read so; another process finds these where they are.
"""

from __future__ import annotations

import atexit
import os
import pickle
import subprocess
import sys
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from jettison.oci import OverlayLayer
from jettison.trial.evidence.image import read_layers

if TYPE_CHECKING:
    from jettison.analysis.evidence import ImageEvidence
    from jettison.trial.evidence.image import Layered

__all__ = ["main", "read_beside"]

_CALL = "from jettison.trial.evidence.beside import main; main()"


def read_beside(layered: Layered) -> ImageEvidence:
    """What :func:`~jettison.trial.evidence.image.read_layers` gives, made by another process.

    Made here where the engine gives the layers as an archive, and where the other fails.
    """
    folders = [one for one in layered.layers if isinstance(one, OverlayLayer)]
    if len(folders) == len(layered.layers):
        plain = tuple(replace(one, digester=None) for one in folders)  # nothing is hashed
        with suppress(OSError, EOFError, pickle.PickleError):
            return _asked(replace(layered, layers=plain))
    return read_layers(layered)


def _asked(layered: Layered) -> ImageEvidence:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    process = subprocess.Popen(
        [sys.executable, "-P", "-c", _CALL],
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    atexit.register(process.kill)  # nobody waits for this thread when the run is interrupted
    said, _ = process.communicate(pickle.dumps(layered))
    atexit.unregister(process.kill)
    found: ImageEvidence = pickle.loads(said)  # noqa: S301  (our own process's words)
    return found


def main() -> None:
    """Reads the layers that standard input names and writes what they hold to standard output."""
    layered: Layered = pickle.load(sys.stdin.buffer)  # noqa: S301  (our parent's words)
    pickle.dump(read_layers(layered), sys.stdout.buffer)
