"""Packages that only development uses are installed into the image.

## What it does
Finds installs whose layers reach an image and that bring development tools: requirement files that
list test runners, linters and type checkers, or distributions that nothing uses; ``poetry
install``, ``uv sync``, ``pdm install`` and ``pipenv install --dev`` with their development groups;
the project itself with extras for development (``pip install .[dev]``); ``npm``, ``yarn`` and
``pnpm`` installs with ``devDependencies``, and of compilers for all folders that only the build
runs (``npm install -g typescript``); ``composer install`` with ``require-dev``; ``bundle install``
with the groups of development and tests in images that run in production.

## Why it matters
They take space, start-up time and attention: every one of them is patched, scanned and audited
although no service loads it.

## Fix safety
Unsafe: a package may be loaded in a way that the code does not show. The fix is kept only when a
trial verified it. What the code imports, what a command, setting, string or URL names, and what
those need in turn stays. Where the built image is known, it says which distribution gives which
module, what each needs, and what the code of the kept ones imports where it is installed; a tool is
what says so in its metadata, what the list itself puts under development, and what only tests
import. Other distributions leave by a change of their own (``unused``) that can be taken back
alone. Without the image only what a table of names knows for a tool is proposed.

``composer install`` gets ``--no-dev`` where ``composer.lock`` says which names the packages give,
and no command, script, RUN, setting or source file of the application uses one; seeds and factories
of Laravel and fixtures of Symfony count where a command loads them. An image to work in is left
alone: one with Xdebug, PHP's settings for development, the project mounted over it or such an
``APP_ENV``; so is one of Symfony whose ``APP_ENV`` is not ``prod`` everywhere. Bundler is told
which groups to leave out (``bundle config set --local without``) where all services run in
production, by ``RAILS_ENV``, ``RACK_ENV``, ``APP_ENV`` or their command, and no RUN, command, task
or source file uses a gem that only those groups bring. Both were planned on files, and not tried on
an engine here.

Of workspaces it is advice: which member is run, and which packages it needs, is for the manager's
own command to say. Tools in the main list of a ``pyproject.toml`` or a ``Pipfile`` are told of, and
not taken out: the lock file beside it is its manager's to write. So are those in a list that
``pip-compile`` or uv generated. An image without code of the project may be there for its tools:
they are left alone unless the built image or the list itself says that they are for development.

A requirement file keeps its name and loses lines, which go to ``requirements-dev.txt``. Where
others install it, too (CI, the Makefile, the README), the image gets a ``requirements.prod.txt``.

## Saving
Read from the built image: the distributions and what only they need; else 1 to 10 MB each.

## References
* pip documentation, "Requirements File Format"
* Python Packaging User Guide, "Dependency groups" (PEP 735)
* npm documentation, "npm ci", "npm prune"; Poetry documentation, "Dependency groups"
* Composer documentation, "install / i"; Bundler documentation, "bundle config", ``without``
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from jettison.analysis.package_runs import package_runs, services_of
from jettison.analysis.python.dependency_groups import leaving_groups
from jettison.analysis.python.development_extras import leaving_extras
from jettison.analysis.python.inline_packages import leaving_inline
from jettison.analysis.python.listed_tools import listed_tools
from jettison.analysis.python.requirement_split import leaving_requirements
from jettison.rules.model import (
    Advice,
    Basis,
    Blocked,
    Change,
    Claim,
    Example,
    Finding,
    Grade,
    Key,
    Refused,
    Remedy,
    Rule,
    Saving,
)
from jettison.shell import Manager

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jettison.analysis.facts import Facts
    from jettison.analysis.python.leaving import Leaving

CODE, NAME = "JT003", "development-packages-in-image"
_OF_NODE = (Manager.NPM, Manager.YARN, Manager.PNPM, Manager.BUN)

_FILES = {
    "compose.yaml": "services:\n  api:\n    build: .\n",
    "Dockerfile": "FROM python:3.11-slim\nWORKDIR /app\nCOPY requirements.txt .\n"
    "RUN pip install --no-cache-dir -r requirements.txt\nCOPY main.py .\nCMD python main.py\n",
    "main.py": "import flask\n",
}
_NODE = {
    "compose.yaml": "services:\n  api:\n    build: .\n",
    "package.json": '{"scripts": {"start": "node server.js"}, "dependencies": {"ms": "2.1.3"},'
    ' "devDependencies": {"eslint": "9.0.0"}}\n',
    "server.js": "require('ms');\n",
}
_NODE_HEAD = "FROM node:25-alpine\nWORKDIR /app\nCOPY package.json ./\n"
_POETRY = {
    "compose.yaml": "services:\n  api:\n    build: .\n",
    "main.py": "import flask\n",
    "pyproject.toml": "[tool.poetry.dependencies]\nflask = '3.0.3'\n"
    "[tool.poetry.group.dev.dependencies]\npytest = '8.3.3'\n",
}
_POETRY_HEAD = "FROM python:3.11-slim\nWORKDIR /app\nCOPY . .\n"
_PHP = {
    "compose.yaml": "services:\n  web:\n    build: .\n",
    "composer.json": '{"require-dev": {"phpunit/phpunit": "^11"}}\n',
    "composer.lock": '{"packages": [], "packages-dev": [{"name": "phpunit/phpunit",'
    ' "autoload": {"classmap": ["src/"]}, "bin": ["phpunit"]}]}\n',
    "index.php": "<?php echo 1;\n",
}
_PHP_HEAD = (
    "FROM php:8.3-apache\nCOPY --from=composer:2 /usr/bin/composer /usr/bin/composer\nCOPY . .\n"
)
_RUBY = {
    "compose.yaml": "services:\n  web:\n    build: .\n",
    "Gemfile": "gem 'sinatra'\ngroup :test do\n  gem 'minitest'\nend\n",
    "Gemfile.lock": "GEM\n  specs:\n    minitest (5.25.4)\n    sinatra (4.1.1)\n\n"
    "BUNDLED WITH\n   2.6.2\n",
    "app.rb": "require 'sinatra'\n",
}
_RUBY_HEAD = "FROM ruby:3.4-slim\nENV RACK_ENV=production\nWORKDIR /app\nCOPY Gemfile* ./\n"
_RUBY_TAIL = "COPY . .\nCMD bundle exec ruby app.rb\n"
_RUN_TAIL = " && npm cache clean --force\nCOPY server.js .\nCMD npm start\n"
_NEXT = (
    "FROM node:25-alpine AS build\nWORKDIR /app\nCOPY . .\nRUN npm ci\nRUN npm run build!\n"
    "FROM node:25-alpine\nWORKDIR /app\nCOPY --from=build /app/.next ./.next\n"
    "COPY --from=build /app/node_modules ./node_modules\nCOPY package.json .\n"
    'CMD ["npm", "start"]\n'
)
VALID = (
    Example("all are used", {**_FILES, "requirements.txt": "flask==3.0\n"}),
    Example(
        "a worker class names it",
        {
            **_FILES,
            "Dockerfile": _FILES["Dockerfile"].replace(
                "python main.py", "gunicorn -k uvicorn.workers.UvicornWorker main:app"
            ),
            "requirements.txt": "flask==3.0\ngunicorn==22.0.0\nuvicorn==0.30.1\n",
        },
    ),
    Example(
        "the stage that has them only builds, whatever its RUN decides",
        {
            **_NODE,
            "Dockerfile": f"{_NODE_HEAD.replace('alpine', 'alpine AS web')}"
            "RUN npm ci || npm install\nRUN npm run build\nFROM nginx:alpine\n"
            "COPY --from=web /app/dist /usr/share/nginx/html\n",
        },
    ),
    Example(
        "the development packages are left out",
        {**_NODE, "Dockerfile": f"{_NODE_HEAD}RUN npm install --omit=dev{_RUN_TAIL}"},
    ),
)
INVALID = (
    Example(
        "a test runner beside the framework",
        {**_FILES, "requirements.txt": "flask==3.0\n\n# Tests\npytest==8.0\n"},
        found=("requirements.txt:4",),
        after={
            "requirements.txt": "flask==3.0\n",
            "requirements-dev.txt": "-r requirements.txt\n\npytest==8.0\n",
        },
    ),
    Example(
        "others install the list, too",
        {
            **_FILES,
            "Makefile": "test:\n\tpip install -r requirements.txt && pytest\n",
            "requirements.txt": "flask==3.0\n\n# Tests\npytest==8.0\n",
        },
        found=("requirements.txt:4",),
        after={
            "requirements.prod.txt": "# What the image installs: requirements.txt without the"
            " packages that only development uses.\n\nflask==3.0\n",
            "Dockerfile": _FILES["Dockerfile"].replace("requirements.txt", "requirements.prod.txt"),
        },
    ),
    Example(
        "the list for development is installed",
        {
            **_FILES,
            "Dockerfile": "FROM python:3.11-slim\nWORKDIR /app\nCOPY . .\n"
            "RUN pip install --no-cache-dir -r requirements-dev.txt\nCMD python main.py\n",
            "requirements.txt": "flask==3.0\n",
            "requirements-dev.txt": "-r requirements.txt\n\n# Tests\npytest==8.0\n",
        },
        found=("requirements-dev.txt:4",),
        after={
            "Dockerfile": "FROM python:3.11-slim\nWORKDIR /app\nCOPY . .\n"
            "RUN pip install --no-cache-dir -r requirements.txt\nCMD python main.py\n",
        },
    ),
    Example(
        "npm installs a linter",
        {**_NODE, "Dockerfile": f"{_NODE_HEAD}RUN npm install{_RUN_TAIL}"},
        found=("Dockerfile:4",),
        after={"Dockerfile": f"{_NODE_HEAD}RUN npm install --omit=dev{_RUN_TAIL}"},
    ),
    Example(
        "a framework's build loads plug-ins that no script names",
        {
            **_FILES,
            "package.json": '{"scripts": {"build": "next build", "start": "next start"}, '
            '"dependencies": {"next": "16.0.1"}, "devDependencies": {"tailwindcss": "4.0.0"}}\n',
            "Dockerfile": _NEXT.replace("!", ""),
        },
        found=("Dockerfile:4",),
        after={"Dockerfile": _NEXT.replace("!", " && npm prune --omit=dev")},
    ),
    Example(
        "Poetry installs its development group",
        {**_POETRY, "Dockerfile": f"{_POETRY_HEAD}RUN poetry install\nCMD python main.py\n"},
        found=("Dockerfile:4",),
        after={"Dockerfile": f"{_POETRY_HEAD}RUN poetry install --only main\nCMD python main.py\n"},
    ),
    Example(
        "a test runner in the main list of a manager with a lock file",
        {
            **_POETRY,
            "pyproject.toml": "[project]\ndependencies = [\n  'flask>=3',\n  'pytest>=8',\n]\n",
            "Dockerfile": f"{_POETRY_HEAD}RUN uv sync\nCMD python main.py\n",
        },
        found=("pyproject.toml:4",),
    ),
    Example(
        "Composer installs what tests need",
        {**_PHP, "Dockerfile": f"{_PHP_HEAD}RUN composer install --no-interaction\n"},
        found=("Dockerfile:4",),
        after={"Dockerfile": f"{_PHP_HEAD}RUN composer install --no-dev --no-interaction\n"},
    ),
    Example(
        "Bundler installs a group for tests in production",
        {**_RUBY, "Dockerfile": f"{_RUBY_HEAD}RUN bundle install\n{_RUBY_TAIL}"},
        found=("Dockerfile:5",),
        after={
            "Dockerfile": f"{_RUBY_HEAD}RUN bundle config set --local without 'test'"
            f" && bundle install\n{_RUBY_TAIL}"
        },
    ),
)


def check(facts: Facts) -> Iterator[Finding]:
    """A finding for every install that brings more than the services use."""
    for look in (
        leaving_requirements,
        leaving_inline,
        leaving_groups,
        leaving_extras,
        listed_tools,
    ):
        for one in look(facts):
            yield _finding(facts, one)
    if any(run.of(m) for target in facts.targets for run in package_runs(target) for m in _OF_NODE):
        from jettison.analysis.node.development import leaving_node
        from jettison.analysis.node.global_tools import leaving_tools

        for one in (*leaving_node(facts), *leaving_tools(facts)):
            yield _finding(facts, one)
    if any(run.of(Manager.COMPOSER) for target in facts.targets for run in package_runs(target)):
        from jettison.analysis.php.development import leaving_composer

        for one in leaving_composer(facts):
            yield _finding(facts, one)
    if any(run.of(Manager.BUNDLE) for target in facts.targets for run in package_runs(target)):
        from jettison.analysis.ruby.groups import leaving_gems

        for one in leaving_gems(facts):
            yield _finding(facts, one)


def _finding(facts: Facts, one: Leaving) -> Finding:
    key = Key(CODE, one.target.name, one.subject)
    count = len(one.packages)
    saving = (
        Saving(one.size_bytes, one.size_bytes, Basis.READ)
        if one.size_bytes is not None
        else Saving(1_000_000 * count, 10_000_000 * count, Basis.GUESSED)
    )
    return Finding(
        key,
        NAME,
        one.message,
        one.file,
        one.line,
        services_of(facts, one.target),
        _remedy(one, key, saving),
        saving=saving,
        evidence=one.evidence,
    )


def _remedy(one: Leaving, key: Key, saving: Saving) -> Remedy:
    if one.wants:
        return Blocked(one.wants, one.why)
    if one.refusal:
        return Refused(one.refusal)
    if one.advice:
        return Advice(one.advice)
    if one.patch.empty:
        return Advice("install the development packages only where they are used")
    return Change(
        key,
        one.title,
        one.patch,
        Grade.UNSAFE,
        Basis[one.basis],
        claim=Claim(packages=one.packages | one.brought, unmissed=one.optional),
        saving=saving,
        drops_comments=one.drops_comments,
        reasons=one.evidence,
    )


RULE = Rule(
    code=CODE,
    name=NAME,
    summary="Packages that only development uses are installed into the image.",
    since="0.1.0",
    grade=Grade.UNSAFE,
    check=check,
    valid=VALID,
    invalid=INVALID,
)
