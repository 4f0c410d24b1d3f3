"""Entry point of `python -m lab`; people call `lab/lab`."""

import os
import sys

from lab.cli import main

if __name__ == "__main__":
    os.environ.pop("PYTHONPATH", None)  # it was for this process, not for the ones it starts
    sys.exit(main(sys.argv[1:]))
