"""The words of a filter."""

from __future__ import annotations

import pytest
from tests.unit.tui.samples import SITE, sample

from jettison.oci import LayerBuilder
from jettison.tui.catalogue import merged
from jettison.tui.query import How, bytes_test, fits, path_test, text_test, words

LAYER = (
    LayerBuilder()
    .file("usr/lib/Big.so.1", b"x" * 5000)
    .file("usr/lib/small.so", b"x" * 10)
    .file("usr/bin/tool", b"x" * 20)
    .file(f"{SITE}/flask.py", b"f" * 30)
    .file(f"{SITE}/flask-1.0.dist-info/RECORD", b"flask.py,,\n")
    .file("var/log/app.log", b"l")
    .file("top", b"t")
    .symlink("usr/lib/link.so", "small.so")
)
ALL = {"Big.so.1", "small.so", "tool", "flask.py", "RECORD", "app.log", "top", "link.so"}


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("big", {"Big.so.1"}),
        ("LIB", {"Big.so.1", "small.so", "flask.py", "RECORD", "link.so"}),
        ("usr/b", {"tool"}),
        ("b/sm", {"small.so"}),
        ("/bin/", {"tool"}),
        ("/top", {"top"}),
        ("/usr/lib/", {"Big.so.1", "small.so", "flask.py", "RECORD", "link.so"}),
        ("*.so", {"small.so", "link.so"}),
        ("?op", {"top"}),
        ("/usr/*/tool", {"tool"}),
        ("lib/*.so", {"small.so", "link.so"}),
        (r"re:\.so(\.\d)?$", {"Big.so.1", "small.so", "link.so"}),
        (r"re:^/t", {"top"}),
        ("re:BIG", {"Big.so.1"}),
        (">4kB", {"Big.so.1"}),
        ("<11", {"small.so", "app.log", "top", "link.so"}),
        (">10 <31 !py", {"tool", "RECORD"} - {"RECORD"}),
        ("package:flask", {"flask.py"}),
        ("category:log", {"app.log"}),
        ("!lib", {"tool", "app.log", "top"}),
        ("lib so small", {"small.so"}),
        ("re:(", set()),
        ("!re:(", set()),
        ("nowhere", set()),
        ("", ALL),
        ("! package:", ALL),
    ],
)
def test_words_fit(text: str, names: set[str]) -> None:
    inspection = sample(LAYER)
    one = merged(inspection.tree, inspection.listing)
    found = fits(one, inspection.owners, words(text))
    shown = ALL if found is None else {n for n, yes in zip(one.names, found, strict=True) if yes}
    assert shown == names


def test_words_know_how_they_are_looked_for() -> None:
    found = words("a *.b re:c package:d category:e >1MB !f re:(")
    assert [word.how for word in found] == [
        How.PART,
        How.PATTERN,
        How.EXPRESSION,
        How.PACKAGE,
        How.CATEGORY,
        How.BYTES,
        How.PART,
        How.EXPRESSION,
    ]
    assert [word.turned for word in found] == [False] * 6 + [True, False]
    assert [bool(word.problem) for word in found] == [False] * 7 + [True]


@pytest.mark.parametrize(
    ("text", "count", "expected"),
    [
        (">1MB", 1_000_001, True),
        (">1MB", 1_000_000, False),
        ("<2.5k", 2499, True),
        ("<2.5kB", 2500, False),
        (">1gb", 10**9 + 1, True),
        (">7", 8, True),
    ],
)
def test_numbers_of_bytes(text: str, count: int, expected: bool) -> None:
    assert bytes_test(words(text)[0])(count) is expected


def test_a_pattern_for_a_table_fits_a_part() -> None:
    assert text_test(words("fl?sk")[0])("python flask 1.0")
    assert not text_test(words("fl?sk")[0])("python fsk 1.0")
    assert not path_test(words("fl?sk")[0])("/lib/flask.py")
    assert path_test(words("fl*")[0])("/lib/flask.py")
    assert not path_test(words("l*.py")[0])("/lib/flask.py")
