"""Texts that know where each of their characters came from."""

from __future__ import annotations

import re
from typing import Final

from jettison.record import record
from jettison.source import Span

__all__ = ["Traced", "join_lines", "unquote"]

_SIMPLE_ESCAPES: Final = {
    "a": "\a",
    "b": "\b",
    "e": "\x1b",
    "E": "\x1b",
    "f": "\f",
    "n": "\n",
    "r": "\r",
    "t": "\t",
    "v": "\v",
}
_CODED: Final = re.compile(
    r"x([0-9A-Fa-f]{1,2})|u([0-9A-Fa-f]{1,4})|U([0-9A-Fa-f]{1,8})|([0-7]{1,3})"
)


@record
class Traced:
    """A text, and for each of its characters the offset in the text that it was made from.

    ``origins`` has one more entry, the offset at which the text ends.
    """

    text: str
    origins: range | tuple[int, ...]

    @classmethod
    def of(cls, text: str) -> Traced:
        """A text that is its own origin."""
        return cls(text, range(len(text) + 1))

    def span(self, start: int, end: int) -> Span:
        """Where the characters from ``start`` to ``end`` came from."""
        first = self.origins[start]
        return Span(first, self.origins[end - 1] + 1) if end > start else Span(first, first)

    def slice(self, start: int, end: int) -> Traced:
        """A part; its end is where its last character ends."""
        last = self.origins[end - 1] + 1 if end > start else self.origins[start]
        return Traced(self.text[start:end], (*self.origins[start:end], last))


def join_lines(text: str, escape: str) -> Traced:
    """A RUN body as the engines hand it to the shell.

    Continued lines become one, comments and empty lines between them go. ``escape`` is the
    Dockerfile's escape character; doubled it does not continue a line. Source: the Dockerfile
    reference and BuildKit's ``parser.go``.
    """
    parts: list[str] = []
    origins: list[int] = []
    continued = False
    at = 0
    mark = re.escape(escape)
    ending = re.compile(rf"(?<!{mark}){mark}[ \t]*(\r?\n|\Z)")
    for row in re.findall(r"[^\n]*\n|[^\n]+", text):
        stripped = row.strip()
        if not (continued and (not stripped or stripped.startswith("#"))):
            found = ending.search(row)
            keep = found.start() if found and found.end() == len(row) else len(row)
            parts.append(row[:keep])
            origins += range(at, at + keep)
            continued = keep < len(row)
        at += len(row)
    return Traced("".join(parts), (*origins, len(text)))


def unquote(word: Traced, expansions: tuple[tuple[int, int], ...]) -> Traced:
    """The word without quotes and escapes; what is in ``expansions`` (ranges) stays as written."""
    return _Unquoter(word, dict(expansions)).run()


class _Unquoter:
    def __init__(self, word: Traced, expansions: dict[int, int]) -> None:
        self.text = word.text
        self.word = word
        self.expansions = expansions
        self.out: list[str] = []
        self.origins: list[int] = []
        self.at = 0

    def run(self) -> Traced:
        while self.at < len(self.text):
            self.step()
        return Traced("".join(self.out), (*self.origins, self.word.origins[len(self.text)]))

    def put(self, text: str, at: int) -> None:
        self.out.append(text)
        self.origins += [self.word.origins[at]] * len(text)

    def expansion(self) -> bool:
        end = self.expansions.get(self.at)
        if end is None or end <= self.at:
            return False
        for at in range(self.at, end):
            self.put(self.text[at], at)
        self.at = end
        return True

    def step(self) -> None:
        if self.expansion():
            return
        char = self.text[self.at]
        follower = self.text[self.at + 1 : self.at + 2]
        if char == "'":
            self.at += 1
            self.single()
        elif char == '"' or (char == "$" and follower == '"'):
            self.at += 1 if char == '"' else 2
            self.double()
        elif char == "$" and follower == "'":
            self.at += 2
            self.ansi()
        elif char == "\\":
            self.at += 2
            if follower not in ("", "\n"):
                self.put(follower, self.at - 1)
        else:
            self.put(char, self.at)
            self.at += 1

    def single(self) -> None:
        end = self.text.find("'", self.at)
        end = len(self.text) if end < 0 else end
        for at in range(self.at, end):
            self.put(self.text[at], at)
        self.at = end + 1

    def double(self) -> None:
        while self.at < len(self.text) and self.text[self.at] != '"':
            if self.expansion():
                continue
            char = self.text[self.at]
            follower = self.text[self.at + 1 : self.at + 2]
            if char == "\\" and follower and follower in '"\\$`\n':
                self.at += 1
                if follower != "\n":
                    self.put(follower, self.at)
            else:
                self.put(char, self.at)
            self.at += 1
        self.at += 1

    def ansi(self) -> None:
        while self.at < len(self.text) and self.text[self.at] != "'":
            char = self.text[self.at]
            start = self.at
            self.at += 1
            if char != "\\" or self.at == len(self.text):
                self.put(char, start)
                continue
            coded = _CODED.match(self.text, self.at)
            if coded and coded.lastindex:
                self.at = coded.end()
                code = int(coded[coded.lastindex], 8 if coded.lastindex == 4 else 16)
                self.put(chr(code) if code <= 0x10FFFF else "\ufffd", start)
                continue
            follower = self.text[self.at]
            self.at += 1
            self.put(_SIMPLE_ESCAPES.get(follower, follower), start)
        self.at += 1
