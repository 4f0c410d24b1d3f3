"""What a project says reaches a terminal as text, never as an order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text

from jettison.cli.printing import console
from jettison.cli.progress import LiveProgress

if TYPE_CHECKING:
    import pytest


def test_escape_sequences_and_markup_are_shown_as_they_are(
    capsys: pytest.CaptureFixture[str],
) -> None:
    table = Table()
    table.add_column("a\x1b[31mb")
    table.add_row("\x1b]0;title\x07")
    console().print(table)
    console().print(Text("\x1b[2Jé [/x] \u202eabc"))
    said = capsys.readouterr().out
    assert "\x1b" not in said
    assert "?]0;title" in said
    assert "?[2Jé [/x] ?abc" in said


def test_a_step_with_brackets_in_its_name_is_shown(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    with LiveProgress(console(stderr=True), ("project",)) as live:
        progress = live.progress()
        progress.say("said [/x] \x1b]0;title\x07")
        progress.status("building web: [build 1/3] RUN [/x]")
    said = capsys.readouterr().err
    assert "said [/x] ?]0;title" in said
    assert "\x1b]0" not in said
