"""The one spelling under which a distribution is known."""

from __future__ import annotations

from jettison.patterns import regex

__all__ = ["canonicalize_name"]

_RUN = regex(r"[-_.]+")


def canonicalize_name(name: str) -> str:
    """A distribution's name in canonical form (PEP 503).

    ``packaging.utils`` has the same; it brings platforms and versions along, which takes longer to
    import than a small project takes to read.
    """
    return _RUN.sub("-", name).lower()
