"""Whether targets of a Makefile can be read, without running anything of it."""

from __future__ import annotations

import re

__all__ = ["recipes"]

_OPENING = re.compile(r"(?:ifeq|ifneq|ifdef|ifndef|define|override +define|export +define)\b")
_RULE = re.compile(r"([^\s:#=][^:#=]*?)\s*::?(?![:=])")
_LONG = re.compile(r"\\\n")


def recipes(text: str) -> dict[str, tuple[str, ...]]:
    """The targets outside of conditionals and definitions, with the lines of their recipes.

    A line that ends in a backslash goes on in the next. Raises ``ValueError`` where a definition or
    conditional has no end.
    Source: GNU make manual, "Rule Syntax", "Recipe Syntax", "Conditional Syntax", "Multi-Line".
    """
    found: dict[str, list[str]] = {}
    current: list[str] = []
    opened: list[int] = []
    for number, line in enumerate(_LONG.sub(" ", text.replace("\r\n", "\n")).splitlines(), 1):
        bare = line.strip()
        if _OPENING.match(bare) and not line.startswith("\t"):
            opened.append(number)
        elif bare in ("endif", "endef") and not line.startswith("\t"):
            if not opened:
                raise ValueError(f"{bare} closes nothing")
            opened.pop()
        elif opened or not bare or bare.startswith("#"):
            continue
        elif line.startswith("\t"):
            for name in current:
                found[name].append(bare)
        else:
            rule = _RULE.match(line)
            current = rule[1].split() if rule is not None else []
            for name in current:
                found.setdefault(name, [])
    if opened:
        raise ValueError("a conditional or a definition has no end")
    if text.endswith("\\\n"):
        raise ValueError("its last line goes on in no other")
    return {name: tuple(lines) for name, lines in found.items()}
