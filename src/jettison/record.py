"""Frozen dataclasses with slots that cost next to nothing until they are used.

``@dataclass(frozen=True, slots=True)`` compiles six functions when a class is defined: a third of
the time of a short command, for classes most of which compare and print nothing. ``@record`` makes
each of them when it is first asked for. See docs/decisions/0009-records.md.
"""

from __future__ import annotations

import dataclasses
import inspect
import sys
from dataclasses import MISSING, Field, FrozenInstanceError, dataclass, field
from functools import cache
from itertools import dropwhile
from reprlib import recursive_repr
from types import CellType, FunctionType
from typing import TYPE_CHECKING, Any, TypeVar, cast, dataclass_transform, overload

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import CodeType

T = TypeVar("T")
_FIELDS = "__dataclass_fields__"


@overload
def record(cls: type[T], /) -> type[T]: ...
@overload
def record(
    *, kw_only: bool = ..., order: bool = ..., cached: bool = ...
) -> Callable[[type[T]], type[T]]: ...
@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def record(
    cls: type[T] | None = None,
    /,
    *,
    kw_only: bool = False,
    order: bool = False,
    cached: bool = False,
) -> type[T] | Callable[[type[T]], type[T]]:
    """What ``dataclass(frozen=True, slots=True, kw_only=kw_only, order=order)`` returns.

    With *cached* there is room for what ``cached_property`` keeps, which is never copied.
    ``fields``, ``replace``, ``asdict``, ``match``, ``copy`` and ``pickle`` work as with any other
    dataclass. Not known are ``InitVar`` and ``KW_ONLY`` (a TypeError at the first use) and bases
    that are dataclasses without slots. A record without a docstring gets none.
    """
    if cls is None:
        return lambda cls: _record(cls, kw_only, order, cached)
    return _record(cls, kw_only, order, cached)


def _record(cls: type[T], kw_only: bool, order: bool, cached: bool) -> type[T]:
    """The class with slots, whose methods are made later."""
    body = dict(cls.__dict__)
    body.pop("__dict__", None)
    body.pop("__weakref__", None)
    own = {}
    taken = {name for base in cls.__mro__[1:] for name in base.__dict__.get("__slots__", ())}
    for name, kind in inspect.get_annotations(cls).items():
        if not str(kind).startswith(("ClassVar", "typing.ClassVar")):
            own[name] = body.pop(name, MISSING)
    body |= {
        "__slots__": (*(name for name in own if name not in taken), *["__dict__"] * cached),
        "__qualname__": cls.__qualname__,
        "__setattr__": _refuse_set,
        "__delattr__": _refuse_delete,
        _FIELDS: _Late(lambda cls: _fields(cls, own, kw_only)),
        "__dataclass_params__": _Late(lambda _: _parameters(kw_only, order)),
    }
    if "__eq__" in body and body["__hash__"] is None:
        del body["__hash__"]
    for name, make in (_LATE | _ORDER if order else _LATE).items():
        body.setdefault(name, _Late(make))
    for name, shared in _SHARED.items():
        body.setdefault(name, shared)
    meta: Any = type(cls)
    made: type[T] = meta(cls.__name__, cls.__bases__, body)
    return made


class _Late:
    """A class attribute that is made when it is first asked for, and then takes this one's place.

    Two threads may both make it: either's is good.
    """

    __slots__ = ("make", "name", "owner")

    def __init__(self, make: Callable[[type], object]) -> None:
        self.make = make

    def __set_name__(self, owner: type, name: str) -> None:
        self.owner = owner
        self.name = name

    def __get__(self, instance: object, cls: type | None = None) -> object:
        made = self.make(self.owner)
        setattr(self.owner, self.name, made)
        return made.__get__(instance, cls) if isinstance(made, FunctionType) else made


def _fields(cls: type, own: dict[str, object], kw_only: bool) -> dict[str, Field[Any]]:
    """The fields of a record by name, those of its bases first, as ``dataclass`` makes them.

    It looks at a class of the same annotations that it is not to write any function for.
    """
    found: dict[str, Field[Any]] = {}
    for base in cls.__mro__[:0:-1]:
        found.update(getattr(base, _FIELDS, {}))
    body = {name: default for name, default in own.items() if default is not MISSING}
    body |= {"__annotations__": inspect.get_annotations(cls), "__doc__": "-"}
    body["__module__"] = cls.__module__
    probe = type(cls.__name__, (), body)
    dataclass(init=False, repr=False, eq=False, match_args=False, kw_only=kw_only)(probe)
    if [one.name for one in dataclasses.fields(probe)] != list(own):
        raise TypeError(f"{cls.__qualname__}: a record has fields and ClassVar, nothing else")
    found.update(getattr(probe, _FIELDS))
    return found


@cache
def _parameters(kw_only: bool, order: bool) -> object:
    """``__dataclass_params__``, by which ``dataclass`` knows of what kind a base is."""
    made: Any = dataclass(frozen=True, slots=True, kw_only=kw_only, order=order)(type("_", (), {}))
    return made.__dataclass_params__


def _match_args(cls: type) -> tuple[str, ...]:
    return tuple(one.name for one in dataclasses.fields(cls) if one.init and not one.kw_only)


def _init(cls: type) -> FunctionType:
    """``__init__``: the code that all records of this shape share, with this one's names.

    A field is set by its slot's own ``__set__``, which is quicker than ``object.__setattr__``.
    """
    fields = [one for one in dataclasses.fields(cls) if one.init or _default(one) is not MISSING]
    # parameters first, those by keyword after the others, as code objects have them
    fields.sort(key=lambda one: (not one.init, one.kw_only is True))
    parameters = [one for one in fields if one.init]
    positional = [one for one in parameters if not one.kw_only]
    code = _init_code(
        len(parameters),
        tuple(one.default_factory is not MISSING for one in fields),
        hasattr(cls, "__post_init__"),
    )
    defaults = tuple(dropwhile(lambda one: one is MISSING, map(_default, positional)))
    if any(one is MISSING for one in defaults):
        raise TypeError(f"{cls.__qualname__}: a field without a default follows one with a default")
    values: dict[str, object] = {"unset": _UNSET}
    for number, one in enumerate(fields):
        values[f"set{number}"] = getattr(cls, one.name).__set__
        values[f"make{number}"] = one.default_factory
        values[f"value{number}"] = one.default
    names = tuple(one.name for one in parameters)
    init = FunctionType(
        code.replace(
            co_argcount=1 + len(positional),
            co_kwonlyargcount=len(parameters) - len(positional),
            co_varnames=("self", *names),
            co_qualname=f"{cls.__qualname__}.{code.co_name}",
        ),
        _globals(cls),
        code.co_name,
        defaults,
        tuple(CellType(values[name]) for name in code.co_freevars),
    )
    by_name = {one.name: _default(one) for one in parameters if one.kw_only}
    init.__kwdefaults__ = {name: one for name, one in by_name.items() if one is not MISSING}
    init.__annotations__ = {one.name: one.type for one in parameters} | {"return": None}
    return init


@cache
def _init_code(parameters: int, factories: tuple[bool, ...], post_init: bool) -> CodeType:
    """The code of an ``__init__`` with so many parameters, whose fields may have a factory each."""
    free = ["unset"]
    lines = []
    for number, factory in enumerate(factories):
        value = f"a{number}" if number < parameters else f"value{number}"
        if factory:
            value = f"make{number}()" + f" if {value} is unset else {value}" * (number < parameters)
        lines.append(f"set{number}(self, {value})")
        free += [f"set{number}", f"make{number}" if factory else f"value{number}"]
    if post_init or not lines:
        lines.append("self.__post_init__()" if post_init else "pass")
    source = f"""
def outer({", ".join(free)}):
    def __init__({", ".join(["self", *(f"a{number}" for number in range(parameters))])}):
        {"; ".join(lines)}
    return __init__
"""
    made: CodeType = _compiled(source, "outer", {})(*free).__code__
    return made


def _default(one: Field[Any]) -> object:
    """What a field's parameter is when it is left out; MISSING when it cannot be."""
    return one.default if one.default_factory is MISSING else _UNSET


def _compare(operator: str) -> Callable[[type], FunctionType]:
    """What makes the method that compares two records of the same class."""

    def make(cls: type) -> FunctionType:
        names = [one.name for one in dataclasses.fields(cls) if one.compare]
        source = f"""
def compare(self, other):
    if other.__class__ is self.__class__:
        return {_values("self", names)} {operator} {_values("other", names)}
    return NotImplemented
"""
        return _compiled(source, "compare", _globals(cls))

    return make


def _hash(cls: type) -> FunctionType:
    fields = dataclasses.fields(cls)
    names = [one.name for one in fields if (one.compare if one.hash is None else one.hash)]
    source = f"def __hash__(self): return hash({_values('self', names)})"
    return _compiled(source, "__hash__", _globals(cls))


def _values(owner: str, names: list[str]) -> str:
    """The source of a tuple."""
    return f"({''.join(f'{owner}.{name}, ' for name in names)})"


def _compiled(source: str, name: str, known: dict[str, Any]) -> FunctionType:
    made: dict[str, Any] = {}
    exec(source, known, made)  # noqa: S102  (text of this module alone, as dataclasses do it)
    function: FunctionType = made[name]
    return function


def _globals(cls: type) -> dict[str, Any]:
    """Where the names in a class's annotations are known."""
    module = sys.modules.get(cls.__module__)
    return vars(module) if module else {}


def _repr(cls: type) -> FunctionType:
    names = [one.name for one in dataclasses.fields(cls) if one.repr]
    shown = ", ".join(f"{name}={{self.{name}!r}}" for name in names)
    source = f'def __repr__(self): return self.__class__.__qualname__ + f"({shown})"'
    return cast("FunctionType", recursive_repr()(_compiled(source, "__repr__", _globals(cls))))


def _refuse_set(_: object, name: str, _value: object) -> None:
    raise FrozenInstanceError(f"cannot assign to field {name!r}")


def _refuse_delete(_: object, name: str) -> None:
    raise FrozenInstanceError(f"cannot delete field {name!r}")


def _get_state(self: Any) -> list[object]:
    return [getattr(self, one.name) for one in dataclasses.fields(self)]


def _set_state(self: Any, state: list[object]) -> None:
    for one, value in zip(dataclasses.fields(self), state, strict=True):
        object.__setattr__(self, one.name, value)


_UNSET = object()
_SHARED = {"__getstate__": _get_state, "__setstate__": _set_state}
_LATE: dict[str, Callable[[type], object]] = {
    "__init__": _init,
    "__eq__": _compare("=="),
    "__hash__": _hash,
    "__repr__": _repr,
    "__match_args__": _match_args,
}
_ORDER = {
    name: _compare(operator)
    for name, operator in {"__lt__": "<", "__le__": "<=", "__gt__": ">", "__ge__": ">="}.items()
}
