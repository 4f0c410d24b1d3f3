"""Platforms such as ``linux/arm64/v8``, and the choice of one image out of many."""

from __future__ import annotations

import platform as host_platform
import re
from typing import TYPE_CHECKING

from jettison.oci.errors import MalformedImage
from jettison.record import record

if TYPE_CHECKING:
    from jettison.oci.fields import Fields

_WORD = re.compile(r"[A-Za-z0-9_.-]+")
# (architecture as written, variant as written) to what Go and the OCI spec call it;
# the table is containerd's platforms/database.go.
_ARCHITECTURES = {
    "i386": ("386", ""),
    "x86_64": ("amd64", ""),
    "x86-64": ("amd64", ""),
    "aarch64": ("arm64", ""),
    "armhf": ("arm", "v7"),
    "armel": ("arm", "v6"),
    "armv7l": ("arm", "v7"),
    "armv6l": ("arm", "v6"),
}


@record(order=True)
class Platform:
    """What an image runs on. ``str`` of it is what ``--platform`` takes.

    Values are normalised: ``x86_64`` is ``amd64``, ``arm64/v8`` is ``arm64``, ``arm`` is
    ``arm/v7``, ``amd64/v1`` is ``amd64``.
    """

    os: str
    architecture: str
    variant: str = ""
    os_version: str = ""

    @classmethod
    def make(cls, os: str, architecture: str, variant: str = "", os_version: str = "") -> Platform:
        """The platform with every part in its normal form."""
        os = {"macos": "darwin"}.get(os.lower(), os.lower())
        architecture, variant = architecture.lower(), variant.lower()
        architecture, implied = _ARCHITECTURES.get(architecture, (architecture, ""))
        variant = variant or implied
        if architecture == "arm":
            variant = variant or "v7"
            variant = f"v{variant}" if variant.isdigit() else variant
        if (architecture, variant) in (("arm64", "v8"), ("arm64", "8"), ("amd64", "v1")):
            variant = ""
        return cls(os, architecture, variant, os_version)

    @classmethod
    def parse(cls, text: str) -> Platform:
        """The platform that ``os/architecture[/variant]`` or a bare architecture spells."""
        parts = text.strip().split("/")
        if not 1 <= len(parts) <= 3 or not all(_WORD.fullmatch(part) for part in parts):
            raise MalformedImage(
                f"not a platform: {text!r}", remedy="write it as linux/amd64 or linux/arm64/v8"
            )
        if len(parts) == 1:
            parts = ["linux", parts[0]]
        return cls.make(*parts)

    @classmethod
    def from_fields(cls, fields: Fields) -> Platform:
        """The platform that a descriptor's or config's JSON names."""
        return cls.make(
            fields.text("os", ""),
            fields.text("architecture", ""),
            fields.text("variant", ""),
            fields.text("os.version", ""),
        )

    @classmethod
    def host(cls) -> Platform:
        """The Linux platform of this machine: images run on Linux, in a machine if need be."""
        return cls.make("linux", host_platform.machine())

    def __str__(self) -> str:
        parts = [self.os, self.architecture, self.variant]
        return "/".join(part for part in parts if part)

    def rank(self, other: Platform) -> int | None:
        """How well ``other`` serves a wish for this one: 0 is exact, larger is worse, else None.

        Older variants of the same architecture run on newer processors (``arm/v6`` on
        ``arm/v7``, ``amd64`` on ``amd64/v3``), never the reverse.
        """
        if (self.os, self.architecture) != (other.os, other.architecture):
            return None
        distance = _level(self.variant) - _level(other.variant)
        return distance if distance >= 0 else None


def _level(variant: str) -> int:
    digits = variant.removeprefix("v").partition(".")[0]
    return int(digits) if digits.isdigit() and len(digits) < 4 else 0
