"""What Composer works with goes to the stage that installs by it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.unit.rules.planning import changed, planned

from jettison.changes import plan
from jettison.rules import find_rule
from jettison.source import TextTree

if TYPE_CHECKING:
    from pathlib import Path

_RUN = "RUN apt-get update && apt-get install -y \\\n    git \\\n    unzip \\\n    nginx\n"
_BRING = "COPY --from=composer:2 /usr/bin/composer /usr/bin/composer\n"
_REST = "WORKDIR /app\nCOPY . .\nRUN composer install --no-dev\nRUN chown -R www-data storage\n"
_SERVE = 'CMD ["php-fpm"]\n'


def _made(folder: Path, text: str, **others: str) -> str:
    """What the plan makes of a Dockerfile; ``_`` in the names of other files stands for a dot."""
    files = {"Dockerfile": text, "composer.json": '{"require": {"php": "^8.2"}}', **others}
    for name, body in files.items():
        (folder / name.replace("_", ".")).write_text(body)
    rules = [find_rule(code) for code in ("JT002", "JT011")]
    made = plan(TextTree(folder), {}, rules=rules)
    now = made.tree.read("Dockerfile")
    assert now is not None
    assert not made.dropped
    return now.text


def test_composer_and_its_tools_go_to_a_stage_of_their_own(tmp_path: Path) -> None:
    head = "FROM php:8.2-fpm\nRUN docker-php-ext-install zip\n"
    text = _made(tmp_path, f"{head}{_RUN}# Composer\n{_BRING}{_REST}{_SERVE}")
    assert text == (
        "FROM php:8.2-fpm AS base\nRUN docker-php-ext-install zip\n"
        "RUN apt-get update && apt-get install -y \\\n    nginx\nWORKDIR /app\n\n"
        "FROM base AS build\n"
        "RUN apt-get update && apt-get install -y git unzip && rm -rf /var/lib/apt/lists/*\n"
        f"# Composer\n{_BRING}COPY . .\nRUN composer install --no-dev\n\n"
        f"FROM base\nCOPY --from=build /app /app\nRUN chown -R www-data storage\n{_SERVE}"
    )


@pytest.mark.parametrize(
    "bring",
    [
        "RUN curl -sS https://getcomposer.org/installer | php -- --install-dir=/usr/local/bin\n",
        "COPY --from=docker.io/composer/composer:2-bin /composer /usr/bin/composer\n",
        "COPY --from=tools /usr/bin/composer /usr/bin/composer\n",
    ],
)
def test_composer_comes_in_several_ways(tmp_path: Path, bring: str) -> None:
    head = "FROM composer:2 AS tools\nFROM php:8.2-fpm\n"
    rest = _REST.replace("--no-dev", "--no-autoloader && composer dump-autoload -o")
    text = _made(tmp_path, f"{head}{_RUN}{bring}{rest}{_SERVE}")
    base, build = text.split("FROM base AS build\n")
    assert bring in build
    assert "git" not in base
    assert "RUN composer install --no-autoloader && composer dump-autoload -o\n\nFROM base" in build


_MOUNTED = "services:\n  app:\n    build: .\n    volumes: ['.:/app']\n"


@pytest.mark.parametrize(
    ("text", "others"),
    [
        (f"FROM php:8.2-fpm\n{_RUN}{_BRING}{_REST}CMD composer serve\n", {}),
        (f"FROM php:8.2-fpm\n{_RUN}{_BRING}{_REST}RUN composer run-script x\n{_SERVE}", {}),
        (f"FROM php:8.2-fpm\n{_RUN}{_BRING}{_REST}{_SERVE}", {"compose_yaml": _MOUNTED}),
        (f"FROM php:8.2-fpm\n{_RUN}{_BRING}{_REST}{_SERVE}",
         {"README_md": "    docker compose exec app composer update\n",
          "compose_yaml": _MOUNTED.replace(".:/app", "data:/app/data") + "volumes: {data: {}}\n"}),
        (f"FROM php:8.2-fpm\n{_RUN}{_BRING}{_REST}{_SERVE}",
         {"a_php": "<?php exec('git log'); exec('unzip a'); \n"}),
        (f"FROM php:8.2-fpm\n{_RUN.replace('git', 'zip')}{_BRING}{_REST}{_SERVE}", {}),
        (f"FROM webdevops/php-nginx:8.2\n{_RUN}{_BRING}{_REST}{_SERVE}", {}),
        (f"FROM php:8.2-fpm\n{_RUN}{_BRING}WORKDIR /app\n{_SERVE}", {}),
    ],
)  # fmt: skip
def test_an_image_in_which_composer_or_git_may_be_called_keeps_them(
    tmp_path: Path, text: str, others: dict[str, str]
) -> None:
    assert _made(tmp_path, text, **others) == text


def test_headers_leave_the_image_beside_a_stage_that_only_calls_composer(tmp_path: Path) -> None:
    run = (
        "RUN apt-get update && apt-get install -y git libzip-dev \\\n"
        "    && docker-php-ext-install zip\n"
    )
    text = _made(tmp_path, f"FROM php:8.2-fpm\n{run}{_BRING}{_REST}{_SERVE}")
    assert "apt-get purge -y --auto-remove libzip-dev" in text
    assert "AS build\nRUN apt-get update && apt-get install -y git" in text


def test_a_stage_that_only_runs_composer_gets_no_headers() -> None:
    text = (
        "FROM php:8.3-apache AS base\nRUN apt-get update && apt-get install -y libpng-dev\n"
        "RUN docker-php-ext-install gd\nFROM base AS build\n"
        "COPY --from=composer:2 /usr/bin/composer /usr/bin/composer\nCOPY . .\n"
        "RUN composer install --no-dev\nFROM base\nCOPY --from=build /var/www /var/www\n"
    )
    files = {"Dockerfile": text, "composer.json": "{}", "composer.lock": "{}"}
    after = changed(planned(find_rule("JT002"), files))["Dockerfile"]
    assert "apt-get purge -y --auto-remove libpng-dev" in after
    assert "libpng-dev" not in after.partition("FROM base AS build")[2]
