"""Services in Rust: planned on files only, as no toolchain is at hand for a trial."""

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


def _after(text: str) -> list[str]:
    made = planned(RULE, {**_FILES, "Dockerfile": text})
    assert not made.dropped
    now = made.tree.read("Dockerfile")
    assert now is not None
    assert now.text != text, made.left
    return now.text.rpartition("\nFROM ")[2].splitlines()


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
    assert _why(f"{_HEAD}CMD cargo run\n", {}) == "the image's command calls `cargo`"
    workspace = {"Cargo.toml": '[workspace]\nmembers = ["a"]\n'}
    assert _why(build, workspace) == "the package's programs are not known"


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
