"""The edge where an engine's JSON becomes typed values."""

from __future__ import annotations

import json

from jettison.record import record


@record
class Reading:
    """A place in a JSON document of which nothing is certain; what is missing reads as empty."""

    value: object

    @classmethod
    def parse(cls, text: str) -> Reading:
        """The document of ``text``; one that does not parse reads as empty."""
        try:
            return cls(json.loads(text))
        except ValueError:
            return cls(None)

    def at(self, *path: str) -> Reading:
        """The value at a path of keys."""
        value = self.value
        for key in path:
            value = value.get(key) if isinstance(value, dict) else None
        return Reading(value)

    def items(self) -> tuple[Reading, ...]:
        """The items of a list."""
        return tuple(Reading(item) for item in self.value) if isinstance(self.value, list) else ()

    def members(self) -> tuple[tuple[str, Reading], ...]:
        """The keys and values of an object."""
        value = self.value
        return tuple((k, Reading(v)) for k, v in value.items()) if isinstance(value, dict) else ()

    def text(self, key: str) -> str:
        """The string at ``key``, or ``""``."""
        value = self.at(key).value
        return value if isinstance(value, str) else ""

    def number(self, key: str) -> int:
        """The whole number at ``key``, or 0."""
        value = self.at(key).value
        return value if isinstance(value, int) and not isinstance(value, bool) else 0

    def texts(self, key: str) -> tuple[str, ...]:
        """The strings of the list at ``key``."""
        value = self.at(key).value
        return tuple(i for i in value if isinstance(i, str)) if isinstance(value, list) else ()

    def mapping(self, key: str) -> dict[str, str]:
        """The strings of the object at ``key``, by key."""
        value = self.at(key).value
        if not isinstance(value, dict):
            return {}
        return {k: v for k, v in value.items() if isinstance(v, str)}
