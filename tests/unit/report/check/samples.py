"""A small project checked with small rules: one finding for each kind of remedy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jettison.changes.checking import Checked, CheckRequest, check
from jettison.rules import (
    Advice,
    Basis,
    Blocked,
    Change,
    Finding,
    Grade,
    Key,
    Kind,
    Level,
    Refused,
    Remedy,
    Rule,
    Saving,
)
from jettison.source import Patch, Span, TextEdit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from jettison.analysis import Facts

FILES = {
    "compose.yaml": "services:\n  api:\n    build: .\n  bad:\n    build: ./gone\n",
    "Dockerfile": "FROM debian\n"
    "# jettison: ignore=T05 it is so by contract\n"
    "RUN apt-get update\n"
    "# jettison: ignore=T06 nothing of this\n"
    'CMD ["x"]\n',
}
LONG = "a message that is long enough to be wrapped, with a word/" + "x" * 90 + " in it, 100% of it"


def _finding(code: str, remedy: Remedy, level: Level, message: str = "it is so") -> Finding:
    key = Key(code, "api", "a:b")
    line = 3 if code == "T05" else 1
    return Finding(
        key, f"name-{code.lower()}", message, "Dockerfile", line, ("api",), remedy, level
    )


def _change(code: str, grade: Grade = Grade.SAFE) -> Change:
    edit = TextEdit(Span(0, 11), "FROM debian:slim")
    patch = Patch({"Dockerfile": (edit,)}, {".dockerignore": ".git\n"})
    saving = Saving(1_000_000, 2_500_000, Basis.GUESSED)
    return Change(Key(code, "api", "a:b"), "use slim", patch, grade, Basis.READ, saving=saving)


def _rule(code: str, remedy: Remedy, level: Level, kind: Kind = Kind.PROBLEM) -> Rule:
    def found(facts: Facts) -> Iterator[Finding]:
        assert facts.targets
        yield _finding(code, remedy, level, LONG if code == "T03" else "it is so")

    check_rule: Callable[[Facts], Iterator[Finding]] = found
    name = f"name-{code.lower()}"
    return Rule(code, name, "It is so.", "1", Grade.SAFE, check_rule, kind, level)


RULES = (
    _rule("T01", _change("T01", Grade.UNSAFE), Level.WARNING),
    _rule("T02", Blocked("T07/api", "it has one stage"), Level.NOTE),
    _rule("T03", Refused("nobody knows how", 3), Level.ERROR),
    _rule("T04", Advice("ask\nsomeone"), Level.WARNING),
    _rule("T05", Advice("never seen"), Level.WARNING),
    _rule("T07", _change("T07"), Level.NOTE, Kind.ENABLER),
)


def checked(folder: Path, **request: Any) -> Checked:
    """The project in ``folder``, checked with the rules."""
    for name, text in FILES.items():
        (folder / name).write_text(text)
    return check(CheckRequest(folder, rules=RULES, environment={}, **request))
