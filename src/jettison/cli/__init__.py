"""Arguments in, exit code out."""

from jettison.cli.main import main

__all__ = ["main"]
