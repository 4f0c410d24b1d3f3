"""Edits of a Dockerfile that a careful reviewer would make: blocks moved, cut, inserted, renamed.

A *block* is the comments right above an instruction, the instruction and its line end. Every
operation gives :class:`~jettison.source.TextEdit`\\ s of the text as it is; nothing else of it
changes. New text follows the file's newline, escape character, keyword case and indentation.
"""

from __future__ import annotations

import re
from functools import cached_property
from typing import TYPE_CHECKING

from jettison.dockerfile.lines import BOM, LayoutKind
from jettison.record import record
from jettison.source import Span, TextEdit

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from jettison.dockerfile.instructions import From, Instruction
    from jettison.dockerfile.stages import Dockerfile, Stage

__all__ = ["Block", "DockerfileEditor"]


@record
class Block:
    """An instruction with the comments right above it; ``span`` ends behind its line end."""

    instruction: Instruction
    span: Span


@record(cached=True)
class DockerfileEditor:
    """Operations on one parsed file; each returns edits of its text."""

    file: Dockerfile
    origin: str = ""

    @property
    def text(self) -> str:
        """The file's text."""
        return self.file.source.text

    @cached_property
    def newline(self) -> str:
        """The line end that the file uses."""
        return "\r\n" if "\r\n" in self.text else "\n"

    @cached_property
    def lower(self) -> bool:
        """Whether the file writes its keywords in lower case."""
        text = self.text
        words = [text[i.keyword_span.start : i.keyword_span.end] for i in self.file.instructions]
        return sum(word.islower() for word in words) * 2 > len(words)

    @property
    def escape(self) -> str:
        """The character that continues a line."""
        return self.file.directives.escape

    def block(self, instruction: Instruction) -> Block:
        """The block of an instruction of this file; what ONBUILD holds has the ONBUILD's."""
        outer = self._outer(instruction)
        start = self._line_start(outer.span.start)
        for span in reversed(outer.comment_spans):
            start = min(start, self._line_start(span.start))
        start = max(start, self._head_end)
        return Block(instruction, Span(start, self._line_end(outer.span.end)))

    def _outer(self, instruction: Instruction) -> Instruction:
        span = instruction.span
        for one in self.file.instructions:
            if one.span.start <= span.start and span.end <= one.span.end:
                return one
        return instruction

    def render(self, *lines: str) -> str:
        """New lines in the file's style: its newline, keyword case and escape character.

        Each of ``lines`` is an instruction with an upper-case keyword, a comment, or ``""``; a
        continuation within is written ``\\\\`` and a newline. The text ends with a line end.
        """
        rendered = []
        for line in lines:
            text = line
            if self.lower:
                text = re.sub(r"^[A-Z]+(?=\s)", lambda found: found[0].lower(), text)
                text = re.sub(r"^(from \S+(?: \S+)*?) AS ", r"\1 as ", text)
            if self.escape != "\\":
                text = re.sub(r"\\\n", lambda _: f"{self.escape}\n", text)
            plain = text.replace("\r\n", "\n")
            rendered.append(plain.replace("\n", self.newline) + self.newline)
        return "".join(rendered)

    def insert_before(self, instruction: Instruction, text: str) -> tuple[TextEdit, ...]:
        """Insert rendered text in front of an instruction's block."""
        at = self.block(instruction).span.start
        return (TextEdit(Span(at, at), text, self.origin),)

    def insert_after(self, instruction: Instruction, text: str) -> tuple[TextEdit, ...]:
        """Insert rendered text behind an instruction's block."""
        return self._insert(self.block(instruction).span.end, text)

    def _insert(self, at: int, text: str) -> tuple[TextEdit, ...]:
        """Insert rendered text on lines of its own, behind a line that nothing continues."""
        glue = "" if at == 0 or self.text[at - 1] == "\n" else self.newline
        edit = TextEdit(Span(at, at), glue + text, self.origin)
        mark = self._dangling
        if mark is None or at < mark.end:
            return (edit,)
        return (TextEdit(mark, "", self.origin), edit)

    def delete(self, *instructions: Instruction) -> tuple[TextEdit, ...]:
        """Cut the blocks of instructions, comments included, and a blank line too many."""
        spans = sorted({self.block(one).span for one in instructions})
        groups: list[Span] = []
        for span in spans:
            if groups and groups[-1].end == span.start:
                groups[-1] = Span(groups[-1].start, span.end)
            else:
                groups.append(span)
        return tuple(TextEdit(self._with_blank(span), "", self.origin) for span in groups)

    def _with_blank(self, span: Span) -> Span:
        """The span with the blank line that would be one of two, or the file's first or last."""
        lines = self.text[: span.start].split("\n")
        above = len(lines) < 2 or not lines[-2].strip()
        end = self._line_end(span.end)
        if above and span.end < len(self.text) and not self.text[span.end : end].strip():
            return Span(span.start, end)
        if above and span.end == len(self.text) and len(lines) > 1:
            return Span(span.start - len(lines[-2]) - 1, span.end)
        return span

    def replace(self, instruction: Instruction, text: str) -> tuple[TextEdit, ...]:
        """Write an instruction anew (without line end); the comments above stay."""
        return (TextEdit(instruction.span, text, self.origin),)

    def block_text(self, instruction: Instruction) -> str:
        """The text of a block, with a line end."""
        span = self.block(instruction).span
        text = self.text[span.start : span.end]
        mark = self._dangling
        if mark is not None and span.start <= mark.start < span.end:
            text = self.text[span.start : mark.start]
        return text if text.endswith("\n") else text + self.newline

    def move_before(
        self, instructions: Sequence[Instruction], place: Instruction
    ) -> tuple[TextEdit, ...]:
        """Move blocks, in the order given, in front of another block."""
        text = "".join(self.block_text(one) for one in instructions)
        return (*self.delete(*instructions), *self.insert_before(place, text))

    def name_stage(self, stage: Stage, alias: str) -> tuple[TextEdit, ...]:
        """Give a stage a name, or another one (uses of the old one are not changed)."""
        head: From = stage.from_
        if head.alias_span is not None:
            return (TextEdit(head.alias_span, alias, self.origin),)
        word = " as " if self.lower else " AS "
        at = head.image_span.end
        return (TextEdit(Span(at, at), f"{word}{alias}", self.origin),)

    def set_base(self, stage: Stage, image: str) -> tuple[TextEdit, ...]:
        """Let a stage start from another image or stage."""
        return (TextEdit(stage.from_.image_span, image, self.origin),)

    def set_flag(self, instruction: Instruction, name: str, value: str) -> tuple[TextEdit, ...]:
        """Set ``--name=value`` of an instruction, which is added in front of the others."""
        text = f"--{name}={value}" if value else f"--{name}"
        flag = instruction.flag(name)
        if flag is not None:
            return (TextEdit(flag.span, text, self.origin),)
        at = instruction.keyword_span.end
        return (TextEdit(Span(at, at), f" {text}", self.origin),)

    def append(self, text: str) -> tuple[TextEdit, ...]:
        """Add rendered text at the file's end."""
        return self._insert(len(self.text), text)

    def comments(self, instructions: Iterable[Instruction]) -> frozenset[str]:
        """The comment lines of blocks as written, stripped: what ``drops_comments`` wants."""
        found = set()
        for one in instructions:
            span = self.block(one).span
            rows = self.text[span.start : span.end].splitlines()
            found |= {row.strip() for row in rows if row.strip().startswith("#")}
        return frozenset(found)

    def renamed_in_comments(
        self, instruction: Instruction, old: str, new: str
    ) -> tuple[TextEdit, ...]:
        """The edits by which the comments right above an instruction name another file."""
        named = re.compile(rf"(?<![\w./-]){re.escape(old)}(?![\w/-]|\.\w)")
        return tuple(
            TextEdit(Span(*found.span()), new, self.origin)
            for span in self._outer(instruction).comment_spans
            for found in named.finditer(self.text, span.start, span.end)
        )

    @cached_property
    def _head_end(self) -> int:
        """Where the byte order mark and the directives end."""
        end = 1 if self.text.startswith(BOM) else 0
        for directive in self.file.lines.directives:
            end = max(end, self._line_end(directive.span.end))
        return end

    @cached_property
    def _dangling(self) -> Span | None:
        """The mark, and blanks before it, with which the last line wants to be continued.

        Where there is nothing else in the last lines, also the marks of the lines before them.
        """
        if not self.file.instructions:
            return None
        end = self.file.instructions[-1].span.end
        start: int | None = None
        for layout in reversed(self.file.lines.layout):
            if layout.kind is not LayoutKind.CONTINUATION:
                continue
            if start is None and not layout.start < end <= layout.end:
                return None
            if start is not None and not _says_nothing(self.text[layout.start + 1 : start]):
                break
            start = len(self.text[: layout.start].rstrip(" \t"))
        return Span(start, end) if start is not None else None

    def _line_start(self, offset: int) -> int:
        return self.text.rfind("\n", 0, offset) + 1

    def _line_end(self, offset: int) -> int:
        at = self.text.find("\n", offset)
        return len(self.text) if at < 0 else at + 1


def _says_nothing(text: str) -> bool:
    """Whether there are only blanks and comments in the lines behind a mark."""
    lines = (line.strip() for line in text.split("\n"))
    return all(not line or line.startswith("#") for line in lines)
