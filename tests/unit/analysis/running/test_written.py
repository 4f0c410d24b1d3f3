"""What tells that a file of code writes: the plain search leaves none out."""

import pytest

from jettison.analysis.running import written


@pytest.mark.parametrize("call", sorted(written._CALLS))
def test_every_call_that_writes_is_seen(call: str) -> None:
    strings, writes = written._python_writes(f"place.{call}('uploads/x')\n".encode())
    assert writes
    assert strings == {"uploads/x"}


@pytest.mark.parametrize("code", ["open('kept/x', 'w')", "place.open(mode='a+')"])
def test_a_file_opened_to_write_is_seen(code: str) -> None:
    assert written._python_writes(code.encode())[1]


def test_a_file_opened_to_read_is_none_that_writes() -> None:
    assert not written._python_writes(b"open('kept/x').read()")[1]


def test_strings_of_a_file_with_sqlite_are_taken() -> None:
    assert written._python_writes(b"url = 'sqlite:///kept.db'")[0] == {"sqlite:///kept.db"}
