"""Files read by their names: of thousands, making paths of these would take longest."""

from __future__ import annotations

__all__ = ["read_bytes", "read_text"]


def read_bytes(name: str) -> bytes:
    """What a file holds."""
    with open(name, "rb") as file:  # noqa: PTH123
        return file.read()


def read_text(name: str) -> str:
    """The text of a file, its line ends as one; what is no UTF-8 is replaced."""
    with open(name, encoding="utf-8", errors="replace") as file:  # noqa: PTH123
        return file.read()
