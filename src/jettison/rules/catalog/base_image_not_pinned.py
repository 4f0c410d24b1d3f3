"""A base image has no tag, or the tag `latest`.

## What it does
Finds FROMs of stages that an image needs whose image has no tag and no digest, or `latest`, or
`slim`, which is the latest as well. It is advice: which version it should be, only what is deployed
today can tell.

## Why it matters
The next build may take another major version, and a result that was proven is proven no more.

## Fix safety
Nothing is changed.

## Saving
None.

## References
* Docker documentation, "Building best practices: pin base image versions"
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from jettison.analysis.package_runs import base_images, services_of
from jettison.patterns import regex
from jettison.rules.model import Advice, Example, Finding, Grade, Key, Level, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jettison.analysis.facts import Facts

CODE, NAME = "JT022", "base-image-not-pinned"

_OPEN = ("latest", "slim")
_TAG = regex(rf":(?:{'|'.join(_OPEN)})$")
"""A finding stays the same one where an open tag takes another's place."""

VALID = (
    Example(
        "a version, a digest, a stage, scratch",
        {
            "Dockerfile": "FROM golang:1.24 AS build\nRUN go version\n"
            f"FROM debian@sha256:{'a' * 64} AS other\nFROM scratch\n"
            "COPY --from=build /x /x\nCOPY --from=other /y /y\n"
        },
    ),
    Example("a name that the build gives", {"Dockerfile": "ARG BASE\nFROM ${BASE}\nRUN ls\n"}),
    Example(
        "the image of another service",
        {
            "compose.yaml": "services:\n  api:\n    build:\n      context: api\n"
            "      additional_contexts:\n        base: service:base\n  base:\n    build: .\n",
            "Dockerfile": "FROM debian:12\nRUN ls\n",
            "api/Dockerfile": "FROM base\nRUN ls\n",
        },
    ),
)
INVALID = (
    Example("latest", {"Dockerfile": "FROM node:latest\nRUN ls\n"}, found=("Dockerfile:1",)),
    Example(
        "no tag, behind a port",
        {"Dockerfile": "FROM registry:5000/python\nRUN ls\n"},
        found=("Dockerfile:1",),
    ),
)


def check(facts: Facts) -> Iterator[Finding]:
    """A finding for every base image without a version."""
    for target, from_, image in base_images(facts):
        if _is_open(image):
            yield Finding(
                key=Key(CODE, target.name, _TAG.sub("", image)),
                name=NAME,
                message=f"{image} is another image tomorrow",
                file=target.dockerfile_name,
                line=from_.line,
                services=services_of(facts, target),
                remedy=Advice("Name the version that runs today, or its digest."),
                level=Level.NOTE,
            )


def _is_open(image: str) -> bool:
    if "$" in image or "@" in image or image == "scratch":
        return False
    _, colon, tag = image.rpartition("/")[2].partition(":")
    return not colon or tag in _OPEN


RULE = Rule(
    code=CODE,
    name=NAME,
    summary="A base image has no tag, or the tag `latest`.",
    since="0.1.0",
    grade=Grade.DISPLAY_ONLY,
    check=check,
    level=Level.NOTE,
    see_also=("hadolint/DL3006", "hadolint/DL3007"),
    valid=VALID,
    invalid=INVALID,
)
