"""The ports of EXPOSE.

Source: BuildKit, ``frontend/dockerfile/dockerfile2llb/convert_expose.go``.
"""

from __future__ import annotations

__all__ = ["exposed_ports"]

_LARGEST = 65535
_PROTOCOLS = frozenset({"tcp", "udp", "sctp"})


def exposed_ports(word: str) -> tuple[str, ...]:
    """The ports of one operand, each as ``80/tcp``; ``ValueError`` for what is no port.

    A range gives its ports one by one; an address or a port of the host before it is left out.
    """
    ports, _, protocol = word.rpartition(":")[2].partition("/")
    kind = protocol.lower() or "tcp"
    first, dash, last = ports.partition("-")
    begin, end = _number(first), _number(last if dash else first)
    if begin is None or end is None or begin > end or kind not in _PROTOCOLS:
        raise ValueError(f"{word} is not a port")
    return tuple([f"{each}/{kind}" for each in range(begin, end + 1)])


def _number(text: str) -> int | None:
    digits = text.lstrip("0") or text[-1:]
    if not (digits.isascii() and digits.isdecimal() and len(digits) <= 5):
        return None
    return int(digits) if int(digits) <= _LARGEST else None
