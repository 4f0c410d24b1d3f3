"""Additional contexts of a build that are the image of another service.

Source: Compose Build Specification, "additional_contexts".
"""

from __future__ import annotations

__all__ = ["service_of"]

_SERVICE = "service:"


def service_of(context: str) -> str:
    """The service whose image an additional context is (``service:base``), ``""`` for others."""
    return context.removeprefix(_SERVICE) if context.startswith(_SERVICE) else ""
