"""Writes the rpm databases that the tests of ``jettison.imaging.rpm`` read.

Needs on its PATH ``db5.3_load`` and an rpm of 4.16 to 4.20 that was configured with
``--enable-ndb --enable-bdb-ro --enable-sqlite`` (Debian's has no ndb).
Packages are built and installed into a scratch database of each format; the Berkeley databases
get the same headers. What rpm itself lists is written next to them.
"""

from __future__ import annotations

import lzma
import sqlite3
import struct
import subprocess
import sys
import tempfile
from contextlib import closing
from pathlib import Path

DATA = Path(__file__).resolve().parent.parent / "tests/unit/imaging/data"
SPECS = {
    "plain": ("1.0", ["/usr/bin/plain", "/usr/share/both", "%ghost /var/log/plain.log"]),
    "umlaut": ("2.0~rc1", ["/usr/share/ümlaut/ß", "%dir /usr/share/ümlaut"]),
    "empty": ("3", []),
    "many": ("4.5", [f"/opt/many/folder{n // 100}/a-long-file-name-{n:04}" for n in range(1500)]),
    "other": ("6", ["/usr/bin/other", "/usr/share/both"]),
}
SPEC = """
Name: {name}
Version: {version}
Release: 1
Summary: A test of {name}
Summary(de): Ein Test
License: MIT
BuildArch: noarch
%description
A test.
%description -l de
Ein Test.
%install
{install}
%files
{files}
"""
BACKENDS = {"sqlite": "rpmdb.sqlite", "ndb": "Packages.db", "bdb_ro": "Packages"}
QUERY = "[%{=NAME} %{=VERSION}-%{=RELEASE} %{FILENAMES} %{FILESTATES}\n]"


def main() -> None:
    """Writes every database and rpm's listing of each, and checks that those agree."""
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        packages = [build(work, name, *what) for name, what in SPECS.items()]
        for backend in ("sqlite", "ndb"):
            install(work / backend, backend, packages)
        listing = query(work / "sqlite", "sqlite")
        headers = stored(work / "sqlite")
        orders = {"Packages": (1234, 4096), "Packages-big-endian": (4321, 512)}
        for file, (order, page) in orders.items():
            folder = work / file
            folder.mkdir()
            load(folder / "Packages", headers, order, page)
            expect(listing, query(folder, "bdb_ro"))
            save(file, (folder / "Packages").read_bytes())
        expect(listing, query(work / "ndb", "ndb"))
        for backend in ("sqlite", "ndb"):
            file = BACKENDS[backend]
            save(file, (work / backend / file).read_bytes())
        save("listing.txt", "".join(sorted(listing)).encode())


def build(work: Path, name: str, version: str, files: list[str]) -> Path:
    """A package whose files all hold its own specification."""
    spec = work / f"{name}.spec"
    install = []
    for line in files:
        path = "%{buildroot}" + line.split(" ")[-1]
        made = "mkdir -p" if line.startswith("%dir") else f"install -D {spec}"
        install.append(f"{made} {path}")
    text = {"install": "\n".join(install), "files": "\n".join(files)}
    spec.write_text(SPEC.format(name=name, version=version, **text))
    run("rpmbuild", "-bb", "--quiet", "-D", f"_topdir {work}/build", str(spec))
    return next((work / "build/RPMS/noarch").glob(f"{name}-*.rpm"))


def install(folder: Path, backend: str, packages: list[Path]) -> None:
    """Installs the packages one by one, so that a later one replaces a file of an earlier one."""
    rpm = ["rpm", "-D", f"_db_backend {backend}", "--dbpath", str(folder)]
    run(*rpm, "--initdb")
    for package in packages:
        run(*rpm, "-i", "--justdb", "--nodeps", "--replacefiles", str(package))
    run(*rpm, "-e", "--justdb", "--nodeps", "empty")
    run(*rpm, "-i", "--justdb", "--nodeps", str(packages[2]))


def stored(folder: Path) -> dict[int, bytes]:
    """The headers of an SQLite database by number."""
    with closing(sqlite3.connect(folder / BACKENDS["sqlite"])) as connection:
        return dict(connection.execute("SELECT hnum, blob FROM Packages"))


def load(path: Path, headers: dict[int, bytes], order: int, page: int) -> None:
    """Makes a Berkeley hash database; record 0 counts the headers, as rpm has it."""
    key = struct.Struct("<I" if order == 1234 else ">I")
    records = {0: key.pack(max(headers)), **headers}
    lines = ["VERSION=3", "format=bytevalue", "type=hash", f"db_lorder={order}"]
    lines += [f"db_pagesize={page}", "HEADER=END"]
    for number, value in records.items():
        lines += [f" {key.pack(number).hex()}", f" {value.hex()}"]
    text = "\n".join([*lines, "DATA=END", ""])
    subprocess.run(["db5.3_load", str(path)], input=text, text=True, check=True)


def query(folder: Path, backend: str) -> list[str]:
    """rpm's own listing: package, version, file and the file's state."""
    command = ["rpm", "-D", f"_db_backend {backend}", "--dbpath", str(folder), "-qa"]
    done = subprocess.run([*command, "--qf", QUERY], capture_output=True, text=True, check=True)
    if "error:" in done.stderr:
        sys.exit(done.stderr)
    return done.stdout.splitlines(keepends=True)


def expect(wanted: list[str], found: list[str]) -> None:
    """Ends the program when rpm lists something else."""
    if sorted(wanted) != sorted(found):
        sys.exit("rpm does not list the same from every format")


def save(name: str, data: bytes) -> None:
    """Writes a compressed fixture."""
    DATA.joinpath(f"{name}.xz").write_bytes(lzma.compress(data, preset=9))


def run(*command: str) -> None:
    """Runs a command that must succeed."""
    subprocess.run(command, check=True)


if __name__ == "__main__":
    main()
