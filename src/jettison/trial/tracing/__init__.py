"""Which files of their images the services of a stack open, watched from outside."""

from jettison.trial.tracing.opened import Method, Opened, Running
from jettison.trial.tracing.watch import Watch, watching

__all__ = ["Method", "Opened", "Running", "Watch", "watching"]
