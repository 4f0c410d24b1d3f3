"""The images of a project's services before, after and now, as a table and as JSON."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rich.console import Group
from rich.table import Table
from rich.text import Text

from jettison.errors import ProjectError
from jettison.report.figures import change
from jettison.report.quantities import byte_count, clipped

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rich.console import RenderableType

__all__ = ["ServiceSizes", "read_sizes", "render_sizes", "sizes_to_json"]

SCHEMA_VERSION = 1
_FOOTNOTE = (
    "Uncompressed: before and after as the layers' archives, now as the engine counts its files. "
    "Each service counted whole; layers that they share are one on disk."
)
_REMEDY = "Run jettison optimize with a trial; it writes .jettison/report.json."


@dataclass(frozen=True, slots=True)
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


def render_sizes(project: str, sizes: Sequence[ServiceSizes]) -> RenderableType:
    """The table, a service a line."""
    table = Table(title=f"Images of {clipped(project)}", title_justify="left", title_style="bold")
    table.add_column("service", no_wrap=True)
    for head in ("before", "after", "", "pull before", "pull after", "", "now"):
        table.add_column(head, justify="right", no_wrap=True)
    table.add_column("image now", no_wrap=True, overflow="ellipsis", style="dim")
    for one in sizes:
        table.add_row(
            clipped(one.service, 40),
            _bytes(one.before_bytes),
            _bytes(one.after_bytes),
            _change(one.before_bytes, one.after_bytes),
            _bytes(one.before_compressed),
            _bytes(one.after_compressed),
            _change(one.before_compressed, one.after_compressed),
            _bytes(one.now_bytes),
            clipped(one.image or "-", 60),
            style=None if one.built else "dim",
        )
    return Group(table, Text(_FOOTNOTE, style="dim"))


def _bytes(count: int | None) -> str:
    return "-" if count is None else byte_count(count)


def _change(before: int | None, after: int | None) -> Text:
    if before is None or after is None:
        return Text("-", style="dim")
    style = "green" if after < before else "red" if after > before else "dim"
    return Text(change(before, after), style=style)


def sizes_to_json(project: str, sizes: Sequence[ServiceSizes]) -> str:
    """The table as one JSON object; ``null`` is what is not known."""
    document = {
        "schema": SCHEMA_VERSION,
        "project": project,
        "services": [
            {
                "name": one.service,
                "built": one.built,
                "before": _side(one.before_bytes, one.before_compressed),
                "after": _side(one.after_bytes, one.after_compressed),
                "now": {"image": one.image, "uncompressed_bytes": one.now_bytes},
            }
            for one in sizes
        ],
    }
    return json.dumps(document, indent=2) + "\n"


def _side(count: int | None, compressed: int | None) -> dict[str, int | None]:
    return {"uncompressed_bytes": count, "compressed_bytes": compressed}
