"""A process that weighs images, started by :mod:`jettison.engine.weighing`.

It takes only what time of the processor nobody else wants, and ends with whoever started it: its
standard input is a pipe on which nothing comes.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading

from jettison.engine.docker import DockerEngine

_NICE = 19


def main() -> None:
    """Weighs the images named on the command line behind the engine's client."""
    os.nice(_NICE)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    client, *references = sys.argv[1:]
    weighed = DockerEngine(client).layer_bytes(references)
    counts = {n: (one.uncompressed_bytes, one.compressed_bytes) for n, one in weighed.items()}
    sys.stdout.write(json.dumps(counts))


def _end_with_parent() -> None:
    """Ends this process and its clients once nobody holds the other end of its input."""
    sys.stdin.buffer.read()
    os.killpg(os.getpgid(0), signal.SIGKILL)


if __name__ == "__main__":
    main()
