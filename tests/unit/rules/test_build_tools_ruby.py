"""What gems are compiled with goes to a stage of its own: planned on files only."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from jettison.changes import plan
from jettison.rules import Advice, Refused, find_rule
from jettison.source import TextTree

if TYPE_CHECKING:
    from pathlib import Path

_LOCK = "GEM\n  specs:\n\nPLATFORMS\n  x86_64-linux\n\nDEPENDENCIES\n  rails\n"
_FILES = {"Gemfile": "gem 'rails'\n", "Gemfile.lock": _LOCK, "config.ru": ""}
_APT = "RUN apt-get update && apt-get install -y build-essential libpq-dev curl\n"
_HEAD = f"FROM ruby:3.3-slim\n{_APT}WORKDIR /app\nCOPY Gemfile Gemfile.lock ./\n"
_TAIL = "COPY . .\nRUN bundle exec rails assets:precompile\nCMD bundle exec rails s\n"


def _planned(folder: Path, text: str, files: dict[str, str]) -> tuple[str, list[str]]:
    for name, inside in {**_FILES, **files, "Dockerfile": text}.items():
        (folder / name).write_text(inside)
    rules = [find_rule("JT002"), find_rule("JT011")]
    made = plan(TextTree(folder), {}, rules=rules)
    now = made.tree.read("Dockerfile")
    assert now is not None
    assert not made.dropped
    return now.text, [f.remedy.reason for f in made.left if isinstance(f.remedy, Refused)]


def test_gems_come_from_a_stage_with_compilers(tmp_path: Path) -> None:
    text = f"{_HEAD}RUN gem install bundler -v 2.5.6\nRUN bundle install\n{_TAIL}"
    assert _planned(tmp_path, text, {})[0] == (
        "FROM ruby:3.3-slim AS base\n"
        "RUN apt-get update && apt-get install -y libpq5 curl\nWORKDIR /app\n\n"
        "FROM base AS build\nRUN apt-get update && apt-get install -y build-essential libpq-dev"
        " && rm -rf /var/lib/apt/lists/*\nCOPY Gemfile Gemfile.lock ./\n"
        "RUN gem install bundler -v 2.5.6\nRUN bundle install\n\n"
        f"FROM base\nCOPY --from=build /usr/local/bundle /usr/local/bundle\n{_TAIL}"
    )


def test_alpine_has_its_own_names(tmp_path: Path) -> None:
    head = _HEAD.replace("3.3-slim", "3.3-alpine").replace(
        _APT, "RUN apk add --no-cache build-base postgresql-dev tzdata\n"
    )
    text = f"{head}RUN bundle config set without test && bundle install -j4\n{_TAIL}"
    after = _planned(tmp_path, text, {})[0]
    assert "\nRUN apk add --no-cache libstdc++ libpq tzdata\n" in after
    assert "\nRUN bundle config set without test && bundle install -j4\n\nFROM base\n" in after


def test_what_a_full_image_has_already_is_said_to_weigh_nothing(tmp_path: Path) -> None:
    text = f"{_HEAD.replace('-slim', '')}RUN bundle install\n{_TAIL}"
    for name, inside in {**_FILES, "Dockerfile": text}.items():
        (tmp_path / name).write_text(inside)
    (found,) = plan(TextTree(tmp_path), {}, rules=[find_rule("JT002")]).left
    assert isinstance(found.remedy, Advice)
    assert "ruby:3.3 has them" in found.remedy.text
    assert found.saving is not None
    assert found.saving.high_bytes < 2_000_000


@pytest.mark.parametrize(
    ("text", "files", "why"),
    [
        (f"{_HEAD.replace('-slim', '').replace('libpq-dev', 'cmake')}RUN bundle install\n{_TAIL}",
         {}, "ruby:3.3 has compilers of its own"),
        (f"{_HEAD.replace('ruby', 'acme/ruby')}RUN bundle install\n{_TAIL}", {},
         "what bundle makes is not followed"),
        (f"{_HEAD}RUN bundle install --path vendor/bundle\n{_TAIL}", {},
         "it is not known where bundle installs"),
        (f"{_HEAD}RUN bundle config set --local deployment true\nRUN bundle install\n{_TAIL}", {},
         "it is not known where bundle installs"),
        (f"{_HEAD}ENV BUNDLE_PATH=/gems\nRUN bundle install\n{_TAIL}", {},
         "it is not known where bundle installs"),
        (f"{_HEAD}RUN bundle install && bundle binstubs --all\n{_TAIL}", {},
         "what bundle binstubs changes is not followed"),
        (f"{_HEAD}RUN bundle update\n{_TAIL}", {}, "what bundle update changes is not followed"),
        (f"{_HEAD}RUN bundle install\nCOPY . .\nCMD bundle check || bundle install\n", {},
         "the image's command has Bundler install gems when it runs"),
        (f"{_HEAD.replace(' Gemfile.lock', '')}RUN bundle install\n{_TAIL}", {},
         "Bundler writes the Gemfile.lock that is not in the context"),
        (f"{_HEAD}RUN bundle install\n{_TAIL}",
         {"Gemfile.lock": _LOCK.replace("x86_64-linux", "arm64-darwin-23")},
         "Gemfile.lock names no platform of Linux: Bundler writes it anew"),
    ],
)  # fmt: skip
def test_what_is_not_known_is_refused(
    tmp_path: Path, text: str, files: dict[str, str], why: str
) -> None:
    after, reasons = _planned(tmp_path, text, files)
    assert after == text
    assert any(reason.endswith(why) for reason in reasons), reasons
