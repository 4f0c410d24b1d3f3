"""The variables of ARG: what the global scope holds, and the platform's own.

Source: Dockerfile reference, "Automatic platform ARGs in the global scope"; BuildKit,
``frontend/dockerfile/dockerfile2llb/defaultshell.go`` and ``platform.go``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from jettison.dockerfile.expansion import ExpansionError, expand

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from jettison.dockerfile.instructions import Arg

__all__ = ["DEFAULT_PLATFORM", "global_scope", "platform_args"]

DEFAULT_PLATFORM = "linux/amd64"


def platform_args(platform: str, build_platform: str | None = None) -> dict[str, str]:
    """The automatic variables for a target ``platform`` such as ``linux/arm64/v8``.

    The platform that builds is the same one where ``build_platform`` is not given.
    """
    found: dict[str, str] = {}
    for prefix, written in (("BUILD", build_platform or platform), ("TARGET", platform)):
        os, _, rest = written.partition("/")
        arch, _, variant = rest.partition("/")
        found |= {
            f"{prefix}PLATFORM": written,
            f"{prefix}OS": os,
            f"{prefix}OSVERSION": "",
            f"{prefix}ARCH": arch,
            f"{prefix}VARIANT": variant,
        }
    return found


def global_scope(
    global_args: Iterable[Arg],
    build_args: Mapping[str, str],
    platform: str,
    *,
    build_platform: str | None = None,
    target: str = "default",
    escape: str = "\\",
) -> dict[str, str]:
    """What FROM lines see, and what an ARG without a default in a stage takes its value from.

    A default that cannot be expanded leaves its variable unset.
    """
    scope = platform_args(platform, build_platform) | {"TARGETSTAGE": target}
    scope |= {name: build_args[name] for name in scope if name in build_args}
    for arg in global_args:
        for pair in arg.pairs:
            if pair.key in build_args:
                scope[pair.key] = build_args[pair.key]
            elif pair.value is not None:
                try:
                    scope[pair.key] = expand(pair.value, scope, escape=escape)
                except ExpansionError:
                    scope.pop(pair.key, None)
    return scope
