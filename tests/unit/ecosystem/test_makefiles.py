"""Targets of Makefiles are read without make."""

from __future__ import annotations

import pytest

from jettison.ecosystem.makefiles import commands_of, recipes

_TEXT = """\
NAME := shop
URL ?= http://localhost:8000
.PHONY: up sizes
include other.mk

up sizes: | build
\tdocker compose \\
\t  up
\t# of the recipe
build: ; true
ifdef CI
hidden:
\tfalse
endif
define LINES
inner:
\ttrue
endef
double:: up
\tone
"""


def test_targets_with_their_recipes() -> None:
    found = recipes(_TEXT)
    assert found["up"] == found["sizes"]
    assert found["up"][0].split() == ["docker", "compose", "up"]
    assert found["double"] == ("one",)
    assert {"hidden", "inner", "NAME", "URL"}.isdisjoint(found)


@pytest.mark.parametrize(
    "text", ["define X\nmine:\n\ttrue\n", "ifeq (1,2)\nmine:\n\ttrue\n", "mine:\n\ttrue \\\n"]
)
def test_what_does_not_end_is_an_error(text: str) -> None:
    with pytest.raises(ValueError, match=r"end|goes on"):
        recipes(text)


_BUILD = """\
BIN ?= bin
NAME := shop
OUT = $(BIN)/${NAME}
BIN ?= never
.PHONY: all build
all: lint build # everything
build: deps
\t@go build -o $(OUT) -ldflags "$(LDFLAGS)" ./cmd/$(NAME)
deps:
\t-go mod download
\techo $$HOME
"""


def test_what_a_target_runs() -> None:
    lines = (
        "go mod download",
        "echo $HOME",
        'go build -o bin/shop -ldflags "$(LDFLAGS)" ./cmd/shop',
    )
    assert commands_of(_BUILD, "build") == lines
    assert commands_of(_BUILD, "") == lines
    assert commands_of(_BUILD, "deploy") is None
