"""The folder in which a stage starts, as its base image says where that is an official one.

Source: the Dockerfiles of docker-library/golang and php, and of gradle/docker-gradle.
"""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from jettison.dockerfile import Settings, State
from jettison.patterns import regex

if TYPE_CHECKING:
    from jettison.dockerfile import Dockerfile, Stage

__all__ = ["base_settings", "folder_of_base"]

_OFFICIAL = regex(r"(?:(?:docker\.io|index\.docker\.io|public\.ecr\.aws/docker)/)?(?:library/)?\w+")
_FOLDERS = {"golang": "/go", "gradle": "/home/gradle"}
_SERVES = regex(r"\b(apache|fpm)\b")


def folder_of_base(reference: str) -> str:
    """The working directory of an image from elsewhere, ``/`` where none is known."""
    path, _, tag = reference.partition("@")[0].partition(":")
    if not _OFFICIAL.fullmatch(path):
        return "/"
    name = posixpath.basename(path)
    if name == "php" and _SERVES.search(tag):
        return "/var/www/html"
    return _FOLDERS.get(name, "/")


def base_settings(dockerfile: Dockerfile, stage: Stage) -> Settings:
    """What is known of the image that a stage, or those that it is built from, starts from."""
    first = stage
    while first.base_stage is not None:
        first = dockerfile.stages[first.base_stage]
    return Settings(base=State(workdir=folder_of_base(first.base_name or first.base)))
