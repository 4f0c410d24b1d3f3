"""Which base images are called ended, and which open."""

from pathlib import Path

import pytest
from tests.unit.rules.planning import planned

from jettison.changes import plan
from jettison.rules import Advice, find_rule
from jettison.rules.catalog.base_image_not_pinned import _is_open
from jettison.rules.catalog.base_image_out_of_support import _ended
from jettison.source import TextTree


@pytest.mark.parametrize(
    "image",
    [
        "python:2.7",
        "python:3.9.18-slim-bookworm",
        "docker.io/library/node:18-alpine",
        "node:21",
        "debian:buster-slim",
        "debian:10.3",
        "ubuntu:20.04",
        "ubuntu:focal-20240101",
        "alpine:3.10.2",
        "golang:1.23-alpine3.20",
        "golang:1.26-alpine3.18",
        "php:7.4-fpm",
        "ruby:2.7.8",
        "centos:7",
        "openjdk:17-jdk-slim",
    ],
)
def test_ended(image: str) -> None:
    assert _ended(image)


@pytest.mark.parametrize(
    "image",
    [
        "python:3.12",
        "python:3",
        "python:latest",
        "python",
        "node:22-bookworm",
        "node:lts",
        "debian:bookworm",
        "debian:12",
        "ubuntu:22.04",
        "alpine:3.22",
        "golang:1.26",
        "quay.io/centos/centos:stream9",
        "acme/node:4",
        "redis:7-alpine3.10",
    ],
)
def test_not_known_to_be_ended(image: str) -> None:
    assert not _ended(image)


@pytest.mark.parametrize(
    "image",
    ["node", "node:latest", "host:5000/a/node", "a/b:latest", "a:slim"],
)
def test_open(image: str) -> None:
    assert _is_open(image)


@pytest.mark.parametrize("image", ["node:22", "host:5000/node:1", "x@sha256:aa", "scratch", "$X"])
def test_not_open(image: str) -> None:
    assert not _is_open(image)


@pytest.mark.parametrize(
    ("code", "image", "slim", "key"),
    [
        ("JT023", "python:3.8.1", "python:3.8.1-slim", "JT023/Dockerfile/python:3.8.1"),
        ("JT023", "node:16-buster", "node:16-buster-slim", "JT023/Dockerfile/node:16-buster"),
        ("JT022", "python", "python:slim", "JT022/Dockerfile/python"),
        ("JT022", "python:latest", "python:slim", "JT022/Dockerfile/python"),
    ],
)
def test_the_slim_image_mends_neither(
    tmp_path: Path, code: str, image: str, slim: str, key: str
) -> None:
    (tmp_path / "Dockerfile").write_text(f"FROM {image}\nWORKDIR /app\nCOPY . .\nCMD node a.js\n")
    (tmp_path / "a.js").write_text("console.log(1)\n")
    made = plan(TextTree(tmp_path), {}, rules=[find_rule("JT012"), find_rule(code)])
    now = made.tree.read("Dockerfile")
    assert now is not None
    assert now.text.startswith(f"FROM {slim}\n")
    assert [str(one.key) for one in made.left] == [key]
    assert [str(one.key) for one in made.applied] == ["JT012/Dockerfile"]


@pytest.mark.parametrize(("base", "count"), [("ruby:3.4", 1), ("ruby:3.4-slim", 0), ("a/ruby", 0)])
def test_rubys_full_image_is_told_of(base: str, count: int) -> None:
    text = f"FROM {base}\nCOPY . .\nRUN bundle install\nCMD ruby a.rb\n"
    left = planned(find_rule("JT012"), {"Dockerfile": text}).left
    assert [type(one.remedy) for one in left] == [Advice] * count
