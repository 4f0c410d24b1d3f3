"""Durations, byte counts and command lines as Compose writes them.

Source: Compose specification, "Extensions and units" (11-extension.md): byte values, durations.
"""

from __future__ import annotations

import re

_DURATION = re.compile(r"(?:[0-9]*\.)?[0-9]+(?:\.[0-9]*)?(?:ns|us|µs|μs|ms|s|m|h)")
_SECONDS = {
    "ns": 1e-9,
    "us": 1e-6,
    "µs": 1e-6,
    "μs": 1e-6,
    "ms": 1e-3,
    "s": 1.0,
    "m": 60.0,
    "h": 3600.0,
}
_BYTES = re.compile(r"([0-9]+(?:\.[0-9]+)?)[ ]?([kmgtpKMGTP]?)(?:i?[bB])?\Z")


def parse_duration(text: str) -> float:
    """The seconds of a Go duration such as ``1m30s``; raises ``ValueError``."""
    if text in {"0", "+0", "-0"}:
        return 0.0
    at, total = 0, 0.0
    while at < len(text):
        match = _DURATION.match(text, at)
        if match is None:
            break
        unit = match.group().lstrip("0123456789.")
        total += float(match.group()[: -len(unit)]) * _SECONDS[unit]
        at = match.end()
    if at != len(text) or not text:
        raise ValueError(f"not a duration: {text!r}; write it like 1m30s")
    return total


def parse_bytes(text: str) -> int:
    """The bytes of ``512m``, ``2gb``, ``1.5GiB``, in powers of 1024; raises ``ValueError``."""
    match = _BYTES.match(text.strip())
    if match is None:
        raise ValueError(f"not a number of bytes: {text!r}; write it like 512m")
    power = " kmgtp".index(match[2].lower() or " ")
    return int(float(match[1]) * 1024**power)


def split_command(text: str) -> tuple[str, ...]:
    """A command line as words, as Compose splits it.

    No shell runs the line: it ends at an unquoted ``;``, ``&``, ``|``, ``<`` or ``>``, and
    ``$(...)`` and backquotes stay as they are, in one word. Raises
    ``ValueError`` for quotes and parentheses that do not pair.
    """
    words: list[str] = []
    word, started, quote, escaped = "", False, "", False
    for char in text:
        kept = quote in {"`", ")"}
        if escaped:
            escaped, started = False, True
            word += f"\\{char}" if kept else char
        elif char == "\\" and quote != "'":
            escaped = True
        elif quote:
            quote = "" if char == quote else quote
            word += char if kept or quote else ""
            started = True
        elif char in " \t\r\n":
            words += [word] if started else []
            word, started = "", False
        elif char in ";&|<>":
            started = started and not (char == ">" and word[:1].isdecimal())
            break
        elif char in "()" and not (char == "(" and word.endswith("$")):
            raise ValueError(f"invalid command line: {char} must be quoted")
        else:
            quote = {"(": ")"}.get(char, char if char in "\"'`" else "")
            word += "" if char in "\"'" else char
            started = started or char not in "\"'"
    if quote or escaped:
        raise ValueError("invalid command line: a quote or a backslash is left open")
    return (*words, word) if started else tuple(words)
