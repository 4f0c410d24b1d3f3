"""Reading a settings file; whatever it does not know is an error at a place."""

from __future__ import annotations

import json
import shlex
from difflib import get_close_matches
from types import MappingProxyType
from typing import TYPE_CHECKING, NoReturn

from jettison.config.settings import (
    KEYS,
    LEVELS,
    STEP_KEYS,
    TRIAL_KEYS,
    Settings,
    Step,
    TrialSettings,
)
from jettison.errors import ProjectError, SourceError
from jettison.record import record

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

__all__ = ["read_settings"]

OWN_FILE, SHARED_FILE = "jettison.toml", "pyproject.toml"
_COMMAND = 'Write ["web: python manage.py check"].'
_TEST = 'Write ["web: pytest"]. Only the command line runs one on this machine: --test "pytest".'


def read_settings(root: Path) -> Settings:
    """The settings of the project in ``root``; those of :class:`Settings` where it has none.

    Raises ``SourceError`` with file and line for a key or a value that it does not know.
    """
    own = _Reader.of(root, OWN_FILE, ())
    shared = _Reader.of(root, SHARED_FILE, ("tool", "jettison"))
    if own is not None and shared is not None:
        shared.fail((), f"{OWN_FILE} has settings, too", "Keep the settings in one of the files.")
    reader = own or shared
    return Settings() if reader is None else reader.settings()


@record
class _Reader:
    """One file's table of settings; ``prefix`` is where it is in the file."""

    file: str
    text: str
    prefix: tuple[str, ...]
    table: Mapping[str, object]

    @classmethod
    def of(cls, root: Path, name: str, prefix: tuple[str, ...]) -> _Reader | None:
        """The file's table, or ``None`` where there is none."""
        path = root / name
        if not path.is_file():
            return None
        try:
            text = path.read_text("utf-8")
        except OSError as error:
            raise ProjectError(f"cannot read {name}: {error.strerror}") from error
        except UnicodeDecodeError as error:
            raise SourceError("not UTF-8", file=name, line=1) from error
        if prefix and prefix[-1] not in text:
            return None
        table: object = _parsed(name, text)
        for key in prefix:
            if not isinstance(table, dict) or key not in table:
                return None
            table = table[key]
        reader = cls(name, text, prefix, {})
        if not isinstance(table, dict):
            reader.fail((), "not a table", f"Write [{'.'.join(prefix)}].")
        return cls(name, text, prefix, table)

    def settings(self) -> Settings:
        """The settings of the table."""
        self._known((), self.table, KEYS)
        level = self.table.get("level")
        if level is not None and level not in LEVELS:
            self.fail(("level",), f"level is {level!r}", f"Write one of {', '.join(LEVELS)}.")
        return Settings(
            file=self.file,
            only=self._words(("only",), self.table.get("only")),
            skip=self._words(("skip",), self.table.get("skip")),
            level=None if level is None else str(level),
            extras=self._words(("extras",), self.table.get("extras")),
            trial=self._trial(self.table.get("trial", {})),
        )

    def _trial(self, table: object) -> TrialSettings:
        where = ("trial",)
        if not isinstance(table, dict):
            self.fail(where, "trial is not a table", "Write [trial] and its keys below it.")
        self._known(where, table, TRIAL_KEYS)
        asked = table.get("requests", [])
        if not isinstance(asked, list):
            self.fail((*where, "requests"), "requests is not a list", 'Write requests = ["/path"].')
        return TrialSettings(
            timeout_seconds=self._seconds((*where, "timeout"), table.get("timeout")),
            build_timeout_seconds=self._seconds(
                (*where, "build-timeout"), table.get("build-timeout")
            ),
            requests=tuple(one for one in asked if isinstance(one, str)),
            steps=tuple(self._step(one) for one in asked if not isinstance(one, str)),
            commands=tuple(self._commands(table, "commands", _COMMAND)),
            tests=tuple(self._commands(table, "tests", _TEST)),
            environment=self._variables((*where, "environment"), table.get("environment", {})),
            starts=self._count((*where, "starts"), table.get("starts")),
        )

    def _step(self, table: object) -> Step:
        """A request that is a table."""
        where = ("trial", "requests")
        if not isinstance(table, dict):
            self.fail(where, "a request is a string or a table", 'Write "/path" or { path = "/" }.')
        self._known(where, table, STEP_KEYS)
        for key in ("service", "path"):
            if not isinstance(table.get(key), str):
                self.fail(where, f"a request has no {key}", 'Write { service = "…", path = "/…" }.')
        if not table["path"].startswith("/"):
            self.fail(where, f"path is {table['path']!r}", "Write it from the / on.")
        headers = dict(self._variables((*where, "headers"), table.get("headers", {})))
        body, port = table.get("body"), table.get("port")
        if body is not None and (not isinstance(body, str) or "json" in table):
            self.fail(where, "body is no string, or beside json", "Write one of body and json.")
        if port is not None and (isinstance(port, bool) or not isinstance(port, int)):
            self.fail(where, "port is no number", "Write port = 8000")
        if "json" in table:
            body = json.dumps(table["json"], default=str)
            headers.setdefault("Content-Type", "application/json")
        return Step(
            service=table["service"],
            path=table["path"],
            method=str(table.get("method", "GET")).upper(),
            port=port,
            headers=MappingProxyType(headers),
            body=body,
            save=self._variables((*where, "save"), table.get("save", {})),
            ignore=self._words((*where, "ignore"), table.get("ignore")),
        )

    def _commands(
        self, table: Mapping[str, object], key: str, remedy: str
    ) -> Iterator[tuple[str, tuple[str, ...]]]:
        where, value = ("trial", key), table.get(key, [])
        for one in value if isinstance(value, list) else [value]:
            if isinstance(one, str):
                service, colon, text = one.partition(":")
                try:
                    words = tuple(shlex.split(text))
                except ValueError:
                    words = ()
                if colon and service.strip() and words:
                    yield service.strip(), words
                    continue
            elif isinstance(one, dict) and isinstance(one.get("service"), str):
                self._known(where, one, ("service", "command"))
                command = one.get("command")
                if isinstance(command, list) and command:
                    yield one["service"], self._words((*where, "command"), command)
                    continue
            self.fail(where, f"not a {key.removesuffix('s')} of a service", remedy)

    def _seconds(self, where: tuple[str, ...], value: object) -> float | None:
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float) or value <= 0:
            self.fail(where, f"{where[-1]} is no time", f"Write seconds: {where[-1]} = 300")
        return float(value)

    def _count(self, where: tuple[str, ...], value: object) -> int | None:
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int) or value < 1:
            self.fail(where, f"{where[-1]} is no number from 1", f"Write {where[-1]} = 3")
        return value

    def _variables(self, where: tuple[str, ...], table: object) -> Mapping[str, str]:
        if not isinstance(table, dict):
            self.fail(where, f"{where[-1]} is not a table", 'Write NAME = "value" below it.')
        for name, value in table.items():
            if not isinstance(value, str):
                self.fail((*where, name), f"{name} is not a string", f'Write {name} = "{value}".')
        return MappingProxyType({str(name): str(value) for name, value in table.items()})

    def _words(self, where: tuple[str, ...], value: object) -> tuple[str, ...]:
        if value is None:
            return ()
        if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
            name = where[-1]
            self.fail(where, f"{name} is not a list of strings", f'Write {name} = ["…", "…"].')
        return tuple(value)

    def _known(
        self, where: tuple[str, ...], table: Mapping[str, object], keys: Iterable[str]
    ) -> None:
        for key in table:
            if key not in keys:
                near = get_close_matches(key, list(keys), n=1)
                remedy = f"Did you mean {near[0]}? " if near else ""
                remedy += f"Known are {', '.join(keys)}."
                self.fail((*where, key), f"unknown key {key}", remedy)

    def fail(self, where: tuple[str, ...], message: str, remedy: str) -> NoReturn:
        """Raises the error at the line of a key below the table."""
        line = _line_of(self.text, (*self.prefix, *where))
        raise SourceError(message, file=self.file, line=line, remedy=remedy)


def _parsed(name: str, text: str) -> dict[str, object]:
    import tomllib

    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        said, _, place = str(error).partition(" (at ")
        numbers = [int(word) for word in place.replace(",", " ").split() if word.isdigit()]
        line = numbers[0] if numbers else text.count("\n") + 1
        raise SourceError(said, file=name, line=line) from error


def _line_of(text: str, where: tuple[str, ...]) -> int:
    """The line (from 1) of a key, or of the nearest table above it that is written out.

    An approximation for a message: a text in several lines that looks like a key is not told apart.
    """
    table: tuple[str, ...] = ()
    best, length = 1, 0
    for number, line in enumerate(text.splitlines(), start=1):
        stripped = line.strip()
        if stripped.startswith("["):
            table = _dotted(stripped.strip("[]").partition("]")[0])
            here = table
        else:
            key, equals, value = stripped.partition("=")
            if not equals:
                continue
            here = (*table, *_dotted(key))
            if value.lstrip().startswith("{") and where[: len(here)] == here != where:
                here = where if where[-1] in value else here
        if where[: len(here)] == here and len(here) > length:
            best, length = number, len(here)
    return best


def _dotted(text: str) -> tuple[str, ...]:
    return tuple(part.strip().strip("\"'") for part in text.split("."))
