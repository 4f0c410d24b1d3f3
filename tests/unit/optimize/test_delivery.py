"""The copy for ``--out``: made beside, whole or not at all."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import pytest

from jettison.changes.copying import copy_tree, differences
from jettison.errors import ProjectError
from jettison.optimize import delivery as module
from jettison.optimize.delivery import Delivery

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def delivery(tmp_path: Path) -> Delivery:
    shop, work = tmp_path / "shop", tmp_path / "work"
    for folder in (shop, work):
        folder.mkdir()
    (shop / "main.py").write_text("main")
    return Delivery(shop, tmp_path / "out", "0-1-2-3", work)


def _names(delivery: Delivery) -> set[str]:
    return {path.name for path in delivery.out.parent.iterdir()}


@pytest.mark.parametrize("begun", [True, False])
def test_a_copy_takes_its_place(delivery: Delivery, *, begun: bool) -> None:
    if begun:
        delivery.begin()
        delivery.begin()
    (delivery.tree() / "main.py").write_text("other")
    assert "out" not in _names(delivery)
    delivery.publish()
    delivery.close()
    assert (delivery.out / "main.py").read_text() == "other"
    assert differences(delivery.out) == ()
    assert _names(delivery) == {"shop", "work", "out"}


def test_what_is_not_finished_leaves_what_was_there(
    delivery: Delivery, monkeypatch: pytest.MonkeyPatch
) -> None:
    going, on = threading.Event(), threading.Event()

    def slowly(source: Path, destination: Path, **options: Any) -> int:
        going.set()
        on.wait(30)
        for number in range(3):
            options["on_file"](number)
        return copy_tree(source, destination, **options)

    monkeypatch.setattr(module, "copy_tree", slowly)
    delivery.out.mkdir()
    (delivery.out / "old").write_text("old")
    delivery.begin()
    assert going.wait(30)
    threading.Timer(0.2, on.set).start()
    delivery.close()
    assert _names(delivery) == {"shop", "work", "out"}
    assert (delivery.out / "old").read_text() == "old"
    assert not any(thread.name == "delivery" for thread in threading.enumerate())


def test_what_went_wrong_beside_is_told_when_the_copy_is_asked_for(
    delivery: Delivery, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: Any, **__: Any) -> int:
        raise ProjectError("cannot copy main.py: No space left on device")

    monkeypatch.setattr(module, "copy_tree", full)
    delivery.begin()
    with pytest.raises(ProjectError, match="No space left"):
        delivery.tree()
    delivery.close()
    assert _names(delivery) == {"shop", "work"}
