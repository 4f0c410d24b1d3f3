"""Stages and what they need."""

from __future__ import annotations

import pytest

from jettison.dockerfile import Dockerfile, Stage, parse_text
from jettison.errors import UsageError

FILE = parse_text(
    """\
ARG VERSION=3
FROM alpine:$VERSION AS Base
ONBUILD COPY --from=tools /t /t
FROM busybox AS tools
FROM base AS build
COPY --from=0 a b
COPY --from=docker.io/library/redis:7 c d
RUN --mount=type=bind,from=tools,target=/t --mount=from=scratch,target=/e make
FROM scratch
COPY --from=BUILD /out /
FROM debian AS lone
"""
)


def needs(file: Dockerfile, name: str | int) -> list[str]:
    found = file.dependencies(file.stage(name))
    return [str(need.index) if isinstance(need, Stage) else need for need in found]


def builds(file: Dockerfile, name: str | int) -> list[int]:
    return [stage.index for stage in file.closure(file.stage(name))]


def test_stages() -> None:
    assert [stage.name for stage in FILE.stages] == ["base", "tools", "build", None, "lone"]
    assert FILE.target is FILE.stages[-1]
    first = FILE.stages[0]
    assert (first.base, first.base_name, first.base_stage) == ("alpine:$VERSION", "alpine:3", None)
    assert FILE.stages[2].base_stage == 0
    assert [len(stage.instructions) for stage in FILE.stages] == [1, 0, 3, 1, 0]
    assert FILE.text[first.span.start : first.span.end].count("\n") == 1
    assert [arg.pairs[0].key for arg in FILE.global_args] == ["VERSION"]
    assert [one.stage for one in FILE.instructions] == [None, 0, 0, 1, 2, 2, 2, 2, 3, 3, 4]


def test_dependencies() -> None:
    assert needs(FILE, "base") == ["alpine:3"]
    assert needs(FILE, "build") == ["0", "1", "docker.io/library/redis:7", "scratch"]
    assert needs(FILE, 3) == ["scratch", "2"]


def test_closure() -> None:
    assert builds(FILE, "base") == [0]
    assert builds(FILE, "build") == [0, 1, 2]
    assert builds(FILE, 3) == [0, 1, 2, 3]
    assert builds(FILE, "lone") == [4]


def test_closure_where_stages_go_round() -> None:
    file = parse_text("FROM a AS x\nCOPY --from=y b c\nFROM x AS y")
    assert builds(file, "x") == builds(file, "y") == [0, 1]


@pytest.mark.parametrize(
    ("name", "remedy"),
    [
        ("biuld", "Did you mean build?"),
        ("7", "Its stages are base, tools, build, lone."),
        ("²", None),
        ("9" * 30, None),
        ("", None),
    ],
)
def test_no_such_stage(name: str, remedy: str | None) -> None:
    with pytest.raises(UsageError, match="Dockerfile has no stage") as caught:
        FILE.stage(name)
    if remedy:
        assert caught.value.remedy == remedy


def test_no_stage_has_a_name() -> None:
    with pytest.raises(UsageError) as caught:
        parse_text("FROM a").stage("x")
    assert caught.value.remedy == "None of its stages is named."


def test_a_stage_by_name_or_number() -> None:
    assert FILE.stage("BUILD") is FILE.stage(2) is FILE.stage("2") is FILE.stages[2]


def test_the_last_of_two_stages_with_one_name_counts() -> None:
    file = parse_text("FROM a AS x\nFROM x AS x\nFROM x\nCOPY --from=x b c")
    assert [stage.base_stage for stage in file.stages] == [None, 0, 1]
    assert file.stage("x").index == 1


def test_from_does_not_look_ahead_nor_ignore_case() -> None:
    file = parse_text("FROM later\nFROM a AS Later\nFROM Later\nFROM later")
    assert [stage.base_stage for stage in file.stages] == [None, None, None, 1]


def test_a_variable_names_the_stage() -> None:
    text = "ARG MODE=dev\nFROM a AS dev\nFROM b AS prod-arm64\nFROM ${MODE}"
    assert parse_text(text).target.base_stage == 0
    arm = parse_text(text, build_args={"MODE": "prod-$TARGETARCH"}, platform="linux/arm64")
    assert arm.target.base_name == "prod-$TARGETARCH"
    text = text.replace("${MODE}", "${MODE}-${TARGETARCH}")
    arm = parse_text(text, build_args={"MODE": "prod"}, platform="linux/arm64")
    assert arm.target.base_stage == 1


def test_platforms() -> None:
    file = parse_text("FROM --platform=$BUILDPLATFORM a\nFROM --platform=${NONE:?} b\nFROM c")
    assert [stage.platform_name for stage in file.stages] == ["linux/amd64", None, None]
    assert file.stages[0].platform == "$BUILDPLATFORM"


def test_a_base_that_cannot_be_known() -> None:
    file = parse_text("FROM ${IMAGE:?which}")
    assert (file.target.base_name, file.target.base_stage) == (None, None)
    assert file.dependencies(file.target) == ("${IMAGE:?which}",)
