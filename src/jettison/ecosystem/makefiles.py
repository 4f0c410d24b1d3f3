"""Targets of a Makefile and what they run, read without running anything of it."""

from __future__ import annotations

from jettison.patterns import regex

__all__ = ["commands_of", "recipes"]

_OPENING = regex(r"(?:ifeq|ifneq|ifdef|ifndef|define|override +define|export +define)\b")
_RULE = regex(r"([^\s:#=][^:#=]*?)\s*::?(?![:=])")
_LONG = regex(r"\\\n")
_VARIABLE = regex(r"(?:export\s+|override\s+)?([\w.-]+)\s*(?:::?:?|\?)?=\s*(.*)")
_USE = regex(r"\$(?:\(([\w.-]+)\)|\{([\w.-]+)\})")
_DEEPEST = 8


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


def commands_of(text: str, target: str) -> tuple[str, ...] | None:
    """The shell lines that ``make target`` runs, those of what it needs first; ``""`` is the first.

    Variables that the Makefile sets are put in; others stay as they are written. ``None`` where it
    has no such target. Raises ``ValueError`` as :func:`recipes` does.
    """
    found = recipes(text)
    plain = [name for name in found if not name.startswith(".")]
    first = target or (plain[0] if plain else "")
    if first not in found:
        return None
    variables, needs = _heads(text)
    lines: list[str] = []
    _collect(first, found, needs, lines, set())
    return tuple(_expanded(line.lstrip("@-+ "), variables) for line in lines)


def _collect(
    name: str,
    found: dict[str, tuple[str, ...]],
    needs: dict[str, list[str]],
    lines: list[str],
    seen: set[str],
) -> None:
    if name in seen:
        return
    seen.add(name)
    for other in needs.get(name, ()):
        if other in found:
            _collect(other, found, needs, lines, seen)
    lines += found[name]


def _heads(text: str) -> tuple[dict[str, str], dict[str, list[str]]]:
    """The variables with their values, and what each target needs."""
    variables: dict[str, str] = {}
    needs: dict[str, list[str]] = {}
    for line in _LONG.sub(" ", text.replace("\r\n", "\n")).splitlines():
        if line.startswith("\t"):
            continue
        bare = line.partition("#")[0].strip()
        set_ = _VARIABLE.fullmatch(bare)
        if set_ is not None:
            if "?=" not in bare.partition(set_[2])[0] or set_[1] not in variables:
                variables[set_[1]] = set_[2]
            continue
        rule = _RULE.match(bare)
        if rule is not None:
            rest = bare[rule.end() :].lstrip(":").partition(";")[0].replace("|", " ")
            for name in rule[1].split():
                needs.setdefault(name, []).extend(rest.split())
    return variables, needs


def _expanded(text: str, variables: dict[str, str]) -> str:
    for _ in range(_DEEPEST):
        now = _USE.sub(lambda use: variables.get(use[1] or use[2], use[0]), text)
        if now == text:
            break
        text = now
    return text.replace("$$", "$")
