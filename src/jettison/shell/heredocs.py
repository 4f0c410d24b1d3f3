"""Here-documents taken out of a text, for the places where the grammar loses its way in them."""

from __future__ import annotations

import re
from typing import Final

from jettison.record import record

__all__ = ["HeredocPlace", "blank_heredocs"]

_DELIMITER: Final = re.compile(r"""(?:'[^'\n]*'|"[^"\n]*"|\\.|[^\s'"\\|&;<>()])+""")
_ARITHMETIC: Final = re.compile(r"\$?\(\(")


@record
class HeredocPlace:
    """Where the parts of a here-document are; the body ends after its last newline."""

    operator: int
    delimiter_start: int
    delimiter_end: int
    body_start: int
    body_end: int
    strips_tabs: bool


def blank_heredocs(text: str) -> tuple[str, dict[int, HeredocPlace | None]]:
    """``text``, as long as before, with ``<<EOF`` as `` <EOF`` and blanks for every body.

    The places are keyed by the offset of the ``<`` that is left. ``<<<`` becomes ``  <`` and has
    no place.
    """
    scanner = _Scanner(text)
    places = scanner.run()
    chars = list(text)
    for at in scanner.strings:
        chars[at : at + 2] = "  "
    for place in places:
        for at in range(place.operator, place.delimiter_start):
            chars[at] = " "
        chars[place.operator + 1] = "<"
        end = text.find("\n", place.body_end)
        for at in range(place.body_start, len(text) if end < 0 else end):
            chars[at] = " "
    found: dict[int, HeredocPlace | None] = {place.operator + 1: place for place in places}
    return "".join(chars), found | dict.fromkeys(at + 2 for at in scanner.strings)


class _Scanner:
    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.pending: list[tuple[int, int, int, bool]] = []
        self.places: list[HeredocPlace] = []
        self.strings: list[int] = []

    def run(self) -> list[HeredocPlace]:
        while self.at < len(self.text):
            self.step()
        return self.places

    def step(self) -> None:
        text, at = self.text, self.at
        char = text[at]
        if char == "\\":
            self.at += 2
        elif char == "'":
            self.at = self.after(text.find("'", at + 1))
        elif char == '"':
            found = re.compile(r'[^"\\]*(?:\\.[^"\\]*)*', re.DOTALL).match(text, at + 1)
            self.at = found.end() + 1 if found else at + 1
        elif char == "#" and (at == 0 or text[at - 1] in " \t\n;&|("):
            newline = text.find("\n", at)
            self.at = len(text) if newline < 0 else newline
        elif char == "\n":
            self.at += 1
            self.bodies()
        elif _ARITHMETIC.match(text, at):
            self.at = self.after(text.find("))", at), 2)
        elif char == "<" and text.startswith("<<", at):
            self.operator()
        else:
            self.at += 1

    def after(self, found: int, length: int = 1) -> int:
        return len(self.text) if found < 0 else found + length

    def operator(self) -> None:
        start = self.at
        self.at += 3 if self.text.startswith("<<<", start) else 2
        if self.at == start + 3:
            self.strings.append(start)
            return
        strips = self.text.startswith("-", self.at)
        self.at += strips
        while self.text.startswith((" ", "\t"), self.at):
            self.at += 1
        found = _DELIMITER.match(self.text, self.at)
        if found:
            self.pending.append((start, found.start(), found.end(), strips))
            self.at = found.end()

    def bodies(self) -> None:
        for operator, start, end, strips in self.pending:
            body = self.at
            wanted = re.sub(r"""\\(.)|['"]""", r"\1", self.text[start:end])
            while self.at < len(self.text):
                newline = self.text.find("\n", self.at)
                line = self.text[self.at : newline if newline >= 0 else None]
                following = self.after(newline)
                if (line.lstrip("\t") if strips else line) == wanted:
                    self.places.append(HeredocPlace(operator, start, end, body, self.at, strips))
                    self.at = following
                    break
                self.at = following
            else:
                self.places.append(HeredocPlace(operator, start, end, body, self.at, strips))
        self.pending.clear()
