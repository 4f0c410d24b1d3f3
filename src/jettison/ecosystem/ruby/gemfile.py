"""What a ``Gemfile`` and its lock file say of gems for development.

Source: Bundler documentation, "gemfile(5)", "bundle config" (``without``), "Gemfile.lock".
"""

from __future__ import annotations

import re

from jettison.patterns import regex
from jettison.record import record

__all__ = ["Gems", "read_gems"]

_COMMENT = regex(r"('(?:\\.|[^'\\])*'|\"(?:\\.|[^\"\\])*\")|#[^\n]*")
_GROUP = regex(r"^group\b\s*\(?(?P<names>.*?)\)?\s*do\b")
_GEM = regex(r"^gem\b\s*\(?\s*['\"](?P<name>[\w.-]+)['\"](?P<rest>.*)")
_GROUPS = regex(r"\bgroups?:\s*(\[[^\]]*\]|:\w+|['\"]\w+['\"])|:groups?\s*=>\s*(\[[^\]]*\]|:\w+)")
_REQUIRE = regex(r"\brequire(?::|['\"]?\s*=>)\s*(\[[^\]]*\]|['\"][^'\"]+['\"])")
_WORD = regex(r"[\w./-]+")
_OPENS = regex(r"\bdo\b(\s*\|[^|]*\|)?\s*$|^(if|unless|case|begin|def|while)\b")
_SPEC = regex(r"^    (\S+) \(")
_NEED = regex(r"^      (\S+)")
_BUNDLER = regex(r"^BUNDLED WITH\n\s+(\d+)\.(\d+)", re.MULTILINE)
_FOREIGN = regex(r"^(eval_gemfile|gemspec|instance_eval|eval|plugin)\b", re.MULTILINE)
_DEVELOPMENT = frozenset({"development", "test"})


@record
class Gems:
    """Gems that only the groups ``development`` and ``test`` want, with all that only they need.

    ``named`` are those that the Gemfile lists, ``groups`` the groups that have any, ``requires``
    what they are loaded by where that is not their name. ``bundler`` is the version that has made
    the lock file.
    """

    named: frozenset[str]
    every: frozenset[str]
    groups: tuple[str, ...]
    requires: frozenset[str]
    bundler: tuple[int, int]


def read_gems(gemfile: str, lock: str) -> Gems | str | None:
    """What the two files say; a reason where that is not plain, ``None`` where nothing leaves."""
    plain = _COMMENT.sub(lambda found: found[1] or "", gemfile)
    rows = _rows(plain)
    if not any(groups and groups <= _DEVELOPMENT for _, groups, _ in rows):
        return None
    if _FOREIGN.search(plain):
        return "the Gemfile reads others"
    version = _BUNDLER.search(lock)
    if version is None:
        return "the lock file does not say which Bundler has made it"
    always = {name for name, groups, _ in rows if not groups or groups - _DEVELOPMENT}
    named = {name for name, groups, _ in rows if groups} - always
    if not named:
        return None
    needs = _needs(lock)
    every = _closure(needs, named) - _closure(needs, always)
    used = {group for name, groups, _ in rows if name in named for group in groups}
    return Gems(
        frozenset(named & every),
        frozenset(every),
        tuple(sorted(used)),
        frozenset(one for name, _, given in rows if name in named for one in given),
        (int(version[1]), int(version[2])),
    )


def _rows(text: str) -> list[tuple[str, frozenset[str], tuple[str, ...]]]:
    """Each gem with its groups and what is required of it."""
    found = []
    stack: list[frozenset[str]] = []
    for line in re.sub(r",[ \t]*\n\s*", ", ", text).splitlines():
        row = line.strip()
        group = _GROUP.match(row)
        gem = _GEM.match(row)
        if group is not None:
            stack.append(frozenset(_WORD.findall(group["names"])))
        elif gem is not None:
            own = _GROUPS.search(gem["rest"])
            names = frozenset(_WORD.findall(own[1] or own[2])) if own else frozenset[str]()
            required = _REQUIRE.search(gem["rest"])
            given = tuple(_WORD.findall(required[1])) if required else ()
            found.append((gem["name"], names.union(*stack), given))
        elif row == "end":
            stack[-1:] = []
        elif _OPENS.search(row):
            stack.append(frozenset())
    return found


def _needs(lock: str) -> dict[str, set[str]]:
    """What each gem of a lock file needs."""
    found: dict[str, set[str]] = {}
    name = ""
    for line in lock.splitlines():
        spec, need = _SPEC.match(line), _NEED.match(line)
        if spec is not None:
            name = spec[1]
            found.setdefault(name, set())
        elif need is not None and name:
            found[name].add(need[1].rstrip("!"))
    return found


def _closure(needs: dict[str, set[str]], roots: set[str]) -> set[str]:
    found: set[str] = set()
    waiting = list(roots)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += needs.get(name, set())
    return found
