"""The official images of Go, and the image of the same distribution that runs a program.

Source: Docker Hub, "golang", "Supported tags" and "Image Variants".
"""

from __future__ import annotations

from jettison.patterns import regex
from jettison.record import record

__all__ = ["GoImage", "go_image"]

_NAME = regex(r"(?:(?:docker\.io|index\.docker\.io|public\.ecr\.aws/docker)/)?(?:library/)?golang")
_TAG = regex(
    r"(?:latest|\d+(?:\.\d+){0,2}(?:-?(?:rc|beta)\d+)?)?-?"
    r"(?P<system>alpine(?P<alpine>\d\.\d+)?|trixie|bookworm|bullseye|buster|stretch)?"
)
_VERSION = regex(r"1\.(\d+)")
_NEWEST = "trixie"
_SUITES = ((24, "trixie"), (19, "bookworm"), (16, "bullseye"), (13, "buster"))
"""The Debian suite that the plain tag of a minor version, and those after it, last stood for."""


@record
class GoImage:
    """An image of Go on ``alpine`` or ``debian``; ``release`` is ``bookworm`` or ``3.19``.

    ``stated`` tells that the tag names the release: else it is what the plain tag last stood for.
    """

    system: str
    release: str
    stated: bool

    def runtime(self, release: str = "") -> str:
        """The image that a program runs in; ``release`` is what the built image says, if known."""
        if self.system == "alpine":
            return f"alpine:{release or self.release or '3'}"
        return f"debian:{release or self.release}-slim"


def go_image(reference: str) -> GoImage | None:
    """What a reference says; ``None`` for any other image, or a tag that is not of these."""
    path, _, tag = reference.partition("@")[0].partition(":")
    if not _NAME.fullmatch(path):
        return None
    found = _TAG.fullmatch(tag)
    if found is None:
        return None
    system = found["system"] or ""
    if system.startswith("alpine"):
        return GoImage("alpine", found["alpine"] or "", bool(found["alpine"]))
    if system:
        return GoImage("debian", system, True)
    version = _VERSION.match(tag)
    minor = int(version[1]) if version else None
    suite = next((name for first, name in _SUITES if minor and minor >= first), "stretch")
    return GoImage("debian", suite if minor else _NEWEST, False)
