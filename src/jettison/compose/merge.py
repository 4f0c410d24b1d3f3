"""One Compose tree laid over another.

Source: Compose specification, "Merge and override" (13-merge.md): mappings are merged, sequences
appended, commands replaced, and entries with the same identity (a mount's target, a port's
address) kept once. ``!reset`` and ``!override`` are honoured on the upper tree.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, assert_never

from jettison.compose import fields
from jettison.compose.values import Items, Leaf, Mark, Table

if TYPE_CHECKING:
    from collections.abc import Callable

    from jettison.compose.values import Value

Path = tuple[str, ...]

_REPLACED = frozenset({("command",), ("entrypoint",), ("healthcheck", "test")})


def merge(base: Table, over: Table, path: Path = ()) -> Table:
    """``over`` laid on ``base``; ``path`` is where both stand in the whole file."""
    entries, keys = dict(base.entries), dict(base.keys)
    for key, value in over.entries.items():
        at = (*path, key)
        if value.mark is Mark.RESET:
            entries.pop(key, None)
            keys.pop(key, None)
            continue
        keys.setdefault(key, over.keys[key])
        old = entries.get(key)
        if old is None or value.mark is Mark.OVERRIDE or key.startswith("x-"):
            entries[key] = settle(value, at)
        else:
            entries[key] = _merge_values(old, value, at)
    return replace(base, entries=entries, keys=keys)


def _merge_values(old: Value, new: Value, path: Path) -> Value:
    inner = path[2:] if path[:1] == ("services",) else ()
    if isinstance(new, Leaf) and new.value is None and not isinstance(old, Leaf):
        return old
    if inner in _REPLACED or isinstance(old, Leaf):
        return settle(new, path)
    match old, new:
        case Table(), Table():
            if inner == ("logging",) and _other_driver(old, new):
                return settle(new, path)
            return merge(old, new, path)
        case Items(), Items():
            upper = settle(new, path)
            added = upper.values if isinstance(upper, Items) else ()
            return once(replace(old, values=(*old.values, *added)), path)
        case _:
            raise new.place.error(f"cannot merge {'.'.join(path)}: the kinds of value differ")


def _other_driver(old: Table, new: Table) -> bool:
    one, other = old.get("driver"), new.get("driver")
    return (
        one is not None
        and other is not None
        and fields.text(one, "driver") != fields.text(other, "driver")
    )


def settle(value: Value, path: Path) -> Value:
    """``value`` as it stands when nothing lies under it: marks carried out, repeats dropped."""
    match value:
        case Leaf():
            return replace(value, mark=None)
        case Items():
            kept = tuple(settle(one, path) for one in value.values if one.mark is not Mark.RESET)
            return once(replace(value, values=kept, mark=None), path)
        case Table():
            entries = {
                key: settle(one, (*path, key))
                for key, one in value.entries.items()
                if one.mark is not Mark.RESET
            }
            keys = {key: value.keys[key] for key in entries}
            return replace(value, entries=entries, keys=keys, mark=None)
        case _:
            assert_never(value)


def once(value: Items, path: Path) -> Items:
    """``value`` with entries of the same identity kept once: the last, at the first's place."""
    if len(path) != 3 or path[0] != "services" or (identity := _IDENTITY.get(path[2])) is None:
        return value
    kept: dict[str, Value] = {}
    for one in value.values:
        kept[identity(one)] = one
    return replace(value, values=tuple(kept.values()))


def _port(value: Value) -> str:
    port = fields.table(value, "a port")
    if port is None:
        return ""
    host = fields.text(port.get("host_ip"), "host_ip") or "0.0.0.0"  # noqa: S104
    published = fields.text(port.get("published"), "published") or ""
    target = fields.text(port.get("target"), "target") or ""
    protocol = fields.text(port.get("protocol"), "protocol") or "tcp"
    return f"{host}:{published}:{target}/{protocol}"


def _mount(value: Value) -> str:
    mount = fields.table(value, "a volume")
    return (fields.text(mount.get("target"), "target") if mount else None) or ""


def _scalar(value: Value) -> str:
    return fields.text(value, "an entry") or ""


def _granted(folder: str) -> Callable[[Value], str]:
    def identity(value: Value) -> str:
        if not isinstance(value, Table):
            return f"{folder}/{fields.text(value, 'an entry')}"
        target = fields.text(value.get("target"), "target")
        return target or f"{folder}/{fields.text(value.get('source'), 'source')}"

    return identity


def _env_file(value: Value) -> str:
    file = fields.table(value, "env_file")
    return (fields.text(file.get("path"), "path") if file else None) or ""


_IDENTITY: dict[str, Callable[[Value], str]] = {
    "cap_add": _scalar,
    "cap_drop": _scalar,
    "configs": _granted(""),
    "dns": _scalar,
    "dns_opt": _scalar,
    "dns_search": _scalar,
    "env_file": _env_file,
    "expose": _scalar,
    "ports": _port,
    "profiles": _scalar,
    "secrets": _granted("/run/secrets"),
    "tmpfs": _scalar,
    "volumes": _mount,
}
