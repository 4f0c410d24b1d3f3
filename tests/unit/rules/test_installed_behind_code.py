"""JT035: what needs nothing of the code is installed before it is copied; all else stays."""

from __future__ import annotations

import json

import pytest
from tests.unit.rules.planning import changed, planned

from jettison.rules.catalog.installed_behind_code import RULE

PY = "FROM python:3.11-slim\nWORKDIR /app\n"
NODE = "FROM node:22-slim\nWORKDIR /app\n"
PIP = "RUN pip install -r requirements.txt\n"
FILES = {
    "requirements.txt": "flask==3.0  # web\n--index-url https://example.org/simple\n",
    "more.txt": "-r requirements.txt\n",
    "app.py": "",
    "package.json": json.dumps({"dependencies": {"ms": "2"}}),
    "package-lock.json": "{}",
    ".npmrc": "fund=false\n",
}
MENDED = {
    "system packages, too, with comments": (
        f"{PY}# The code\nCOPY . .\n# Tools\nRUN apt-get update && apt-get install -y curl \\\n"
        f"    && rm -rf /var/lib/apt/lists/*\n\n# Packages\n{PIP}CMD python app.py\n",
        f"{PY}# Tools\nRUN apt-get update && apt-get install -y curl \\\n"
        f"    && rm -rf /var/lib/apt/lists/*\nCOPY requirements.txt ./\n# Packages\n{PIP}"
        "# The code\nCOPY . .\n\nCMD python app.py\n",
    ),
    "a working directory of its own": (
        f"FROM python:3.11-slim\nCOPY --chown=1:1 . /srv\nWORKDIR /srv\n{PIP}EXPOSE 80\n",
        "FROM python:3.11-slim\nWORKDIR /srv\nCOPY --chown=1:1 requirements.txt ./\n"
        f"{PIP}COPY --chown=1:1 . /srv\nEXPOSE 80\n",
    ),
    "the list is there already": (
        f"{PY}COPY requirements.txt .\nCOPY . .\n{PIP}",
        f"{PY}COPY requirements.txt .\n{PIP}COPY . .\n",
    ),
    "npm with its settings": (
        f"{NODE}COPY . .\nRUN npm ci && npm cache clean --force\nRUN npm run build\n",
        f"{NODE}COPY package.json package-lock.json .npmrc ./\n"
        "RUN npm ci && npm cache clean --force\nCOPY . .\nRUN npm run build\n",
    ),
}
RUBY = "FROM ruby:3.4-slim\nWORKDIR /app\n"
MENDED["Bundler with its lock"] = (
    f"{RUBY}COPY . .\nRUN bundle install --jobs 4\nCMD ruby a.rb\n",
    f"{RUBY}COPY Gemfile Gemfile.lock ./\nRUN bundle install --jobs 4\nCOPY . .\nCMD ruby a.rb\n",
)
FILES |= {
    "Gemfile": "source 'https://rubygems.org'\ngem 'rack', require: false  # path: no\n",
    "Gemfile.lock": "GEM\n",
}
KEPT = {
    "the project itself": f"{PY}COPY . .\nRUN pip install .\n",
    "a list that names another": f"{PY}COPY . .\nRUN pip install -r more.txt\n",
    "a folder of wheels": f"{PY}COPY . .\nRUN pip install -f wheels -r requirements.txt\n",
    "a test behind it": f"{PY}COPY . .\nRUN pip install -r requirements.txt && pytest\n",
    "a build behind it": f"{NODE}COPY . .\nRUN npm ci && npm run build\n",
    "a setting between": f"{PY}COPY . .\nENV A=b\n{PIP}",
    "another user": f"{PY}COPY . .\nUSER app\n{PIP}",
    "the root": f"FROM python:3.11-slim\nCOPY . /\n{PIP}",
    "no code": f"{PY}COPY lists lists\nRUN pip install -r lists/r.txt\n",
    "a mount": f"{PY}COPY . .\nRUN --mount=type=cache,target=/c pip install -r requirements.txt\n",
    "the order is right": f"{PY}COPY requirements.txt .\n{PIP}COPY . .\n",
}
MANIFESTS = [
    {"scripts": {"postinstall": "node x.js"}},
    {"workspaces": ["packages/*"]},
    {"dependencies": {"a": "file:../a"}},
    {"dependencies": {"@prisma/client": "6"}},
    {"pnpm": {"patchedDependencies": {}}},
]


@pytest.mark.parametrize("title", MENDED)
def test_it_is_installed_first(title: str) -> None:
    text, after = MENDED[title]
    made = planned(RULE, {**FILES, "Dockerfile": text})
    assert not made.dropped
    assert changed(made) == {"Dockerfile": after}


@pytest.mark.parametrize("title", KEPT)
def test_what_may_read_the_code_stays(title: str) -> None:
    files = {**FILES, "lists/r.txt": "flask\n", "Dockerfile": KEPT[title]}
    assert planned(RULE, files).found == ()


@pytest.mark.parametrize("manifest", MANIFESTS)
def test_a_manifest_that_leads_to_other_files_stays(manifest: object) -> None:
    text = f"{NODE}COPY . .\nRUN npm ci\n"
    files = {**FILES, "package.json": json.dumps(manifest), "Dockerfile": text}
    assert planned(RULE, files).found == ()


def test_packages_of_the_context_would_lie_over_what_is_installed() -> None:
    files = {**FILES, "node_modules/ms/a.js": "", "Dockerfile": f"{NODE}COPY . .\nRUN npm ci\n"}
    assert planned(RULE, files).found == ()
    assert changed(planned(RULE, {**files, ".dockerignore": "node_modules\n"}))


@pytest.mark.parametrize(
    ("run", "moves"),
    [
        ("npm install express", False),  # and all that package.json lists
        ("yarn add express", False),
        ("npm install --global pm2", True),
        ("yarn global add pm2", True),
    ],
)
def test_named_packages_come_with_those_of_the_manifest(run: str, *, moves: bool) -> None:
    text = f"{NODE}COPY . .\nRUN {run}\nCMD node app.js\n"
    made = changed(planned(RULE, {**FILES, "app.js": "", "Dockerfile": text}))
    assert ("Dockerfile" in made) is moves
    bare = {"app.js": "", "Dockerfile": text}
    assert "Dockerfile" in changed(planned(RULE, bare))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("Gemfile", "gemspec\n"),
        ("Gemfile", "gem 'a', path: 'a'\n"),
        ("Gemfile", "ruby file: '.ruby-version'\n"),
        ("Gemfile", "eval_gemfile 'b'\n"),
        ("Gemfile", "path 'engines' do\nend\n"),
        ("Gemfile", "require './lib/a'\n"),
        ("Gemfile.lock", "PATH\n  remote: .\n"),
        ("vendor/cache/a.gem", ""),
        (".bundle/config", ""),
    ],
)
def test_a_gemfile_that_leads_to_other_files_stays(name: str, text: str) -> None:
    files = {**FILES, name: text, "Dockerfile": f"{RUBY}COPY . .\nRUN bundle install\n"}
    assert not planned(RULE, files).found
