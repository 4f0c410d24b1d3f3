"""Services in Rust: what comes along into the image that runs, and what is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.unit.rules.planning import planned

from jettison.ecosystem.rust.build import binaries, made_by_cargo, rust_image
from jettison.rules import Refused
from jettison.rules.catalog.compiler_in_image import RULE

if TYPE_CHECKING:
    from collections.abc import Mapping

_FILES = {
    "Cargo.toml": '[package]\nname = "shop"\n',
    "src/main.rs": 'fn main() { open("templates/a.html"); }\n',
    "templates/a.html": "",
    "notes.txt": "",
}
_HEAD = "FROM rust:1.80-bookworm\nWORKDIR /app\nCOPY . .\n"


def _text(text: str, files: Mapping[str, str] | None = None) -> str:
    made = planned(RULE, {**_FILES, **(files or {}), "Dockerfile": text})
    assert not made.dropped
    now = made.tree.read("Dockerfile")
    assert now is not None
    assert now.text != text, made.left
    return now.text


def _after(text: str) -> list[str]:
    return _text(text).rpartition("\nFROM ")[2].splitlines()


def _why(text: str, files: Mapping[str, str]) -> str:
    (finding,) = planned(RULE, {**_FILES, **files, "Dockerfile": text}).left
    assert isinstance(finding.remedy, Refused)
    return finding.remedy.reason


def test_what_cargo_builds_runs_without_it() -> None:
    assert _after(f'{_HEAD}RUN cargo build --release\nCMD ["./target/release/shop"]\n') == [
        "debian:bookworm-slim",
        "WORKDIR /app",
        "COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt",
        "COPY --from=build /app/target/release/shop /app/target/release/shop",
        "COPY --from=build /app/templates/a.html /app/templates/a.html",
        'CMD ["./target/release/shop"]',
    ]
    first = "RUN mkdir src && echo 'fn main() {}' > src/main.rs && cargo build && rm -rf src\n"
    made = _after(f"{_HEAD}{first}RUN cargo build --release\nCMD target/release/shop\n")
    assert "COPY --from=build /app/target/release/shop /app/target/release/shop" in made
    made = _after(f'{_HEAD}RUN cargo install --path .\nCMD ["shop"]\n')
    assert "COPY --from=build /usr/local/cargo/bin/shop /usr/local/bin/shop" in made


def test_what_is_not_known_is_refused() -> None:
    build = f'{_HEAD}RUN cargo build --release\nCMD ["./target/release/shop"]\n'
    lock = '[[package]]\nname = "openssl-sys"\n'
    why = "only the built image tells which library openssl-sys needs"
    assert _why(build, {"Cargo.lock": lock}) == why
    assert _why(build, {"Cargo.lock": lock, "tools/Cargo.lock": "version = 3\n"}) == why
    assert _why(f"{_HEAD}CMD cargo watch\n", {}) == "the image's command calls `cargo`"
    workspace = {"Cargo.toml": '[workspace]\nmembers = ["a"]\n'}
    assert _why(build, workspace) == "the package's programs are not known"


_LOCK = {"Cargo.lock": '[[package]]\nname = "serde"\n'}


@pytest.mark.parametrize(
    ("run", "command", "made", "now"),
    [
        ("RUN cargo build --release\n", '["cargo", "run", "--release"]', "release",
         '["./target/release/shop"]'),
        ("RUN cargo build -r --locked\n", "cargo run --release -q -- --port 80", "release",
         "./target/release/shop --port 80"),
        ("RUN cargo build\n", "cargo run", "debug", "./target/debug/shop"),
        ("RUN cargo build --release\n", "cargo run", "debug", "./target/debug/shop"),
        ("", "cargo run --bin shop", "debug", "./target/debug/shop"),
    ],
)  # fmt: skip
def test_what_cargo_runs_is_built_once(run: str, command: str, made: str, now: str) -> None:
    text = _text(f"{_HEAD}{run}CMD {command}\n", _LOCK)
    path = f"/app/target/{made}/shop"
    build, _, after = text.rpartition("\nFROM ")
    assert f"COPY --from=build {path} {path}" in after
    assert text.endswith(f"CMD {now}\n")
    assert ("RUN cargo build --bin shop\n" in build) is (not run)
    assert build.count("RUN cargo") == 1 + ("--release" in run and made == "debug")


def test_what_stands_before_the_last_files_has_built_another_program() -> None:
    text = f"{_HEAD}RUN cargo build\nCOPY src src\nCMD cargo run\n"
    assert "COPY src src\nRUN cargo build\n\nFROM" in _text(text, _LOCK)
    pages = text.replace("COPY src src", "COPY templates templates")
    assert "COPY templates templates\n\nFROM" in _text(pages, _LOCK)


@pytest.mark.parametrize(
    ("run", "files", "why"),
    [
        ("", {}, "which library it needs is known once it is built, not before"),
        ("", {"Cargo.lock": '[[package]]\nname = "pq-sys"\n'},
         "which library pq-sys needs is known once it is built, not before"),
        ("RUN cargo build\n", {"src/main.rs": 'fn main() { env::var("CARGO_MANIFEST_DIR"); }\n'},
         "src/main.rs reads what only Cargo sets"),
        ("RUN cargo build\n", {"src/bin/b.rs": ""},
         "which program `cargo run` starts is not known"),
    ],
)  # fmt: skip
def test_what_only_cargo_can_run_is_refused(run: str, files: Mapping[str, str], why: str) -> None:
    assert _why(f"{_HEAD}{run}CMD cargo run\n", files) == why


@pytest.mark.parametrize(
    ("words", "made"),
    [
        ("build", ["/app/target/debug/a"]),
        ("build -r --bin b", ["/app/target/release/b"]),
        ("build --profile=dist --target x86_64-unknown-linux-musl",
         ["/app/target/x86_64-unknown-linux-musl/dist/a"]),
        ("build --release --target-dir=/out", ["/out/release/a"]),
        ("install --path . --root /opt", ["/opt/bin/a"]),
        ("install cargo-watch", []),
        ("fetch", []),
    ],
)  # fmt: skip
def test_what_cargo_makes(words: str, made: list[str]) -> None:
    assert made_by_cargo(tuple(words.split()), "/app", "", ("a",)) == tuple(made)


def test_the_programs_of_a_package() -> None:
    files = frozenset({"src/main.rs", "src/bin/tool.rs", "src/bin/other/main.rs", "src/lib.rs"})
    assert binaries('[package]\nname = "shop"\n', files) == ("shop", "other", "tool")
    named = '[package]\nname = "shop"\n[[bin]]\nname = "api"\npath = "src/main.rs"\n'
    assert binaries(named, frozenset({"src/main.rs"})) == ("api",)
    assert binaries("[", frozenset()) == ()


@pytest.mark.parametrize(
    ("reference", "release"),
    [("rust:1.80", "bookworm"), ("rust:1.60-slim", "bullseye"), ("rust:1-slim-trixie", "trixie"),
     ("rust", "trixie"), ("rust:1.79-alpine3.20", "3.20")],
)  # fmt: skip
def test_images_of_rust(reference: str, release: str) -> None:
    image = rust_image(reference)
    assert image is not None
    assert image.release == release
    assert rust_image("rustlang/rust:nightly") is None


def test_what_rocket_reads_by_convention_comes_along() -> None:
    files = {
        "Cargo.toml": '[package]\nname = "shop"\n[dependencies]\nrocket = "0.5"\n',
        "Rocket.toml": "",
        "src/main.rs": "fn main() {}\n",
    }
    text = f"{_HEAD}RUN cargo build --release\nCMD target/release/shop\n"
    now = planned(RULE, {**_FILES, **files, "Dockerfile": text}).tree.read("Dockerfile")
    assert now is not None
    assert "COPY --from=build /app/Rocket.toml /app/Rocket.toml\n" in now.text
    assert "COPY --from=build /app/templates /app/templates\n" in now.text
    assert "notes.txt" not in now.text
