"""Libraries that are loaded by name: found, or not known to be missing."""

from __future__ import annotations

import pytest
from tests.unit.rules.planning import planned

from jettison.analysis import Distribution, Evidence, ImageEvidence, SystemPackage
from jettison.rules.catalog.shared_library_missing import RULE

TEXT = (
    'FROM python:3.11-slim\nARG PACKAGES="curl libmagic1"\n'
    "RUN apt-get update && apt-get install -y {}\nCOPY requirements.txt .\n"
    "RUN pip install -r requirements.txt\nCMD python main.py\n"
)


def test_packages_that_a_variable_names_are_not_known_to_be_missing() -> None:
    for words, lines in (("curl", [1]), ("${PACKAGES}", [])):
        files = {"Dockerfile": TEXT.format(words), "requirements.txt": "python-magic==0.4.27\n"}
        assert [one.line for one in planned(RULE, files).found] == lines


@pytest.mark.parametrize("base", ["python:3.11-slim", "python:3.11"])
def test_a_library_of_the_base_is_there_whatever_stage_comes_first(base: str) -> None:
    """A front end's stage before it is another base, not the one that this image had."""
    text = f"FROM node:25 AS web\nRUN npm ci\nFROM {base}\nRUN pip install -r requirements.txt\n"
    needs = Distribution(
        "driver", "1", frozenset({"driver"}), frozenset(), frozenset(), False,
        frozenset({"libz.so.1"}), 1,
    )  # fmt: skip
    library = SystemPackage(
        "debian", "zlib1g", "1", frozenset(), frozenset({"libz.so.1"}), frozenset(), True, 1
    )
    image = ImageEvidence("image", distributions={"driver": needs}, packages={"zlib1g": library})
    files = {"Dockerfile": text, "requirements.txt": "driver==1\n"}
    made = planned(RULE, files, Evidence({"Dockerfile": image}))
    assert not made.found
