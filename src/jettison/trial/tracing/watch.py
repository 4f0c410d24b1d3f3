"""Watches a stack by the best method there is."""

from __future__ import annotations

from contextlib import contextmanager, nullcontext
from dataclasses import replace
from typing import TYPE_CHECKING

from jettison.record import record
from jettison.trial.tracing.listening import Listener
from jettison.trial.tracing.opened import Method, Opened, Running
from jettison.trial.tracing.processes import LISTING, listed_processes, read_processes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from jettison.engine import ContainerState, RunResult

__all__ = ["Watch", "watching"]


@record
class Watch:
    """A watch over all that is started while it lasts; ``why`` is why it listens to nothing.

    ``execute`` runs a command in the container of that ID.
    """

    execute: Callable[[str, Sequence[str]], RunResult]
    listener: Listener | None = None
    why: str = ""

    def running(self, states: Mapping[str, ContainerState]) -> dict[str, Running]:
        """What each service's container runs and has opened so far."""
        return {
            name: Running(self._of(state), state.command, state.check)
            for name, state in states.items()
        }

    def _of(self, state: ContainerState) -> Opened:
        why = self.why
        if self.listener is not None:
            found = self.listener.opened(state.root, state.container_id)
            if found is not None and found.files:
                return found
            why = self.listener.refusal or "the engine mounts its containers' roots elsewhere"
        seen = read_processes(state.process, state.container_id)
        if seen.method is Method.NONE and state.status == "running":
            told = listed_processes(lambda: self.execute(state.container_id, LISTING))
            seen = told if told.method is not Method.NONE else _with_gaps(seen, *told.gaps)
        return _with_gaps(seen, f"no fanotify: {why}")


def _with_gaps(seen: Opened, *gaps: str) -> Opened:
    return replace(seen, gaps=(*gaps, *seen.gaps))


@contextmanager
def watching(execute: Callable[[str, Sequence[str]], RunResult]) -> Iterator[Watch]:
    """Watches what is started inside the ``with`` block; nothing is left behind.

    ``execute`` runs a command in the container of that ID, for what cannot be seen from outside.
    """
    listener, why = None, ""
    try:
        listener = Listener()
    except (OSError, AttributeError) as error:  # not allowed, not built in, not Linux
        why = str(error)
    with listener or nullcontext():
        yield Watch(execute, listener, why)
