"""What the calls of Go make, what its images are made of, and what its source files say."""

from __future__ import annotations

import pytest

from jettison.ecosystem.golang.build import BUILD_VARIABLES, Output, module_name, outputs
from jettison.ecosystem.golang.code import read_go
from jettison.ecosystem.golang.images import go_image


@pytest.mark.parametrize(
    ("words", "made"),
    [
        ("build -o /app/server .", ["/app/server"]),
        ("build -o=bin/api ./cmd/api", ["/src/bin/api"]),
        ("build -ldflags -s -o ../out main.go", ["/out"]),
        ("build", ["/src/shop"]),
        ("build .", ["/src/shop"]),
        ("build -v ./cmd/worker", ["/src/worker"]),
        ("build main.go", ["/src/main"]),
        ("build -tags prod main.go db.go", ["/src/main"]),
        ("build -o bin/ ./cmd/a ./cmd/b", ["/src/bin/"]),
        ("build -o bin ./...", ["/src/bin/"]),
        ("build -o bin/ ./cmd/a", ["/src/bin/a"]),
        ("build -o /dev/null .", []),
        ("install", ["/go/bin/shop"]),
        ("install -v ./cmd/worker", ["/go/bin/worker"]),
        ("install ./...", ["/go/bin/"]),
        ("get ./...", []),
    ],
)
def test_what_a_call_makes(words: str, made: list[str]) -> None:
    found = outputs(tuple(words.split()), "/src", "example.org/shop/v2", "/go/bin")
    assert found == tuple(Output(path.rstrip("/"), path.endswith("/")) for path in made)


def test_a_pattern_may_stand_for_one_package() -> None:
    found = outputs(("build", "./..."), "/src", "example.org/shop", "/go/bin")
    assert found == (Output("/src/shop", tool=True),)


def test_a_program_of_another_module_is_a_tool() -> None:
    words = ("install", "github.com/pressly/goose/v3/cmd/goose@v3.1.0")
    assert outputs(words, "/src", "", "/go/bin") == (Output("/go/bin/goose", tool=True),)


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ("build -o $NAME .", "the name of the program is put together when it is built"),
        ("build -buildmode=plugin .", "it builds a library"),
        ("build", "the name of the program is that of the module, which is not known"),
    ],
)
def test_what_cannot_be_known_has_a_reason(words: str, why: str) -> None:
    assert outputs(tuple(words.split()), "/src", "", "/go/bin") == why


def test_the_module_is_named_in_its_file() -> None:
    assert module_name('// shop\nmodule "example.org/shop"\n\ngo 1.22\n') == "example.org/shop"
    assert module_name("go 1.22\n") == ""


@pytest.mark.parametrize(
    ("reference", "runtime", "stated"),
    [
        ("golang:1.22-bookworm", "debian:bookworm-slim", True),
        ("golang:bullseye", "debian:bullseye-slim", True),
        ("docker.io/library/golang:1.20", "debian:bookworm-slim", False),
        ("golang:1.25", "debian:trixie-slim", False),
        ("golang:1.18.3", "debian:bullseye-slim", False),
        ("golang", "debian:trixie-slim", False),
        ("golang:1.22-alpine3.19", "alpine:3.19", True),
        ("golang:alpine", "alpine:3", False),
        ("golang:1.21rc2-alpine", "alpine:3", False),
    ],
)
def test_a_program_runs_in_the_same_distribution(
    reference: str, runtime: str, stated: bool
) -> None:
    image = go_image(reference)
    assert image is not None
    assert (image.runtime(), image.stated) == (runtime, stated)


@pytest.mark.parametrize(
    "reference", ["acme/golang:1.22", "golang:1.22-windowsservercore", "golangci/lint:v1", "go:1"]
)
def test_other_images_are_not_known(reference: str) -> None:
    assert go_image(reference) is None


def test_strings_are_told_from_comments_runes_and_imports() -> None:
    text = (
        'package main\n\nimport (\n\t"os"\n\tx "example.org/static" // "no"\n)\n\n'
        'import "embed"\n\n//go:embed "assets"\n/* "neither" */\n'
        'var a, b = "te\\"mp", `raw\n"inner"`\nvar quote = \'"\'\nvar c = os.Getenv("C")\n'
    )
    code = read_go(text)
    assert code.imports == {"os", "example.org/static", "embed"}
    assert code.strings == {'te\\"mp', 'raw\n"inner"', "C"}
    assert "os.Getenv(" in code.calls
    assert "neither" not in code.calls


def test_variables_of_the_build_are_told_from_those_of_the_run_time() -> None:
    build = ["CGO_ENABLED", "GOOS", "GOFLAGS", "GO111MODULE", "GOPROXY", "GOPATH", "CC"]
    assert all(BUILD_VARIABLES.fullmatch(name) for name in build)
    run = ["GOMAXPROCS", "GOGC", "GODEBUG", "GOMEMLIMIT", "GOTRACEBACK", "GOOGLE_KEY", "PORT"]
    assert not any(BUILD_VARIABLES.fullmatch(name) for name in run)
