"""Untyped JSON to typed values: the only place of this package that sees ``object`` mappings."""

from __future__ import annotations

import json
from typing import cast

from jettison.oci.errors import MalformedImage
from jettison.record import record

_TYPE_NAMES = {dict: "an object", list: "a list", str: "text", bool: "a boolean", int: "a number"}
MAX_JSON_BYTES = 16 << 20
"""No manifest or config is longer; registries allow 4 MiB (distribution spec, "Pushing")."""


@record
class Fields:
    """A JSON object with readers that check types; errors say where, as ``config.Env[3]``.

    A missing field and ``null`` are the same: Go writes both for an empty value.
    """

    mapping: dict[str, object]
    where: str

    @classmethod
    def parse(cls, raw: bytes, where: str) -> Fields:
        """The object that ``raw`` spells; ``where`` starts the paths in errors."""
        if len(raw) > MAX_JSON_BYTES:
            raise MalformedImage(
                f"{where}: {len(raw)} bytes of JSON, the limit is {MAX_JSON_BYTES}"
            )
        try:
            value = cast("object", json.loads(raw))
        except (ValueError, RecursionError) as error:
            raise MalformedImage(f"{where}: not JSON: {error}") from None
        if not isinstance(value, dict):
            raise MalformedImage(f"{where}: expected an object, found {_name(value)}")
        return cls(value, where)

    def has(self, key: str) -> bool:
        """Whether the field is there and not ``null``."""
        return self.mapping.get(key) is not None

    def text(self, key: str, default: str | None = None) -> str:
        """The field's text; without a default the field is required."""
        value = self._get(key, str, default)
        return cast("str", value)

    def number(self, key: str, default: int | None = None) -> int:
        """The field's whole number; booleans and fractions are errors."""
        value = self._get(key, int, default)
        if isinstance(value, bool):
            raise MalformedImage(f"{self.where}.{key}: expected a number, found a boolean")
        return cast("int", value)

    def flag(self, key: str) -> bool:
        """The field's boolean, false when missing."""
        return cast("bool", self._get(key, bool, default=False))

    def texts(self, key: str) -> tuple[str, ...] | None:
        """The field's list of texts, ``None`` when missing: an empty list is something else."""
        if not self.has(key):
            return None
        items = cast("list[object]", self._get(key, list, None))
        for number, item in enumerate(items):
            if not isinstance(item, str):
                raise MalformedImage(f"{self.where}.{key}[{number}]: expected text")
        return tuple(cast("list[str]", items))

    def text_map(self, key: str) -> dict[str, str]:
        """The field's mapping of text to text, empty when missing."""
        inner = self.child(key)
        if inner is None:
            return {}
        return {name: inner.text(name, "") for name in inner.mapping}

    def child(self, key: str) -> Fields | None:
        """The object in the field, ``None`` when missing."""
        if not self.has(key):
            return None
        value = cast("dict[str, object]", self._get(key, dict, None))
        return Fields(value, f"{self.where}.{key}")

    def children(self, key: str) -> list[Fields]:
        """The objects in the field's list, empty when missing."""
        if not self.has(key):
            return []
        return objects(self._get(key, list, None), f"{self.where}.{key}")

    def _get(self, key: str, kind: type, default: object) -> object:
        value = self.mapping.get(key)
        if value is None:
            value = default
        if value is None:
            raise MalformedImage(f"{self.where}.{key}: missing")
        if not isinstance(value, kind):
            expected = _TYPE_NAMES[kind]
            raise MalformedImage(f"{self.where}.{key}: expected {expected}, found {_name(value)}")
        return value


def objects(value: object, where: str) -> list[Fields]:
    """The objects in a list; errors when it is something else."""
    if not isinstance(value, list):
        raise MalformedImage(f"{where}: expected a list, found {_name(value)}")
    found: list[Fields] = []
    for number, item in enumerate(cast("list[object]", value)):
        if not isinstance(item, dict):
            raise MalformedImage(f"{where}[{number}]: expected an object, found {_name(item)}")
        found.append(Fields(cast("dict[str, object]", item), f"{where}[{number}]"))
    return found


def parse_objects(raw: bytes, where: str) -> list[Fields]:
    """The objects in the list that ``raw`` spells."""
    if len(raw) > MAX_JSON_BYTES:
        raise MalformedImage(f"{where}: {len(raw)} bytes of JSON, the limit is {MAX_JSON_BYTES}")
    try:
        value = cast("object", json.loads(raw))
    except (ValueError, RecursionError) as error:
        raise MalformedImage(f"{where}: not JSON: {error}") from None
    return objects(value, where)


def dump(value: object) -> bytes:
    """Compact JSON in the order given: the same value always gives the same bytes."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode(
        "utf-8", "surrogatepass"
    )


def _name(value: object) -> str:
    if value is None:
        return "null"
    return next((name for kind, name in _TYPE_NAMES.items() if isinstance(value, kind)), "a number")
