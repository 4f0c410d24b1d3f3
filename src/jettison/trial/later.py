"""Work that is done in a thread of its own while something else is waited for."""

from __future__ import annotations

from concurrent.futures import Future
from threading import Thread
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Later"]

T = TypeVar("T")


class Later(Generic[T]):
    """What ``make`` gives, made in a thread of its own from :meth:`begin` on.

    An interrupt does not wait for the thread.
    """

    def __init__(self, make: Callable[[], T], name: str) -> None:
        self._make, self._name = make, name
        self._made: Future[T] = Future()
        self._begun = False

    def begin(self) -> None:
        """Begins, unless that was done before."""
        if not self._begun:
            self._begun = True
            Thread(target=self._run, name=self._name, daemon=True).start()

    def result(self) -> T:
        """What was made; raises what making it raised."""
        self.begin()
        return self._made.result()

    def _run(self) -> None:
        try:
            self._made.set_result(self._make())
        except BaseException as error:  # noqa: BLE001 - handed to the thread that waits
            self._made.set_exception(error)
