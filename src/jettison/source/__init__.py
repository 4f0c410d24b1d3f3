"""Text, positions, spans, edits that provably do not overlap, diffs and caret frames."""

from jettison.source.edits import TextEdit, apply_edits, check_edits, unified_diff
from jettison.source.text import Position, SourceText, Span, requested_text, without_escapes

__all__ = [
    "Position",
    "SourceText",
    "Span",
    "TextEdit",
    "apply_edits",
    "check_edits",
    "requested_text",
    "unified_diff",
    "without_escapes",
]
