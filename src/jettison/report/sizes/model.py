"""The services' images as a report of ``jettison optimize`` has them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from jettison.errors import ProjectError
from jettison.record import record

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["ServiceSizes", "read_sizes"]

_REMEDY = "Run jettison optimize with a trial; it writes .jettison/report.json."


@record
class ServiceSizes:
    """A service's image: uncompressed and compressed bytes before and after, and what is there now.

    ``image`` is the name under which the engine's store may have it; ``now_bytes`` are uncompressed
    as the engine counts them. ``None`` is what is not known.
    """

    service: str
    image: str | None
    built: bool
    before_bytes: int | None = None
    after_bytes: int | None = None
    before_compressed: int | None = None
    after_compressed: int | None = None
    now_bytes: int | None = None


def read_sizes(text: str, name: str) -> tuple[ServiceSizes, ...]:
    """The services of a report, those that the project builds first."""
    try:
        document = json.loads(text)
        services = document["services"]
        found = [_service(item) for item in services]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ProjectError(
            f"{name} is not a report of jettison optimize", remedy=_REMEDY
        ) from error
    return tuple(sorted(found, key=lambda one: not one.built))


def _service(item: Mapping[str, Any]) -> ServiceSizes:
    before, after = item.get("before") or {}, item.get("after") or {}
    return ServiceSizes(
        service=str(item["name"]),
        image=item.get("image"),
        built=bool(item.get("built")),
        before_bytes=_number(before.get("uncompressed_bytes")),
        after_bytes=_number(after.get("uncompressed_bytes")),
        before_compressed=_number(before.get("compressed_bytes")),
        after_compressed=_number(after.get("compressed_bytes")),
    )


def _number(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None
