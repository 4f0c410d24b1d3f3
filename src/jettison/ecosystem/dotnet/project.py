"""What a project file of .NET says: ``.csproj``, ``.fsproj``, ``.vbproj``, ``*.props``.

Source: Microsoft Learn, "MSBuild reference for .NET SDK projects", ".NET project SDKs", "Target
frameworks in SDK-style projects". Conditions are not evaluated: a property with several values has
none that is known.
"""

from __future__ import annotations

import posixpath
import re

from jettison.patterns import regex
from jettison.record import record

__all__ = ["PROJECTS", "DotnetProject", "framework_of", "read_project", "version_of"]

PROJECTS = (".csproj", ".fsproj", ".vbproj")
_COMMENT = regex(r"<!--.*?-->", re.DOTALL)
_SDK = regex(r"<Project\b[^>]*?\bSdk\s*=\s*[\"']([^\"'/]+)|<Sdk\s+Name\s*=\s*[\"']([^\"']+)")
_ITEM = regex(
    r"<(PackageReference|ProjectReference|FrameworkReference)\b[^>]*?\bInclude\s*=\s*[\"']([^\"']+)"
)
_VERSION = regex(r"net(?:coreapp)?(\d+\.\d+)")


@record
class DotnetProject:
    """A project; ``path`` is its file's in the context.

    ``framework`` is ``net8.0``, ``""`` where the file names none, ``"?"`` where it is not plain.
    ``references`` are the paths of other projects as written, with slashes.
    """

    path: str
    sdk: str
    assembly: str
    framework: str
    packages: frozenset[str]
    references: tuple[str, ...]
    frameworks: frozenset[str]
    rolls_forward: bool


def _property(text: str, name: str) -> str:
    """The value of a property, ``""`` where it is not set, ``"?"`` where it is not plain."""
    pattern = rf"<{name}(?:\s[^>]*)?>\s*([^<]*?)\s*</{name}>"
    values = set(re.findall(pattern, _COMMENT.sub("", text)))
    value = values.pop() if len(values) == 1 else "?" if values else ""
    return "?" if "$" in value else value


def framework_of(text: str) -> str:
    """The framework that a text of MSBuild's targets: ``net8.0``, ``""`` or ``"?"``."""
    if _property(text, "TargetFrameworks"):
        return "?"
    return _property(text, "TargetFramework")


def version_of(framework: str) -> str:
    """The version of .NET that a framework is of: ``8.0``; ``""`` for any other."""
    found = _VERSION.fullmatch(framework)
    return found[1] if found else ""


def read_project(path: str, text: str) -> DotnetProject:
    """What a project file says."""
    plain = _COMMENT.sub("", text)
    sdk = _SDK.search(plain)
    items = _ITEM.findall(plain)
    stem = posixpath.splitext(posixpath.basename(path))[0]
    return DotnetProject(
        path,
        (sdk[1] or sdk[2] or "") if sdk else "",
        _property(plain, "AssemblyName") or stem,
        framework_of(plain),
        frozenset(value for kind, value in items if kind == "PackageReference"),
        tuple(value.replace("\\", "/") for kind, value in items if kind == "ProjectReference"),
        frozenset(value for kind, value in items if kind == "FrameworkReference"),
        bool(_property(plain, "RollForward")),
    )
