"""One instruction's lines to its type.

Source: BuildKit, ``frontend/dockerfile/instructions/parse.go``.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from jettison.dockerfile import instructions as kinds
from jettison.dockerfile.problems import did_you_mean, problem
from jettison.dockerfile.reading_commands import (
    read_cmd,
    read_entrypoint,
    read_healthcheck,
    read_run,
)
from jettison.dockerfile.reading_files import read_add, read_copy
from jettison.dockerfile.syntax import instruction_name, split_words
from jettison.dockerfile.whitespace import BLANKS, SPACES
from jettison.dockerfile.words import Words, flag_value
from jettison.source import Span

if TYPE_CHECKING:
    from collections.abc import Callable

    from jettison.dockerfile.lines import InstructionLines
    from jettison.dockerfile.syntax import Piece
    from jettison.source import SourceText

__all__ = ["read_instruction"]

_STAGE_NAME = re.compile(r"[a-z][a-z0-9\-_.]*")
_SPACES = "".join(sorted(SPACES))


def read_instruction(
    source: SourceText, escape: str, lines: InstructionLines, stage: int | None
) -> kinds.Instruction:
    """The instruction of ``lines``; raises ``DockerfileError`` where no engine would accept it."""
    for heredoc in lines.heredocs:
        if not heredoc.terminated:
            raise problem(
                source,
                lines.span,
                f"the here-document {heredoc.name} has no end",
                remedy=f"End it by a line that is {heredoc.name}.",
            )

    def words(first: Piece, flags: tuple[Piece, ...], span: Span) -> Words:
        name = instruction_name(first.text)
        return Words(source, escape, lines, stage, name, first, flags, span)

    if lines.inner_keyword is None:
        return _read(words(lines.keyword, lines.flags, lines.span))
    start = lines.logical.source_offset(lines.inner_keyword.start)
    inner_span = Span(min(start, lines.span.end), lines.span.end)
    return _onbuild(
        words(lines.keyword, lines.outer_flags, lines.span),
        words(lines.inner_keyword, lines.flags, inner_span),
    )


def _read(words: Words) -> kinds.Instruction:
    read = _READERS.get(words.keyword)
    if read is None:
        name = words.first.text or "(nothing)"
        hint = did_you_mean(name, _READERS)
        raise words.error(f"unknown instruction {name}", words.piece(words.first), hint)
    return read(words)


def _from(words: Words) -> kinds.From:
    common = words.common()
    match words.blanks():
        case [image]:
            alias: Piece | None = None
        case [image, as_, name] if as_.text.lower() == "as":
            alias = name
            if not _STAGE_NAME.fullmatch(alias.text.lower()):
                raise words.error(
                    f"{alias.text} cannot name a stage",
                    words.piece(alias),
                    "A name begins with a letter; letters, digits, '-', '_' and '.' follow.",
                )
        case []:
            raise words.error("FROM lacks an image", remedy="Write FROM IMAGE, or FROM scratch.")
        case _:
            raise words.error(
                "FROM takes an image, or an image, AS and a name",
                remedy="Write FROM IMAGE AS NAME.",
            )
    return kinds.From(
        **common,
        image=image.text,
        image_span=words.piece(image),
        platform=flag_value(common["flags"], "platform"),
        alias=alias.text if alias else None,
        alias_span=words.piece(alias) if alias else None,
    )


def _pairs(words: Words) -> tuple[tuple[kinds.Pair, ...], bool]:
    text, at, end = words.lines.logical.text, words.lines.rest, words.lines.end
    pieces = split_words(text, at, end, words.escape)
    if not pieces:
        raise words.missing("at least one argument")
    if "=" not in pieces[0].text:
        key_end = at
        while key_end < end and text[key_end] not in BLANKS:
            key_end += 1
        value = key_end
        while value < end and text[value] in BLANKS:
            value += 1
        if value == end:
            raise words.error(
                f"{words.keyword} {text[at:key_end]} lacks a value",
                remedy=f"Write {words.keyword} {text[at:key_end]}=VALUE.",
            )
        pair = kinds.Pair(text[at:key_end], text[value:end], words.lines.logical.span(at, end))
        return (pair,), True
    found = []
    for piece in pieces:
        key, equals, written = piece.text.partition("=")
        if not equals:
            hint = f'Quote values with blanks: {words.keyword} key="a b".'
            raise words.error(f"{piece.text} lacks a =", words.piece(piece), hint)
        if not key:
            raise words.error(f"{piece.text} lacks a name", words.piece(piece))
        found.append(kinds.Pair(key, written, words.piece(piece)))
    return tuple(found), False


def _env(words: Words) -> kinds.Env:
    common = words.common()
    pairs, old_form = _pairs(words)
    return kinds.Env(**common, pairs=pairs, old_form=old_form)


def _label(words: Words) -> kinds.Label:
    common = words.common()
    pairs, old_form = _pairs(words)
    return kinds.Label(**common, pairs=pairs, old_form=old_form)


def _arg(words: Words) -> kinds.Arg:
    common = words.common(checked=False)
    text = words.lines.logical.text
    pieces = split_words(text, words.lines.rest, words.lines.end, words.escape)
    if not pieces:
        raise words.missing("at least one argument")
    found = []
    for piece in pieces:
        key, equals, value = piece.text.partition("=")
        if not key:
            raise words.error(f"{piece.text} lacks a name", words.piece(piece))
        found.append(kinds.ArgPair(key, value if equals else None, words.piece(piece)))
    return kinds.Arg(**common, pairs=tuple(found))


def _expose(words: Words) -> kinds.Expose:
    pieces = words.blanks()
    if not pieces:
        raise words.missing("at least one argument")
    ports = tuple(piece.text for piece in pieces)
    return kinds.Expose(**words.common(), ports=ports, port_spans=words.spans(pieces))


def _user(words: Words) -> kinds.User:
    return kinds.User(**words.common(), user=words.one())


def _workdir(words: Words) -> kinds.Workdir:
    return kinds.Workdir(**words.common(), path=words.one())


def _volume(words: Words) -> kinds.Volume:
    array = words.array()
    pieces = words.blanks() if array is None else array
    if not pieces:
        raise words.missing("at least one argument")
    paths = tuple(piece.text.strip(_SPACES) for piece in pieces)
    if "" in paths:
        raise words.error("VOLUME cannot be empty", words.piece(pieces[paths.index("")]))
    return kinds.Volume(**words.common(), paths=paths, path_spans=words.spans(pieces))


def _shell(words: Words) -> kinds.Shell:
    common = words.common()
    array = words.array()
    if not words.rest or array == ():
        raise words.missing("at least one argument")
    if array is None:
        raise words.error(
            "SHELL requires a JSON array", common["operands_span"], 'Write SHELL ["/bin/sh", "-c"].'
        )
    return kinds.Shell(**common, argv=tuple(piece.text for piece in array))


def _stopsignal(words: Words) -> kinds.Stopsignal:
    return kinds.Stopsignal(**words.common(checked=False), signal=words.one())


def _maintainer(words: Words) -> kinds.Maintainer:
    return kinds.Maintainer(**words.common(), name=words.one())


def _onbuild(outer: Words, inner: Words) -> kinds.Onbuild:
    common = outer.common()
    if not inner.first.text:
        raise outer.missing("an instruction")
    if inner.keyword in ("ONBUILD", "FROM", "MAINTAINER"):
        raise inner.error(f"{inner.keyword} is not allowed in ONBUILD", inner.piece(inner.first))
    return kinds.Onbuild(**common, instruction=_read(inner))


def _bare_onbuild(words: Words) -> kinds.Onbuild:
    raise words.missing("an instruction")


_READERS: dict[str, Callable[[Words], kinds.Instruction]] = {
    "ADD": read_add,
    "ARG": _arg,
    "CMD": read_cmd,
    "COPY": read_copy,
    "ENTRYPOINT": read_entrypoint,
    "ENV": _env,
    "EXPOSE": _expose,
    "FROM": _from,
    "HEALTHCHECK": read_healthcheck,
    "LABEL": _label,
    "MAINTAINER": _maintainer,
    "ONBUILD": _bare_onbuild,
    "RUN": read_run,
    "SHELL": _shell,
    "STOPSIGNAL": _stopsignal,
    "USER": _user,
    "VOLUME": _volume,
    "WORKDIR": _workdir,
}
