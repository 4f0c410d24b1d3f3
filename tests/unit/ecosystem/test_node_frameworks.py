"""The folders that builds of Node's frameworks make."""

from __future__ import annotations

import json

import pytest

from jettison.ecosystem.node.frameworks import built_by
from jettison.ecosystem.node.package import read_package


@pytest.mark.parametrize(
    ("words", "settings", "made"),
    [
        (("remix", "vite:build"), {}, {"build"}),
        (("remix", "build"), {}, {"build", "public"}),
        (("remix", "build"), {"remix.config.js": "{ assetsBuildDirectory: 'x' }"}, None),
        (("remix", "dev"), {}, None),
    ],
)
def test_remix(words: tuple[str, ...], settings: dict[str, str], made: set[str] | None) -> None:
    package = read_package(json.dumps({"devDependencies": {"@remix-run/dev": "1.19.0"}}), None)
    assert package is not None
    assert built_by(words, package, settings) == made
