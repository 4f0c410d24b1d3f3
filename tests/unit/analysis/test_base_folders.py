"""The folders in which official images let a stage start."""

from __future__ import annotations

import pytest

from jettison.analysis.base_folders import folder_of_base


@pytest.mark.parametrize(
    ("reference", "folder"),
    [
        ("golang:1.22", "/go"),
        ("docker.io/library/gradle:8-jdk17", "/home/gradle"),
        ("php:8.3-apache", "/var/www/html"),
        ("php:8.3-fpm-alpine@sha256:0", "/var/www/html"),
        ("php:8.3-cli", "/"),
        ("php", "/"),
        ("acme/golang:1.22", "/"),
        ("ghcr.io/acme/php:8-fpm", "/"),
        ("python:3.12", "/"),
    ],
)
def test_where_a_stage_starts(reference: str, folder: str) -> None:
    assert folder_of_base(reference) == folder
