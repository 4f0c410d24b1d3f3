"""Images opened by what a person calls them, and inspected: the library behind ``inspect``."""

from jettison.images.inspecting import inspect
from jettison.images.opening import Opened, open_subject

__all__ = ["Opened", "inspect", "open_subject"]
