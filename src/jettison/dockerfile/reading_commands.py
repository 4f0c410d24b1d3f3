"""The operands of RUN, CMD, ENTRYPOINT and HEALTHCHECK."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict

from jettison.dockerfile import instructions as kinds
from jettison.dockerfile.durations import duration
from jettison.dockerfile.flags import mount_of
from jettison.dockerfile.problems import did_you_mean
from jettison.dockerfile.whitespace import SPACES
from jettison.dockerfile.words import Words, flag_value, flag_values

if TYPE_CHECKING:
    from jettison.dockerfile.logical import LogicalText
    from jettison.source import Span

__all__ = ["read_cmd", "read_entrypoint", "read_healthcheck", "read_run"]

_SHORTEST = 1_000_000
_MOST = 2**31 - 1


class _Command(TypedDict):
    command: str
    command_text: LogicalText
    command_span: Span
    argv: tuple[str, ...] | None
    argv_spans: tuple[Span, ...]


def _command(words: Words, start: int | None = None) -> _Command:
    at = words.lines.rest if start is None else start
    text = words.lines.logical.slice(at, words.lines.end)
    array = words.array(at)
    return {
        "command": text.text,
        "command_text": text,
        "command_span": words.lines.logical.span(at, words.lines.end),
        "argv": None if array is None else tuple(piece.text for piece in array),
        "argv_spans": () if array is None else words.spans(array),
    }


def read_run(words: Words) -> kinds.Run:
    """RUN."""
    common = words.common()
    flags = common["flags"]
    network, security = flag_value(flags, "network"), flag_value(flags, "security")
    for name, value, choices in (
        ("network", network, ("default", "none", "host")),
        ("security", security, ("sandbox", "insecure")),
    ):
        if value is not None and value.lower() not in choices:
            flag = next(flag for flag in flags if flag.name == name)
            hint = did_you_mean(value, choices) or f"One of {', '.join(choices)}."
            raise words.error(f"unknown {name} mode {value}", flag.span, hint)
    return kinds.Run(
        **common,
        **_command(words),
        mounts=tuple(mount_of(words.source, flag) for flag in flags if flag.name == "mount"),
        network=network,
        security=security,
        devices=flag_values(flags, "device"),
        heredocs=words.lines.heredocs,
    )


def read_cmd(words: Words) -> kinds.Cmd:
    """CMD."""
    return kinds.Cmd(**words.common(), **_command(words))


def read_entrypoint(words: Words) -> kinds.Entrypoint:
    """ENTRYPOINT."""
    return kinds.Entrypoint(**words.common(), **_command(words))


def read_healthcheck(words: Words) -> kinds.Healthcheck:
    """HEALTHCHECK."""
    text = words.lines.logical.text
    at, end = words.lines.rest, words.lines.end
    if at == end:
        raise words.missing("at least one argument")
    stop = at
    while stop < end and text[stop] not in SPACES:
        stop += 1
    kind = text[at:stop].upper()
    while stop < end and text[stop] in SPACES:
        stop += 1
    common = words.common(checked=kind != "NONE")
    if kind not in ("NONE", "CMD"):
        raise words.error(
            f"HEALTHCHECK is CMD or NONE, not {text[at:stop].strip()}",
            remedy="Write HEALTHCHECK CMD COMMAND.",
        )
    if kind == "NONE" and stop < end:
        raise words.error("HEALTHCHECK NONE takes no arguments")
    command = _command(words, stop)
    if kind == "CMD" and (stop == end or command["argv"] == ()):
        raise words.error("HEALTHCHECK CMD lacks a command")
    flags = common["flags"]
    if kind == "CMD":
        _check_times(words, flags)
    return kinds.Healthcheck(
        **common,
        **command,
        disabled=kind == "NONE",
        interval=flag_value(flags, "interval"),
        timeout=flag_value(flags, "timeout"),
        start_period=flag_value(flags, "start-period"),
        start_interval=flag_value(flags, "start-interval"),
        retries=flag_value(flags, "retries"),
    )


def _check_times(words: Words, flags: tuple[kinds.Flag, ...]) -> None:
    for flag in flags:
        value = flag.value or ""
        if flag.name == "retries":
            if value and not _is_count(value):
                raise words.error(f"--retries is a number, not {value}", flag.span)
            continue
        try:
            length = duration(value) if value else 0
        except ValueError as error:
            hint = f"Write --{flag.name}=30s, or 1m30s."
            raise words.error(
                f"--{flag.name} is a duration, not {value}", flag.span, hint
            ) from error
        if length and length < _SHORTEST:
            raise words.error(f"--{flag.name} is 0 or at least 1ms", flag.span)


def _is_count(text: str) -> bool:
    digits = text.removeprefix("+") if text != "-0" else "0"
    return digits.isascii() and digits.isdecimal() and len(digits) < 20 and int(digits) <= _MOST
