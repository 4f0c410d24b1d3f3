"""Folders that hold what a tool can fetch again, and how each stays out of an image."""

from __future__ import annotations

from jettison.record import record


@record
class Cache:
    """A kind of cache: what it is called, and what keeps it out of a layer."""

    label: str
    remedy: str


_MOUNT = "or RUN --mount=type=cache"
APT_LISTS = Cache("apt package lists", "rm -rf /var/lib/apt/lists/* in the same RUN")
APT = Cache("apt archives", f"apt-get clean in the same RUN, {_MOUNT},target=/var/cache/apt")
APK = Cache("apk cache", "apk add --no-cache")
DNF = Cache("dnf cache", "dnf clean all in the same RUN")
PIP = Cache("pip cache", f"pip install --no-cache-dir, {_MOUNT},target=/root/.cache/pip")
UV = Cache("uv cache", f"uv --no-cache, {_MOUNT},target=/root/.cache/uv")
POETRY = Cache("Poetry cache", "poetry install --no-cache")
NPM = Cache("npm cache", f"npm cache clean --force in the same RUN, {_MOUNT},target=/root/.npm")
YARN = Cache("Yarn cache", "yarn cache clean in the same RUN")
PNPM = Cache("pnpm store", f"pnpm store prune in the same RUN, {_MOUNT}")
CARGO = Cache("Cargo registry", "build in an earlier stage and copy the program")
GO = Cache("Go module cache", "build in an earlier stage and copy the program")
MAVEN = Cache("Maven repository", "build in an earlier stage and copy the jar")
GRADLE = Cache("Gradle cache", "build in an earlier stage and copy the jar")
COMPOSER = Cache("Composer cache", "composer install --no-cache")
BUNDLER = Cache("Bundler cache", "rm -rf the bundle's cache in the same RUN")
BUILD = Cache("build cache", "leave it in the build stage")
TOOL = Cache("tool cache", "keep it out with .dockerignore, or remove it in the same RUN")
SYSTEM = Cache("system cache", "remove it in the RUN that fills it")

# The last parts of a folder's path, and what it is; the longest fitting one decides.
_FOLDERS: dict[str, Cache] = {
    "var/lib/apt/lists": APT_LISTS,
    "var/cache/apt": APT,
    "var/cache/apk": APK,
    "etc/apk/cache": APK,
    "var/cache/dnf": DNF,
    "var/cache/yum": DNF,
    "var/cache": SYSTEM,
    ".cache/pip": PIP,
    ".cache/uv": UV,
    ".cache/pypoetry": POETRY,
    ".cache/yarn": YARN,
    ".cache/go-build": GO,
    ".cache/composer": COMPOSER,
    ".cache": TOOL,
    ".npm": NPM,
    ".yarn/cache": YARN,
    "usr/local/share/.cache/yarn": YARN,
    ".pnpm-store": PNPM,
    "share/pnpm/store": PNPM,
    ".cargo/registry": CARGO,
    "cargo/registry": CARGO,
    "go/pkg/mod": GO,
    ".m2/repository": MAVEN,
    ".gradle/caches": GRADLE,
    ".bundle/cache": BUNDLER,
    "node_modules/.cache": BUILD,
    "node_modules/.vite": BUILD,
    ".next/cache": BUILD,
    ".mypy_cache": TOOL,
    ".ruff_cache": TOOL,
    ".pytest_cache": TOOL,
    ".tox": TOOL,
    ".nox": TOOL,
    ".parcel-cache": TOOL,
    ".turbo": TOOL,
}


def cache_at(folder: str) -> Cache | None:
    """What kind of cache begins at a folder, ``None`` for folders that are none."""
    parts = folder.rsplit("/", 4)
    for count in (4, 3, 2, 1):
        tail = "/".join(parts[-count:])
        found = _FOLDERS.get(tail)
        if found is not None and (found is not SYSTEM or tail == folder):
            return found
    return None
