"""JT037: what a RUN deletes of what a COPY brought stays out of the context."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.unit.rules.planning import changed, planned

from jettison.rules import Refused
from jettison.rules.catalog.copied_and_deleted import RULE
from jettison.rules.catalog.unneeded_files_in_context import RULE as CONTEXT

if TYPE_CHECKING:
    from collections.abc import Mapping

_FILES = {
    "requirements.txt": "flask\n",
    "app.py": "\n",
    "tests/test_a.py": "a" * 120_000,
    "docs/a.md": "a\n",
    ".git/HEAD": "a\n",
}
_HEAD = "FROM python:3.11-slim\nWORKDIR /app\nCOPY . .\n"


def _made(text: str, files: Mapping[str, str] | None = None) -> dict[str, str]:
    made = planned(RULE, {**_FILES, **(files or {}), "Dockerfile": text})
    assert not made.dropped
    return changed(made)


def _why(text: str, files: Mapping[str, str] | None = None) -> str:
    (found,) = planned(RULE, {**_FILES, **(files or {}), "Dockerfile": text}).left
    assert isinstance(found.remedy, Refused)
    return found.remedy.reason


@pytest.mark.parametrize(
    ("run", "left", "ignored"),
    [
        ("RUN rm -rf tests/ ./docs .git", "", "tests\ndocs\n.git\n"),
        ("RUN rm -r /app/tests", "", "tests\n"),
        ("RUN rm -rf tests && rm -rf build", "RUN rm -rf build\n", "tests\n"),
        ("RUN rm -rf tests node_modules", "RUN rm -rf node_modules\n", "tests\n"),
        ("RUN set -eux; rm -rf tests; apt-get update", "RUN set -eux; apt-get update\n", "tests\n"),
        ("RUN rm -rf tests || true", "RUN rm -rf tests || true\n", "tests\n"),
        ("RUN apt-get update && pip install -r requirements.txt \\\n && rm -rf tests",
         "RUN apt-get update && pip install -r requirements.txt\n", "tests\n"),
        ("RUN mkdir x && chown -R 1 . \nRUN rm -rf docs/a.md", "RUN mkdir x && chown -R 1 . \n",
         "docs/a.md\n"),
    ],
)  # fmt: skip
def test_it_stays_out_and_the_words_go(run: str, left: str, ignored: str) -> None:
    made = _made(f"{_HEAD}{run}\nCMD python app.py\n")
    assert made[".dockerignore"] == ignored
    assert made.get("Dockerfile", f"{_HEAD}{run}\nCMD python app.py\n") == (
        f"{_HEAD}{left}CMD python app.py\n"
    )


def test_an_ignore_file_grows() -> None:
    made = _made(f"{_HEAD}RUN rm -rf tests\n", {".dockerignore": "*.log\n"})
    assert made == {"Dockerfile": _HEAD, ".dockerignore": "*.log\ntests\n"}


@pytest.mark.parametrize(
    ("text", "files", "reason"),
    [
        (f"{_HEAD}RUN pytest\nRUN rm -rf tests\n", {}, "the RUN on line 4 may read it"),
        (f"{_HEAD}RUN chmod +x ./tests/test_a.py\nRUN rm -rf tests\n", {},
         "the RUN on line 4 may read it"),
        (f"{_HEAD}RUN pip install .\nRUN rm -rf tests\n", {}, "the RUN on line 4 may read it"),
        (f"{_HEAD}RUN make && rm -rf tests\n", {}, "what it runs before may read it"),
        (f"{_HEAD}RUN pip install -r tests/test_a.py\nRUN rm -rf tests\n", {},
         "the RUN on line 4 may read it"),
        (f"{_HEAD}RUN npm ci\nRUN rm -rf tests\n",
         {"package.json": '{"scripts": {"prepare": "x"}}', "package-lock.json": "{}"},
         "the RUN on line 4 may read it"),
        (f"FROM python AS t\nCOPY tests /t\n{_HEAD}COPY --from=t /t /t\nRUN rm -rf tests\n", {},
         "Dockerfile:2 takes it, too"),
        (f"{_HEAD}RUN rm -rf tests\n",
         {"test.Dockerfile": "FROM python\nCOPY . .\nCMD pytest\n",
          "compose.yaml": "services:\n  a:\n    build: .\n  b:\n    build:\n      context: .\n"
          "      dockerfile: test.Dockerfile\n"},
         "test.Dockerfile:2 takes it, too"),
    ],
)  # fmt: skip
def test_what_may_read_it_stands_against_it(
    text: str, files: Mapping[str, str], reason: str
) -> None:
    assert _why(text, files) == reason


@pytest.mark.parametrize(
    "run",
    [
        "RUN cd /tmp && rm -rf tests",
        "RUN rm -rf $PLACE/tests",
        "RUN rm -rf test*",
        "RUN rm -rf build",
        "RUN if true; then rm -rf tests; fi",
        'RUN ["rm", "-rf", "tests"]',
    ],
)
def test_what_is_not_known_is_left_alone(run: str) -> None:
    assert not planned(RULE, {**_FILES, "Dockerfile": f"{_HEAD}{run}\n"}).found


def test_clutter_stays_without_which_the_build_would_end() -> None:
    text = f"{_HEAD}RUN make\nRUN rm -r .git\n"
    files = {**_FILES, ".git/objects/a": "a" * 200_000}
    made = planned(CONTEXT, {**files, "Dockerfile": text})
    assert ".git" not in changed(made).get(".dockerignore", "")
    made = planned(CONTEXT, {**files, "Dockerfile": text.replace("rm -r", "rm -rf")})
    assert ".git" in changed(made)[".dockerignore"]


def test_what_another_instruction_takes_stays_and_the_rest_goes() -> None:
    text = f"{_HEAD}COPY docs/a.md /etc/a.md\nRUN rm -rf tests docs\n"
    made = _made(text)
    assert made[".dockerignore"] == "tests\n"
    assert made["Dockerfile"] == text.replace("rm -rf tests docs", "rm -rf docs")
