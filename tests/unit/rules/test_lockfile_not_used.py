"""Installs that could use the lock file."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from tests.unit.rules.planning import changed, planned

from jettison.changes import plan
from jettison.rules import Refused, find_rule
from jettison.rules.catalog.lockfile_not_used import RULE
from jettison.source import TextTree

if TYPE_CHECKING:
    from pathlib import Path

PACKAGE = json.dumps({"dependencies": {"ms": "^2.1.3"}, "devDependencies": {"ava": "6"}})
ROOT = {"dependencies": {"ms": "^2.1.3"}, "devDependencies": {"ava": "6"}}
NPM = json.dumps(
    {
        "lockfileVersion": 3,
        "packages": {"": ROOT, "node_modules/ms": {}, "node_modules/ava": {}},
    }
)
YARN = (
    '# yarn lockfile v1\n\nava@6:\n  version "6.0.0"\n\n"ms@^2.1.1", "ms@^2.1.3":\n  version "2"\n'
)
BERRY = '__metadata:\n  version: 8\n\n"ava@npm:6":\n  v: 1\n\n"ms@npm:^2.1.3":\n  v: 1\n'
PNPM = (
    "lockfileVersion: '9.0'\nimporters:\n  .:\n    dependencies:\n      ms:\n"
    "        specifier: ^2.1.3\n        version: 2.1.3\n    devDependencies:\n      ava:\n"
    "        specifier: '6'\n        version: 6.0.0\n"
)
HEAD = "FROM node:25\nWORKDIR /app\n"


@pytest.mark.parametrize(
    ("lock", "text", "command", "after"),
    [
        ("package-lock.json", NPM, "npm install --no-audit", "npm ci --no-audit"),
        ("package-lock.json", NPM, "npm i", "npm ci"),
        ("package-lock.json", NPM, "npm i && npm run build", "npm ci && npm run build"),
        ("yarn.lock", YARN, "yarn", "yarn --frozen-lockfile"),
        ("yarn.lock", YARN, "yarn install --ci", "yarn install --frozen-lockfile --ci"),
        ("yarn.lock", BERRY, "yarn install", "yarn install --immutable"),
        ("pnpm-lock.yaml", PNPM, "pnpm i", "pnpm i --frozen-lockfile"),
    ],
)
def test_the_lock_file_is_used(lock: str, text: str, command: str, after: str) -> None:
    files = {"package.json": PACKAGE, lock: text}
    docker = f"{HEAD}COPY package*.json *lock* ./\nRUN {command}\n"
    made = planned(RULE, {**files, "Dockerfile": docker})
    assert changed(made) == {"Dockerfile": docker.replace(command, after)}
    assert made.left == ()


def test_an_install_has_the_same_name_before_and_after(tmp_path: Path) -> None:
    docker = f"{HEAD}COPY . .\nRUN npm i -g ava\nRUN npm i\nCMD npx ava\n"
    for name, text in {"package.json": PACKAGE, "package-lock.json": NPM}.items():
        (tmp_path / name).write_text(text)
    (tmp_path / "Dockerfile").write_text(docker)
    made = plan(TextTree(tmp_path), {}, rules=[RULE, find_rule("JT003")])
    assert [str(one.key) for one in made.applied] == ["JT010/Dockerfile/npm:install"]
    assert [str(one.key) for one in made.left] == ["JT003/Dockerfile/npm:install"]


def test_two_files_go_to_a_folder_with_a_slash() -> None:
    docker = f"{HEAD}COPY package.json .\nRUN npm install\n"
    files = {"package.json": PACKAGE, "package-lock.json": NPM, "Dockerfile": docker}
    assert changed(planned(RULE, files)) == {
        "Dockerfile": f"{HEAD}COPY package.json package-lock.json ./\nRUN npm ci\n"
    }


def test_a_copy_of_a_folder_below_gets_the_lock_file_of_that_folder() -> None:
    docker = f"{HEAD}COPY web/package.json web/\nRUN cd web && npm install\n"
    files = {"web/package.json": PACKAGE, "web/package-lock.json": NPM, "Dockerfile": docker}
    assert changed(planned(RULE, files)) == {
        "Dockerfile": f"{HEAD}COPY web/package.json web/package-lock.json web/\n"
        "RUN cd web && npm ci\n"
    }


@pytest.mark.parametrize(
    "command",
    ["npm ci", "npm install ms", "npm i -g", "npm install --no-package-lock", "npm install -g ms"],
)
def test_other_commands_are_no_finding(command: str) -> None:
    files = {"package.json": PACKAGE, "package-lock.json": NPM}
    docker = f"{HEAD}COPY . .\nRUN {command}\n"
    assert planned(RULE, {**files, "Dockerfile": docker}).found == ()


@pytest.mark.parametrize("command", ["pnpm install -f --prefer-offline", "yarn install --force"])
def test_who_asks_for_force_may_have_the_lock_file_written_anew(command: str) -> None:
    files = {"package.json": PACKAGE, "pnpm-lock.yaml": "lockfileVersion: '9.0'\n", "yarn.lock": ""}
    docker = f"{HEAD}COPY . .\nRUN {command}\n"
    assert planned(RULE, {**files, "Dockerfile": docker}).found == ()


@pytest.mark.parametrize(
    ("lock", "more"),
    [
        (NPM.replace("^2.1.3", "^3"), {}),
        (NPM.replace("3, ", "1, "), {}),
        ("not json", {}),
        (NPM, {".npmrc": "package-lock = false\n"}),
    ],
)
def test_where_they_do_not_agree_nothing_is_changed(lock: str, more: dict[str, str]) -> None:
    files = {"package.json": PACKAGE, "package-lock.json": lock, **more}
    made = planned(RULE, {**files, "Dockerfile": f"{HEAD}COPY . .\nRUN npm install\n"})
    assert [type(one.remedy) for one in made.left] == [Refused]


def test_what_is_installed_for_all_folders_is_no_reason() -> None:
    docker = f"{HEAD}RUN npm i -g typescript\nCOPY . .\nRUN npm install\n"
    files = {"package.json": PACKAGE, "package-lock.json": NPM, "Dockerfile": docker}
    assert changed(planned(RULE, files)) == {"Dockerfile": docker.replace("npm install", "npm ci")}


def test_a_weaker_flag_makes_room() -> None:
    docker = f"{HEAD}COPY . .\nRUN yarn install --pure-lockfile\n"
    files = {"package.json": PACKAGE, "yarn.lock": YARN, "Dockerfile": docker}
    after = docker.replace("--pure-lockfile", "--frozen-lockfile")
    assert changed(planned(RULE, files)) == {"Dockerfile": after}


@pytest.mark.parametrize("base", ["node:14-slim", "node:erbium", "docker.io/library/node:10.4"])
def test_a_lock_file_that_npm_6_does_not_read_is_left(base: str) -> None:
    docker = f"FROM {base} AS base\nFROM base\nWORKDIR /app\nCOPY . .\nRUN npm install\n"
    files = {"package.json": PACKAGE, "package-lock.json": NPM, "Dockerfile": docker}
    made = planned(RULE, files)
    assert not made.applied
    (left,) = made.left
    assert isinstance(left.remedy, Refused)
    assert "npm 6" in left.remedy.reason
    second = {
        **files,
        "package-lock.json": NPM.replace('"lockfileVersion": 3', '"lockfileVersion": 2'),
    }
    assert planned(RULE, second).applied


@pytest.mark.parametrize(
    ("version", "install", "kept", "fits"),
    [
        ("9.0", "npm install -g pnpm", "", True),
        ("6.0", "npm install -g pnpm", "", False),
        ("6.0", "npm install -g pnpm@9", "", True),
        ("6.0", "npm i -g pnpm@10.1.0", "", False),
        ("6.0", "corepack enable && corepack prepare pnpm@8.15.4 --activate", "", True),
        ("9.0", "npm i -g pnpm@8", "pnpm@9.1.0", False),
        ("6.0", "corepack enable", "pnpm@8.6.0+sha512.1", True),
        ("9.0", "corepack enable", "pnpm@8.6.0", False),
        ("9.0", "npm i -g pnpm@$VERSION", "", True),
        ("9.0", "npm i -g pnpm@$OTHER", "", False),
        ("5.4", "npm i -g pnpm@7", "", True),
        ("5.4", "corepack enable pnpm", "", False),
    ],
)
def test_a_lock_file_that_pnpm_does_not_read_is_left(
    version: str, install: str, kept: str, *, fits: bool
) -> None:
    docker = f"{HEAD}ARG VERSION=9.15\nRUN {install}\nCOPY . .\nRUN pnpm install\n"
    manifest = {**json.loads(PACKAGE), **({"packageManager": kept} if kept else {})}
    lock = PNPM.replace("9.0", version)
    files = {"package.json": json.dumps(manifest), "pnpm-lock.yaml": lock, "Dockerfile": docker}
    assert bool(planned(RULE, files).applied) is fits


@pytest.mark.parametrize(
    ("comment", "copies"),
    [
        ("# Only package.json", "COPY --chown=1:1 package.json .\nCOPY --chown=1:1 {} .\n"),
        ("# package.json, package-lock.json", "COPY --chown=1:1 package.json {} ./\n"),
        ("# The manifests", "COPY --chown=1:1 package.json {} ./\n"),
    ],
)
def test_a_comment_still_says_what_is_copied(comment: str, copies: str) -> None:
    head = f"{HEAD}{comment}\n"
    docker = f"{head}COPY --chown=1:1 package.json .\nRUN npm install\nCOPY . .\n"
    files = {"package.json": PACKAGE, "package-lock.json": NPM, "Dockerfile": docker}
    copied = copies.format("package-lock.json")
    expected = f"{head}{copied}RUN npm ci\nCOPY . .\n"
    assert changed(planned(RULE, files)) == {"Dockerfile": expected}


def test_a_stage_that_no_image_needs_is_left_alone() -> None:
    text = (
        "FROM node:25-slim AS deps\nWORKDIR /app\nCOPY package*.json ./\nRUN npm install\n"
        "FROM node:25-slim\nWORKDIR /app\nCOPY . .\nCMD node a.js\n"
    )
    lock = json.dumps({"lockfileVersion": 3, "packages": {"": {}}})
    files = {"Dockerfile": text, "package.json": "{}", "package-lock.json": lock, "a.js": ""}
    assert planned(RULE, files).found == ()
    used = text.replace("COPY . .", "COPY --from=deps /app/node_modules node_modules\nCOPY . .")
    assert planned(RULE, {**files, "Dockerfile": used}).found


def test_a_project_may_lie_at_the_root() -> None:
    docker = "FROM node:25\nCOPY package.json package-lock.json /\nRUN npm install\nCOPY . /\n"
    files = {"package.json": PACKAGE, "package-lock.json": NPM, "Dockerfile": docker}
    assert changed(planned(RULE, files)) == {"Dockerfile": docker.replace("npm install", "npm ci")}
