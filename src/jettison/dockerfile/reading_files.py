"""The operands of COPY and ADD."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict

from jettison.dockerfile import instructions as kinds
from jettison.dockerfile.heredocs import heredoc_word
from jettison.dockerfile.words import Words, flag_switch, flag_value, flag_values

if TYPE_CHECKING:
    from jettison.dockerfile.heredocs import Heredoc
    from jettison.source import Span

__all__ = ["read_add", "read_copy"]


class _Files(TypedDict):
    sources: tuple[str, ...]
    source_spans: tuple[Span, ...]
    destination: str
    destination_span: Span
    json: bool
    chown: str | None
    chmod: str | None
    link: bool
    exclude: tuple[str, ...]
    heredocs: tuple[Heredoc, ...]


def _files(words: Words, flags: tuple[kinds.Flag, ...]) -> _Files:
    array = words.array()
    pieces = words.blanks() if array is None else array
    if len(pieces) < 2:
        raise words.error(
            f"{words.keyword} requires a source and a destination",
            remedy=f"Write {words.keyword} SOURCE DESTINATION.",
        )
    *given, destination = pieces
    if heredoc_word(destination.text) is not None:
        raise words.error("a here-document cannot be a destination", words.piece(destination))
    sources = tuple(piece for piece in given if heredoc_word(piece.text) is None)
    return {
        "sources": tuple(piece.text for piece in sources),
        "source_spans": words.spans(sources),
        "destination": destination.text,
        "destination_span": words.piece(destination),
        "json": array is not None,
        "chown": flag_value(flags, "chown"),
        "chmod": flag_value(flags, "chmod"),
        "link": bool(flag_switch(flags, "link")),
        "exclude": flag_values(flags, "exclude"),
        "heredocs": words.lines.heredocs,
    }


def read_copy(words: Words) -> kinds.Copy:
    """COPY."""
    common = words.common()
    flags = common["flags"]
    return kinds.Copy(
        **common,
        **_files(words, flags),
        from_=flag_value(flags, "from"),
        parents=bool(flag_switch(flags, "parents")),
    )


def read_add(words: Words) -> kinds.Add:
    """ADD."""
    common = words.common()
    flags = common["flags"]
    return kinds.Add(
        **common,
        **_files(words, flags),
        checksum=flag_value(flags, "checksum"),
        keep_git_dir=flag_switch(flags, "keep-git-dir"),
        unpack=flag_switch(flags, "unpack"),
    )
