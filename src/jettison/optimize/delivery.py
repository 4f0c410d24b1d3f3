"""The copy of a project that ``--out`` gets, made beside the trial."""

from __future__ import annotations

import threading
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from jettison.changes.copying import copy_tree, write_manifest
from jettison.optimize.destination import publish
from jettison.sure import sure
from jettison.trial.interrupts import uninterrupted
from jettison.trial.leftovers import dissolve, holder_beside

if TYPE_CHECKING:
    from pathlib import Path

    from jettison.changes.copying import Written

__all__ = ["Delivery"]


class _GivenUpError(Exception):
    """The copy is not wanted any more."""


@dataclass(slots=True)
class Delivery:
    """A copy of ``project`` beside ``out``, which takes its place once it is finished.

    ``work`` is the run's own folder, where it is noted.
    """

    project: Path
    out: Path
    run_id: str
    work: Path
    _holder: Path | None = None
    _copied: Future[None] = field(default_factory=Future)
    _thread: threading.Thread | None = None
    _unwanted: threading.Event = field(default_factory=threading.Event)
    _written: dict[str, Written] = field(default_factory=dict)

    def begin(self) -> None:
        """Begins to copy, in a thread of its own, unless that was done before."""
        if self._thread is None:
            with uninterrupted():  # whoever closes this must know of the folder
                self._holder = holder_beside(self.out, self.run_id, self.work)
            self._thread = threading.Thread(
                target=self._copy, args=(self._holder / "tree",), name="delivery"
            )
            self._thread.start()

    def tree(self) -> Path:
        """The finished copy; raises ``ProjectError`` for what cannot be read or written."""
        self.begin()
        self._copied.result()
        return sure(self._holder) / "tree"

    def publish(self) -> None:
        """Remembers what was written in the copy, and moves it to its place."""
        tree = self.tree()
        write_manifest(tree, self._written)
        publish(tree, self.out)

    def close(self) -> None:
        """Ends the copying and removes what is not at its place; ``out`` is what it was then."""
        with uninterrupted():
            self._unwanted.set()
            if self._thread is not None and self._thread.ident is not None:
                self._thread.join()
            if self._holder is not None:
                dissolve(self._holder, self.out)
                self._holder = None

    def _copy(self, tree: Path) -> None:
        try:
            copy_tree(self.project, tree, on_file=self._look, written=self._written)
        except BaseException as error:  # noqa: BLE001 - handed to the thread that waits
            self._copied.set_exception(error)
        else:
            self._copied.set_result(None)

    def _look(self, _files: int) -> None:
        if self._unwanted.is_set():
            raise _GivenUpError
