"""What the end of a log says of a failure."""

from jettison.trial.launching.last_words import main_line, telling_lines

_NODE = """/app/server.js:3
  throw new ParseError(text)
  ^

ParseError: Invalid connection string
    at connect (/app/node_modules/db/lib/index.js:20:11)
    at Object.<anonymous> (/app/server.js:3:1) {
  [Symbol(errorLabels)]: Set(0) {}
}

Node.js v25.9.0
"""


def test_the_error_is_named_and_not_where_the_program_was() -> None:
    assert main_line(_NODE) == "ParseError: Invalid connection string"
    assert telling_lines(_NODE.splitlines())[-1] == "}"
    assert not any("node_modules" in line for line in telling_lines(_NODE.splitlines()))


def test_a_log_without_any_cause_gives_its_last_line() -> None:
    assert main_line("one\ntwo\n\n") == "two"
    assert telling_lines(["    at a (b.js:1:1)"]) == ["    at a (b.js:1:1)"]
    assert not main_line("")
