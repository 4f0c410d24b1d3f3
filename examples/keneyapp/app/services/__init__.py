"""Logic that is not about HTTP."""
