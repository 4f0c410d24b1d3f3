"""The settings in force at one place of a Dockerfile, and how an instruction changes them.

Source: Dockerfile reference; BuildKit, ``frontend/dockerfile/dockerfile2llb/convert.go``.
"""

from __future__ import annotations

import posixpath
from dataclasses import field, replace
from typing import TYPE_CHECKING

from jettison.dockerfile import instructions as kinds
from jettison.dockerfile.expansion import ExpansionError
from jettison.dockerfile.persistent_map import PersistentMap
from jettison.dockerfile.ports import exposed_ports
from jettison.dockerfile.signals import is_signal
from jettison.record import record

if TYPE_CHECKING:
    from collections.abc import Mapping
    from collections.abc import Set as AbstractSet

__all__ = ["DEFAULT_PATH", "DEFAULT_SHELL", "Growing", "State"]

DEFAULT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
"""``PATH`` where an image says nothing about it."""

DEFAULT_SHELL = ("/bin/sh", "-c")
"""What runs a command in shell form where an image says nothing about it."""

_PORT_COST = 64


def _no_values() -> Mapping[str, str]:
    return PersistentMap[str, str]({}).now


def _no_names() -> AbstractSet[str]:
    return PersistentMap[str, None]({}).now.keys()


def _no_triggers() -> Mapping[int, kinds.Instruction]:
    return PersistentMap[int, kinds.Instruction]({}).now


@record
class State:
    """The settings at one place of a stage; nothing in it changes.

    ``env`` is what the image keeps; ``args`` the ARGs in scope that have a value; ``variables``
    what a ``$NAME`` sees: both, the one set later winning. ``user`` is ``""`` where none is set.
    ``entrypoint`` and ``cmd`` are as the image keeps them, a shell form with its shell, ``None``
    where there is none. ``exposed`` has the form ``80/tcp``. ``triggers`` are the instructions
    that ONBUILD has put down so far, by number.
    """

    env: Mapping[str, str] = field(default_factory=_no_values)
    args: Mapping[str, str] = field(default_factory=_no_values)
    variables: Mapping[str, str] = field(default_factory=_no_values)
    user: str = ""
    workdir: str = "/"
    shell: tuple[str, ...] = DEFAULT_SHELL
    entrypoint: tuple[str, ...] | None = None
    cmd: tuple[str, ...] | None = None
    exposed: AbstractSet[str] = field(default_factory=_no_names)
    volumes: AbstractSet[str] = field(default_factory=_no_names)
    labels: Mapping[str, str] = field(default_factory=_no_values)
    healthcheck: kinds.Healthcheck | None = None
    stopsignal: str | None = None
    triggers: Mapping[int, kinds.Instruction] = field(default_factory=_no_triggers)

    @property
    def onbuild(self) -> tuple[kinds.Instruction, ...]:
        """The instructions that a stage or a build from this one runs first."""
        return tuple(self.triggers.values())


class Growing:
    """The collections of the states of one stage, which share what they hold.

    :meth:`start` is the state before the first instruction, :meth:`after` the one after an
    expanded instruction. ``copied`` counts what was taken over and ``size`` weighs the ports
    that were told apart, both for a limit.
    """

    def __init__(self, base: State) -> None:
        env = {"PATH": DEFAULT_PATH} if "PATH" not in base.env else {}
        self._env = PersistentMap({**base.env, **env})
        self._args = PersistentMap(base.args)
        self._variables = PersistentMap({**base.variables, **self._env.now})
        self._labels = PersistentMap(base.labels)
        self._exposed = PersistentMap[str, None](dict.fromkeys(base.exposed))
        self._volumes = PersistentMap[str, None](dict.fromkeys(base.volumes))
        self._triggers = PersistentMap[int, kinds.Instruction]({})
        self._base = base
        self._cmd_is_set = False
        self.copied = 2 * len(base.env) + len(base.labels) + len(base.exposed) + len(base.volumes)
        self.size = 0

    def start(self) -> State:
        """What the stage begins with: the image's variables win over inherited ARGs."""
        return replace(
            self._base,
            env=self._env.now,
            args=self._args.now,
            variables=self._variables.now,
            labels=self._labels.now,
            exposed=self._exposed.now.keys(),
            volumes=self._volumes.now.keys(),
            triggers=self._triggers.now,
        )

    def after(self, state: State, instruction: kinds.Instruction) -> State:
        """The settings after an expanded instruction, ARG excepted; see :meth:`set_args`."""
        match instruction:
            case kinds.Env():
                given = {pair.key: pair.value for pair in instruction.pairs}
                variables = self._variables.update(given)
                return replace(state, env=self._env.update(given), variables=variables)
            case kinds.Workdir():
                return replace(state, workdir=_inside(state.workdir, instruction.path))
            case kinds.User():
                return replace(state, user=instruction.user)
            case kinds.Shell():
                return replace(state, shell=instruction.argv)
            case kinds.Cmd():
                self._cmd_is_set = True
                return replace(state, cmd=_kept(state, instruction))
            case kinds.Entrypoint():
                cmd = state.cmd if self._cmd_is_set else None
                return replace(state, entrypoint=_kept(state, instruction) or None, cmd=cmd)
            case _:
                return self._after_other(state, instruction)

    def _after_other(self, state: State, instruction: kinds.Instruction) -> State:
        match instruction:
            case kinds.Label():
                given = {pair.key: pair.value for pair in instruction.pairs}
                return replace(state, labels=self._labels.update(given))
            case kinds.Expose():
                return replace(state, exposed=self._expose(instruction.ports))
            case kinds.Volume():
                if "" in instruction.paths:
                    raise ExpansionError("a volume without a path")
                paths = dict.fromkeys(instruction.paths)
                return replace(state, volumes=self._volumes.update(paths).keys())
            case kinds.Healthcheck():
                return replace(state, healthcheck=instruction)
            case kinds.Stopsignal():
                if not is_signal(instruction.signal):
                    raise ExpansionError(f"{instruction.signal or 'nothing'} is not a signal")
                return replace(state, stopsignal=instruction.signal)
            case kinds.Onbuild():
                trigger = {len(state.triggers): instruction.instruction}
                return replace(state, triggers=self._triggers.update(trigger))
            case _:
                return state

    def set_args(
        self, state: State, args: Mapping[str, str], variables: Mapping[str, str]
    ) -> State:
        """The settings after ARGs that have these values, of which commands see ``variables``."""
        return replace(
            state, args=self._args.update(args), variables=self._variables.update(variables)
        )

    def _expose(self, words: tuple[str, ...]) -> AbstractSet[str]:
        ports: dict[str, None] = {}
        for word in words:
            try:
                found = exposed_ports(word)
            except ValueError as error:
                raise ExpansionError(str(error)) from error
            self.size += _PORT_COST * len(found)
            ports.update(dict.fromkeys(found))
        return self._exposed.update(ports).keys()


def _kept(state: State, instruction: kinds.CommandInstruction) -> tuple[str, ...]:
    if instruction.argv is not None:
        return instruction.argv
    return (*state.shell, instruction.command)


def _inside(workdir: str, path: str) -> str:
    """``path`` as seen from ``workdir``; an absolute one stays as it is written."""
    if path.startswith("/"):
        return path
    if not path:
        return workdir
    return posixpath.normpath(posixpath.join("/", workdir.lstrip("/"), path))
