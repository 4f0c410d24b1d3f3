"""What another part of the code saw to, said to whoever reads it and to the type checker."""

from __future__ import annotations

from typing import TypeVar

__all__ = ["sure", "sure_of"]

T = TypeVar("T")


def sure(value: T | None) -> T:
    """The value, which is there; raises ``TypeError`` where the caller was wrong."""
    if value is None:
        raise TypeError("what had to be there is not")
    return value


def sure_of(kind: type[T], value: object) -> T:
    """The value, which is of that kind; raises ``TypeError`` where the caller was wrong."""
    if not isinstance(value, kind):
        raise TypeError(f"{type(value).__name__} where {kind.__name__} had to be")
    return value
