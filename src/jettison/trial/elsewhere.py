"""Work that a process of its own does while something else goes on.

In a thread two pieces of Python's work would take turns.
"""

from __future__ import annotations

import atexit
import importlib
import os
import pickle
import subprocess
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Generic, TypeVar

from jettison.errors import JettisonError
from jettison.sure import sure

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Elsewhere", "LostError", "main"]

T = TypeVar("T")
_UNREAD = (OSError, ValueError, EOFError, TypeError, AttributeError, pickle.PickleError)
_CALL = "from jettison.trial.elsewhere import main; main()"


class LostError(Exception):
    """The process ended without a result."""


class Elsewhere(Generic[T]):
    """What a function of ours gives, made by another process from now on.

    The function is one of a module's own; its arguments are pickled. Raises ``LostError`` where
    there can be no such process.
    """

    def __init__(self, function: Callable[..., T], *arguments: object) -> None:
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-c", _CALL],
                env=environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
            )
        except OSError as error:
            raise LostError from error
        atexit.register(self.end)  # nobody waits for the result when the run is interrupted
        try:
            name = (function.__module__, function.__qualname__)
            stdin = sure(self._process.stdin)
            pickle.dump((name, arguments), stdin)
            stdin.close()
        except OSError:
            self.end()

    def result(self) -> T:
        """What was made; raises what the function raised on purpose, or ``LostError``."""
        try:
            said = sure(self._process.stdout).read()
            found: T | JettisonError = pickle.loads(said)  # noqa: S301  (our own process's words)
        except _UNREAD as error:
            raise LostError from error
        finally:
            self.end()
        if isinstance(found, JettisonError):
            raise found
        return found

    def end(self) -> None:
        """Ends the process, whatever it has done so far."""
        atexit.unregister(self.end)
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with suppress(OSError):
                    pipe.close()


def main() -> None:
    """Does what standard input asks for and writes the result to standard output."""
    (module, name), arguments = pickle.load(sys.stdin.buffer)  # noqa: S301  (our parent's words)
    function = getattr(importlib.import_module(module), name)
    try:
        found = function(*arguments)
    except JettisonError as error:
        found = error
    pickle.dump(found, sys.stdout.buffer)
