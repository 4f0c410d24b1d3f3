"""The official images of Rust, and what ``cargo`` makes.

Sources: Docker Hub, "rust", "Image Variants"; The Cargo Book, "cargo build", "cargo install",
"Cargo Targets", "Build Cache".
"""

from __future__ import annotations

import posixpath
import re

from jettison.patterns import regex
from jettison.record import record

__all__ = ["RustImage", "binaries", "made_by_cargo", "run_call", "rust_image", "same_build"]

_NAME = regex(r"(?:(?:docker\.io|index\.docker\.io|public\.ecr\.aws/docker)/)?(?:library/)?rust")
_TAG = regex(
    r"(?:latest|\d+(?:\.\d+){0,2})?-?(?:slim)?-?"
    r"(?P<system>alpine(?P<alpine>\d\.\d+)?|trixie|bookworm|bullseye|buster)?"
)
_VERSION = regex(r"1\.(\d+)")
_NEWEST = "trixie"
_SUITES = ((90, "trixie"), (71, "bookworm"), (54, "bullseye"), (30, "buster"))
"""The Debian suite that the plain tag of a minor version, and those after it, last stood for."""
_VALUED = frozenset(
    "--bin --target --target-dir --profile -p --package --manifest-path -j --jobs -F --features "
    "--path --root --example --config --color --message-format -Z".split()
)
_RUN_FLAGS = frozenset(
    "--release -r -q --quiet -v --verbose --locked --offline --frozen --all-features "
    "--no-default-features".split()
)
_RUN_VALUED = frozenset({"--bin", "--features", "-F", "--profile"})
_SAYS_LITTLE = frozenset({"-q", "--quiet", "-v", "--verbose", "--locked", "--offline", "--frozen"})


@record
class RustImage:
    """An image of Rust; ``release`` is Debian's or Alpine's, ``stated`` where the tag names it."""

    system: str
    release: str
    stated: bool


def rust_image(reference: str) -> RustImage | None:
    """What a reference says; ``None`` for any other image."""
    path, _, tag = reference.partition("@")[0].partition(":")
    found = _TAG.fullmatch(tag) if _NAME.fullmatch(path) else None
    if found is None:
        return None
    system = found["system"] or ""
    if system.startswith("alpine"):
        return RustImage("alpine", found["alpine"] or "", bool(found["alpine"]))
    if system:
        return RustImage("debian", system, True)
    version = _VERSION.match(tag)
    minor = int(version[1]) if version else None
    suite = next((name for first, name in _SUITES if minor and minor >= first), "buster")
    return RustImage("debian", suite if minor else _NEWEST, False)


def binaries(manifest: str, paths: frozenset[str]) -> tuple[str, ...]:
    """The programs of a package; ``paths`` are the files beside its ``Cargo.toml``."""
    import tomllib

    try:
        data = tomllib.loads(manifest)
    except tomllib.TOMLDecodeError:
        return ()
    package = data.get("package")
    name = package.get("name") if isinstance(package, dict) else None
    listed = data.get("bin")
    rows = listed if isinstance(listed, list) else []
    found = [str(row["name"]) for row in rows if isinstance(row, dict) and "name" in row]
    if isinstance(name, str) and "src/main.rs" in paths:
        main = any(isinstance(r, dict) and r.get("path") == "src/main.rs" for r in rows)
        found += [] if main else [name]
    inner = (re.fullmatch(r"src/bin/([^/]+?)(?:\.rs|/main\.rs)", path) for path in sorted(paths))
    found += [match[1] for match in inner if match is not None]
    return tuple(dict.fromkeys(found))


def made_by_cargo(
    words: tuple[str, ...], folder: str, target_dir: str, names: tuple[str, ...]
) -> tuple[str, ...] | str:
    """The absolute paths of the programs that ``cargo`` with these words makes in ``folder``.

    ``names`` are the programs of the package there, ``target_dir`` is ``CARGO_TARGET_DIR``.
    """
    options: dict[str, str] = {}
    at = 1
    while at < len(words):
        name, equals, value = words[at].partition("=")
        if name in _VALUED and not equals:
            at += 1
            value = words[at] if at < len(words) else ""
        options[name] = value
        at += 1
    if words[:1] in (("build",), ("b",)):
        profile = options.get(
            "--profile", "release" if {"--release", "-r"} & options.keys() else ""
        )
        place = options.get("--target-dir") or target_dir or "target"
        made = [options["--bin"]] if "--bin" in options else list(names)
        if not made:
            return "the package's programs are not known"
        parts = [options.get("--target", ""), profile or "debug"]
        inner = posixpath.join(folder, place, *(part for part in parts if part))
        return tuple(posixpath.normpath(posixpath.join(inner, one)) for one in made)
    if words[:1] == ("install",):
        root = options.get("--root", "/usr/local/cargo")
        made = [options["--bin"]] if "--bin" in options else list(names)
        return (
            tuple(posixpath.join(root, "bin", one) for one in made) if "--path" in options else ()
        )
    return ()


def run_call(words: tuple[str, ...]) -> tuple[tuple[str, ...], int] | None:
    """The options that build what ``cargo run`` starts, and how many words are Cargo's own.

    ``None`` for another command, and for options that are not followed.
    """
    if posixpath.basename(words[0]) != "cargo" or words[1:2] not in (("run",), ("r",)):
        return None
    options: list[str] = []
    at = 2
    while at < len(words) and words[at].startswith("-"):
        if words[at] == "--":
            return tuple(options), at + 1
        name, equals, _ = words[at].partition("=")
        count = 2 if name in _RUN_VALUED and not equals else 1
        if name not in _RUN_VALUED and words[at] not in _RUN_FLAGS:
            return None
        options += words[at : at + count]
        at += count
    return tuple(options), at


def same_build(words: tuple[str, ...], options: tuple[str, ...]) -> bool:
    """Whether ``cargo`` with these words builds what ``cargo build`` with the options does."""
    told = {one for one in words[1:] if one not in _SAYS_LITTLE}
    wanted = {one for one in options if one not in _SAYS_LITTLE}
    return words[:1] in (("build",), ("b",)) and _long(told) == _long(wanted)


def _long(options: set[str]) -> set[str]:
    return {"--release" if one == "-r" else one for one in options}
