"""What a file is for, by its path."""

from __future__ import annotations

import pytest
from tests.unit.imaging.samples import files, image_of, inspected

from jettison.imaging import Category, advise
from jettison.imaging.caches import cache_at
from jettison.imaging.categories import suffix_of
from jettison.oci import Compression, LayerBuilder, build_image

CASES = {
    Category.CACHE: "var/lib/apt/lists/x root/.cache/pip/y.py home/u/.npm/_cacache/z "
    "app/node_modules/.cache/a.js var/cache/apt/b.deb usr/local/cargo/registry/c.rs",
    Category.VCS: "app/.git/objects/aa app/.git/config.py",
    Category.SECRET: "app/.env root/.ssh/id_rsa app/.env.production app/store.p12",
    Category.LOG: "var/log/dpkg.x app/server.log",
    Category.TEMPORARY: "tmp/a.py var/tmp/b app/c.tmp",
    Category.BYTECODE: "app/__pycache__/a.cpython-311.pyc app/tests/b.pyc",
    Category.DEBUG: "usr/lib/debug/x.so app/static/js/main.js.map",
    Category.COMPILER: "usr/lib/gcc/x86_64-linux-gnu/12/cc1 usr/lib/llvm-14/lib/x.so",
    Category.HEADER: "usr/include/stdio.h opt/x/numpy.h usr/include/c++/12/vector",
    Category.STATIC_LIBRARY: "usr/lib/libz.a usr/lib/crt1.o",
    Category.TEST: "site/pkg/tests/test_a.py app/node_modules/a/test/b.js",
    Category.MAN: "usr/share/man/man1/ls.1.gz",
    Category.DOCUMENTATION: "usr/share/doc/bash/copyright app/README app/node_modules/a/x.md "
    "app/LICENSE.txt",
    Category.LOCALE: "usr/share/locale/de/LC_MESSAGES/x.mo site/django/locale/de/formats.py",
    Category.SOURCE: "app/main.go app/src/index.ts site/x.pyi",
    Category.PACKAGE_DATA: "var/lib/dpkg/info/bash.list lib/apk/db/installed",
    Category.LIBRARY: "usr/lib/libssl.so.3 usr/lib/libc.so.6.1 app/addon.node",
    Category.CODE: "app/main.py app/index.js",
    Category.OTHER: "etc/passwd app/data.json app/.env.example app/gcc usr/test/.env.sample",
}


@pytest.mark.parametrize(
    ("path", "category"),
    [(path, category) for category, paths in CASES.items() for path in paths.split()],
)
def test_category(path: str, category: Category) -> None:
    if path.endswith("/.env.sample"):
        category = Category.TEST
    inspection = inspected(image_of({path: b"x"}))
    assert inspection.owners.category(0) is category


def test_programs_and_compilers_are_executable() -> None:
    layer = LayerBuilder()
    for name in ("ls", "x86_64-linux-gnu-gcc-12", "g++"):
        layer.file(f"usr/bin/{name}", b"x", mode=0o755)
    inspection = inspected(image_of(layer))
    listing = inspection.listing
    found = {name: inspection.owners.category(n) for n, name in enumerate(listing.names)}
    assert found == {
        "ls": Category.PROGRAM,
        "g++": Category.COMPILER,
        "x86_64-linux-gnu-gcc-12": Category.COMPILER,
    }


@pytest.mark.parametrize(
    ("name", "suffix"),
    [
        ("a.py", "py"),
        ("a.tar.GZ", "gz"),
        ("libc.so.6", "so"),
        ("libc.so.6.1.2", "so"),
        ("ls.1", ""),
        (".bashrc", ""),
        ("a.", ""),
        ("a.b c", ""),
        ("noext", ""),
        ("a.averylongsuffix", ""),
    ],
)
def test_suffix(name: str, suffix: str) -> None:
    assert suffix_of(name) == suffix


@pytest.mark.parametrize(
    ("folder", "label"),
    [
        ("var/cache/apt", "apt archives"),
        ("var/cache", "system cache"),
        ("srv/var/cache", None),
        ("root/.cache/pip", "pip cache"),
        ("home/node/.npm", "npm cache"),
        ("usr/local/share/.cache/yarn", "Yarn cache"),
        ("app/cache", None),
        ("", None),
    ],
)
def test_caches(folder: str, label: str | None) -> None:
    found = cache_at(folder)
    assert (found.label if found is not None else None) == label


@pytest.mark.parametrize("compression", [Compression.NONE, Compression.GZIP])
def test_private_keys_are_told_from_certificates(compression: Compression) -> None:
    key = b"-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----\n"
    certificate = b"-----BEGIN CERTIFICATE-----\nMIID\n-----END CERTIFICATE-----\n"
    both = certificate + key
    layer = files({"etc/tls.key": key, "etc/tls.pem": certificate, "etc/both.pem": both})
    found = inspected(build_image([layer.layer(compression)]))
    secrets = [
        path
        for file, path in enumerate(found.listing.paths())
        if found.owners.category(file) is Category.SECRET
    ]
    assert secrets == ["etc/both.pem", "etc/tls.key"]
    assert "/etc/both.pem, /etc/tls.key may be a secret" in advise(found)[0].what
