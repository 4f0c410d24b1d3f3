"""Where the code and the services of an image write, as far as its files tell."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING

from jettison.analysis.landing import Landing, landings, project_path
from jettison.analysis.package_runs import feeding_stages
from jettison.analysis.running.compiled_writes import compiled_writes, databases, is_compiled
from jettison.analysis.running.python_code import image_code
from jettison.analysis.running.python_writes import WRITERS, python_writes
from jettison.analysis.running.started import started
from jettison.compose.mount_kinds import MountKind
from jettison.dockerfile import Copy, Run
from jettison.dockerfile.context import Kind
from jettison.ecosystem.python.code import is_test_file
from jettison.patterns import regex
from jettison.shell import parse_commands
from jettison.source.reading import read_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from jettison.analysis.facts import Facts
    from jettison.analysis.project import Target

__all__ = ["Written", "written_by"]

_SCRIPTS = regex(r"(^|/)(scripts?|tools|bin|hack|examples?|docs?)/")
_USUAL = frozenset(
    "upload uploads log logs data instance media storage cache tmp temp run var output outputs "
    "files db database downloads exports reports sessions".split()
)
_READ = frozenset("templates views locale locales translations migrations".split())
_SYSTEM = ("/etc", "/usr", "/bin", "/sbin", "/lib", "/root", "/proc", "/sys", "/dev", "/boot")
_SHARED = frozenset(
    {"/", "/var", "/var/lib", "/var/log", "/var/run", "/run", "/home", "/opt", "/srv"}
)
_BIGGEST = 512 * 1024
_FREE = ("/tmp", "/dev", "/var/tmp", "/proc")  # noqa: S108
_JAVASCRIPT = regex(
    r"\b(writeFile|appendFile|createWriteStream|mkdir|writeFileSync|appendFileSync|mkdirSync"
    r"|diskStorage|copyFile|copyFileSync|outputFile|outputJson|writeJson|ensureDir|Datastore)\s*\("
    r"|\bBun\.write\s*\(|\bmulter\s*\(\s*\{|\bsqlite3?\b"
    r"|['\"](lowdb|nedb|session-file-store)(/[^'\"]*)?['\"]"
    r"|\btransports\.(File|DailyRotateFile)\b|\.mv\s*\(|\bpino\.destination\s*\("
    r"|['\"](winston-daily-rotate-file|rotating-file-stream|file-stream-rotator)['\"]"
    r"|['\"`]file:[^'\"`]+\.(?:db|sqlite3?)['\"`?]"
    r"|\bautoSchemaFile\s*:(?!\s*true\b)|\bemitSchemaFile\s*:(?!\s*false\b)"
)
_WRITING = (  # one of them is in every text that _JAVASCRIPT finds, and is far quicker to look for
    "writeFile appendFile createWriteStream mkdir diskStorage copyFile outputFile outputJson "
    "writeJson ensureDir Datastore multer sqlite lowdb nedb session-file-store transports. .mv "
    "file: autoSchemaFile emitSchemaFile Bun.write pino.destination winston-daily-rotate-file "
    "rotating-file-stream file-stream-rotator"
).split()
_FOLDER_NAME = regex(r"['\"`]\.?/?([\w-]+)/?['\"`]")
_DATA_OPTION = regex(
    r"^--?(data|storage|uploads?|logs?|cache|media|db|database|state)([._-]?(dir|directory|folder))?$",
    re.IGNORECASE,
)
_NODE_CODE = (".js", ".mjs", ".cjs", ".ts", ".mts", ".cts")
_VENDORED = regex(r"/vendor/")
_DIRECTORY = regex(r"(DIR|PATH|FOLDER|ROOT|HOME|FILE|STORAGE|UPLOADS?|DATA|LOGS?)$")
_REVALIDATED = regex(
    r"\brevalidate(Path|Tag)?\b|\bgenerateStaticParams\b|\bfallback\s*:\s*(true|['\"]blocking)"
)
_PRISMA = regex(
    r"^\s*provider\s*=\s*\"sqlite\"[^}]*?^\s*url\s*=\s*"
    r"(?:\"file:(?P<file>[^\"?]+)|env\(\"(?P<name>\w+)\"\))",
    re.MULTILINE,
)
_SERVED = frozenset({"wwwroot", "public", "static", "assets"})
_WEB_ROOT = regex(r"\bWebRootPath\b")
_SQLITE = regex(r"sqlite(?:\+\w+)?:///([^?\s'\"]+)")


@dataclass(slots=True)
class Written:
    """Absolute folders that must be writable; ``made`` are those that are in the image already.

    ``unknown`` says for a person what writes to a place that cannot be told, ``""`` for nothing;
    ``refusal`` what writes where no ordinary user may.
    """

    folders: set[str] = field(default_factory=set)
    made: set[str] = field(default_factory=set)
    workdir: bool = False
    unknown: str = ""
    refusal: str = ""


def written_by(facts: Facts, target: Target) -> Written:
    """Where a target's services write: volumes, made folders, settings, code and commands."""
    return _Writing(facts, target).found


class _Writing:
    def __init__(self, facts: Facts, target: Target) -> None:
        self.facts, self.target = facts, target
        self.python = facts.of(image_code, target).base
        self.writers = tuple(name for name in WRITERS if self.python.says(name))
        self.found = Written()
        self.workdir = target.state.workdir
        stages = sorted(feeding_stages(target.dockerfile, target.stage.index))
        steps = tuple(step for stage in stages for step in target.all_steps[stage])
        self.landed: tuple[Landing, ...] = landings(target, steps)
        self.copied = self._copied_folders()
        self._made()
        self._mounted()
        self._settings()
        self._commands()
        self._code()

    def _copied_folders(self) -> set[str]:
        """The folders of the context in any stage; those of the last are made in the image."""
        folders = [file.path for file in self.target.files.files if file.kind is Kind.DIR]
        copied = set(_places(folders, self.landed))
        self.found.made |= set(_places(folders, landings(self.target, self.target.steps)))
        self.found.made |= set(self._handed_over(copied))
        return copied

    def _handed_over(self, copied: set[str]) -> Iterator[str]:
        """Where the last stage copies folders that come from the context from other stages."""
        for step in self.target.steps:
            copy = step.expanded
            if not isinstance(copy, Copy) or copy.from_ is None:
                continue
            place = posixpath.normpath(posixpath.join(step.before.workdir, copy.destination))
            for source in copy.sources:
                top = posixpath.normpath(source)
                inside = (one for one in copied if f"{one}/".startswith(f"{top}/"))
                yield from (posixpath.normpath(place + one.removeprefix(top)) for one in inside)

    def add(self, path: str, why: str) -> None:
        """Takes a folder; ``why`` tells what writes there."""
        place = posixpath.normpath(posixpath.join(self.workdir, path))
        if place.startswith(_FREE) or place in self.found.folders:
            return
        if place == self.workdir and place != "/":
            self.found.workdir = True
        elif not self._is_own(place) and (
            place in _SHARED or place.startswith(tuple(f"{s}/" for s in _SYSTEM))
        ):
            self.found.refusal = self.found.refusal or f"{why} writes to {place}"
        elif place not in _SYSTEM:
            self.found.folders.add(place)

    def _is_own(self, place: str) -> bool:
        """Whether a place lies in the program's own folder, such as ``/usr/src/app``."""
        own = self.workdir
        return own.startswith(("/usr/src/", "/usr/app/")) and place.startswith(f"{own}/")

    def _made(self) -> None:
        for step in self.target.steps:
            run = step.instruction
            if not isinstance(run, Run) or run.argv is not None:
                continue
            text = run.script.text if run.script else run.command
            for command in parse_commands(text).commands:
                if command.name not in ("mkdir", "install"):
                    continue
                for word in command.arguments:
                    if word.value is None or word.value.startswith("-") or "{" in word.value:
                        continue
                    place = posixpath.normpath(posixpath.join(step.before.workdir, word.value))
                    self.found.made.add(place)
                    above = self.workdir == place or self.workdir.startswith(f"{place}/")
                    system = _is_system(place) and not self._is_own(place)
                    if command.name == "mkdir" and not above and not system:
                        self.add(place, f"line {run.line}")

    def _mounted(self) -> None:
        for path in self.target.state.volumes:
            self.add(path, "VOLUME")
        for run in self.target.runs:
            for mount in run.mounts:
                if mount.kind is MountKind.VOLUME and not mount.read_only:
                    self.add(mount.target, f"the volume at {mount.target}")

    def _settings(self) -> None:
        values = dict(self.target.state.env)
        for run in self.target.runs:
            values |= {name: value for name, value in run.environment.items() if value}
        for name, value in values.items():
            inside = value.startswith(f"{self.workdir.rstrip('/')}/") and ":" not in value
            usual = posixpath.basename(value.rstrip("/")) in _USUAL
            if _DIRECTORY.search(name) and inside and (usual or name.endswith(("UPLOADS", "LOGS"))):
                self.add(value, name)
            self._sqlite(value, name)

    def _sqlite(self, text: str, why: str) -> None:
        for path in _SQLITE.findall(text):
            if path != ":memory:":
                self.add(posixpath.dirname(path) or ".", why)

    def _commands(self) -> None:
        for command in self.facts.of(started, self.target).at_run_time:
            words = command.words
            beats = command.program == "celery" and ("beat" in words or "-B" in words)
            if beats and not any(w.startswith(("-s", "--schedule")) for w in words):
                self.add(".", "celery beat")
            if command.program in ("mkdir", "touch"):
                for word in words[1:]:
                    if not word.startswith("-") and "$" not in word:
                        folder = word if command.program == "mkdir" else posixpath.dirname(word)
                        self.add(folder, command.origin)
            for word in words:
                value = word.rpartition("=")[2] if word.startswith("-") else word
                folder = posixpath.dirname(value)
                if folder and value.endswith((".log", ".pid", ".db", ".sqlite3", ".sock")):
                    self.add(folder, command.origin)
            for option, value in _options(words):
                absolute = value.startswith("/") and "$" not in value
                if absolute and _DATA_OPTION.search(option) and not _is_system(value):
                    self.add(value, command.origin)
            if "collectstatic" in words:
                self.found.workdir = True
            if "makemigrations" in words or "compilemessages" in words:
                self.found.unknown = self.found.unknown or command.origin
            own = command.program == "node" and self._is_standalone(words)
            if own or ("next" in map(posixpath.basename, words) and "start" in words):
                self._of_next("Next.js" if own else "next start")

    def _is_standalone(self, words: tuple[str, ...]) -> bool:
        """Whether ``node`` starts the server that Next.js makes for itself."""
        copies = (s for s in self.target.steps if isinstance(s.expanded, Copy))
        return words[-1].rpartition("/")[2] == "server.js" and any(
            source.rstrip("/").endswith(".next/standalone")
            for step in copies
            if isinstance(step.expanded, Copy) and step.expanded.from_ is not None
            for source in step.expanded.sources
        )

    def _of_next(self, why: str) -> None:
        """What Next.js writes: its caches, and pages that it makes anew."""
        self.add(".next/cache", why)
        for file in self.target.files.own:
            if file.path.endswith((*_NODE_CODE, ".jsx", ".tsx")) and file.size <= _BIGGEST:
                source = self.facts.tree.read(project_path(self.target, file.path))
                if source is not None and _REVALIDATED.search(source.text):
                    self.add(".next/server", f"pages that {why} makes anew")
                    break

    def _rails(self) -> None:
        """Where Rails writes by convention: process IDs, logs, uploads, the schema it dumps."""
        if posixpath.basename(self.target.base).startswith("ruby"):
            for file in self.target.files.own:
                if file.path.endswith("config/application.rb"):
                    place = next((p for o in self.landed if (p := o.image_path(file.path))), None)
                    top = posixpath.dirname(posixpath.dirname(place)) if place else self.workdir
                    for name in ("tmp", "log", "storage", "db"):
                        self.add(posixpath.join(top, name), "Rails")

    def _code(self) -> None:
        self._rails()
        run = self.facts.of(started, self.target)
        words = {word for command in run.commands for word in command.words}
        named = {word.replace(".", "/") + ".py" for word in words}
        started_files = run.scripts | named
        node = posixpath.basename(self.target.base).startswith(("node", "bun"))
        compiled = is_compiled(self.target)
        for file in self.target.files.own:
            if file.size > _BIGGEST or is_test_file(file.path):
                continue
            if _SCRIPTS.search(file.path) and file.path not in started_files:
                continue
            place = next((p for o in self.landed if (p := o.image_path(file.path))), None)
            if place is None or "/node_modules/" in place or "/site-packages/" in place:
                continue
            if file.path.endswith(".prisma"):
                self._prisma(file.path, place)
            elif file.path.endswith(".py"):
                if not node:
                    self._python(file.path, place)
            elif node and file.path.endswith(_NODE_CODE) and not _is_config(file.path):
                self._javascript(file.path)
            elif compiled and not file.path.endswith("_test.go") and not _VENDORED.search(place):
                self._compiled(file.path)

    def _prisma(self, path: str, place: str) -> None:
        """Takes the folder of the database file that a schema of Prisma names, if it is SQLite."""
        source = self.facts.tree.read(project_path(self.target, path))
        found = _PRISMA.search(source.text) if source is not None else None
        if found is None:
            return
        name = found["name"] or ""
        values = {self.target.state.env.get(name, ""), f"file:{found['file'] or ''}"}
        values |= {run.environment.get(name) or "" for run in self.target.runs}
        files = {v.removeprefix("file:").partition("?")[0] for v in values if v.startswith("file:")}
        for file in files - {""}:
            folder = posixpath.dirname(posixpath.join(posixpath.dirname(place), file))
            self.add(folder, path)
        if files <= {""}:
            self.found.unknown = self.found.unknown or path

    def _compiled(self, path: str) -> None:
        source = self.facts.tree.read(project_path(self.target, path))
        text = source.text if source is not None else ""
        files = sorted(databases(path, text))
        for file in files:
            self.add(posixpath.dirname(file) or ".", path)
        strings, writes = compiled_writes(path, text)
        if not writes:
            return
        if _WEB_ROOT.search(text):  # which is wwwroot of the folder that it works in
            strings = frozenset(
                f"wwwroot/{one.lstrip('/')}" if _first_of(one) in _USUAL else one for one in strings
            )
        named = [self._string(one, path, "") for one in sorted(strings)]
        if not files and not any(named) and not self._set_by_variable():
            self.found.unknown = self.found.unknown or path

    def _set_by_variable(self) -> bool:
        """Whether a variable names a file in a folder that is written to."""
        values = {*self.target.state.env.values()}
        for run in self.target.runs:
            values |= {value for value in run.environment.values() if value}
        return any(posixpath.dirname(value) in self.found.folders for value in values)

    def _python(self, path: str, place: str) -> None:
        strings, writes = python_writes(self.python.content(path), self.writers)
        for text in sorted(strings):
            self._sqlite(text, path)
        if any(
            "db.backends.sqlite3" in text or text.endswith((".sqlite3", ".sqlite"))
            for text in strings
        ):
            self.found.unknown = self.found.unknown or path
        if not writes:
            return
        named = False
        for text in sorted(strings):
            named = self._string(text, path, posixpath.dirname(place)) or named
        if not named:
            self.found.unknown = self.found.unknown or path

    def _string(self, text: str, path: str, folder: str) -> bool:
        """Whether a string names a place to write to, which is then taken.

        A path may start from the working folder, or from ``folder``, that of the code, if it has
        one when it runs.
        """
        if len(text) > 200 or re.search(r"\s|://|[{}]", text) or not text.strip("./"):
            return False
        if text.startswith("/"):
            if text.startswith(_FREE):
                return True
            if not text.startswith(("/var", "/data", "/srv", "/opt", "/mnt", self.workdir + "/")):
                return False
            self._absolute(posixpath.normpath(text), path)
            return True
        if "*" in text:  # what is read by a pattern
            return False
        clean = posixpath.normpath(text)
        parts = clean.split("/")
        inside = posixpath.dirname(clean) if "." in parts[-1] else clean
        if posixpath.basename(inside) in _READ:
            return False
        bases = (self.workdir, *((folder, posixpath.dirname(folder)) if folder else ()))
        usual = not _USUAL.isdisjoint(parts[1:])
        for there in (inside, parts[0]) if usual and inside != parts[0] else (inside,):
            for base in bases:
                if inside and posixpath.join(base, there) in self.copied:
                    taken = inside if there == inside else _up_to_usual(inside)
                    self.add(posixpath.join(base, taken), path)
                    return True
        compiled = not folder and usual and parts[0] in _SERVED
        if (parts[0] in _USUAL or compiled) and inside and not clean.startswith(".."):
            self.add(_up_to_usual(inside), path)
            return True
        return False

    def _absolute(self, text: str, path: str) -> None:
        known = self.found.folders | self.found.made
        if text in self.found.folders or posixpath.dirname(text) in self.found.folders:
            return
        folder = posixpath.dirname(text)
        # A name without a suffix in a folder that is there, or is the code's own, is a file.
        is_file = "." in posixpath.basename(text) or (text not in known and folder in known)
        self.add(folder if is_file else text, path)

    def _javascript(self, path: str) -> None:
        place = self.target.context / path
        try:
            status = place.stat()
        except OSError:
            return
        names = _written_in(str(place), status.st_mtime_ns, status.st_size)
        for name in names or ():
            self.add(name, path)
        if names == ():
            self.found.unknown = self.found.unknown or path


@lru_cache(maxsize=8192)
def _written_in(path: str, _: int, __: int) -> tuple[str, ...] | None:
    """The usual folders that a JavaScript file which writes names; ``None`` if it does not write.

    A file of a project is asked once for each target and round: the other arguments are its state.
    """
    try:
        text = read_text(path)
    except OSError:
        return None
    if not any(word in text for word in _WRITING) or not _JAVASCRIPT.search(text):
        return None
    return tuple(name for name in _FOLDER_NAME.findall(text) if name in _USUAL)


def _first_of(path: str) -> str:
    """The first name of a path."""
    return path.removeprefix("./").lstrip("/").partition("/")[0]


def _up_to_usual(path: str) -> str:
    """A path up to its last folder with a usual name: what is below it may be a file."""
    parts = path.split("/")
    last = max((at for at, part in enumerate(parts) if part in _USUAL), default=len(parts) - 1)
    return "/".join(parts[: last + 1])


def _places(paths: Iterable[str], landed: tuple[Landing, ...]) -> Iterator[str]:
    """Where paths of the context land."""
    for path in paths:
        for one in landed:
            place = one.image_path(path)
            if place is not None:
                yield posixpath.normpath(place)


def _options(words: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """The options of a command with their values, which stand behind them or behind ``=``."""
    for word, following in zip(words, (*words[1:], ""), strict=True):
        if word.startswith("-"):
            option, joined, value = word.partition("=")
            yield option, value if joined else following


def _is_system(place: str) -> bool:
    return place.startswith(tuple(f"{one}/" for one in _SYSTEM)) or place in _SYSTEM


def _is_config(path: str) -> bool:
    return (
        re.search(r"\.(config|test|spec|pnp)\.|(^|/)(scripts|tools|tests?|\.yarn)/", path)
        is not None
    )
