"""The library: one function per use case."""

from jettison.optimize.run import OptimizeRequest, Outcome, optimize, survey

__all__ = ["OptimizeRequest", "Outcome", "optimize", "survey"]
