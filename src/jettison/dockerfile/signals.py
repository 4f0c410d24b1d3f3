"""The signals of STOPSIGNAL.

Source: moby/sys, ``signal/signal_linux.go``, which BuildKit asks; signal(7).
"""

from __future__ import annotations

import re

__all__ = ["is_signal"]

_NAMES = frozenset(
    "ABRT ALRM BUS CHLD CLD CONT FPE HUP ILL INT IO IOT KILL PIPE POLL PROF PWR QUIT RTMAX RTMIN "
    "SEGV STKFLT STOP SYS TERM TRAP TSTP TTIN TTOU URG USR1 USR2 VTALRM WINCH XCPU XFSZ".split()
)
_NUMBER = re.compile(r"[-+]?0*+[1-9][0-9]{0,9}")
_REAL_TIME = re.compile(r"RTMIN\+(?:[1-9]|1[0-5])|RTMAX-(?:[1-9]|1[0-4])")


def is_signal(text: str) -> bool:
    """Whether ``text`` names a signal, with or without ``SIG``, or is a number other than 0."""
    if _NUMBER.fullmatch(text):
        return True
    name = text.upper().removeprefix("SIG")
    return name in _NAMES or _REAL_TIME.fullmatch(name) is not None
