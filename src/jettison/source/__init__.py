"""Text, positions, spans, edits that provably do not overlap, patches, diffs, caret frames."""

from jettison.source.edits import TextEdit, apply_edits, check_edits, unified_diff
from jettison.source.pieces import Cut, Inserted, Pieces
from jettison.source.text import (
    Position,
    SourceText,
    Span,
    printable,
    requested_text,
    without_escapes,
)
from jettison.source.tree import Patch, TextTree

__all__ = [
    "Cut",
    "Inserted",
    "Patch",
    "Pieces",
    "Position",
    "SourceText",
    "Span",
    "TextEdit",
    "TextTree",
    "apply_edits",
    "check_edits",
    "printable",
    "requested_text",
    "unified_diff",
    "without_escapes",
]
