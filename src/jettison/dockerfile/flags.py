"""Which flags an instruction takes, and the mounts of RUN.

Source: BuildKit, ``frontend/dockerfile/instructions/bflag.go`` and ``commands_runmount.go``;
the mount fields that only Buildah knows are let through.
"""

from __future__ import annotations

import csv
from enum import Enum
from typing import TYPE_CHECKING

from jettison.dockerfile.instructions import Flag, Mount
from jettison.dockerfile.problems import did_you_mean, problem

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jettison.dockerfile.logical import LogicalText
    from jettison.dockerfile.syntax import Piece
    from jettison.source import SourceText, Span

__all__ = ["FLAGS", "check_flags", "flags_of", "mount_of", "mount_with"]


class _Takes(Enum):
    SWITCH = "true or false"
    VALUE = "one value"
    VALUES = "a value, again and again"


_FILES = {
    "chown": _Takes.VALUE,
    "chmod": _Takes.VALUE,
    "link": _Takes.SWITCH,
    "exclude": _Takes.VALUES,
}

FLAGS: Mapping[str, Mapping[str, _Takes]] = {
    "ADD": _FILES
    | {"keep-git-dir": _Takes.SWITCH, "checksum": _Takes.VALUE, "unpack": _Takes.SWITCH},
    "COPY": _FILES | {"from": _Takes.VALUE, "parents": _Takes.SWITCH},
    "FROM": {"platform": _Takes.VALUE},
    "HEALTHCHECK": {
        "interval": _Takes.VALUE,
        "timeout": _Takes.VALUE,
        "start-period": _Takes.VALUE,
        "start-interval": _Takes.VALUE,
        "retries": _Takes.VALUE,
    },
    "RUN": {
        "mount": _Takes.VALUES,
        "network": _Takes.VALUE,
        "security": _Takes.VALUE,
        "device": _Takes.VALUES,
    },
}
"""The flags of each instruction that has any."""

_MOUNT_TYPES = ("bind", "cache", "tmpfs", "secret", "ssh")
_SHARING = ("shared", "private", "locked")
_MOUNT_NAMES = {
    "src": "source",
    "dst": "target",
    "destination": "target",
    "ro": "readonly",
    "rw": "readwrite",
}
_MOUNT_FIELDS = (
    "type",
    "from",
    "source",
    "target",
    "readonly",
    "readwrite",
    "required",
    "id",
    "sharing",
    "size",
    "mode",
    "uid",
    "gid",
    "env",
)
_MOUNT_KEYS = (*_MOUNT_FIELDS, *_MOUNT_NAMES)
_MOUNT_ELSEWHERE = (
    "bind-nonrecursive",
    "bind-propagation",
    "chown",
    "consistency",
    "dev",
    "exec",
    "no-dereference",
    "nodev",
    "noexec",
    "nosuid",
    "notmpcopyup",
    "private",
    "relabel",
    "rprivate",
    "rshared",
    "rslave",
    "shared",
    "slave",
    "suid",
    "tmpcopyup",
    "u",
    "z",
)
_TRUE = frozenset({"1", "t", "T", "TRUE", "true", "True"})
_SWITCH_WORDS = frozenset({"readonly", "ro", "readwrite", "rw", "required"})


def flags_of(pieces: tuple[Piece, ...], logical: LogicalText) -> tuple[Flag, ...]:
    """The flags that were split off an instruction."""
    if not pieces:
        return ()
    found = []
    for piece in pieces:
        name, equals, value = piece.text[2:].partition("=")
        span = logical.span(piece.start, piece.end)
        found.append(Flag(name, value if equals else None, span))
    return tuple(found)


def check_flags(source: SourceText, keyword: str, flags: tuple[Flag, ...]) -> None:
    """Raise ``DockerfileError`` for a flag that the instruction does not take so."""
    known = FLAGS.get(keyword, {})
    seen: set[str] = set()
    for flag in flags:
        takes = known.get(flag.name)
        if takes is None:
            hint = did_you_mean(f"--{flag.name}", [f"--{name}" for name in known])
            takes_none = f"{keyword} takes no flags." if not known else None
            message = f"unknown flag --{flag.name} of {keyword}"
            raise problem(source, flag.span, message, remedy=hint or takes_none)
        if flag.name in seen and takes is not _Takes.VALUES:
            raise problem(source, flag.span, f"--{flag.name} is given twice")
        seen.add(flag.name)
        if takes is _Takes.SWITCH:
            if flag.value is not None and flag.value.lower() not in ("true", "false"):
                raise problem(
                    source,
                    flag.span,
                    f"--{flag.name} is true or false, not {flag.value or 'nothing'}",
                )
        elif flag.value is None:
            remedy = f"Write --{flag.name}=VALUE."
            raise problem(source, flag.span, f"--{flag.name} lacks a value", remedy=remedy)


def mount_of(source: SourceText, flag: Flag) -> Mount:
    """The mount that ``--mount=...`` asks for; raises ``DockerfileError`` for a wrong one.

    Values with a variable in them are taken as they are: they are known only at build time.
    """
    return mount_with(_mount_fields(source, flag), flag.span)


def mount_with(fields: tuple[tuple[str, str | None], ...], span: Span) -> Mount:
    """The mount that has these fields."""
    values = {_MOUNT_NAMES.get(key, key): value for key, value in fields}
    kind = values.get("type") or "bind"
    kind = kind if "$" in kind else kind.lower()
    readonly = kind not in ("cache", "tmpfs")
    for key, value in fields:
        if key in ("readonly", "ro"):
            readonly = value is None or value in _TRUE
        elif key in ("readwrite", "rw"):
            readonly = not (value is None or value in _TRUE)
    required = "required" in values and (values["required"] or "true") in _TRUE
    return Mount(
        type=kind,
        from_=values.get("from"),
        source=values.get("source"),
        target=values.get("target"),
        id=values.get("id"),
        sharing=values.get("sharing"),
        readonly=readonly,
        required=required,
        env=values.get("env"),
        mode=values.get("mode"),
        uid=values.get("uid"),
        gid=values.get("gid"),
        size=values.get("size"),
        fields=fields,
        span=span,
    )


def _mount_fields(source: SourceText, flag: Flag) -> tuple[tuple[str, str | None], ...]:
    try:
        row = next(csv.reader([flag.value or ""], strict=True), [])
    except csv.Error as error:
        raise problem(source, flag.span, f"--mount cannot be read: {error}") from error
    fields: list[tuple[str, str | None]] = []
    for field in row:
        name, equals, value = field.partition("=")
        key = name.lower()
        if key in _MOUNT_ELSEWHERE:
            fields.append((key, value if equals else None))
            continue
        if key not in _MOUNT_KEYS:
            hint = did_you_mean(key, _MOUNT_KEYS)
            raise problem(source, flag.span, f"unknown field {name} of --mount", remedy=hint)
        if not equals and key not in _SWITCH_WORDS:
            raise problem(
                source, flag.span, f"{name} of --mount lacks a value", remedy=f"Write {key}=VALUE."
            )
        for known, choices in (("type", _MOUNT_TYPES), ("sharing", _SHARING)):
            if key == known and "$" not in value and value.lower() not in choices:
                hint = did_you_mean(value, choices) or f"One of {', '.join(choices)}."
                raise problem(source, flag.span, f"unknown {key} {value} of --mount", remedy=hint)
        fields.append((key, value if equals else None))
    return tuple(fields)
