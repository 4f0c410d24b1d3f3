"""Variable expansion and quote removal in a Dockerfile's words.

Source: BuildKit, ``frontend/dockerfile/shell/lex.go``; Dockerfile reference, "Environment
replacement". One thing differs on purpose: what nests deeper than 50 substitutions, or grows
beyond 128 KiB, is an error here, so that no file can exhaust the machine.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from jettison.dockerfile.patterns import PatternError, ShellPattern
from jettison.dockerfile.whitespace import SPACES
from jettison.record import record

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["ExpansionError", "Lexer", "expand", "expand_words"]

_SPECIAL = frozenset("@*#?-$!0")
_DEEPEST = 50
_LONGEST = 1 << 17
_ANGLE = re.compile(r"<<[\t\r ]*+")
_PLAIN = re.compile(r"[^$'\"\\`<}/]++")
_MODIFIERS = frozenset("+-?#%")

_Result = tuple[str, list[str]]


class ExpansionError(ValueError):
    """A word that the engine refuses to expand, or a variable that ``:?`` requires."""


def expand(word: str, env: Mapping[str, str], *, escape: str = "\\") -> str:
    """``word`` with its variables replaced and its quotes and escapes removed.

    A variable that is not set becomes nothing. Raises :class:`ExpansionError` for a quote or a
    brace that is not closed, a modifier there is not, and ``${name:?message}`` where it applies.
    """
    return Lexer(escape=escape).expand(word, env)


def expand_words(word: str, env: Mapping[str, str], *, escape: str = "\\") -> tuple[str, ...]:
    """The words that ``word`` is split into after expansion; quoted blanks do not split."""
    return Lexer(escape=escape).words(word, env)


@record
class Lexer:
    """The options under which words are expanded; the defaults are those of an instruction.

    ``keep_quotes`` and ``keep_escapes`` leave quotes and escapes in the result,
    ``ignore_quotes`` takes them for ordinary characters, ``keep_unset`` leaves variables that
    are not set as they are written.
    """

    escape: str = "\\"
    keep_quotes: bool = False
    keep_escapes: bool = False
    ignore_quotes: bool = False
    keep_unset: bool = False

    def expand(self, word: str, env: Mapping[str, str]) -> str:
        """``word`` expanded as one word; raises :class:`ExpansionError`."""
        if "$" not in word and "'" not in word and '"' not in word and self.escape not in word:
            return word
        return _Expansion(self, word, env, splits=False).until("")[0]

    def words(self, word: str, env: Mapping[str, str]) -> tuple[str, ...]:
        """``word`` expanded and split; raises :class:`ExpansionError`."""
        return tuple(_Expansion(self, word, env, splits=True).until("")[1])


class _Words:
    """Collects words as their characters come.

    The word at hand is shared with the words of a nested substitution, which therefore drops
    what was before it: that is how the engine does it.
    """

    def __init__(self, word: list[str], *, wanted: bool) -> None:
        self._done: list[str] = []
        self._word = word
        self._wanted = wanted
        word.clear()

    def add(self, text: str) -> None:
        """Add characters of which blanks end a word."""
        for char in text if self._wanted else "":
            if char not in SPACES:
                self._word.append(char)
            elif self._word:
                self.finish()

    def add_raw(self, text: str) -> None:
        """Add characters that all belong to the word."""
        if text and self._wanted:
            self._word.append(text)

    def finish(self) -> list[str]:
        """The words, the one at hand included."""
        if self._word:
            self._done.append("".join(self._word))
            self._word.clear()
        return self._done


class _Expansion:
    """One pass over one word."""

    def __init__(self, lexer: Lexer, word: str, env: Mapping[str, str], *, splits: bool) -> None:
        self._splits = splits
        self._lexer = lexer
        self._text = word
        self._at = 0
        self._env = env
        self._raw = lexer.keep_escapes
        self._depth = 0
        self._size = 0
        self._word: list[str] = []

    def _peek(self) -> str:
        return self._text[self._at : self._at + 1]

    def _next(self) -> str:
        char = self._text[self._at : self._at + 1]
        self._at += 1
        return char

    def _grow(self, size: int) -> None:
        self._size += size
        if self._size > _LONGEST:
            raise ExpansionError("the variables are too long together")

    def until(self, stop: str, *, raw: bool | None = None, pattern: bool = False) -> _Result:
        """The expansion up to ``stop`` (``""``: the end) as one text and as words.

        ``raw`` keeps escapes, ``pattern`` doubles those within quotes, as patterns are read twice.
        """
        self._depth += 1
        if self._depth > _DEEPEST:
            raise ExpansionError("substitutions are nested too deeply")
        outer = self._raw
        self._raw = outer if raw is None else raw
        try:
            return self._until(stop, pattern=pattern)
        finally:
            self._raw = outer
            self._depth -= 1

    def _until(self, stop: str, *, pattern: bool) -> _Result:
        out: list[str] = []
        words = _Words(self._word, wanted=self._splits)
        quotes = () if self._lexer.ignore_quotes else ("'", '"')
        while char := self._peek():
            if plain := _PLAIN.match(self._text, self._at):
                self._at = plain.end()
                out.append(plain[0])
                words.add(plain[0])
                continue
            if char == stop:
                self._at += 1
                return "".join(out), words.finish()
            if char == "$":
                value = self._dollar()
                self._grow(len(value))
                out.append(value)
                words.add(value)
            elif char in quotes:
                read = self._single_quoted if char == "'" else self._double_quoted
                value = read(pattern=pattern)
                out.append(value)
                words.add_raw(value)
            elif char == "<":
                value = self._angle()
                out.append(value)
                words.add_raw(value)
            elif char == self._lexer.escape:
                self._escaped(out, words)
            else:
                self._at += 1
                out.append(char)
                words.add(char)
        if stop:
            raise ExpansionError(f"unexpected end of statement while looking for matching {stop}")
        return "".join(out), words.finish()

    def _angle(self) -> str:
        """``<``, or ``<<`` with the blanks after it: they belong to a here-document's word."""
        match = _ANGLE.match(self._text, self._at)
        value = match[0] if match else "<"
        self._at += len(value)
        return value

    def _escaped(self, out: list[str], words: _Words) -> None:
        escape = self._next()
        if self._raw:
            out.append(escape)
            words.add_raw(escape)
        char = self._next()
        out.append(char)
        words.add_raw(char)

    def _single_quoted(self, *, pattern: bool) -> str:
        end = self._text.find("'", self._at + 1)
        if end < 0:
            self._at = len(self._text)
            raise ExpansionError("unexpected end of statement while looking for matching '")
        value = self._text[self._at + 1 : end]
        self._at = end + 1
        if pattern:
            value = value.replace(self._lexer.escape, self._lexer.escape * 2)
        return f"'{value}'" if self._lexer.keep_quotes else value

    def _double_quoted(self, *, pattern: bool) -> str:
        out: list[str] = []
        quote = self._next()
        if self._lexer.keep_quotes:
            out.append(quote)
        escape = self._lexer.escape
        while char := self._peek():
            if char == "$":
                out.append(self._dollar())
                self._grow(len(out[-1]))
                continue
            self._at += 1
            if char == '"':
                if self._lexer.keep_quotes:
                    out.append(char)
                return "".join(out)
            if char == escape:
                following = self._peek()
                if not following:
                    continue
                if following in ('"', "$", escape):
                    if self._raw:
                        out.append(char)
                    char = self._next()
                elif self._raw and (pattern or not self._lexer.keep_quotes):
                    out.append(char)
            out.append(char)
        raise ExpansionError('unexpected end of statement while looking for matching "')

    def _dollar(self) -> str:
        self._at += 1
        if self._peek() != "{":
            name = self._name()
            if not name:
                return "$"
            if self._lexer.keep_unset and name not in self._env:
                return f"${name}"
            return self._env.get(name, "")
        self._at += 1
        if not self._peek():
            raise ExpansionError("syntax error: missing '}'")
        if self._peek() in "{}:":
            raise ExpansionError("syntax error: bad substitution")
        return self._braced(self._name())

    def _braced(self, name: str) -> str:
        modifier = self._next()
        if not modifier:
            raise ExpansionError("syntax error: missing '}'")
        if modifier == "}":
            if self._lexer.keep_unset and name not in self._env:
                return f"${{{name}}}"
            return self._env.get(name, "")
        if modifier == "/":
            return self._replace(name)
        null_is_unset = modifier == ":"
        kind = self._next() if null_is_unset else modifier
        written = modifier + kind if null_is_unset else modifier
        trims = kind in ("#", "%")
        known = not trims if null_is_unset else kind in _MODIFIERS
        if not known:
            raise ExpansionError(f"unsupported modifier ({written}) in substitution")
        word = self._operand("}", raw=trims, pattern=trims)
        if self._lexer.keep_unset and name not in self._env:
            return f"${{{name}{written}{word}}}"
        return self._modified(name, kind, written, word)

    def _modified(self, name: str, kind: str, written: str, word: str) -> str:
        value = self._env.get(name)
        absent = value is None or (written.startswith(":") and value == "")
        match kind:
            case "-":
                return word if value is None or absent else value
            case "+":
                return "" if absent else word
            case "?":
                if value is None or absent:
                    state = "unset" if value is None else "empty"
                    raise ExpansionError(f"{name}: {word or f'is not allowed to be {state}'}")
                return value
            case "#" | "%":
                return _trimmed(value or "", kind, word)
            case _:
                raise ExpansionError(f"unsupported modifier ({written}) in substitution")

    def _replace(self, name: str) -> str:
        every = self._peek() == "/"
        if every:
            self._at += 1
        pattern = self._operand("/", raw=True, pattern=True)
        replacement = self._operand("}", raw=True)
        value = self._env.get(name)
        if value is None and self._lexer.keep_unset:
            return f"${{{name}/{pattern}/{replacement}}}"
        shell_pattern = _pattern(pattern)
        if every:
            return shell_pattern.replace_all(value or "", self._filling(replacement))
        return shell_pattern.replace_first(value or "", replacement)

    def _filling(self, replacement: str) -> Callable[[str], str]:
        def fill(found: str) -> str:
            filled = _template(replacement, found)
            self._grow(len(filled))
            return filled

        return fill

    def _operand(self, stop: str, *, raw: bool, pattern: bool = False) -> str:
        try:
            return self.until(stop, raw=raw, pattern=pattern)[0]
        except ExpansionError:
            if not self._peek():
                raise ExpansionError(f"syntax error: missing '{stop}'") from None
            raise

    def _name(self) -> str:
        text, start = self._text, self._at
        first = text[start : start + 1]
        if first.isdecimal():
            at = start + 1
            while at < len(text) and text[at].isdecimal():
                at += 1
        elif first and first in _SPECIAL:
            at = start + 1
        else:
            at = start
            while at < len(text) and (
                text[at] == "_" or text[at].isalpha() or text[at].isdecimal()
            ):
                at += 1
        self._at = at
        return text[start:at]


def _pattern(text: str, *, backwards: bool = False) -> ShellPattern:
    try:
        return ShellPattern.parse_backwards(text) if backwards else ShellPattern.parse(text)
    except PatternError as error:
        raise ExpansionError(f"invalid pattern ({text}) in substitution: {error}") from error


def _trimmed(value: str, kind: str, word: str) -> str:
    longest = word.startswith(kind)
    text = word[1:] if longest else word
    if kind == "#":
        return _pattern(text).trim_prefix(value, longest=longest)
    pattern = _pattern(text, backwards=True)
    return pattern.trim_prefix(value[::-1], longest=longest)[::-1]


def _template(replacement: str, found: str) -> str:
    """``replacement`` for one match; ``$$`` is a dollar, ``$0`` the match, other names nothing."""
    if "$" not in replacement:
        return replacement
    out: list[str] = []
    at = 0
    while (dollar := replacement.find("$", at)) >= 0:
        out.append(replacement[at:dollar])
        at = dollar + 1
        if replacement.startswith("$", at):
            out.append("$")
            at += 1
            continue
        braced = replacement.startswith("{", at)
        start = end = at + braced
        while end < len(replacement) and (replacement[end] == "_" or replacement[end].isalnum()):
            end += 1
        closed = not braced or replacement.startswith("}", end)
        if end == start or not closed:
            out.append("$")
            continue
        out.append(found if replacement[start:end] == "0" else "")
        at = end + braced
    out.append(replacement[at:])
    return "".join(out)
