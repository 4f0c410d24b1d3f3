"""What a recipe of a base image is."""

from collections.abc import Callable
from dataclasses import dataclass

from lab.images import Settings
from lab.layers import Layer
from lab.workshop import Workshop

PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


@dataclass(frozen=True, slots=True)
class Made:
    """What a recipe makes: layers, lowest first, each with its history, and run settings."""

    layers: tuple[tuple[Layer, str], ...]
    settings: Settings


@dataclass(frozen=True, slots=True)
class Base:
    """A base image and how to make its stand-in."""

    reference: str
    make: Callable[[Workshop], Made]
    stocks: tuple[str, ...]
    """Names of the stocks that the recipe works with."""
    prepare: Callable[[Workshop], None] | None = None
    """What can be done as soon as there is a Debian root, while other stocks are being made."""

    @property
    def of_hub(self) -> bool:
        """Whether the reference is one of Docker Hub's."""
        first, slash, _ = self.reference.partition("/")
        return not slash or "." not in first
