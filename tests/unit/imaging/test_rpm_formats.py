"""The headers in each format's bytes: those that are sound, soon and in bounds, or none."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.imaging.data.databases import (
    bdb_database,
    bdb_items,
    ndb_blob,
    ndb_database,
    ndb_slot,
    package,
    sqlite_database,
    sqlite_script,
    written_by_rpm,
)

from jettison.imaging.rpm_bdb import bdb_headers
from jettison.imaging.rpm_ndb import ndb_headers
from jettison.imaging.rpm_sqlite import sqlite_headers

READERS = {"rpmdb.sqlite": sqlite_headers, "Packages.db": ndb_headers, "Packages": bdb_headers}
SHORT = package("short")
LONG = package("long", *(f"/usr/share/long/{number}" for number in range(200)))
BLOBS = [SHORT, LONG, package("c", "/c"), LONG[::-1]]
SAMPLES = {
    "rpmdb.sqlite": sqlite_database(*BLOBS),
    "Packages.db": ndb_database(*BLOBS),
    "Packages": bdb_database(*BLOBS),
}


def patched(data: bytes, at: int, new: bytes) -> bytes:
    """The data with other bytes at a place."""
    return data[:at] + new + data[at + len(new) :]


@pytest.mark.parametrize("name", READERS)
def test_headers_come_by_number(name: str) -> None:
    assert list(READERS[name](SAMPLES[name])) == BLOBS


def test_both_byte_orders_are_read() -> None:
    assert list(bdb_headers(bdb_database(*BLOBS, order=">"))) == BLOBS


def test_the_same_headers_are_the_same_in_every_byte() -> None:
    first = list(sqlite_headers(written_by_rpm("rpmdb.sqlite")))
    assert len(first) == 5
    assert max(map(len, first)) > 200_000
    assert list(bdb_headers(written_by_rpm("Packages"))) == first
    assert list(bdb_headers(written_by_rpm("Packages-big-endian"))) == first


def test_an_error_that_quotes_a_name_which_is_not_text() -> None:
    whole = patched(SAMPLES["rpmdb.sqlite"], 4091, b"\x80")
    assert list(sqlite_headers(whole[:12288])) == []


@settings(max_examples=150)
@given(st.data())
@pytest.mark.parametrize("name", READERS)
def test_any_bytes_give_no_more_than_they_are(name: str, data: st.DataObject) -> None:
    whole = bytearray(SAMPLES[name])
    places = st.integers(0, len(whole) - 1) | st.integers(0, 700)
    for at, byte in data.draw(st.dictionaries(places, st.integers(0, 255), max_size=6)).items():
        whole[at] = byte
    cut = data.draw(st.just(len(whole)) | places)
    found = list(READERS[name](bytes(whole[:cut])))
    assert sum(map(len, found)) <= cut


@settings(max_examples=100)
@given(st.binary(max_size=3000))
@pytest.mark.parametrize("name", READERS)
def test_any_bytes_after_a_sound_start_are_no_error(name: str, rest: bytes) -> None:
    start = SAMPLES[name][: 4096 if name == "Packages.db" else 512]
    list(READERS[name](start + rest))


@pytest.mark.parametrize("page", [0, 1, 3, 256, 513, 1 << 17, 1 << 31])
def test_no_page_is_of_such_a_length(page: int) -> None:
    assert list(bdb_headers(patched(SAMPLES["Packages"], 20, struct.pack("<I", page)))) == []


@pytest.mark.parametrize(
    ("at", "byte"), [(12, 0), (16, 7), (16, 11), (24, 1), (25, 9), (26, 1), (32, 0)]
)
def test_other_berkeley_databases_are_not_read(at: int, byte: int) -> None:
    assert list(bdb_headers(patched(SAMPLES["Packages"], at, bytes([byte])))) == []


@pytest.mark.parametrize("following", [0, 1, 2, 3, 5, 1 << 30])
def test_a_chain_that_does_not_reach_its_end_is_left_out(following: int) -> None:
    second = bdb_database(LONG, SHORT)
    broken = patched(second, 3 * 512 + 16, struct.pack("<I", following))
    assert list(bdb_headers(broken)) == [SHORT]


@pytest.mark.parametrize(("at", "byte"), [(8, 9), (22, 255), (23, 255), (25, 13)])
def test_a_page_of_a_chain_that_is_not_sound_ends_it(at: int, byte: int) -> None:
    broken = patched(bdb_database(LONG, SHORT), 2 * 512 + at, bytes([byte]))
    assert list(bdb_headers(broken)) == [SHORT]


def test_a_chain_of_empty_pages_that_loops_ends() -> None:
    broken = patched(bdb_database(LONG, SHORT), 2 * 512 + 16, struct.pack("<IHH", 2, 1, 0))
    assert list(bdb_headers(broken)) == [SHORT]


def test_a_chain_is_one_header_only() -> None:
    item = struct.pack("<B3xII", 3, 2, len(LONG))
    keys = [struct.pack("<BI", 1, number) for number in range(1, 20)]
    items = [part for key in keys for part in (key, item)]
    data = bdb_database(LONG)
    assert list(bdb_headers(patched(data, 512, bdb_items(items)))) == [LONG]


@pytest.mark.parametrize("length", [1, len(LONG) - 1, len(LONG) + 1, (1 << 32) - 1])
def test_a_chain_of_another_length_is_left_out(length: int) -> None:
    pair = [struct.pack("<BI", 1, 1), struct.pack("<B3xII", 3, 2, length)]
    assert list(bdb_headers(patched(bdb_database(LONG), 512, bdb_items(pair)))) == []


def test_pairs_of_other_kinds_are_left_out() -> None:
    one = struct.pack("<BI", 1, 1)
    counter = struct.pack("<BI", 1, 0)
    items = [counter, b"\x01" + SHORT, b"\x01abc", b"\x01" + SHORT, one, b"\x02" + SHORT]
    items += [struct.pack("<BI", 1, 2), b"\x03abc", struct.pack("<BI", 1, 3), b"\x01" + SHORT, one]
    assert list(bdb_headers(patched(bdb_database(LONG), 512, bdb_items(items)))) == [SHORT]


@pytest.mark.parametrize("start", [0, 27, 511, 512, 65535])
def test_items_outside_of_their_page_end_it(start: int) -> None:
    data = bdb_database(SHORT, SHORT)
    broken = patched(data, 512 + 26 + 2 * 2, struct.pack("<H", start))
    assert list(bdb_headers(broken)) == [SHORT]


def test_more_items_than_fit_a_page_are_none() -> None:
    assert list(bdb_headers(patched(bdb_database(SHORT), 512 + 20, b"\xff\xff"))) == []


def test_the_last_page_may_be_said_to_be_far_away() -> None:
    assert list(bdb_headers(patched(bdb_database(SHORT), 32, b"\xff" * 4))) == [SHORT]


def test_a_blob_whose_checksum_is_wrong_is_left_out() -> None:
    data = ndb_database(SHORT, LONG)
    assert list(ndb_headers(patched(data, len(data) - 100, b"\xff"))) == [SHORT]


@pytest.mark.parametrize(
    "slot",
    [
        ndb_slot(0, 0, 0),
        ndb_slot(0, 256, 6),
        ndb_slot(1, 0, 6),
        ndb_slot(1, 255, 6),
        ndb_slot(1, 256, 0),
        ndb_slot(1, 256, 1),
        ndb_slot(1, 256, 5),
        ndb_slot(2, 256, 6),
        ndb_slot(1, 256, 1 << 31),
        ndb_slot(1, 1 << 31, 6),
        b"Slit" + ndb_slot(1, 256, 6)[4:],
    ],
)
def test_a_slot_that_is_not_sound_is_left_out(slot: bytes) -> None:
    data = ndb_database(SHORT)
    assert len(data) == 4096 + 6 * 16
    assert list(ndb_headers(data)) == [SHORT]
    assert list(ndb_headers(patched(data, 32, slot))) == []


@pytest.mark.parametrize("size", [0, len(SHORT) - 16, len(SHORT) + 16, 1 << 31])
def test_a_blob_of_another_length_than_its_slot_is_left_out(size: int) -> None:
    data = ndb_database(SHORT)
    assert list(ndb_headers(patched(data, 4096, ndb_blob(1, SHORT, len(SHORT))))) == [SHORT]
    assert list(ndb_headers(patched(data, 4096, ndb_blob(1, SHORT, size)))) == []
    assert list(ndb_headers(patched(data, len(data) - 8, struct.pack("<I", size)))) == []


def test_blobs_in_blobs_are_not_read() -> None:
    inner = ndb_blob(2, SHORT)
    outer = ndb_database(inner)
    within = ndb_slot(2, 257, len(inner) // 16)
    again = ndb_slot(1, 256, len(outer) // 16 - 256)
    for slot in (within, again):
        assert list(ndb_headers(patched(outer, 48, slot))) == [inner]
    assert list(ndb_headers(patched(outer, 32, within))) == [SHORT]


@pytest.mark.parametrize(("at", "new"), [(0, b"X"), (4, b"\1"), (12, b"\0"), (12, b"\xff" * 4)])
def test_another_head_is_no_database(at: int, new: bytes) -> None:
    assert list(ndb_headers(patched(SAMPLES["Packages.db"], at, new))) == []


ENDLESS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n)"
TABLE = "CREATE TABLE Packages (hnum INTEGER PRIMARY KEY, "


@pytest.mark.parametrize(
    "script",
    [
        "CREATE TABLE Other (blob)",
        "CREATE TABLE Packages (hnum)",
        f"CREATE VIEW Packages AS {ENDLESS} SELECT zeroblob(1000000) AS blob FROM n",
        f"CREATE VIEW packages AS {ENDLESS} SELECT i AS blob FROM n",
        f"{TABLE} blob AS (zeroblob(900000000))); INSERT INTO Packages (hnum) VALUES (1)",
        f"{TABLE} blob); INSERT INTO Packages (blob) VALUES ('text'), (1), (NULL)",
        "CREATE VIEW Packages AS SELECT 1 AS hnum, x'00' AS blob",
        f"{TABLE} blob AS (x'00')); INSERT INTO Packages (hnum) VALUES (1)",
        "CREATE VIRTUAL TABLE Packages USING fts5(blob)",
    ],
)
def test_what_is_no_plain_table_of_blobs_is_not_read(script: str) -> None:
    assert list(sqlite_headers(sqlite_script(script))) == []
