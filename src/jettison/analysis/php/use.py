"""Why an image needs the packages of Composer's ``require-dev``."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from jettison.analysis.landing import project_path
from jettison.analysis.package_runs import sharing
from jettison.analysis.running.documented import documented
from jettison.analysis.running.overlaid import overlaid
from jettison.analysis.running.started import started
from jettison.analysis.running.worked_in import made_to_work_in
from jettison.compose.mount_kinds import MountKind
from jettison.ecosystem.php.code import bundles_of, names_in, without_bundles
from jettison.patterns import regex
from jettison.shell import parse_commands

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from jettison.analysis.facts import Facts
    from jettison.analysis.package_runs import PackageRun
    from jettison.analysis.project import Target
    from jettison.ecosystem.php.composer import Composer
    from jettison.shell import PackageCall

__all__ = ["Use"]

_CODE = regex(r"\.(php|phtml|inc|module|theme|install)$|(^|/)(artisan|console|yii|spark|cake)$")
_SETTINGS = regex(r"(^|/)(config|app/config)/.*\.(ya?ml|xml|neon|ini)$")
_NEVER = regex(
    r"(^|/)(vendor|tests?|spec|features|node_modules)/|(^|/)config/(packages|routes)/(dev|test)/"
    r"|(^|/)(_ide_helper[^/]*|\.[^/]*|rector|ecs|phpstan[^/]*|deploy|castor|infection)\.php$"
    r"|(^|/)\.[^/]+$|(^|/)config/routes/(dev|web_profiler)[^/]*$",
    re.IGNORECASE,
)
_SEEDS = regex(r"(^|/)(database/(factories|seeds|seeders)|src/DataFixtures)/")
_SEEDING = regex(r"\bdb:seed\b|--seed\b|\bfixtures:load\b")
_CONSOLES = frozenset({"artisan", "console", "yii", "spark", "cake"})
_AT_WORK = frozenset({"local", "dev", "development", "test", "testing"})
_TESTERS = frozenset({"phpunit", "pest", "paratest", "phpspec", "codecept"})
_MOST_FILES = 8000
_APP_ENV = regex(r"^APP_ENV=[\"']?(\w+)", re.MULTILINE)
_BUNDLES = "config/bundles.php"


@dataclass(slots=True)
class Use:
    """Looks for what uses the packages.

    ``folder`` has the manifest in the context, ``place`` in the image.
    """

    facts: Facts
    target: Target
    composer: Composer
    folder: str
    place: str
    run: PackageRun
    call: PackageCall

    def found(self) -> str:
        """The first reason, ``""`` where there is none."""
        looks = (self._settings, self._environment, self._at_build, self._at_run_time, self._code)
        return next((reason for look in looks if (reason := look())), "")

    def _settings(self) -> str:
        if self.composer.files:
            return "autoload-dev loads files by itself"
        if self.target.files.entries(posixpath.join(self.folder, "vendor")):
            return "the context has a vendor folder of its own"
        return ""

    def _environment(self) -> str:
        """Why the image is one for work on the code, or loads bundles that would be gone."""
        for one in sharing(self.facts, self.target):
            for run in one.runs:
                value = _of(run.environment, one.state.env, "APP_ENV")
                if value.lower() in _AT_WORK:
                    return f"APP_ENV is {value} in {run.service or 'the image'}"
                for mount in run.mounts:
                    if mount.kind is MountKind.BIND and mount.covers(self.place):
                        return f"{run.service} mounts the project over {self.place}"
        text = self._text(posixpath.join(self.folder, _BUNDLES))
        gone = [b for b in bundles_of(text) if self.composer.only_development(b)]
        if not gone:
            return ""
        known = [
            _of(run.environment, one.state.env, "APP_ENV")
            for one in sharing(self.facts, self.target)
            for run in one.runs
        ]
        known.append(self.run.variable("APP_ENV", self.call) or "")
        by_file = _APP_ENV.search(self._text(posixpath.join(self.folder, ".env")))
        local = self.target.files.get(posixpath.join(self.folder, ".env.local"))
        default = by_file[1] if by_file and local is None else ""
        if all((value or default) == "prod" for value in known):
            return ""
        return f"{_BUNDLES} loads {gone[0]} unless APP_ENV is prod, which it is not everywhere"

    def _at_build(self) -> str:
        """What an install's scripts and the RUNs of the build call."""
        work = made_to_work_in(self.facts, self.target)
        if work:
            return work[0]
        if self.call.flag("--no-scripts") is None:
            for line in self.composer.at_install:
                name = self._line_needs(line)
                if name:
                    return f"{name} runs when composer installs (composer.json, scripts)"
        for command in self.facts.of(started, self.target).commands:
            if not command.line:
                continue
            name = self._needs(command.words)
            if name:
                return f"{name} runs in {command.origin}"
        return ""

    def _at_run_time(self) -> str:
        for one in sharing(self.facts, self.target):
            others = (*self.facts.of(overlaid, one), *self.facts.of(documented, one))
            for command in (*self.facts.of(started, one).at_run_time, *others):
                words = [posixpath.basename(word) for word in command.words]
                if {"composer", "composer.phar"} & set(words):
                    verb = next((w for w in words if w in ("install", "i", "update", "u")), "")
                    if verb and "--no-dev" not in words:
                        return f"{command.origin} has composer {verb} bring them back"
                name = self._needs(command.words)
                if name:
                    return f"{name} runs in {command.origin}"
        return ""

    def _line_needs(self, line: str) -> str:
        if "::" in line.partition(" ")[0]:
            return line if self.composer.only_development(line.partition("::")[0]) else ""
        if line in ("cache:clear", "assets:install") or line.startswith("cache:clear"):
            return ""
        commands = parse_commands(line).commands
        found = (self._needs(tuple(w.unquoted for w in c.words)) for c in commands)
        return next((name for name in found if name), "")

    def _needs(self, words: tuple[str, ...]) -> str:
        """What of a command is of a package of development, ``""`` where nothing is."""
        names = [posixpath.basename(word) for word in words]
        for name in names:
            if name in self.composer.programs:
                return name
        if names[:1] == ["composer"]:
            for name in names[1:]:
                for line in self.composer.called(name) if name in self.composer.scripts else ():
                    found = self._line_needs(line)
                    if found:
                        return found
        at = next((n for n, name in enumerate(names) if name in _CONSOLES), None)
        if at is None:
            return ""
        verb = next((word for word in words[at + 1 :] if not word.startswith("-")), "")
        if verb == "test" and self.composer.programs & _TESTERS:
            return f"{names[at]} test"
        for part in verb.split(":"):
            if part in self.composer.words:
                return f"{names[at]} {verb}"
        maker = verb.startswith("make:") and "symfony/maker-bundle" in self.composer.named
        return f"{names[at]} {verb}" if maker else ""

    def _code(self) -> str:
        """The first file of the application that names what only they give."""
        seeds = self._seeds()
        count = 0
        for path in self._files():
            inner = path.removeprefix(f"{self.folder}/") if self.folder else path
            if _NEVER.search(inner) or inner.startswith(
                tuple(f"{one}/" for one in self.composer.folders)
            ):
                continue
            if _SEEDS.search(inner) and not seeds:
                continue
            count += 1
            if count > _MOST_FILES:
                return "the project has more files than are read"
            text = self._text(path)
            for name in sorted(names_in(without_bundles(text) if inner == _BUNDLES else text)):
                if name == "dump(" and "symfony/var-dumper" in self.composer.packages:
                    return f"{path} calls dump() or dd(), of symfony/var-dumper"
                if self.composer.only_development(name):
                    return f"{path} names {name}"
        return ""

    def _seeds(self) -> bool:
        """Whether a command fills a database with what development's packages make up."""
        commands = [c for one in sharing(self.facts, self.target)
                    for c in (*self.facts.of(started, one).commands,
                              *self.facts.of(overlaid, one),
                              *self.facts.of(documented, one))]  # fmt: skip
        lines = (" ".join(command.words) for command in commands)
        return any(_SEEDING.search(line) for line in (*lines, *self.composer.at_install))

    def _files(self) -> Iterator[str]:
        prefix = f"{self.folder}/" if self.folder else ""
        for file in self.target.files.own:
            if file.path.startswith(prefix):
                inner = file.path.removeprefix(prefix)
                if _CODE.search(inner) or _SETTINGS.search(inner):
                    yield file.path

    def _text(self, path: str) -> str:
        source = self.facts.tree.read(project_path(self.target, path))
        return source.text if source is not None else ""


def _of(own: Mapping[str, str | None], image: Mapping[str, str], name: str) -> str:
    """The value of a service's variable, or of the image's."""
    return own.get(name) or image.get(name) or ""
