"""The ways an image's bytes can be wrong, below :class:`jettison.errors.ImageError`.

::

    ImageError
    ├── InvalidReference          text that names no image
    ├── MalformedImage            a manifest, index, config or archive that breaks its format
    │   ├── MalformedLayer        a layer's tar or compression is wrong, at a known byte offset
    │   │   └── LimitExceeded     well-formed so far, but larger than any honest layer
    │   └── DigestMismatch        bytes that are not the bytes their digest promises
    ├── PlatformNotFound          an index without an image for the platform asked for
    ├── MissingBlob               a digest that its store does not hold
    ├── FolderIncomplete          a layer's folder that cannot be read without the kernel's help
    └── RegistryError             a registry said no; carries the HTTP status
        └── RegistryDenied        ... because of who asked
"""

from __future__ import annotations

from jettison.errors import ImageError


class InvalidReference(ImageError):
    """Text that names no image."""


class MalformedImage(ImageError):
    """A manifest, index, config or archive that breaks its format."""


class MalformedLayer(MalformedImage):
    """A layer's tar or compression is wrong.

    ``offset`` counts bytes of the uncompressed tar from 0; ``layer`` names the layer.
    """

    def __init__(self, problem: str, *, layer: str, offset: int, remedy: str | None = None) -> None:
        super().__init__(f"layer {layer}, byte {offset}: {problem}", remedy=remedy)
        self.problem = problem
        self.layer = layer
        self.offset = offset


class LimitExceeded(MalformedLayer):
    """A layer that is well-formed so far, but larger than any honest layer."""


class DigestMismatch(MalformedImage):
    """Bytes that are not the bytes their digest promises."""


class PlatformNotFound(ImageError):
    """An index without an image for the platform asked for."""


class MissingBlob(ImageError):
    """A digest that its store does not hold."""


class FolderIncomplete(ImageError):
    """A layer's folder of which overlayfs keeps a part elsewhere; an archive has all of it."""


class RegistryError(ImageError):
    """A registry said no; ``status`` is the HTTP status, or ``None`` when nothing answered."""

    def __init__(
        self, message: str, *, status: int | None = None, remedy: str | None = None
    ) -> None:
        super().__init__(message, remedy=remedy)
        self.status = status


class RegistryDenied(RegistryError):
    """A registry said no because of who asked."""
