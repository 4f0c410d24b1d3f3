"""Libraries that are loaded by name: found, or not known to be missing."""

from __future__ import annotations

from tests.unit.rules.planning import planned

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
