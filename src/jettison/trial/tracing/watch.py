"""Watches a stack by the best method there is."""

from __future__ import annotations

from contextlib import contextmanager, nullcontext
from dataclasses import replace
from typing import TYPE_CHECKING

from jettison.record import record
from jettison.trial.tracing.listening import Listener
from jettison.trial.tracing.opened import Method, Opened, Running
from jettison.trial.tracing.processes import read_processes

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from jettison.engine import ContainerState

__all__ = ["Watch", "watching"]


@record
class Watch:
    """A watch over all that is started while it lasts; ``why`` is why it listens to nothing."""

    listener: Listener | None
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
        if seen.method is Method.NONE:
            return replace(seen, gaps=(f"fanotify: {why}", *seen.gaps))
        return replace(seen, gaps=(f"no fanotify: {why}",))


@contextmanager
def watching() -> Iterator[Watch]:
    """Watches what is started inside the ``with`` block; nothing is left behind."""
    listener, why = None, ""
    try:
        listener = Listener()
    except (OSError, AttributeError) as error:  # not allowed, not built in, not Linux
        why = str(error)
    with listener or nullcontext():
        yield Watch(listener, why)
