"""Two images side by side, as JSON."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jettison.imaging import Difference, FileChange, Inspection, LayerShare, PackageDelta
    from jettison.imaging.difference import Delta

__all__ = ["SCHEMA_VERSION", "difference_to_json"]

SCHEMA_VERSION = 1


def difference_to_json(difference: Difference) -> str:
    """The difference as one JSON object, ASCII only; bytes of a name that are not UTF-8 stand as
    lone surrogates (PEP 383).

    Bytes are uncompressed contents of files unless a key says compressed; every ``delta_bytes`` is
    ``after`` minus ``before``. The whole is ``files[].delta_bytes`` and ``hidden_delta_bytes``
    together, and as well the layers that only ``after`` has minus those that only ``before`` has.
    ``packages``, ``categories`` and ``folders`` each add up to ``tree_delta_bytes``; those without
    a difference are left out.
    """
    document: dict[str, Any] = {
        "schema": SCHEMA_VERSION,
        "before": _side(difference.before),
        "after": _side(difference.after),
        "delta_bytes": difference.delta_bytes,
        "compressed_delta_bytes": difference.compressed_delta_bytes,
        "tree_delta_bytes": difference.tree_delta_bytes,
        "hidden_delta_bytes": difference.hidden_delta_bytes,
        "layers": {
            "shared": [_layer(layer) for layer in difference.shared_layers],
            "only_before": [_layer(layer) for layer in difference.removed_layers],
            "only_after": [_layer(layer) for layer in difference.added_layers],
        },
        "packages": [
            _package(one)
            for one in difference.packages
            if one.delta.delta_bytes or one.before_versions != one.after_versions
        ],
        "categories": [
            {"category": str(one.key), **_delta(one)}
            for one in difference.categories
            if one.delta_bytes
        ],
        "folders": [
            {"path": one.key, **_delta(one)} for one in difference.folders if one.delta_bytes
        ],
        "files": [_file(one) for one in difference.files],
    }
    return json.dumps(document, indent=2) + "\n"


def _side(inspection: Inspection) -> dict[str, Any]:
    return {
        "image": inspection.subject.name,
        "source": inspection.subject.source,
        "image_id": str(inspection.subject.config.digest),
        "layer_bytes": inspection.layer_bytes,
        "tree_bytes": inspection.tree_bytes,
        "compressed_bytes": inspection.compressed_bytes,
        "compressed_basis": inspection.compressed_basis,
        "files": len(inspection.listing),
    }


def _layer(layer: LayerShare) -> dict[str, Any]:
    return {
        "number": layer.number,
        "diff_id": str(layer.diff_id),
        "instruction": layer.instruction,
        "bytes": layer.stored_bytes,
        "compressed_bytes": layer.compressed_bytes,
    }


def _package(one: PackageDelta) -> dict[str, Any]:
    name = one.delta.key
    return {
        "kind": None if name is None else name.kind.value,
        "name": None if name is None else name.name,
        "before_versions": list(one.before_versions),
        "after_versions": list(one.after_versions),
        **_delta(one.delta),
    }


def _delta(delta: Delta[Any]) -> dict[str, int]:
    return {
        "before_bytes": delta.before_bytes,
        "after_bytes": delta.after_bytes,
        "delta_bytes": delta.delta_bytes,
        "before_files": delta.before_files,
        "after_files": delta.after_files,
    }


def _file(change: FileChange) -> dict[str, Any]:
    return {
        "path": f"/{change.path}",
        "change": change.kind.value,
        "before_bytes": change.before_bytes,
        "after_bytes": change.after_bytes,
        "delta_bytes": change.delta_bytes,
        "package": None if change.package is None else str(change.package),
        "category": change.category.value,
    }
