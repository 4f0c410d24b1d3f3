"""Which ordinary user a base image has, or how one is made there."""

from __future__ import annotations

import pytest

from jettison.analysis.running.base_users import base_user, is_root_base

_USERADD = "useradd --create-home --uid 1000 app"
_UBUNTU = "useradd --create-home --uid 10001 app"
_ALPINE = "adduser -D -u 1000 app"
COMMANDS = {
    "python:3.11-slim": _USERADD,
    "docker.io/library/python:3.11-alpine": _ALPINE,
    "public.ecr.aws/docker/library/ruby:3.3": _USERADD,
    "ubuntu:24.04": _UBUNTU,
    "node:22": "",
    "oven/bun:1-alpine": "",
    "mcr.microsoft.com/dotnet/aspnet:8.0": "",
    "mcr.microsoft.com/dotnet/runtime:10.0-alpine": "",
    "eclipse-temurin:21-jre": _UBUNTU,
    "eclipse-temurin:21-jre-jammy": _UBUNTU,
    "eclipse-temurin:17-jre-alpine": _ALPINE,
    "amazoncorretto:17-alpine3.19": _ALPINE,
    "openjdk:17-jdk-slim": _USERADD,
    "openjdk:8-jdk-alpine": _ALPINE,
    "openjdk:11-jre": _USERADD,
    "openjdk:8": _USERADD,
    "azul/zulu-openjdk:17": _UBUNTU,
    "azul/zulu-openjdk-alpine:17": _ALPINE,
    "bellsoft/liberica-openjre-debian:17": _USERADD,
    "adoptopenjdk/openjdk11:alpine-jre": _ALPINE,
    "adoptopenjdk/openjdk11:jre-11.0.9_11": _UBUNTU,
}


@pytest.mark.parametrize("base", COMMANDS)
def test_a_user_is_there_or_can_be_made(base: str) -> None:
    user = base_user(base)
    assert user is not None
    assert user.command == COMMANDS[base]
    assert is_root_base(base)


@pytest.mark.parametrize(
    "base",
    [
        "amazoncorretto:17",  # has no useradd
        "eclipse-temurin:21-jre-ubi9-minimal",
        "mcr.microsoft.com/dotnet/aspnet:6.0",
        "mcr.microsoft.com/dotnet/aspnet:8.0-jammy-chiseled",
        "mcr.microsoft.com/dotnet/sdk:8.0",
        "openjdk:17",
        "openjdk:17-jdk-oracle",
        "oven/bun:1-distroless",
        "maven:3-eclipse-temurin-21",
        "example.org/python:3.11",
    ],
)
def test_the_system_of_others_is_not_known(base: str) -> None:
    assert base_user(base) is None


def test_the_user_of_somebodys_image_is_not_known() -> None:
    assert not is_root_base("example.org/python:3.11")
    assert not is_root_base("bitnami/node:22")
    assert not is_root_base("mcr.microsoft.com/dotnet/aspnet:8.0-jammy-chiseled")
    assert is_root_base("mcr.microsoft.com/dotnet/aspnet:6.0")
