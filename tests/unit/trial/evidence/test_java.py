"""The version of Java that an image built in memory compiles with."""

from __future__ import annotations

import pytest

from jettison.dockerfile import parse_text
from jettison.oci import LayerBuilder, build_image
from jettison.trial.evidence import read_evidence


@pytest.mark.parametrize(
    ("files", "version"),
    [
        ({"opt/java/release": 'A="b"\nJAVA_VERSION="21.0.5"\n', "opt/java/bin/javac": ""}, 21),
        ({"jdk/release": 'JAVA_VERSION="1.8.0_392"\n', "jdk/bin/javac": ""}, 8),
        ({"jre/release": 'JAVA_VERSION="21.0.5"\n', "jre/bin/java": ""}, 0),
        (
            {
                "a/release": 'JAVA_VERSION="17"\n',
                "a/bin/javac": "",
                "b/release": 'JAVA_VERSION="21"\n',
                "b/bin/javac": "",
            },
            0,
        ),
    ],
)
def test_version_is_that_of_the_one_jdk(files: dict[str, str], version: int) -> None:
    layer = LayerBuilder()
    for path, text in files.items():
        layer.file(path, text.encode())
    made = build_image([layer])
    found = read_evidence("t", made.config, made.layers, parse_text("FROM base\n"), {})
    assert found.java == version
