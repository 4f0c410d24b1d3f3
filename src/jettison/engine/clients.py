"""The command-line clients of engines that keep images, as far as their stores are asked."""

from __future__ import annotations

import os
import shutil
import subprocess
from contextlib import contextmanager
from pathlib import PurePath
from typing import IO, TYPE_CHECKING

from jettison.engine.readings import Reading
from jettison.errors import EngineError, EngineNotFound, ImageError
from jettison.record import record

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_ANSWER_SECONDS = 120.0
PROGRAMS = ("docker", "podman")
_NO_ENGINE = (
    "Start Docker (systemctl start docker, or Docker Desktop; permission denied: join the group "
    "docker) or install Podman, or name the image another way: an archive's or OCI layout's path, "
    "or registry:REFERENCE."
)
_ABSENT = ("no such image", "no such object", "image not known", "invalid reference format")


@record
class StoreClient:
    """A client program whose engine answers; its store is asked with ``image`` subcommands.

    ``docker`` and ``podman`` take the same ones and answer in the same JSON.
    """

    program: str

    @property
    def name(self) -> str:
        """The program's name without its folder: ``docker``, ``podman``."""
        return PurePath(self.program).name

    def inspect(self, references: Sequence[str]) -> tuple[Reading, ...]:
        """What the engine says of images; nothing at all when one of them is not there."""
        if not references:
            return ()
        argv = [self.program, "image", "inspect", "--", *references]
        done = _asked(argv)
        if done.returncode == 0:
            return Reading.parse(done.stdout).items()
        if any(words in done.stderr.lower() for words in _ABSENT):
            return ()
        raise EngineError(f"{self.name} image inspect failed", details=done.stderr.strip())

    def ask(self, *arguments: str) -> str:
        """A command's output; raises ``EngineError`` when it fails."""
        argv = [self.program, *arguments]
        done = _asked(argv)
        if done.returncode:
            said = done.stderr.strip()
            raise EngineError(f"{self.name} {' '.join(arguments[:2])} failed", details=said)
        return done.stdout

    @contextmanager
    def saved(self, *references: str) -> Iterator[IO[bytes]]:
        """The archive of images as a stream.

        What goes wrong in the reader because the archive broke off becomes the engine's error.
        """
        argv = [self.program, "image", "save", "--", *references]
        failure = f"{self.name} could not save {', '.join(references)}"
        pipe = subprocess.PIPE
        with subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=pipe, stderr=pipe) as process:
            stream, errors = opened(process.stdout), opened(process.stderr)
            try:
                yield stream
                while not stream.closed and stream.read(1 << 20):
                    pass
            except BaseException as error:
                process.terminate()
                said = errors.read().decode("utf-8", "replace").strip()
                if isinstance(error, ImageError) and said:
                    raise EngineError(failure, details=said) from error
                raise
            said = errors.read().decode("utf-8", "replace").strip()
            if process.wait():
                raise EngineError(failure, details=said)


def find_clients(
    programs: Sequence[str] = PROGRAMS, problems: list[str] | None = None
) -> tuple[StoreClient, ...]:
    """The clients whose engines answer, Docker's before Podman's.

    ``JETTISON_DOCKER`` names the only one outright. What those say that are there and do not
    answer is added to ``problems``. Raises ``EngineNotFound`` when none answers.
    """
    named = os.environ.get("JETTISON_DOCKER")
    said = [] if problems is None else problems
    found: list[StoreClient] = []
    for program in [named] if named else programs:
        answers = _answering(program, said)
        if answers is not None:
            found.append(answers)
    if not found:
        none = f"there is no {' and no '.join(programs)} on PATH"
        raise EngineNotFound("; ".join(said) or none, remedy=_NO_ENGINE)
    return tuple(found)


def _asked(argv: Sequence[str]) -> subprocess.CompletedProcess[str]:
    """What a client says; raises ``EngineError`` where it cannot be run or its engine hangs."""
    try:
        return subprocess.run(
            argv, capture_output=True, text=True, check=False, timeout=_ANSWER_SECONDS
        )
    except subprocess.TimeoutExpired as error:
        said = f"{argv[0]} did not answer within {_ANSWER_SECONDS:.0f} s"
        raise EngineError(said) from error
    except OSError as error:
        raise EngineNotFound(f"{argv[0]} cannot be run: {error.strerror}") from error


def _answering(program: str, said: list[str]) -> StoreClient | None:
    """The first client of that name whose engine answers; others leave a word in ``said``."""
    candidates = dict.fromkeys((shutil.which(program), shutil.which(f"/usr/bin/{program}")))
    for path in candidates:
        if path is None:
            continue
        argv = [path, "version", "--format", "{{.Server.Version}}"]
        try:
            done = _asked(argv)
        except EngineNotFound:
            continue
        except EngineError as error:
            said.append(error.message)
            continue
        if done.returncode == 0:
            return StoreClient(path)
        problem = f"{program} does not answer: {done.stderr.strip()}"
        if problem not in said:
            said.append(problem)
    return None


def opened(stream: IO[bytes] | None) -> IO[bytes]:
    """The stream of a process that was asked for one."""
    if stream is None:  # pragma: no cover
        raise EngineError("the engine's client has no stream")
    return stream
