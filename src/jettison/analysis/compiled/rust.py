"""Rust: the programs that ``cargo`` makes run without it."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

from jettison.analysis.compiled.at_start import AtStart, cargo_run
from jettison.analysis.compiled.calls import calls_of
from jettison.analysis.compiled.model import Code, Language, Product, Runtime
from jettison.analysis.compiled.texts import source_texts
from jettison.analysis.landing import brought_from, landings, project_path, steps_before
from jettison.analysis.system.asked_for import suite_of
from jettison.ecosystem.rust.build import binaries, made_by_cargo, rust_image
from jettison.patterns import regex

if TYPE_CHECKING:
    from jettison.analysis.facts import Facts
    from jettison.analysis.landing import Landing
    from jettison.analysis.package_runs import PackageRun
    from jettison.analysis.project import Target

__all__ = ["RUST"]

_SOURCES = regex(
    r"\.rs$|(^|/)(target|\.cargo|\.git[^/]*|node_modules|benches|tests)(/|$)"
    r"|(^|/)(Cargo\.(toml|lock)|rust-toolchain(\.toml)?|rustfmt\.toml|clippy\.toml|Dockerfile[^/]*"
    r"|\.dockerignore|Makefile|LICENSE[^/]*|(docker-)?compose[^/]*\.ya?ml)$|(^|/)[^/]*\.md$"
)
_VARIABLES = regex(
    r"CARGO_[A-Z_]+|RUSTUP_[A-Z_]+|RUSTFLAGS|RUSTC_[A-Z_]+|SQLX_OFFLINE|CC|CXX|PKG_CONFIG[A-Z_]*"
)
_STRING = regex(r'//[^\n]*|/\*.*?\*/|r#*"(?P<raw>[^"]*)"#*|"(?P<text>(?:[^"\\]|\\.)*)"', re.DOTALL)
_LINKS = regex(
    r'^name = "(openssl-sys|pq-sys|libsqlite3-sys|mysqlclient-sys|zmq-sys|rdkafka-sys'
    r'|krb5-sys|libpq-sys|gdal-sys)"',
    re.MULTILINE,
)
_CONVENTIONS = {
    "rocket": frozenset({"Rocket.toml", "templates"}),
    "dotenv": frozenset({".env"}),
    "leptos": frozenset({"Leptos.toml", "site"}),
    "loco-rs": frozenset({"config", "assets"}),
}
"""Files and folders that crates read without being told (their documentation)."""
_OF_CARGO = regex(r"\bvar(_os)?\(\s*\"CARGO_")
_CARGO_BIN = "/usr/local/cargo/bin"


def _runtime(facts: Facts, target: Target) -> Runtime | str | None:
    image = rust_image(target.base)
    if image is None:
        return None
    read = facts.evidence.image(target.name) is not None
    if image.system == "alpine":
        return Runtime(f"alpine:{image.release or '3'}", image.stated, alpine=True, read=False)
    suite = suite_of(facts, target)
    name = f"debian:{suite or image.release}-slim"
    return Runtime(name, image.stated or bool(suite), debian=True, read=read)


def _products(facts: Facts, target: Target, run: PackageRun) -> tuple[Product, ...] | str | None:
    landed = landings(target, steps_before(target, run.stage, run.run.line))
    made: list[str] = []
    builds = False
    for name, words, folder in calls_of(run):
        if name != "cargo":
            continue
        builds = True
        target_dir = run.variable("CARGO_TARGET_DIR")
        names = _binaries(facts, target, landed, folder)
        found = made_by_cargo(words, folder, target_dir, names)
        if isinstance(found, str):
            return found
        made += found
    return tuple(_placed(one) for one in dict.fromkeys(made)) if builds else None


def _placed(path: str) -> Product:
    """Where a program runs: cargo's own folder is only on the PATH of its image."""
    if posixpath.dirname(path) == _CARGO_BIN:
        return Product(path, f"/usr/local/bin/{posixpath.basename(path)}")
    return Product(path, path, tool=True)


def _binaries(
    facts: Facts, target: Target, landed: tuple[Landing, ...], folder: str
) -> tuple[str, ...]:
    path = brought_from(target, landed, posixpath.join(folder, "Cargo.toml"))
    source = facts.tree.read(project_path(target, path)) if path else None
    if source is None or path is None:
        return ()
    above = posixpath.dirname(path)
    prefix = f"{above}/" if above else ""
    beside = {f.path.removeprefix(prefix) for f in target.files.files if f.path.startswith(prefix)}
    return binaries(source.text, frozenset(beside))


def _is_source(path: str) -> bool:
    return path.endswith((".rs", "Cargo.toml", "Cargo.lock"))


def _code(facts: Facts, target: Target) -> Code:
    strings: set[str] = set()
    programs: set[str] = set()
    refusal = ""
    folders: set[str] = set()
    known = facts.evidence.image(target.name) is not None
    for path, text in source_texts(facts, target, _is_source):
        name = posixpath.basename(path)
        if name == "Cargo.lock":
            links = _LINKS.search(text) if not known else None
            if links:
                refusal = f"only the built image tells which library {links[1]} needs"
            continue
        if name == "Cargo.toml":
            folders |= {one for crate, own in _CONVENTIONS.items() if crate in text for one in own}
            continue
        own = {one["text"] or one["raw"] for one in _STRING.finditer(text)} - {None, ""}
        strings |= own
        if "process::Command" in text:
            programs |= own
    return Code(
        frozenset(strings), frozenset(programs), folders=frozenset(folders), refusal=refusal
    )


def _at_start(facts: Facts, target: Target) -> AtStart | str | None:
    folder = target.state.workdir
    landed = landings(target, target.all_steps[target.stage.index])
    made = cargo_run(target, _binaries(facts, target, landed, folder))
    if not isinstance(made, AtStart):
        return made
    texts = dict(source_texts(facts, target, _is_source))
    told = next((path for path, text in texts.items() if _OF_CARGO.search(text)), "")
    if told:
        return f"{told} reads what only Cargo sets"
    locks = [text for path, text in texts.items() if posixpath.basename(path) == "Cargo.lock"]
    links = next((found[1] for text in locks if (found := _LINKS.search(text))), "")
    if made.build and (links or not locks):
        return f"which library {links or 'it'} needs is known once it is built, not before"
    return made


RUST = Language(
    "Rust",
    _runtime,
    _products,
    _code,
    _SOURCES,
    _VARIABLES,
    frozenset({"cargo", "rustc", "rustup"}),
    None,
    _at_start,
)
