"""A base image gets no security fixes any more.

## What it does
Finds FROMs of stages that an image needs whose image is a release that its makers have ended. The
releases are a table in this rule, by the makers' own announcements. It is advice: another version
of the language is a change of the program.

## Why it matters
Known holes stay open, and package servers of ended releases go away, so that builds fail.

## Fix safety
Nothing is changed.

## Saving
None.

## References
* endoflife.date; the release pages of Python, Node.js, Debian, Ubuntu, Alpine, Go, PHP and Ruby
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from jettison.analysis.package_runs import base_images, services_of
from jettison.patterns import regex
from jettison.rules.model import Advice, Example, Finding, Grade, Key, Level, Rule

if TYPE_CHECKING:
    import re
    from collections.abc import Iterator

    from jettison.analysis.facts import Facts

CODE, NAME = "JT023", "base-image-out-of-support"

_LAST_ENDED = {
    "python": (3, 10),
    "golang": (1, 24),
    "php": (8, 1),
    "ruby": (3, 2),
    "alpine": (3, 21),
}
"""The last release of each that has ended, and with it all before it."""
_ENDED_MAJOR = {"node": frozenset({*range(4, 21), 21, 23})}
_ENDED_NAMES = frozenset(
    """
    wheezy jessie stretch buster bullseye trusty xenial bionic cosmic disco eoan focal groovy
    hirsute impish kinetic lunar mantic oracular plucky
    """.split()
)
_ENDED_TAGS = {
    "debian": frozenset("7 8 9 10 11".split()),
    "ubuntu": frozenset("14.04 16.04 18.04 20.04 22.10 23.04 23.10 24.10 25.04".split()),
    "centos": frozenset("5 6 7 8".split()),
}
_ENDED_WHOLLY = {"openjdk": "its images are no longer made"}
_NUMBERS = regex(r"(\d+)(?:\.(\d+))?")
_SLIM = regex(r"-slim(?=-|$)")
"""What makes no other release of an image: its slim one is out of support as well."""
_ALPINE_SUFFIX = regex(r"alpine(\d+)\.(\d+)")

VALID = (
    Example("supported", {"Dockerfile": "FROM python:3.12-slim-bookworm\nRUN ls\n"}),
    Example("no version to tell", {"Dockerfile": "FROM node:lts-slim\nRUN ls\n"}),
    Example("somebody else's image of the name", {"Dockerfile": "FROM acme/python:2.7\nRUN ls\n"}),
)
INVALID = (
    Example(
        "an ended Python",
        {"Dockerfile": "FROM python:3.8-slim\nRUN ls\n"},
        found=("Dockerfile:1",),
    ),
    Example(
        "an ended Debian below a living Python",
        {"Dockerfile": "FROM python:3.12-buster\nRUN ls\n"},
        found=("Dockerfile:1",),
    ),
)


def check(facts: Facts) -> Iterator[Finding]:
    """A finding for every base image of a release that has ended."""
    for target, from_, image in base_images(facts):
        why = _ended(image)
        if why:
            yield Finding(
                key=Key(CODE, target.name, _SLIM.sub("", image)),
                name=NAME,
                message=f"{image}: {why}",
                file=target.dockerfile_name,
                line=from_.line,
                services=services_of(facts, target),
                remedy=Advice("Plan the step to a release that is supported."),
                level=Level.NOTE,
                evidence=("by a table of releases in this rule",),
            )


def _ended(image: str) -> str:
    """Why an image is out of support, ``""`` where the table does not say so."""
    path, _, tag = image.partition("@")[0].removeprefix("docker.io/").partition(":")
    name = path.removeprefix("library/")
    if name in _ENDED_WHOLLY:
        return _ENDED_WHOLLY[name]
    parts = tag.split("-")
    numbers = _NUMBERS.match(parts[0])
    release = parts[0] if name == "ubuntu" else parts[0].partition(".")[0]
    if (numbers and _ended_number(name, numbers)) or release in _ENDED_TAGS.get(name, ()):
        return "that release gets no fixes any more"
    official = name in _LAST_ENDED or name in _ENDED_MAJOR or name in _ENDED_TAGS
    system = _ALPINE_SUFFIX.search(tag)
    old_alpine = system and (int(system[1]), int(system[2])) <= _LAST_ENDED["alpine"]
    if official and (old_alpine or _ENDED_NAMES.intersection(parts)):
        return "the distribution below it gets no fixes any more"
    return ""


def _ended_number(name: str, numbers: re.Match[str]) -> bool:
    if int(numbers[1]) in _ENDED_MAJOR.get(name, ()):
        return True
    last = _LAST_ENDED.get(name)
    if last is None or not numbers[2]:
        return False
    return (int(numbers[1]), int(numbers[2])) <= last


RULE = Rule(
    code=CODE,
    name=NAME,
    summary="A base image gets no security fixes any more.",
    since="0.1.0",
    grade=Grade.DISPLAY_ONLY,
    check=check,
    level=Level.NOTE,
    valid=VALID,
    invalid=INVALID,
)
