"""JT038: managers in exec form; JT008: lists that such a RUN, or a script, installs from."""

from __future__ import annotations

import pytest
from tests.unit.rules.planning import dockerfile, planned

from jettison.rules import Refused
from jettison.rules.catalog.install_cache_kept import RULE as CACHE
from jettison.rules.catalog.manager_in_exec_form import RULE

_HEAD = "FROM python:3.11-slim\n"


@pytest.mark.parametrize(
    ("run", "after"),
    [
        ('RUN ["npm", "install"]', "RUN npm install"),
        ('RUN  [ "/usr/bin/apt-get" , "update" ]', "RUN  /usr/bin/apt-get update"),
        ('RUN --mount=type=bind,target=/a ["pip", "install", "-r", "/a/b c"]',
         "RUN --mount=type=bind,target=/a pip install -r '/a/b c'"),
        ('RUN ["pip", "install", "$A", "b[c]"]', "RUN pip install '$A' 'b[c]'"),
        ('RUN ["dnf", "install", \\\n  "-y", "git"]', "RUN dnf install -y git"),
    ],
)  # fmt: skip
def test_the_words_stay_the_same(run: str, after: str) -> None:
    assert dockerfile(RULE, f"{_HEAD}{run}\n") == f"{_HEAD}{after}\n"


@pytest.mark.parametrize(
    "text",
    [
        f'{_HEAD}RUN ["pip", "install", "--no-cache-dir", "a"]\n',
        f'{_HEAD}ENV PIP_NO_CACHE_DIR=1\nRUN ["pip", "install", "a"]\n',
        f'{_HEAD}RUN ["python", "-c", "print(1)"]\n',
        f'{_HEAD}RUN --mount=type=cache,target=/root/.npm ["npm", "install"]\n',
        f'FROM node AS build\nRUN ["npm", "install"]\n{_HEAD}COPY --from=build /a /a\n',
    ],
)
def test_others_are_left_alone(text: str) -> None:
    assert not planned(RULE, {"Dockerfile": text}).found


def test_an_image_without_a_shell_keeps_it() -> None:
    text = 'FROM gcr.io/distroless/python3\nRUN ["pip", "install", "a"]\n'
    (found,) = planned(RULE, {"Dockerfile": text}).left
    assert isinstance(found.remedy, Refused)


def test_lists_are_fetched_where_they_are_used() -> None:
    text = f'{_HEAD}RUN apt-get update\nRUN ["apt-get", "install", "-y", "curl"]\n'
    made = planned(RULE, {"Dockerfile": text}, others=[CACHE])
    now = made.tree.read("Dockerfile")
    assert now is not None
    assert now.text == (
        f"{_HEAD}RUN apt-get update && apt-get install -y curl && rm -rf /var/lib/apt/lists/*\n"
    )


@pytest.mark.parametrize(
    ("more", "files"),
    [
        ('RUN ["apt-get", "install", "-y", "curl"]\n', {}),
        ("COPY setup.sh /\nRUN sh /setup.sh\n", {"setup.sh": "apt-get -y install curl\n"}),
        ("COPY . /s\nWORKDIR /s\nRUN ./setup\n", {"setup": "#!/bin/sh\napt install curl\n"}),
    ],
)
def test_lists_stay_for_what_installs_out_of_sight(more: str, files: dict[str, str]) -> None:
    text = f"{_HEAD}RUN apt-get update\n{more}"
    (found,) = planned(CACHE, {**files, "Dockerfile": text}).left
    assert isinstance(found.remedy, Refused)
    assert "installs from these lists" in found.remedy.reason


def test_a_script_that_fetches_lists_itself_needs_no_others() -> None:
    files = {"setup.sh": "apt-get update && apt-get install -y curl\n"}
    text = f"{_HEAD}RUN apt-get update\nCOPY setup.sh /\nRUN sh /setup.sh\n"
    made = planned(CACHE, {**files, "Dockerfile": text})
    assert [change.key.rule for change in made.applied] == ["JT008"]


@pytest.mark.parametrize(
    ("text", "after"),
    [
        (
            f'{_HEAD}RUN apt-get install -y gcc\nRUN ["pip", "install", "--no-cache-dir", "a"]\n',
            f"{_HEAD}RUN apt-get install -y gcc\nRUN pip install --no-cache-dir a\n",
        ),
        (
            'FROM node\nRUN npm ci && npm cache clean --force\nRUN ["npm", "run", "build"]\n',
            "FROM node\nRUN npm ci && npm cache clean --force\nRUN npm run build\n",
        ),
    ],
)
def test_what_others_have_to_see_is_written_so(text: str, after: str) -> None:
    assert dockerfile(RULE, text) == after
