"""What the engine takes for white space.

Source: Go's ``unicode.IsSpace``, which BuildKit asks, and the narrower class between operands.
"""

from __future__ import annotations

__all__ = ["BLANKS", "SPACES", "skip_spaces"]

SPACES = (
    "\t\n\v\f\r \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009"
    "\u200a\u2028\u2029\u202f\u205f\u3000"
)
"""Every character that Go calls a space."""

BLANKS = "\t\v\f\r "
"""What separates an instruction's operands."""


def skip_spaces(text: str, at: int) -> int:
    """The offset of the first character from ``at`` on that is no space."""
    while at < len(text) and text[at] in SPACES:
        at += 1
    return at
