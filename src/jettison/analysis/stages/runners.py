"""Programs that are started by way of an installer: ``uv run uvicorn``, ``poetry run gunicorn``."""

from __future__ import annotations

import json
import posixpath
from pathlib import Path
from typing import TYPE_CHECKING

import jettison.compose
from jettison.analysis.context.ignore_lines import IgnoreLine, ignore_patch
from jettison.analysis.landing import brought_from, landings, project_path
from jettison.analysis.package_runs import feeding_stages, folder_of, package_runs
from jettison.analysis.running.started import started
from jettison.analysis.stages.artefacts import Part, Where
from jettison.analysis.stages.producers import labels
from jettison.analysis.stages.runner_needs import aliases_of, does_more
from jettison.dockerfile import Add, Cmd, Copy, DockerfileEditor, Entrypoint, Healthcheck, Run
from jettison.errors import ComposeError, UsageError
from jettison.record import record
from jettison.shell import Manager, Verb, is_shell, parse_commands, unwrap
from jettison.source import Patch, Span, TextEdit, apply_edits

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from jettison.analysis.facts import Facts
    from jettison.analysis.project import ServiceRun, Target
    from jettison.compose import ComposeEditor
    from jettison.dockerfile import CommandInstruction, Instruction
    from jettison.shell import Script

__all__ = ["Direct", "runners_of", "started_directly"]

_MANAGERS = {m.value: m for m in (Manager.UV, Manager.POETRY, Manager.PIPENV, Manager.PDM)}
_FLAGS = frozenset(
    "--no-dev --frozen --locked --no-sync --no-cache --quiet -q --offline --no-progress".split()
)
# The variable that asks for an environment in the project; others that say where it is.
_IN_PROJECT = {
    "poetry": (
        "POETRY_VIRTUALENVS_IN_PROJECT",
        "POETRY_VIRTUALENVS_PATH",
        "POETRY_VIRTUALENVS_CREATE",
    ),
    "pipenv": ("PIPENV_VENV_IN_PROJECT", "WORKON_HOME", "PIPENV_CUSTOM_VENV_NAME"),
}


@record
class Direct:
    """How programs are started themselves: ``line`` (from 1) is that of the first instruction.

    ``refusal`` says why the patch cannot be made.
    """

    runner: str
    line: int
    patch: Patch
    refusal: str = ""


class _Cannot(Exception):
    """Why a command cannot be edited."""


def runners_of(facts: Facts, target: Target) -> frozenset[str]:
    """The installers by way of which something is started when a container runs."""
    return frozenset(
        command.program
        for command in facts.of(started, target).at_run_time
        if command.program in _MANAGERS and "run" in command.words
    )


def started_directly(facts: Facts, target: Target) -> Iterator[Direct]:
    """For each installer that starts something, the edits by which it is started itself.

    Nothing where it is not known in which environment the installer has what it installs.
    """
    for runner in sorted(runners_of(facts, target)):
        place = _environment(facts, target, runner)
        apart = _apart(facts, target, runner) if place is None else None
        if place is None and apart is None:
            continue
        line = target.stage.from_.line
        try:
            if more := does_more(facts, target, runner):
                raise _Cannot(more)
            where = apart.place if apart is not None else place or ""
            install = apart.install if apart is not None else None
            patch, line = _Edits(facts, target, runner, where).made(install)
            yield Direct(runner, line, patch)
        except _Cannot as error:
            yield Direct(runner, line, Patch(), str(error))


def _own_environment_only(facts: Facts, target: Target, place: str) -> Patch:
    """The line that keeps a developer's own environment from lying at ``place`` in the image."""
    found = (one for one in landings(target, target.steps) if one.folder)
    inside = {path for one in found if (path := one.context_path(place)) is not None}
    patch = Patch()
    for path in sorted(inside):
        if target.ignore is not None and target.ignore.match(f"{path}/a").excluded:
            continue
        below = frozenset(f.path for f in target.files.files if f.path.startswith(f"{path}/"))
        patch |= ignore_patch(facts, target, [IgnoreLine(path, below, 0, "an environment")])[0]
    return patch


def _environment(facts: Facts, target: Target, runner: str) -> str | None:
    """The folder of the environment into which an installer installs, ``""`` for the system's."""
    found: set[str | None] = set()
    stages = feeding_stages(target.dockerfile, target.stage.index)
    for run in package_runs(target, stages):
        for one in labels(facts, target, run):
            if one.call is None or one.call.manager is not _MANAGERS[runner]:
                continue
            if one.refusal:
                return None
            if one.artefact is not None:
                own = one.artefact.where is Where.PLACE
                found.add(one.artefact.path if own else "")
    return next(iter(found)) if len(found) == 1 else None


@record
class _Apart:
    """An environment in a folder of the user's, and the RUN that would have it in the project."""

    place: str
    install: Run


def _apart(facts: Facts, target: Target, runner: str) -> _Apart | None:
    """Where the environment that an installer keeps for itself would be in the project.

    Nothing where it is not made in the stage that runs, or would be hidden by a mount.
    """
    installs = [
        (run, one.call)
        for run in package_runs(target, feeding_stages(target.dockerfile, target.stage.index))
        for one in labels(facts, target, run)
        if one.call is not None and one.call.manager.value == runner and one.part is Part.BUILD
        if one.call.verb is Verb.INSTALL
    ]
    folders = {folder_of(run, call) for run, call in installs}
    folder = next(iter(folders)) if len(folders) == 1 else None
    if runner not in _IN_PROJECT or folder in (None, "/"):
        return None
    stages = {stage.index for stage in target.lineage}
    hidden = (f"{folder}/".startswith(f"{m.target}/") for one in target.runs for m in one.mounts)
    if not all(run.stage in stages for run, _ in installs) or any(hidden):
        return None
    names = (*_IN_PROJECT[runner], "VIRTUAL_ENV")
    settings = brought_from(target, landings(target, target.steps), f"{folder}/poetry.toml")
    if settings is not None or any(
        run.variable(name, call) for run, call in installs for name in names
    ):
        return None
    return _Apart(f"{folder}/.venv", installs[0][0].run)


def _in_front(install: Run, target: Target) -> Instruction:
    """The first of the COPYs right in front of an install, or itself."""
    found: Instruction = install
    for step in reversed(target.steps):
        one = step.instruction
        if one.line < found.line:
            if not isinstance(one, Copy | Add):
                break
            found = one
    return found


class _Edits:
    """The edits of all files that start something by way of one installer."""

    def __init__(self, facts: Facts, target: Target, runner: str, place: str) -> None:
        self.facts, self.target, self.runner, self.place = facts, target, runner, place
        self.editor = DockerfileEditor(target.dockerfile)
        self.aliases = aliases_of(facts, target, runner)
        self.compose: dict[str, ComposeEditor] = {}

    def made(self, install: Run | None) -> tuple[Patch, int]:
        """The patch, and the line of the first instruction that it edits.

        Before ``install``, if given, a variable asks for the environment in the project.
        """
        edits: list[TextEdit] = []
        first: Instruction | None = None
        path = ""
        for step in self.target.steps:
            one = step.instruction
            if step.triggered or not isinstance(one, Run | Cmd | Entrypoint | Healthcheck):
                continue
            found = self._instruction(one, step.before.shell)
            if found and first is None:
                first, path = one, step.before.env.get("PATH", "")
            edits += found
        files: dict[str, tuple[TextEdit, ...]] = {}
        for script in sorted(self.facts.of(started, self.target).scripts):
            name = project_path(self.target, script)
            source = self.facts.tree.read(name)
            shell = source is not None and self._cuts(parse_commands(source.text), 0)
            if shell:
                files[name] = tuple(shell)
        for run in self.target.runs:
            self._service(run)
        files |= {name: editor.edits() for name, editor in self.compose.items()}
        if not edits and not files:
            raise _Cannot(f"it is not seen where {self.runner} run is called")
        anchor = first or self._last()
        binaries = f"{self.place}/bin"
        if self.place and not path.startswith(f"{binaries}:"):
            text = self.editor.render(f'ENV PATH="{binaries}:$PATH"')
            edits += self.editor.insert_before(anchor, text)
        if install is not None:
            text = self.editor.render(f"ENV {_IN_PROJECT[self.runner][0]}=1")
            edits += self.editor.insert_before(_in_front(install, self.target), text)
        patch = Patch.of(self.target.dockerfile_name, edits) | Patch(files, {})
        if install is not None:
            patch |= _own_environment_only(self.facts, self.target, self.place)
        return patch, anchor.line

    def _last(self) -> Instruction:
        return self.target.stage.instructions[-1]

    def _instruction(self, one: CommandInstruction, shell: tuple[str, ...]) -> list[TextEdit]:
        if one.argv is not None:
            if len(one.argv) > 2 and is_shell(one.argv):
                told = self._shell(one.argv[2])
                same = told == one.argv[2]
                return [] if same else [TextEdit(one.argv_spans[2], json.dumps(told))]
            return [
                TextEdit(Span(one.argv_spans[start].start, one.argv_spans[end].start), text)
                for start, end, text in self._words(one.argv)
            ]
        if not is_shell(shell):
            return []
        if isinstance(one, Run) and one.script is not None:
            place, escape = one.script.span, None
        else:
            place, escape = one.command_span, self.editor.escape
        text = self.editor.text[place.start : place.end]
        return self._cuts(parse_commands(text, escape=escape), place.start)

    def _words(self, argv: Sequence[str]) -> Iterator[tuple[int, int, str]]:
        """The words of an exec form to be cut, and what takes their place."""
        words = [*argv]
        for start, word in enumerate(words[:-2]):
            if posixpath.basename(word) == self.runner and words[start + 1] == "run":
                if start:
                    raise _Cannot(f"{words[0]} starts {self.runner} run")
                end = self._end(words, start + 2)
                yield start, end, '"python", ' if words[end].endswith(".py") else ""
                return

    def _shell(self, text: str) -> str:
        return apply_edits(text, self._cuts(parse_commands(text), 0))

    def _cuts(self, script: Script, base: int) -> list[TextEdit]:
        edits = []
        for command in script.commands:
            words = unwrap(command)
            texts = [word.unquoted for word in words]
            if len(texts) < 3 or posixpath.basename(texts[0]) != self.runner or texts[1] != "run":
                continue
            end = self._end(texts, 2)
            span = Span(base + words[0].span.start, base + words[end].span.start)
            edits.append(TextEdit(span, "python " if texts[end].endswith(".py") else ""))
        return edits

    def _end(self, words: Sequence[str], at: int) -> int:
        """Where, from ``at`` on, the program stands that an installer is told to run."""
        while at < len(words) and words[at] in _FLAGS and self.runner == "uv":
            at += 1
        if at >= len(words) or words[at].startswith("-") or "$" in words[at]:
            raise _Cannot(f"{self.runner} run has options")
        if words[at] in self.aliases:
            raise _Cannot(f"{words[at]} is a script of {self.runner}'s")
        return at

    def _service(self, run: ServiceRun) -> None:
        """Edits of the Compose file, for a service with a command of its own."""
        compose = self.facts.project.compose
        own = run.healthcheck is not None and bool(run.healthcheck.test)
        if own and any(self.runner in word.split() for word in run.check):
            raise _Cannot(f"the health check of {run.service} calls {self.runner}")
        if not run.service or not run.overrides_command or compose is None:
            return
        command = compose.services[run.service].command
        if command is None:
            if self.runner in run.argv:
                raise _Cannot(f"the entry point of {run.service} calls {self.runner}")
            return
        made = self._told(command)
        if made == command:
            return
        whole = Path(run.file)
        name = self.facts.tree.relative(whole) if whole.is_absolute() else run.file
        source = self.facts.tree.read(name)
        if source is None:
            raise _Cannot(f"{name} cannot be read")
        value = made if isinstance(made, str) else list(made)
        try:
            editor = self.compose.setdefault(name, jettison.compose.ComposeEditor(source))
            if "$" in editor.written(run.service, ("command",)):
                raise _Cannot(f"the command of {run.service} has variables")
            editor.set_service_key(run.service, ("command",), value)
        except (ComposeError, UsageError) as error:
            raise _Cannot(str(error)) from None

    def _told(self, command: tuple[str, ...] | str) -> tuple[str, ...] | str:
        if isinstance(command, str):
            return self._shell(command)
        if len(command) > 2 and is_shell(command):
            return (*command[:2], self._shell(command[2]), *command[3:])
        for _, end, text in self._words(command):
            return (*(("python",) if text else ()), *command[end:])
        return command
