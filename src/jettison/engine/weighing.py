"""Images weighed by a process of its own, beside whatever else is done.

See :mod:`jettison.engine.weighing_worker` for what it does.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import weakref
from contextlib import suppress
from typing import TYPE_CHECKING

from jettison.engine.clients import opened
from jettison.engine.layers import LayerBytes

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["WeighingProcess"]


class WeighingProcess:
    """Weighs the layers of images from now on; the process is gone once it was stopped."""

    def __init__(self, client: str, references: Sequence[str]) -> None:
        argv = [sys.executable, "-P", "-m", "jettison.engine.weighing_worker", client, *references]
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
        self._process = subprocess.Popen(
            argv,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        self._finish = weakref.finalize(self, _end, self._process)

    def result(self) -> dict[str, LayerBytes]:
        """Waits for the bytes by diff ID; nothing where they could not be had."""
        said = opened(self._process.stdout).read()
        self.stop()
        try:
            return {name: LayerBytes(*counts) for name, counts in json.loads(said).items()}
        except (ValueError, TypeError, AttributeError):
            return {}

    def stop(self) -> None:
        """Ends the process and what it started."""
        self._finish()


def _end(process: subprocess.Popen[bytes]) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    for stream in (process.stdin, process.stdout):
        opened(stream).close()
    process.wait()
