"""A record is what ``dataclass(frozen=True, slots=True)`` returns, but for the time it takes."""

from __future__ import annotations

import copy
import dataclasses
import importlib
import inspect
import pickle
import pkgutil
import re
import sys
import threading
from dataclasses import FrozenInstanceError, InitVar, dataclass, field, fields, replace
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar, Generic, TypeVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

import jettison
from jettison.record import record

T = TypeVar("T")
SOURCE = Path(jettison.__file__).parent


@record
class Point:
    """Two numbers."""

    kinds: ClassVar[tuple[str, ...]] = ("point",)
    x: int
    y: int = 0


@record(kw_only=True)
class Named(Point):
    """A point with a name, and what was said of it."""

    name: str
    said: list[str] = field(default_factory=list, hash=False)


@record(order=True)
class Version(Generic[T]):
    """Compares by its numbers alone."""

    major: int
    minor: int = 0
    note: T | None = field(default=None, compare=False, repr=False)


@record(cached=True)
class Line:
    """Knows its length once it was asked for."""

    start: Point
    end: Point
    _both: tuple[Point, Point] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_both", (self.start, self.end))

    @cached_property
    def length(self) -> list[int]:
        """A list, so that a test sees that it is the same."""
        return [sum(abs(one.x) for one in self._both)]


def test_made_by_position_and_by_name() -> None:
    assert (Point(1), Point(x=1, y=0), Point(1, y=0)) == (Point(1, 0),) * 3
    named = Named(1, 2, name="a")
    assert (named.x, named.y, named.name, named.said) == (1, 2, "a", [])
    assert Named(1, name="a").said is not Named(1, name="a").said
    assert Named(1, name="a", said=["b"]).said == ["b"]
    assert Point.kinds == Named.kinds == ("point",)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ((), r"Point.__init__\(\) missing 1 required positional argument: 'x'"),
        ((1, 2, 3), r"Point.__init__\(\) takes from 2 to 3 positional arguments but 4 were given"),
    ],
)
def test_wrong_arguments_are_told_as_for_any_function(words: Any, message: str) -> None:
    with pytest.raises(TypeError, match=message):
        Point(*words)


def test_equal_are_those_of_the_same_class_alone() -> None:
    assert Point(1) != Named(1, name="a")
    assert Point(1).__eq__((1, 0)) is NotImplemented
    assert hash(Point(1)) == hash((1, 0))
    assert hash(Named(1, name="a", said=[])) == hash((1, 0, "a"))
    assert len({Point(1), Point(1), Point(2)}) == 2


def test_order() -> None:
    assert Version(1, 2) < Version(1, 3) <= Version(1, 3, "x") < Version(2)
    assert Version(2) > Version(1, 9) >= Version(1, 9)
    assert Version(1, note="a") == Version(1, note="b")
    with pytest.raises(TypeError):
        assert Point(1) < Point(2)  # type: ignore[operator]


def test_nothing_is_set_or_deleted() -> None:
    point: Any = Point(1)
    with pytest.raises(FrozenInstanceError, match="cannot assign to field 'x'"):
        point.x = 2
    with pytest.raises(FrozenInstanceError, match="cannot delete field 'x'"):
        del point.x
    with pytest.raises(FrozenInstanceError):
        point.other = 2
    assert not hasattr(point, "__dict__")


def test_what_it_looks_like() -> None:
    assert repr(Point(1)) == "Point(x=1, y=0)"
    assert repr(Version(1, note="{}")) == "Version(major=1, minor=0)"
    said: list[Any] = []
    named = Named(1, name="a", said=said)
    said.append(named)
    assert repr(named) == "Named(x=1, y=0, name='a', said=[...])"


@pytest.mark.parametrize(
    "one",
    [Point(1), Named(1, name="a", said=["b"]), Version(1, note="c"), Line(Point(1), Point(2))],
    ids=repr,
)
def test_copies(one: Any) -> None:
    copies = [pickle.loads(pickle.dumps(one, level)) for level in range(2, 6)]
    copies += [copy.copy(one), copy.deepcopy(one), replace(one)]
    for made in copies:
        assert made == one
        assert type(made) is type(one)
        assert dataclasses.astuple(made) == dataclasses.astuple(one)


def test_what_is_cached_is_kept_but_not_copied() -> None:
    line = Line(Point(1), Point(2))
    assert line.length is line.length
    assert copy.copy(line).length == line.length == [3]
    assert copy.copy(line).length is not line.length
    with pytest.raises(FrozenInstanceError):
        line.start = Point(3)  # type: ignore[misc]


def test_the_functions_of_dataclasses() -> None:
    named = Named(1, name="a")
    assert [one.name for one in fields(named)] == ["x", "y", "name", "said"]
    assert dataclasses.asdict(named) == {"x": 1, "y": 0, "name": "a", "said": []}
    assert replace(named, y=3) == Named(1, 3, name="a")
    with pytest.raises(TypeError):
        replace(named, z=3)  # type: ignore[call-arg]
    with pytest.raises(ValueError, match="_both"):
        replace(Line(Point(1), Point(2)), _both=(Point(1), Point(2)))
    match named:
        case Point(x, 0):
            assert x == 1
        case _:
            raise AssertionError(named)
    assert dataclasses.is_dataclass(Named)


def test_a_dataclass_may_have_a_record_as_its_base() -> None:
    @dataclass(frozen=True, slots=True)
    class Third(Point):
        z: int = 3

    assert repr(Third(1)).endswith("Third(x=1, y=0, z=3)")
    with pytest.raises(TypeError, match="frozen"):

        @dataclass
        class Loose(Point):  # type: ignore[misc]
            z: int = 3


def test_own_methods_stay() -> None:
    @record
    class Loud:  # noqa: PLW1641  (as of any frozen dataclass, it is made)
        name: str

        def __eq__(self, other: object) -> bool:
            return isinstance(other, Loud)

        def __repr__(self) -> str:
            return self.name.upper()

    @record
    class Same:
        name: str

        def __hash__(self) -> int:
            return 7

    assert Loud("a") == Loud("b")
    assert repr(Loud("a")) == "A"
    assert hash(Loud("a")) == hash(("a",))
    assert hash(Same("a")) == 7


def test_what_is_no_field_is_refused() -> None:
    @record
    class Wrong:
        x: InitVar[int]

    with pytest.raises(TypeError, match="fields and ClassVar"):
        Wrong(1)


def test_threads_may_make_the_first_ones_together() -> None:
    for _ in range(20):

        @record
        class Shared:
            x: int
            y: list[int] = field(default_factory=list)

        start = threading.Barrier(8)
        done: list[str] = []

        def work(
            shared: Any = Shared, start: threading.Barrier = start, done: list[str] = done
        ) -> None:
            start.wait()
            one, other = shared(1), shared(x=1, y=[])
            assert one == other
            assert replace(one, x=2).x == 2
            done.append(repr(one))

        threads = [threading.Thread(target=work) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(done) == 8
        assert len(set(done)) == 1


VALUES = st.none() | st.integers(0, 1) | st.sampled_from(["", "a"])


@st.composite
def bodies(draw: st.DrawFn) -> dict[str, Any]:
    """A class's body: annotations and defaults, those without a default first."""
    body: dict[str, Any] = {"__annotations__": {}, "__doc__": "x", "__module__": __name__}
    with_default = False
    for name in draw(st.lists(st.sampled_from("abcdefg"), unique=True)):
        body["__annotations__"][name] = "int"
        options: dict[str, Any] = {
            option: draw(st.booleans())
            for option in draw(st.sets(st.sampled_from(["repr", "compare", "kw_only", "init"])))
        }
        with_default |= draw(st.booleans())
        if with_default and draw(st.booleans()):
            options["default_factory"] = list
        elif with_default or not options.get("init", True):
            options["default"] = draw(VALUES)
        if list(options) == ["default"]:
            body[name] = options["default"]
        elif options:
            body[name] = field(**options)
    return body


def outcome(work: Any) -> Any:
    """What is returned, or the kind of what is raised."""
    try:
        return work()
    except TypeError:
        return TypeError


@given(bodies(), bodies(), st.booleans(), st.booleans(), st.data())
def test_the_same_as_a_dataclass(
    first: dict[str, Any], second: dict[str, Any], kw_only: bool, order: bool, data: st.DataObject
) -> None:
    def made(decorator: Any) -> Any:
        base = decorator(type("Made", (), dict(first)))
        return decorator(type("Made", (base,), dict(second)))

    mine = made(record(kw_only=kw_only, order=order))
    try:
        theirs = made(dataclass(frozen=True, slots=True, kw_only=kw_only, order=order))
    except TypeError as error:
        assert "non-default argument" in str(error)  # noqa: PT017  (the base has one with a default)
        with pytest.raises(TypeError, match="without a default"):
            inspect.signature(mine)
        return
    here, there = inspect.signature(mine).parameters, inspect.signature(theirs).parameters
    assert [(one.name, one.kind) for one in here.values()] == [
        (one.name, one.kind) for one in there.values()
    ]
    assert mine.__match_args__ == theirs.__match_args__
    assert mine.__slots__ == theirs.__slots__
    assert str(fields(mine)) == str(fields(theirs))
    words = data.draw(st.lists(VALUES, max_size=len(here)))
    names = data.draw(st.dictionaries(st.sampled_from([*here, "h"]), VALUES))
    pairs: list[Any] = []
    for cls in (mine, theirs):
        one = outcome(lambda cls=cls: cls(*words, **names))
        other = outcome(lambda cls=cls: cls(*[0] * len(words), **names))
        if one is TypeError:
            pairs.append((one,))
            continue
        pairs.append(
            (
                repr(one),
                repr(other),
                one == other,
                outcome(lambda one=one: hash(one)),
                outcome(lambda one=one, other=other: one < other),
                outcome(lambda one=one, other=other: one >= other),
                dataclasses.asdict(one),
                repr(copy.copy(one)),
            )
        )
    assert pairs[0] == pairs[1]


def records() -> list[type]:
    """Every record of every module."""
    found: dict[type, None] = {}
    for module in pkgutil.walk_packages([str(SOURCE)], "jettison."):
        if ".inside" not in module.name and not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    for name in [one for one in sys.modules if one.startswith("jettison.")]:
        for one in vars(sys.modules[name]).values():
            if inspect.isclass(one) and dataclasses.is_dataclass(one) and "__slots__" in vars(one):
                found[one] = None
    return list(found)


def test_every_class_here_can_be_made() -> None:
    for cls in records():
        there = {one.name for one in fields(cls) if one.init}
        assert set(inspect.signature(cls).parameters) == there
        assert {one.name for one in fields(cls)} <= set(dir(cls))
        assert "__match_args__" in dir(cls)


def test_frozen_classes_here_are_records() -> None:
    """``@dataclass(frozen=True, slots=True)`` is ``@record``; without slots, ``cached=True``."""
    found = [
        path.relative_to(SOURCE)
        for path in SOURCE.rglob("*.py")
        if re.search(r"^ *@dataclass\(.*frozen=True", path.read_text(), re.MULTILINE)
    ]
    assert found == []
