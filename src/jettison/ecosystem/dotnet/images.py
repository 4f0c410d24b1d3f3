"""The official images of .NET's SDK, and those of the same version that only run.

Sources: dotnet/dotnet-docker, "README.sdk.md", "README.aspnet.md", "supported-tags.md", and the
Dockerfiles below ``src/sdk`` (what the SDK's images have and set more than ``aspnet``).
"""

from __future__ import annotations

from jettison.patterns import regex
from jettison.record import record

__all__ = ["PROGRAMS", "DotnetImage", "dotnet_image", "loads_by_name"]

_NAME = regex(r"(?P<head>mcr\.microsoft\.com/dotnet/(?:core/|nightly/)?)sdk")
_RUNS_DOTNET = regex(r"(^|/)microsoft/dotnet\b|mcr\.microsoft\.com/dotnet/|(^|/)mono(:|$)")
_TAG = regex(
    r"(?P<version>latest|\d+\.\d+)(?:\.\d+)?"
    r"(?:-(?P<system>alpine(?P<alpine>\d\.\d+)?|(?P<debian>bookworm|bullseye|buster|stretch)"
    r"(?:-slim)?|resolute|noble|jammy|focal|bionic))?"
    r"(?P<machine>-(?:amd64|arm64v8|arm32v7))?"
)
_WITH_FULL_DATA = (3, 16)
"""The first Alpine with ``icu-data-full``."""

PROGRAMS = frozenset({"curl", "wget", "git", "ps"})
"""Programs of the SDK's images that those to run in lack."""


@record
class DotnetImage:
    """An image of the SDK; ``version`` is ``8.0``, ``""`` for the latest.

    ``tag`` is that of the images that run, ``""`` where it is not known: a full version of the SDK
    is not one of the runtime.
    """

    head: str
    version: str
    tag: str
    alpine: bool = False
    packages: tuple[str, ...] = ()

    def runtime(self, name: str) -> str:
        """The image called ``name`` (``aspnet`` or ``runtime``) of the same version and system."""
        return f"{self.head}{name}" + (f":{self.tag}" if self.tag else "")

    @property
    def release(self) -> tuple[int, ...]:
        """The version as numbers, empty for the latest."""
        return tuple(int(part) for part in self.version.split(".")) if self.version else ()


def dotnet_image(reference: str) -> DotnetImage | str | None:
    """What a reference says, or why that is not known; ``None`` for an image without the SDK."""
    path, _, tag = reference.partition("@")[0].partition(":")
    name = _NAME.fullmatch(path)
    if name is None:
        return None
    found = _TAG.fullmatch(tag or "latest")
    if found is None:
        return f"which image runs what {reference} builds is not known"
    system = found["system"] or ""
    if found["debian"]:
        system = f"{found['debian']}-slim"
    version = "" if found["version"] == "latest" else found["version"]
    shown = "-".join(part for part in (found["version"], system) if part) if tag else ""
    alpine = system.startswith("alpine")
    return DotnetImage(
        name["head"],
        version,
        shown + (found["machine"] or ""),
        alpine,
        _packages(found["alpine"]) if alpine else (),
    )


def _packages(release: str | None) -> tuple[str, ...]:
    """What the SDK's image on Alpine has for languages and time zones."""
    numbers = tuple(int(part) for part in release.split(".")) if release else _WITH_FULL_DATA
    data = ("icu-data-full",) if numbers >= _WITH_FULL_DATA else ()
    return (*data, "icu-libs", "tzdata")


def loads_by_name(reference: str, package: str) -> bool:
    """Whether a program of .NET in an image may load a library by a name that a package alone has.

    ``DllImport("libdl")`` looks for ``libdl.so``, without a version (Microsoft Learn, "Native
    library loading"), which comes with the headers.
    """
    return package.endswith("-dev") and _RUNS_DOTNET.search(reference) is not None
