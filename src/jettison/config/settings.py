"""What a settings file may say."""

from __future__ import annotations

from dataclasses import field
from types import MappingProxyType
from typing import TYPE_CHECKING

from jettison.record import record

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["KEYS", "LEVELS", "STEP_KEYS", "TRIAL_KEYS", "Settings", "Step", "TrialSettings"]

LEVELS = ("note", "warning", "error")

KEYS = {
    "only": "rules (`JT002`) or keys of findings (`JT002/api`): nothing else is looked at",
    "skip": "rules or keys of findings that are left out",
    "level": "`note`, `warning` or `error`: from which level on findings make `jettison check` "
    "exit with 1; `warning` if nothing is said",
    "extras": "names of extras that are always asked for, as with `--with`",
    "trial": "a table, see below",
}
"""What each key means, in Markdown."""

TRIAL_KEYS = {
    "timeout": "seconds that a stack may take to become healthy, and each request, command and "
    "test of your own",
    "build-timeout": "seconds that the build of one image may take",
    "starts": "how often both stacks are started, in turn, to measure how soon they are ready; 3 "
    "if nothing is said",
    "requests": "further requests that both stacks are asked, to compare their answers: `/path` of "
    "every service, `service:/path`, or a table, see below",
    "commands": "commands that are run in both stacks' containers, to compare how they end and "
    'what they print: `"service: command"`, or `{service = "…", command = ["…"]}`; twice on the '
    "side before",
    "tests": "tests that are run in both stacks' containers, as `commands` are, to compare how "
    "they end; on this machine a test is only run where `--test` asks for it",
    "environment": "a table of variables for the Compose files, as the shell would give them",
}
"""What each key of the table ``trial`` means, in Markdown."""


STEP_KEYS = {
    "service": "the service that is asked",
    "path": "where",
    "method": "`GET` if nothing is said",
    "port": "as Compose publishes it; the service's first if nothing is said",
    "headers": "a table of headers",
    "json": "a body that is sent as JSON",
    "body": "a body that is sent as it is",
    "save": "a table: a name and where its value stands in the answer (`data.0.id`); `${name}` "
    "in a later path, header or body stands for it",
    "ignore": "what of the answer is not compared: `$.id`, `line 3`, the name of a header",
}
"""What each key of a request's table means, in Markdown."""


@record
class Step:
    """A request of the settings; ``ignore`` names parts of its answer that are not compared."""

    service: str
    path: str
    method: str = "GET"
    port: int | None = None
    headers: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    body: str | None = None
    save: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    ignore: tuple[str, ...] = ()


@record
class TrialSettings:
    """How a trial is made; ``None`` and empty where nothing is said.

    ``timeout_seconds`` is what a stack may take to become healthy, ``build_timeout_seconds`` what
    the build of one image may take, ``requests`` are further requests to compare, ``steps`` those
    of them that are asked in order, ``commands`` are services with a command to run there,
    ``tests`` services with a test, ``environment`` are variables for the Compose files, ``starts``
    is how often both stacks are started.
    """

    timeout_seconds: float | None = None
    build_timeout_seconds: float | None = None
    requests: tuple[str, ...] = ()
    steps: tuple[Step, ...] = ()
    commands: tuple[tuple[str, tuple[str, ...]], ...] = ()
    tests: tuple[tuple[str, tuple[str, ...]], ...] = ()
    environment: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    starts: int | None = None


@record
class Settings:
    """A project's settings; ``file`` is where they are from, ``None`` where there are none.

    ``only`` and ``skip`` are rules or keys of findings, ``level`` is the one from which on findings
    make ``jettison check`` fail, ``extras`` are names of EXTRA rules.
    """

    file: str | None = None
    only: tuple[str, ...] = ()
    skip: tuple[str, ...] = ()
    level: str | None = None
    extras: tuple[str, ...] = ()
    trial: TrialSettings = field(default_factory=TrialSettings)
