"""What the RUN instructions of a target's final stage install."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from jettison.dockerfile import Run
from jettison.shell import Manager, Verb, package_calls, parse_commands

if TYPE_CHECKING:
    from jettison.analysis.project import Target
    from jettison.dockerfile import Step
    from jettison.shell import Command, PackageCall

_PIP = frozenset({Manager.PIP, Manager.UV})
_INSTALLERS = frozenset({"pip", "setuptools", "wheel", "uv"})
_NO_CACHE = ("--no-cache-dir", "--no-cache")
_TIDY = ("/var/lib/apt", "/var/cache", "/tmp/", "/root/.cache", "/usr/share/doc", "/var/log")  # noqa: S108


@dataclass(frozen=True, slots=True)
class RequirementUse:
    """A requirement file as a RUN names it, and the working directory there."""

    path: str
    workdir: str


@dataclass(frozen=True, slots=True)
class InstallRun:
    """A RUN that installs packages with apt or pip.

    ``pure`` tells that it does nothing else but clean up after itself, so that it may be replaced
    as a whole.
    """

    step: Step
    calls: tuple[PackageCall, ...]
    pure: bool
    keeps_apt_lists: bool
    keeps_pip_cache: bool

    @property
    def apt_packages(self) -> tuple[str, ...]:
        """The Debian packages it installs, with versions where they are given."""
        return tuple(
            package.text
            for call in self.calls
            if call.manager is Manager.APT and call.verb is Verb.INSTALL
            for package in call.packages
            if package.known
        )


@dataclass(frozen=True, slots=True)
class Installs:
    """The RUNs of a final stage that install something, in order."""

    runs: tuple[InstallRun, ...]

    @property
    def apt_packages(self) -> tuple[str, ...]:
        """The Debian packages of the RUNs that do nothing else, once each."""
        found = (name for run in self.runs if run.pure for name in run.apt_packages)
        return tuple(dict.fromkeys(found))

    @property
    def pip_packages(self) -> tuple[str, ...]:
        """What pip installs by name, pip itself and its like left out."""
        return tuple(
            package.text
            for call in self._pip_installs()
            for package in call.packages
            if package.name.lower() not in _INSTALLERS
        )

    @property
    def requirement_files(self) -> tuple[RequirementUse, ...]:
        """The requirement files that pip installs."""
        return tuple(
            RequirementUse(file.path, run.step.before.workdir)
            for run in self.runs
            for call in run.calls
            if call.manager in _PIP and call.verb is Verb.INSTALL
            for file in call.requirements
            if file.known and not file.constrains
        )

    @property
    def replaceable(self) -> bool:
        """Whether every RUN that calls pip does nothing else."""
        return all(r.pure for r in self.runs if any(c.manager in _PIP for c in r.calls))

    def _pip_installs(self) -> list[PackageCall]:
        calls = (call for run in self.runs for call in run.calls)
        return [call for call in calls if call.manager in _PIP and call.verb is Verb.INSTALL]


def read_installs(target: Target) -> Installs:
    """What the RUN instructions of a target's final stage install."""
    runs = (_read(step) for step in target.steps if isinstance(step.instruction, Run))
    return Installs(tuple(run for run in runs if run is not None))


def _read(step: Step) -> InstallRun | None:
    run = step.instruction
    if not isinstance(run, Run) or run.argv is not None:
        return None
    script = parse_commands(run.command)
    calls = package_calls(script)
    managers = {call.manager for call in calls}
    wanted = {Manager.APT, *_PIP}
    if not managers & wanted:
        return None
    called = {call.command.span for call in calls}
    rest = [command for command in script.commands if command.span not in called]
    removes_lists = any(_removes(command, "/var/lib/apt/lists") for command in script.commands)
    updates = any(c.manager is Manager.APT and c.verb is Verb.UPDATE for c in calls)
    return InstallRun(
        step=step,
        calls=calls,
        pure=not script.problems and managers <= wanted and all(map(_is_tidying, rest)),
        keeps_apt_lists=updates and not removes_lists,
        keeps_pip_cache=any(_keeps_cache(call, step) for call in calls),
    )


def _removes(command: Command, folder: str) -> bool:
    return command.name == "rm" and any(folder in word.text for word in command.words)


def _is_tidying(command: Command) -> bool:
    """Whether a command only cleans up or sets options."""
    if command.name in ("set", "true", "echo", ":"):
        return True
    words = [word.text for word in command.arguments if not word.text.startswith("-")]
    return command.name == "rm" and all(word.startswith(_TIDY) for word in words)


def _keeps_cache(call: PackageCall, step: Step) -> bool:
    if call.manager is not Manager.PIP or call.verb is not Verb.INSTALL:
        return False
    run = step.instruction
    mounted = isinstance(run, Run) and any("cache" in (mount.target or "") for mount in run.mounts)
    off = step.before.variables.get("PIP_NO_CACHE_DIR", "").lower() in ("1", "true", "on", "yes")
    return call.flag(*_NO_CACHE) is None and not mounted and not off
