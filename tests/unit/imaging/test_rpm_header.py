"""What an rpm header says, sound or not."""

from __future__ import annotations

import struct
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.imaging.data.databases import Value, header, package

from jettison.imaging.rpm_header import RpmHeader

SAMPLE = package("a", "/usr/bin/a", "/usr/share/b", "/c")


def paths(values: dict[int, Value], added: dict[int, Value] | None = None) -> list[str]:
    """The files of a header."""
    return RpmHeader.parse(header(values, added)).paths()


def test_names_are_joined_to_their_folders() -> None:
    found = RpmHeader.parse(SAMPLE)
    assert (found.name, found.version) == ("a", "1-2")
    assert found.paths() == ["/usr/bin/a", "/usr/share/b", "/c"]


def test_old_packages_list_whole_paths() -> None:
    assert paths({1027: ["/bin/a", "/b"]}) == ["/bin/a", "/b"]
    newer: dict[int, Value] = {1116: [0], 1117: ["b"], 1118: ["/"]}
    assert paths({1027: ["/bin/a"]}, newer) == ["/b"]


def test_what_was_added_later_replaces_what_was_signed() -> None:
    signed: dict[int, Value] = {63: b"region", 1116: [0], 1117: ["old"], 1118: ["/"]}
    assert paths(signed, {1117: ["new"]}) == ["/new"]


def test_replaced_and_skipped_files_are_not_there() -> None:
    listed: dict[int, Value] = {1027: ["/a", "/b", "/c", "/d", "/e"], 1029: b"\0\1\2\3"}
    assert paths(listed) == ["/a", "/d", "/e"]


def test_text_in_several_languages_is_its_first() -> None:
    blob = bytearray(header({1000: ["name", "Name"], 1001: "1"}))
    assert blob[8:16] == struct.pack(">II", 1000, 8)
    blob[15] = 9
    assert RpmHeader.parse(bytes(blob)).name == "name"


def test_a_package_without_files_has_none() -> None:
    assert paths({1000: "gpg-pubkey", 1001: "1", 1002: "2"}) == []
    assert paths({}) == []


def test_items_of_another_kind_are_none() -> None:
    assert RpmHeader.parse(header({1000: [1]})).name == ""
    assert paths({1027: b"/a\0"}) == []


@pytest.mark.parametrize(
    "values",
    [
        {1116: [0], 1117: ["a", "b"], 1118: ["/"]},
        {1116: [0, 1], 1117: ["a", "b"], 1118: ["/"]},
        {1116: [0], 1117: ["a"]},
        {1117: ["a"], 1118: ["/"]},
        {1116: [0] * 5000, 1117: ["a"] * 5000, 1118: ["/" * 5000]},
    ],
)
def test_lists_that_do_not_fit_together_are_an_error(values: dict[int, Value]) -> None:
    with pytest.raises(struct.error):
        paths(values)


@pytest.mark.parametrize(
    "blob",
    [
        b"",
        SAMPLE[:-1],
        struct.pack(">II", 1 << 31, 0),
        struct.pack(">II", 0, 1 << 31),
        struct.pack(">IIIIII", 1, 3, 1000, 6, 0, 1) + b"abc",
        struct.pack(">IIIIII", 1, 3, 1000, 6, 1 << 31, 1) + b"ab\0",
        struct.pack(">IIIIII", 1, 3, 1000, 8, 0, 1 << 31) + b"ab\0",
    ],
)
def test_a_header_that_is_cut_off_is_an_error(blob: bytes) -> None:
    with pytest.raises(struct.error):
        RpmHeader.parse(blob).name  # noqa: B018 - the text is looked up now


@given(st.dictionaries(st.integers(0, len(SAMPLE) - 1), st.integers(0, 255), max_size=8))
def test_any_bytes_end_in_a_header_or_an_error(changes: dict[int, int]) -> None:
    blob = bytearray(SAMPLE)
    for at, byte in changes.items():
        blob[at] = byte
    with suppress(struct.error):
        found = RpmHeader.parse(bytes(blob))
        assert len("".join(found.paths())) <= 10 * len(blob)
        assert isinstance(found.name + found.version, str)
