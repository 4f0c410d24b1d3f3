"""Debian and Ubuntu packages: which only serve building, and what stays when they go."""

from jettison.ecosystem.debian.packages import (
    BUILD_TOOLS,
    Role,
    executables_of,
    is_build_only,
    runtime_library,
)

__all__ = ["BUILD_TOOLS", "Role", "executables_of", "is_build_only", "runtime_library"]
