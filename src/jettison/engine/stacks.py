"""Stacks through Docker's Compose: resolved, started, looked at, stopped; and what carries a label.

Every process has a time limit: a client that hangs never hangs Jettison.
"""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import tempfile
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from jettison.engine.model import ContainerState, Leftover
from jettison.engine.readings import Reading
from jettison.errors import EngineError, EngineNotFound

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from jettison.engine.model import StackRequest

__all__ = [
    "StartingStack",
    "down",
    "labelled",
    "listening",
    "logs",
    "pull",
    "remove",
    "require_answer",
    "resolve",
    "states",
]

_PROJECT_LABEL = "com.docker.compose.project"
_SERVICE_LABEL = "com.docker.compose.service"
_SECONDS = 60.0
_DOWN_SECONDS = 120.0
_NO_ENGINE = ("cannot connect to the docker daemon", "error during connect")
_KINDS = ("container", "network", "volume")
_LISTEN = "0A"
_RESOLVERS = frozenset({"0B00007F"})  # 127.0.0.11, where the engine resolves names
_CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|[\x00-\x08\x0b-\x1f]")


class StartingStack:
    """``docker compose up`` in the background."""

    def __init__(self, client: str, stack: StackRequest) -> None:
        self._said = tempfile.TemporaryFile("w+b")  # noqa: SIM115 - closed when it is stopped
        self._process = subprocess.Popen(
            [*_compose(client, stack), "up", "--detach", "--no-build", "--quiet-pull"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=self._said,
            env={**os.environ, **stack.environment},
            start_new_session=True,
        )

    def running(self) -> bool:
        """Whether it still starts containers, or waits with that."""
        return self._process.poll() is None

    def stop(self) -> None:
        """Give up starting; containers that run stay."""
        if self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(10)
            except subprocess.TimeoutExpired:
                os.killpg(self._process.pid, signal.SIGKILL)  # Compose is a child of the client
                self._process.wait()
        self._said.close()

    def complaint(self) -> str:
        """What went wrong, once it has ended; ``""`` when nothing did, or after a stop."""
        if not self._process.poll() or self._said.closed:
            return ""
        self._said.seek(0)
        return _tail(_CONTROL.sub("", self._said.read().decode("utf-8", "replace")))


def resolve(
    client: str, folder: Path, files: Sequence[Path], environment: Mapping[str, str]
) -> dict[str, object]:
    """The Compose model as Docker's Compose resolves it, with all profiles."""
    argv = [client, "compose", "--project-directory", str(folder)]
    for file in files:
        argv += ["--file", str(file)]
    argv += ["--profile", "*", "config", "--format", "json"]
    model = json.loads(_asked(argv, environment=environment))
    if not isinstance(model, dict):
        raise EngineError("docker compose config gave no model")
    return model


def require_answer(client: str) -> None:
    """Raises ``EngineError`` for an engine that takes the question and never answers."""
    _run([client, "version"])


def states(client: str, stack: StackRequest) -> dict[str, ContainerState]:
    """The state of each service's container, by service; of several, the newest."""
    argv = [client, "container", "ls", "--all", "--quiet", "--no-trunc", "--filter"]
    names = _asked([*argv, f"label={_PROJECT_LABEL}={stack.name}"]).split()
    found: dict[str, ContainerState] = {}
    if names:
        done = _run([client, "container", "inspect", *names])
        for item in Reading.parse(done.stdout).items():
            state = _state(item)
            found.setdefault(state.service, state)
    return found


def logs(client: str, stack: StackRequest, service: str, lines: int) -> str:
    """The end of a service's log, its output and its errors as they came."""
    argv = [*_compose(client, stack), "logs", "--no-color", "--no-log-prefix"]
    done = _run([*argv, f"--tail={lines}", service], merged=True)
    return _CONTROL.sub("", done.stdout)


def down(client: str, stack: StackRequest) -> None:
    """Stop and remove all that belongs to a stack; a stack that is not there is no error."""
    down = ("down", "--volumes", "--remove-orphans", "--timeout=0")
    if stack.file.is_file():
        # A model that Compose did not take was not started with: then the name alone will do.
        with suppress(EngineError):
            argv = [*_compose(client, stack), *down]
            _asked(argv, seconds=_DOWN_SECONDS, environment=stack.environment)
            return
    argv = [client, "compose", "--project-name", stack.name, *down]
    _asked(argv, seconds=_DOWN_SECONDS, environment=stack.environment)


def listening(client: str, container_id: str, *, inside: bool) -> frozenset[int]:
    """The TCP ports that a container's processes listen on, beyond its own loopback.

    With ``inside`` those of 127.0.0.1 and ::1 instead, where the engine's own resolver is not.
    From its ``/proc/net/tcp``, read from outside where it runs on this machine, else by ``cat`` in
    it: an image without one shows nothing.
    """
    try:
        table = _sockets(client, container_id)
        if table is None:
            argv = [client, "exec", container_id, "cat", "/proc/net/tcp", "/proc/net/tcp6"]
            table = _run(argv).stdout
    except EngineError:
        return frozenset()
    return _listened(table, inside=inside)


def _listened(table: str, *, inside: bool) -> frozenset[int]:
    """The ports that a ``/proc/net/tcp`` shows as listened on, on the loopback or beyond it."""
    ports: dict[bool, set[int]] = {True: set(), False: set()}
    for line in table.splitlines():
        fields = line.split()
        if len(fields) > 3 and fields[3] == _LISTEN:
            address, _, port = fields[1].rpartition(":")
            if address not in _RESOLVERS:
                ports[_is_loopback(address)].add(int(port, 16))
    return frozenset(ports[True] - ports[False] if inside else ports[False])


def _sockets(client: str, container_id: str) -> str | None:
    """A container's table of TCP sockets from outside, ``None`` where it cannot be seen."""
    done = _run([client, "container", "inspect", "--format", "{{.State.Pid}}", container_id])
    number = done.stdout.strip()
    if not number.isdigit() or number == "0":
        return None
    proc = Path("/proc") / number
    try:
        if container_id not in (proc / "cgroup").read_text("utf-8", "replace"):
            return None  # a process of this machine, not of the engine's
        return "".join((proc / "net" / name).read_text("ascii") for name in ("tcp", "tcp6"))
    except OSError:
        return None


def _is_loopback(address: str) -> bool:
    """Whether an address of ``/proc/net/tcp`` (little endian hexadecimal) is 127.x or ::1."""
    return address.endswith("7F") if len(address) == 8 else address == f"{'0' * 24}01000000"


def pull(client: str, reference: str, seconds: float) -> str:
    """Fetches an image; why that failed, ``""`` when it did not."""
    try:
        done = _run([client, "image", "pull", "--quiet", reference], seconds=seconds)
    except EngineError as error:
        return str(error)
    return _tail(done.stderr, 1) or "it cannot be fetched" if done.returncode else ""


def labelled(client: str, label: str) -> tuple[Leftover, ...]:
    """The containers, networks and volumes that have a label, whose value is the run's id."""
    found: list[Leftover] = []
    for kind in _KINDS:
        argv = [client, kind, "ls", "--quiet", "--filter", f"label={label}"]
        argv += ["--all"] if kind == "container" else []
        names = _asked(argv).split()
        if not names:
            continue
        for item in Reading.parse(_run([client, kind, "inspect", *names]).stdout).items():
            labels = item.at("Config") if kind == "container" else item
            name = item.text("Name").lstrip("/")
            found.append(Leftover(kind, name, labels.mapping("Labels").get(label, "")))
    return tuple(found)


def remove(client: str, leftovers: Iterable[Leftover]) -> None:
    """Remove them, containers first and by force; one that is not there is no error."""
    for one in sorted(leftovers, key=lambda one: _KINDS.index(one.kind)):
        argv = [client, one.kind, "rm"]
        argv += ["--force", "--volumes"] if one.kind == "container" else []
        _run([*argv, one.name])


def _compose(client: str, stack: StackRequest) -> list[str]:
    argv = [client, "compose", "--project-directory", str(stack.folder)]
    return [*argv, "--project-name", stack.name, "--file", str(stack.file)]


def _run(
    argv: Sequence[str],
    *,
    seconds: float = _SECONDS,
    environment: Mapping[str, str] | None = None,
    merged: bool = False,
) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(
            argv,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT if merged else subprocess.PIPE,
            text=True,
            errors="replace",
            timeout=seconds,
            check=False,
            env={**os.environ, **(environment or {})},
        )
    except subprocess.TimeoutExpired as error:
        what = " ".join(argv[1:3])
        raise EngineError(f"docker {what} did not answer within {seconds:.0f} s") from error
    except OSError as error:
        raise EngineNotFound(f"{argv[0]} cannot be run: {error.strerror}") from error


def _asked(
    argv: Sequence[str],
    *,
    seconds: float = _SECONDS,
    environment: Mapping[str, str] | None = None,
) -> str:
    """A command's output; raises ``EngineError``, ``EngineNotFound`` where the engine is gone."""
    done = _run(argv, seconds=seconds, environment=environment)
    if done.returncode:
        said = _tail(done.stderr)
        if any(words in said.lower() for words in _NO_ENGINE):
            raise EngineNotFound("the Docker engine does not answer any more", details=said)
        words = [word for word in argv[1:] if not word.startswith(("-", "/"))]
        raise EngineError(f"docker {' '.join(words[:2])} failed", details=said)
    return done.stdout


def _tail(text: str, lines: int = 30) -> str:
    return "\n".join(text.strip().splitlines()[-lines:])


def _state(item: Reading) -> ContainerState:
    state = item.at("State")
    health = state.at("Health")
    checks = health.at("Log").items()
    ends = [_seconds(one.text("End")) for one in checks if one.at("ExitCode").value == 0]
    config = item.at("Config")
    return ContainerState(
        service=config.mapping("Labels").get(_SERVICE_LABEL, ""),
        container_id=item.text("Id"),
        status=state.text("Status"),
        exit_code=state.number("ExitCode"),
        restarts=item.number("RestartCount"),
        started=_seconds(state.text("StartedAt")),
        health=health.text("Status") or None,
        first_success=min((end for end in ends if end), default=None),
        health_output=checks[-1].text("Output").strip() if checks else "",
        ports=_ports(item.at("NetworkSettings", "Ports")),
        address=_address(item.at("NetworkSettings", "Networks")),
        process=state.number("Pid"),
        root=item.at("GraphDriver").mapping("Data").get("MergedDir", ""),
        command=(item.text("Path"), *item.texts("Args")),
        check=config.at("Healthcheck").texts("Test"),
    )


def _seconds(text: str) -> float:
    """RFC 3339 with nanoseconds to seconds since the epoch; 0 for what is none."""
    if not text or text.startswith("0001"):
        return 0.0
    whole, dot, rest = text.partition(".")
    digits = "".join(c for c in rest if c.isdigit())[:6] if dot else ""
    zone = rest.lstrip("0123456789") if dot else ""
    text = f"{whole}.{digits:0<6}{zone}" if dot else text
    try:
        return datetime.fromisoformat(text).timestamp()
    except ValueError:
        return 0.0


def _address(networks: Reading) -> str:
    found = (network.text("IPAddress") for _, network in networks.members())
    return next((address for address in found if address), "")


def _ports(published: Reading) -> dict[int, tuple[str, int]]:
    """Container port to host address, from an inspection's ``NetworkSettings.Ports``."""
    ports: dict[int, tuple[str, int]] = {}
    for key, bindings in published.members():
        number, _, protocol = key.partition("/")
        for binding in bindings.items():
            if protocol == "tcp" and binding.text("HostPort"):
                address = (binding.text("HostIp") or "127.0.0.1", int(binding.text("HostPort")))
                ports.setdefault(int(number), address)
    return ports
