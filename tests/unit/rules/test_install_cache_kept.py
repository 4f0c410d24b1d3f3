"""Caches of package managers: what is appended or set, in the layout that is there."""

from __future__ import annotations

import pytest
from tests.unit.rules.planning import dockerfile, planned

from jettison.rules.catalog.install_cache_kept import RULE

CHANGED = {
    "a chain on lines of its own": (
        "FROM debian\nRUN apt-get update \\\n  && apt-get install -y \\\n    curl \\\n    git\n",
        "FROM debian\nRUN apt-get update \\\n  && apt-get install -y \\\n    curl \\\n    git"
        " \\\n  && rm -rf /var/lib/apt/lists/*\n",
    ),
    "operators at the ends of lines": (
        "FROM debian\nRUN apt-get update && \\\n    apt-get install -y curl\n",
        "FROM debian\nRUN apt-get update && \\\n    apt-get install -y curl && \\\n"
        "    rm -rf /var/lib/apt/lists/*\n",
    ),
    "sudo": (
        "FROM debian\nUSER me\nRUN sudo apt-get update && sudo apt-get install -y curl\n",
        "FROM debian\nUSER me\nRUN sudo apt-get update && sudo apt-get install -y curl"
        " && sudo rm -rf /var/lib/apt/lists/*\n",
    ),
    "two managers in one RUN": (
        "FROM debian\nRUN apt-get update && apt-get install -y python3-pip && pip install flask\n",
        "FROM debian\nRUN apt-get update && apt-get install -y python3-pip"
        " && pip install --no-cache-dir flask && rm -rf /var/lib/apt/lists/*\n",
    ),
    "pip as a module, with options before": (
        "FROM python:3.11\nRUN python -m pip install -U -q -r x.txt\n",
        "FROM python:3.11\nRUN python -m pip install --no-cache-dir -U -q -r x.txt\n",
    ),
    "apk with its index flag": (
        "FROM alpine\nRUN apk add -U curl \\\n    git\n",
        "FROM alpine\nRUN apk add --no-cache curl \\\n    git\n",
    ),
    "apk with an update and a virtual package": (
        "FROM alpine\nRUN apk update \\\n && apk add --virtual .build gcc \\\n && apk del .build\n",
        "FROM alpine\nRUN apk add --no-cache --virtual .build gcc \\\n && apk del .build\n",
    ),
    "dnf": (
        "FROM fedora\nRUN dnf install -y curl\n",
        "FROM fedora\nRUN dnf install -y curl && dnf clean all\n",
    ),
    "yum that only brings newer packages": (
        "FROM amazonlinux\nRUN yum -y update\nRUN yum makecache && echo\n",
        "FROM amazonlinux\nRUN yum -y update && yum clean all\n"
        "RUN yum makecache && echo && yum clean all\n",
    ),
    "microdnf": (
        "FROM ubi\nRUN microdnf install -y curl\n",
        "FROM ubi\nRUN microdnf install -y curl && microdnf clean all\n",
    ),
    "conda": (
        "FROM conda\nRUN mamba install -y numpy\n",
        "FROM conda\nRUN mamba install -y numpy && mamba clean -afy\n",
    ),
    "yarn without a word": (
        "FROM node\nRUN yarn\n",
        "FROM node\nRUN yarn && yarn cache clean\n",
    ),
    "uv": (
        "FROM python\nRUN uv sync --frozen && uv pip install flask\n",
        "FROM python\nRUN uv sync --no-cache --frozen && uv pip install --no-cache flask\n",
    ),
    "Pipenv, and what it makes its environment with": (
        "FROM python\nRUN pip install --no-cache-dir pipenv && pipenv install --deploy\n",
        "FROM python\nRUN pip install --no-cache-dir pipenv && pipenv install --deploy"
        " && rm -rf ~/.cache/pipenv ~/.cache/virtualenv\n",
    ),
    "Pipenv without an environment": (
        "FROM python\nRUN pipenv sync --system\n",
        "FROM python\nRUN pipenv sync --system && rm -rf ~/.cache/pipenv\n",
    ),
    "gem": (
        "FROM debian\nRUN gem install rails\n",
        'FROM debian\nRUN gem install --no-document rails && rm -rf "$(gem env gemdir)/cache"\n',
    ),
    "gem in an official image": (
        "FROM ruby:3.3\nRUN gem install rails && rails new .\n",
        "FROM ruby:3.3\nRUN gem install rails && rails new . && rm -rf /usr/local/bundle/cache\n",
    ),
    "apk's index by a RUN of its own": (
        "FROM alpine\nRUN apk update\nRUN apk add curl\nRUN apk upgrade\n",
        "FROM alpine\nRUN apk add --no-cache curl\nRUN apk upgrade --no-cache\n",
    ),
    "Bundler in an official image, whose settings leave out documentation": (
        "FROM ruby:3.3\nRUN gem install bundler\nRUN bundle install\n",
        "FROM ruby:3.3\nRUN gem install bundler\n"
        "RUN bundle install && rm -rf /usr/local/bundle/cache\n",
    ),
    "gems that come from another stage": (
        "FROM ruby:3.3 AS gems\nRUN bundle install\nFROM ruby:3.3-slim\n"
        "COPY --from=gems /usr/local/bundle/ /usr/local/bundle/\n",
        "FROM ruby:3.3 AS gems\nRUN bundle install && rm -rf /usr/local/bundle/cache\n"
        "FROM ruby:3.3-slim\nCOPY --from=gems /usr/local/bundle/ /usr/local/bundle/\n",
    ),
    "a stage whose packages another is built from": (
        "FROM python AS base\nRUN pip install flask\nFROM base\nRUN echo\n",
        "FROM python AS base\nRUN pip install --no-cache-dir flask\nFROM base\nRUN echo\n",
    ),
    "several RUNs of one manager": (
        "FROM python\nRUN pip install flask\nRUN pip install flask\nRUN pip install -r a.txt\n",
        "FROM python\nRUN pip install --no-cache-dir flask\n"
        "RUN pip install --no-cache-dir flask\nRUN pip install --no-cache-dir -r a.txt\n",
    ),
    "a list that ends in a semicolon": (
        "FROM debian\nRUN set -eux; \\\n    apt-get update; \\\n    apt-get install -y \\\n"
        "      git \\\n    ;\n",
        "FROM debian\nRUN set -eux; \\\n    apt-get update; \\\n    apt-get install -y \\\n"
        "      git \\\n    ; \\\n    rm -rf /var/lib/apt/lists/*\n",
    ),
    "a here-document that stops at errors": (
        "FROM python\nRUN <<END\nset -e\napt-get update\napt-get install -y curl\nEND\n",
        "FROM python\nRUN <<END\nset -e\napt-get update\napt-get install -y curl\n"
        "rm -rf /var/lib/apt/lists/*\nEND\n",
    ),
}
KEPT = {
    "the lists are removed": "apt-get update && apt-get install a && rm -rf /var/lib/apt/lists/*",
    "a distribution clean": "apt-get update && apt-get install -y a && apt-get distclean",
    "a mount": "--mount=type=cache,target=/var/lib/apt --mount=type=cache,target=/var/cache/apt"
    " apt-get update && apt-get install -y a",
    "a mount of the home's cache": "--mount=type=cache,target=/root/.cache pip install a",
    "a variable of the command": "PIP_NO_CACHE_DIR=off pip install a",
    "a variable that is exported": "export PIP_NO_CACHE_DIR=1 && pip install a",
    "a variable that pip gets from Pipenv": "PIP_NO_CACHE_DIR=1 pipenv install --system",
    "a place of Pipenv's own": "PIPENV_CACHE_DIR=/tmp/cache pipenv install",
    "pip's own command": "pip install a && pip cache purge",
    "apk with no cache": "apk add --no-cache a",
    "npm's own command": "npm ci && npm cache clean --force",
    "npm's folder removed": "npm ci && rm -rf /root/.npm",
    "nothing installed": "apt-get remove -y a",
    "Bundler where it is not known where it installs": "bundle install",
    "another shell's words": "echo pip install a",
}


@pytest.mark.parametrize("title", CHANGED)
def test_the_cache_goes_in_the_same_run(title: str) -> None:
    text, after = CHANGED[title]
    assert dockerfile(RULE, text) == after


@pytest.mark.parametrize("title", KEPT)
def test_what_is_clean_is_left_alone(title: str) -> None:
    assert planned(RULE, {"Dockerfile": f"FROM python\nRUN {KEPT[title]}\n"}).found == ()


def test_a_variable_of_the_image_turns_the_cache_off() -> None:
    text = "FROM python\nENV PIP_NO_CACHE_DIR=1\nRUN pip install flask\n"
    assert planned(RULE, {"Dockerfile": text}).found == ()


LONE = {
    "every RUN that installs from the lists fetches them": (
        "FROM debian\nRUN apt-get -qq update\n\nRUN apt-get install -y curl\n"
        "RUN apt-get install gcc\n",
        "FROM debian\n\nRUN apt-get -qq update && apt-get install -y curl"
        " && rm -rf /var/lib/apt/lists/*\n"
        "RUN apt-get -qq update && apt-get install gcc && rm -rf /var/lib/apt/lists/*\n",
    ),
    "one that fetches them again hides them from those behind it": (
        "FROM debian\nRUN apt-get update\nRUN apt-get update && apt-get install -y a"
        " && rm -rf /var/lib/apt/lists/*\n",
        "FROM debian\nRUN apt-get update && apt-get install -y a && rm -rf /var/lib/apt/lists/*\n",
    ),
    "what cleans already is not told twice": (
        "FROM debian\nRUN apt update\nRUN apt install -y a && rm -rf /var/lib/apt/lists/*\n",
        "FROM debian\nRUN apt update && apt install -y a && rm -rf /var/lib/apt/lists/*\n",
    ),
    "a stage that is built from this one installs from them": (
        "FROM debian AS base\nRUN apt-get update\nFROM base AS build\n"
        "RUN apt-get install -y gcc && gcc -o /a a.c\nFROM base\nRUN apt-get update"
        " && apt-get install -y a && rm -rf /var/lib/apt/lists/*\nCOPY --from=build /a /a\n",
        "FROM debian AS base\nFROM base AS build\n"
        "RUN apt-get update && apt-get install -y gcc && gcc -o /a a.c"
        " && rm -rf /var/lib/apt/lists/*\nFROM base\nRUN apt-get update"
        " && apt-get install -y a && rm -rf /var/lib/apt/lists/*\nCOPY --from=build /a /a\n",
    ),
    "an index of apk that nothing installs from": (
        "FROM alpine\n# Fresh\nRUN apk update\nRUN apk add --no-cache a\n",
        "FROM alpine\nRUN apk add --no-cache a\n",
    ),
    "an index of apk that the next RUN wants no more": (
        "FROM alpine\nRUN apk update\nCOPY . .\nRUN apk update && apk add a\n",
        "FROM alpine\nCOPY . .\nRUN apk add --no-cache a\n",
    ),
}


@pytest.mark.parametrize("title", LONE)
def test_lists_are_fetched_where_they_are_used(title: str) -> None:
    text, after = LONE[title]
    assert dockerfile(RULE, text) == after


def test_a_script_of_nodesource_fetches_lists_of_its_own() -> None:
    script = "curl -fsSL https://deb.nodesource.com/setup_20.x | bash -"
    text = (
        "FROM debian\nRUN apt-get update && apt-get install -y curl\n"
        f"RUN {script} && apt-get install -y nodejs\n"
    )
    assert dockerfile(RULE, text) == (
        "FROM debian\nRUN apt-get update && apt-get install -y curl"
        f" && rm -rf /var/lib/apt/lists/*\nRUN {script} && apt-get install -y nodejs"
        " && rm -rf /var/lib/apt/lists/*\n"
    )


def test_lists_that_a_later_run_installs_from_stay() -> None:
    text = "FROM debian\nRUN apt-get update\nRUN if true; then apt-get install -y curl; fi\n"
    made = planned(RULE, {"Dockerfile": text})
    assert [str(one.remedy) for one in made.left] == [
        "Refused(reason='the RUN on line 3 installs from these lists', line=2)"
    ]
    assert not made.applied


def test_lists_that_a_stage_built_from_this_one_installs_from_stay() -> None:
    text = (
        "FROM debian AS base\nRUN apt-get update && apt-get install -y a\nFROM base AS build\n"
        "RUN apt-get install -y gcc\nFROM base\nCOPY --from=build /usr/bin/gcc /a\n"
    )
    made = planned(RULE, {"Dockerfile": text})
    assert not made.applied
    assert "the RUN on line 4 installs from these lists" in str(made.left[0].remedy)


def test_an_index_that_a_later_run_installs_from_stays() -> None:
    text = "FROM alpine\nRUN apk update\nRUN apk add --cache-dir /c a\n"
    assert "apk update\n" in dockerfile(RULE, text)


def test_keys_do_not_change_while_others_are_applied() -> None:
    text = "FROM python\nRUN pip install flask\nRUN pip install -r a.txt\n"
    made = planned(RULE, {"Dockerfile": text})
    assert {str(one.key) for one in made.found} == {
        "JT008/Dockerfile/pip:flask",
        "JT008/Dockerfile/pip:a.txt",
    }
    assert {one.key for one in made.applied} == {one.key for one in made.found}
    assert made.left == ()


def test_apk_without_a_network_keeps_nothing() -> None:
    text = "FROM alpine\nCOPY a.apk /\nRUN apk add --no-network --allow-untrusted /a.apk\n"
    assert planned(RULE, {"Dockerfile": text, "a.apk": ""}).found == ()


@pytest.mark.parametrize(
    "command",
    [
        "npm install && (npm list --all || true) && node --version",
        "curl -s https://a.example/x | tar xz && npm install",
        "echo a | tee /etc/a > /dev/null && npm ci",
        "test -f package-lock.json && npm ci || npm install",
        "npm ci; node --version",
    ],
)
def test_a_command_stands_behind_any_list_that_ends_in_a_plain_one(command: str) -> None:
    text = f"FROM node:20\nRUN {command}\nCMD node\n"
    assert f"RUN {command} && npm cache clean --force\n" in dockerfile(RULE, text)


@pytest.mark.parametrize(
    "command", ["npm ci || exit 1", "npm ci & wait &", "if true; then npm ci; fi"]
)
def test_nothing_is_added_where_it_might_not_run(command: str) -> None:
    text = f"FROM node:20\nRUN {command}\nCMD node\n"
    assert dockerfile(RULE, text) == text


def test_blanks_behind_a_last_semicolon_go() -> None:
    text = "FROM amazonlinux\nRUN set -e; \\\n    yum -y install git;  \nCMD ls\n"
    assert dockerfile(RULE, text) == (
        "FROM amazonlinux\nRUN set -e; \\\n    yum -y install git; \\\n    yum clean all\nCMD ls\n"
    )


def test_an_environment_that_conda_updates_keeps_no_packages() -> None:
    text = "FROM continuumio/miniconda3\nRUN conda env update --file a.yml\n"
    assert dockerfile(RULE, text).endswith("--file a.yml && conda clean -afy\n")
