"""An image taken apart, as JSON."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from jettison.imaging import advise

if TYPE_CHECKING:
    from collections.abc import Iterable

    from jettison.imaging import Advice, Inspection, LayerShare, Package, Share
    from jettison.oci import WasteGroup, WasteItem

__all__ = ["SCHEMA_VERSION", "inspection_to_json"]

SCHEMA_VERSION = 1
_MOST_GROUPS = 200


def inspection_to_json(inspection: Inspection) -> str:
    """The inspection as one JSON object, ASCII only; bytes of a name that are not UTF-8 stand as
    lone surrogates (PEP 383).

    Bytes are uncompressed contents of files unless a key says compressed; ``null`` is what is not
    known. ``layers`` is in the order of the layers, every other list has the largest first. The
    parts of ``packages``, ``categories``, ``instructions``, ``top_folders``, ``folders`` and
    ``types`` each add up to ``tree_bytes``; ``layers[].bytes`` to ``layer_bytes``, which is
    ``tree_bytes`` and the overwritten and the deleted bytes. ``waste.items`` has the largest 200,
    ``waste.groups`` the largest 200 sums of items by cause and folder, which has most of their
    bytes where ``everywhere`` is false; ``waste.rewritten_bytes`` are those overwritten bytes whose
    content stayed the same. ``copied`` are folders that a copy of a whole working tree brought
    along and that no image needs.
    """
    subject, waste, base = inspection.subject, inspection.waste, inspection.base
    parts, digests = inspection.parts, inspection.tree.has_digests
    document: dict[str, Any] = {
        "schema": SCHEMA_VERSION,
        "image": subject.name,
        "source": subject.source,
        "image_id": str(subject.config.digest),
        "platform": str(subject.config.platform),
        "layer_bytes": inspection.layer_bytes,
        "tree_bytes": inspection.tree_bytes,
        "compressed_bytes": inspection.compressed_bytes,
        "compressed_basis": inspection.compressed_basis,
        "base_bytes": inspection.base_bytes,
        "own_bytes": inspection.own_bytes,
        "files": len(inspection.listing),
        "base": {"name": base.name or None, "basis": base.basis.value, "layers": base.layers},
        "layers": [_layer(layer) for layer in inspection.layers],
        "waste": {
            "bytes": waste.waste_bytes,
            "overwritten_bytes": waste.overwritten_bytes,
            "rewritten_bytes": inspection.waste.rewritten_bytes if digests else None,
            "deleted_bytes": waste.deleted_bytes,
            "duplicated_bytes": waste.duplicated_bytes if digests else None,
            "efficiency": round(waste.efficiency, 6),
            "secrets": [
                {"path": f"/{one.path}", "layer": one.layer} for one in inspection.hidden_secrets
            ],
            "groups": [_group(group) for group in waste.groups[:_MOST_GROUPS]],
            "items": [_waste(item) for item in inspection.waste.largest],
        },
        "instructions": _shares(inspection.instructions, "instruction"),
        "packages": [_package(one) for one in parts.packages],
        "categories": _shares(parts.categories, "category"),
        "top_folders": _shares(parts.top_folders, "path"),
        "folders": [
            {"path": f"/{p.path}", "bytes": p.total_bytes, "files": p.files, "rest": p.rest}
            for p in inspection.places
        ],
        "types": _shares(parts.types, "type"),
        "copied": [
            {"path": f"/{c.path}", "layer": c.layer, "bytes": c.total_bytes, "files": c.files}
            for c in inspection.copied.folders
        ],
        "caches": [{**_share(one), "cache": one.key.label} for one in parts.caches],
        "advice": [_advice(one) for one in advise(inspection)],
    }
    return json.dumps(document, indent=2) + "\n"


def _layer(layer: LayerShare) -> dict[str, Any]:
    return {
        "diff_id": str(layer.diff_id),
        "instruction": layer.instruction,
        "line": layer.line,
        "base": layer.is_base,
        "files": layer.files,
        "bytes": layer.stored_bytes,
        "visible_bytes": layer.visible_bytes,
        "waste_bytes": layer.waste_bytes,
        "compressed_bytes": layer.compressed_bytes,
    }


def _group(group: WasteGroup) -> dict[str, Any]:
    cause = group.cause
    return {
        "reason": cause.reason.value,
        "path": f"/{group.path}",
        "everywhere": group.everywhere,
        "twin": None if group.twin is None else f"/{group.twin}",
        "layer": cause.layer,
        "by_layer": cause.by_layer,
        "same_content": cause.same_content,
        "bytes": group.stored_bytes,
        "files": group.files,
    }


def _waste(item: WasteItem) -> dict[str, Any]:
    return {
        "reason": item.reason.value,
        "path": f"/{item.node.path}",
        "bytes": item.stored_bytes,
        "layer": item.node.content_layer,
        "by_layer": item.node.fate_layer,
        "twin": None if item.twin is None else f"/{item.twin.path}",
        "same_content": item.same_content,
    }


def _package(share: Share[Package | None]) -> dict[str, Any]:
    package = share.key
    named = {
        "kind": None if package is None else package.kind.value,
        "name": None if package is None else package.name,
        "version": None if package is None else package.version,
    }
    return {**named, **_share(share)}


def _shares(shares: Iterable[Share[str]], key: str) -> list[dict[str, Any]]:
    return [{key: str(one.key), **_share(one)} for one in shares]


def _share(share: Share[Any]) -> dict[str, int]:
    return {"bytes": share.total_bytes, "own_bytes": share.own_bytes, "files": share.files}


def _advice(advice: Advice) -> dict[str, Any]:
    return {
        "bytes": advice.about_bytes,
        "what": advice.what,
        "remedy": advice.remedy,
        "rule": advice.rule or None,
    }
