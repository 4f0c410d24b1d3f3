"""The services' images before, after and now, as JSON."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jettison.report.sizes.model import ServiceSizes

__all__ = ["sizes_to_json"]

SCHEMA_VERSION = 1


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
