"""Files that rpm's database lists, out of databases that rpm itself wrote and of small ones."""

from __future__ import annotations

import pytest
from tests.unit.imaging.data.databases import (
    bdb_database,
    header,
    ndb_database,
    package,
    sqlite_database,
    written_by_rpm,
)
from tests.unit.imaging.samples import files, image_of, inspected, owners_by_path

FILES = {
    "rpmdb.sqlite": "rpmdb.sqlite",
    "Packages.db": "Packages.db",
    "Packages": "Packages",
    "Packages-big-endian": "Packages",
}
WRITERS = {"rpmdb.sqlite": sqlite_database, "Packages.db": ndb_database, "Packages": bdb_database}
BASH = header(
    {
        1000: "bash",
        1001: "5.2",
        1002: "3.el9",
        1116: [0, 1, 1],
        1117: ["bash", "a", "gone"],
        1118: ["/bin/", "/usr/share/"],
    }
)
KEY = header({1000: "gpg-pubkey", 1001: "1"})


@pytest.mark.parametrize("written", FILES)
def test_every_format_says_what_rpm_says(written: str) -> None:
    wanted = {}
    for line in written_by_rpm("listing.txt").decode().splitlines():
        name, version, path, state = line.split(" ")
        if state == "0":
            wanted[path.strip("/")] = f"rpm {name} {version}"
    del wanted["usr/share/ümlaut"], wanted["var/log/plain.log"]
    layer = files({**dict.fromkeys(wanted, b"x"), "usr/bin/nobody's": b"y"})
    layer.file(f"var/lib/rpm/{FILES[written]}", written_by_rpm(written))
    owners = owners_by_path(inspected(image_of(layer)))
    assert {path: package for path, package in owners.items() if package} == wanted
    assert wanted["usr/share/both"] == "rpm other 6-1"
    assert len(wanted) > 1500


@pytest.mark.parametrize("journal", ["delete", "wal"])
@pytest.mark.parametrize("folder", ["var/lib/rpm", "usr/lib/sysimage/rpm", "usr/share/rpm"])
def test_files_belong_to_their_packages(journal: str, folder: str) -> None:
    database = sqlite_database(BASH, KEY, journal=journal)
    layer = {f"{folder}/rpmdb.sqlite": database, "bin/bash": b"b", "usr/share/a": b"a", "c": b"c"}
    inspection = inspected(image_of(layer))
    owners = owners_by_path(inspection)
    assert owners["bin/bash"] == owners["usr/share/a"] == "rpm bash 5.2-3.el9"
    assert owners["c"] == ""
    assert len(inspection.owners.packages) == 2


@pytest.mark.parametrize("name", WRITERS)
def test_a_linked_database_is_read_once(name: str) -> None:
    layer = files({f"usr/lib/sysimage/rpm/{name}": WRITERS[name](BASH, KEY), "bin/bash": b"b"})
    layer.symlink("var/lib/rpm", "../../usr/lib/sysimage/rpm")
    inspection = inspected(image_of(layer))
    assert owners_by_path(inspection)["bin/bash"] == "rpm bash 5.2-3.el9"
    assert len(inspection.owners.packages) == 2


def test_the_newest_format_comes_first() -> None:
    old, new = package("old", "/a", "/b"), package("new", "/a")
    base = {"var/lib/rpm/Packages": bdb_database(old), "a": b"a", "b": b"b"}
    layers = base, {"usr/lib/sysimage/rpm/Packages.db": ndb_database(new)}
    owners = owners_by_path(inspected(image_of(*layers)))
    assert owners["a"] == "rpm new 1-2"
    assert owners["b"] == "rpm old 1-2"


@pytest.mark.parametrize("name", WRITERS)
@pytest.mark.parametrize(
    "broken", [b"", BASH[:40], b"\xff" * 64, header({1000: "x", 1117: ["y"], 1116: [9]})]
)
def test_a_broken_header_claims_nothing(name: str, broken: bytes) -> None:
    database = WRITERS[name](broken, BASH)
    inspection = inspected(image_of({f"var/lib/rpm/{name}": database, "bin/bash": b"b"}))
    assert owners_by_path(inspection)["bin/bash"] == "rpm bash 5.2-3.el9"
    assert len(inspection.owners.packages) == 2


@pytest.mark.parametrize("name", WRITERS)
def test_a_broken_database_claims_nothing(name: str) -> None:
    whole = WRITERS[name](BASH * 3)
    for database in (b"", b"not a database" * 500, whole[:200], whole[:600]):
        layer = {f"var/lib/rpm/{name}": database, "bin/bash": b"b"}
        assert owners_by_path(inspected(image_of(layer)))["bin/bash"] == ""
