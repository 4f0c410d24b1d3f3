"""Each file belongs to the package that its package manager says."""

from __future__ import annotations

import json

import pytest
from tests.unit.imaging.samples import files, image_of, inspected, owners_by_path

from jettison.oci import Compression, LayerBuilder, build_image

STATUS = b"""Package: libc6
Status: install ok installed
Architecture: amd64
Version: 2.36-9
Description: library
 Status: not this one

Package: gone
Status: deinstall ok config-files
Version: 1

Package: tool
Status: install ok installed
Version: 3
"""


def test_debian_lists_through_merged_usr() -> None:
    layer = files(
        {
            "usr/lib/libc.so.6": b"c" * 100,
            "usr/bin/tool": b"t" * 10,
            "etc/gone.conf": b"g",
            "var/lib/dpkg/status": STATUS,
            "var/lib/dpkg/info/libc6:amd64.list": b"/.\n/lib\n/lib/libc.so.6\n/not/there\n",
            "var/lib/dpkg/info/libc6:amd64.md5sums": b"x",
            "var/lib/dpkg/info/tool.list": b"/bin/tool\n",
            "var/lib/dpkg/info/gone.list": b"/etc/gone.conf\n",
        }
    )
    layer.symlink("lib", "usr/lib").symlink("bin", "/usr/bin")
    owners = owners_by_path(inspected(image_of(layer)))
    assert owners["usr/lib/libc.so.6"] == "debian libc6 2.36-9"
    assert owners["var/lib/dpkg/info/libc6:amd64.md5sums"] == "debian libc6 2.36-9"
    assert owners["usr/bin/tool"] == "debian tool 3"
    assert owners["etc/gone.conf"] == ""
    assert owners["var/lib/dpkg/status"] == ""


def test_distroless_has_a_file_for_each_package() -> None:
    layer = {
        "usr/lib/libssl.so.3": b"s" * 9,
        "var/lib/dpkg/status.d/libssl3": b"Package: libssl3\nVersion: 3.0\n",
        "var/lib/dpkg/status.d/libssl3.md5sums": b"0123abc  usr/lib/libssl.so.3\n",
        "var/lib/dpkg/status.d/dGltZQ": b"Package: tzdata\nVersion: 2024a\n",
    }
    owners = owners_by_path(inspected(image_of(layer)))
    assert owners["usr/lib/libssl.so.3"] == "debian libssl3 3.0"
    assert owners["var/lib/dpkg/status.d/dGltZQ"] == "debian tzdata 2024a"


def test_alpine() -> None:
    database = (
        b"P:musl\nV:1.2.4\nF:lib\nR:ld-musl.so.1\na:0:0:755\nF:\n\n"
        b"P:busybox\nV:1.36\nF:bin\nR:busybox\nF:etc\nR:securetty\n\n"
    )
    layer = {
        "lib/apk/db/installed": database,
        "lib/ld-musl.so.1": b"m",
        "bin/busybox": b"b",
        "etc/securetty": b"",
        "etc/other": b"o",
    }
    owners = owners_by_path(inspected(image_of(layer)))
    assert owners["lib/ld-musl.so.1"] == "alpine musl 1.2.4"
    assert owners["bin/busybox"] == owners["etc/securetty"] == "alpine busybox 1.36"
    assert owners["etc/other"] == ""


def test_python_records_scripts_and_bytecode() -> None:
    site = "usr/local/lib/python3.11/site-packages"
    record = (
        "My_Pkg/__init__.py,sha256=x,1\n"
        'My_Pkg/"a,b".py,,\n'
        "../../../bin/my,sha256=y,2\n"
        "My_Pkg-1.0.dist-info/RECORD,,\n"
    ).replace('My_Pkg/"a,b".py', '"My_Pkg/a,b.py"')
    layer = {
        f"{site}/My_Pkg/__init__.py": b"1",
        f"{site}/My_Pkg/a,b.py": b"1",
        f"{site}/My_Pkg/__pycache__/__init__.cpython-311.pyc": b"22",
        f"{site}/My_Pkg/__pycache__/left.cpython-311.pyc": b"22",
        f"{site}/My_Pkg-1.0.dist-info/RECORD": record.encode(),
        "usr/local/bin/my": b"#!",
    }
    owners = owners_by_path(inspected(image_of(layer)))
    left = f"{site}/My_Pkg/__pycache__/left.cpython-311.pyc"
    assert owners.pop(left) == ""
    assert set(owners.values()) == {"python my-pkg 1.0"}


def test_npm_packages_nest_and_have_scopes() -> None:
    layer = {
        "app/node_modules/a/package.json": json.dumps({"name": "a", "version": "1.0.0"}).encode(),
        "app/node_modules/a/lib/deep/x.js": b"x",
        "app/node_modules/a/node_modules/b/package.json": b'{"version": "2.0.0"}',
        "app/node_modules/a/node_modules/b/y.js": b"y",
        "app/node_modules/@s/c/package.json": b"not json",
        "app/node_modules/@s/c/z.js": b"z",
        "app/node_modules/@s/readme": b"r",
        "app/node_modules/.package-lock.json": b"{}",
        "app/server.js": b"s",
    }
    owners = owners_by_path(inspected(image_of(layer)))
    assert owners["app/node_modules/a/lib/deep/x.js"] == "npm a 1.0.0"
    assert owners["app/node_modules/a/node_modules/b/y.js"] == "npm b 2.0.0"
    assert owners["app/node_modules/@s/c/z.js"] == "npm @s/c"
    assert owners["app/node_modules/@s/readme"] == ""
    assert owners["app/node_modules/.package-lock.json"] == owners["app/server.js"] == ""


def test_gems_and_jars() -> None:
    layer = {
        "usr/local/bundle/gems/rack-2.2.8/lib/rack.rb": b"r",
        "app/lib/spring-core-6.1.2.jar": b"j",
        "app/lib/app.jar": b"k",
    }
    owners = owners_by_path(inspected(image_of(layer)))
    assert owners == {
        "app/lib/app.jar": "",
        "app/lib/spring-core-6.1.2.jar": "jar spring-core 6.1.2",
        "usr/local/bundle/gems/rack-2.2.8/lib/rack.rb": "gem rack 2.2.8",
    }


def test_the_distribution_comes_before_the_language() -> None:
    site = "usr/lib/python3/dist-packages"
    layer = {
        f"{site}/six.py": b"6",
        f"{site}/six-1.0.dist-info/RECORD": b"six.py,,\n",
        "var/lib/dpkg/status": b"Package: python3-six\nVersion: 1\n",
        "var/lib/dpkg/info/python3-six.list": f"/{site}/six.py\n".encode(),
    }
    assert owners_by_path(inspected(image_of(layer)))[f"{site}/six.py"] == "debian python3-six 1"


def test_one_name_of_a_hard_linked_file_is_enough() -> None:
    layer = files(
        {
            "a/first": b"x" * 5,
            "lib/apk/db/installed": b"P:p\nV:1\nF:z\nR:second\n\n",
        }
    ).hard_link("z/second", "a/first")
    inspection = inspected(image_of(layer))
    assert owners_by_path(inspection)["a/first"] == "alpine p 1"
    assert "z/second" not in owners_by_path(inspection)
    assert inspection.tree_bytes == inspection.listing.total_bytes


@pytest.mark.parametrize("compression", list(Compression))
def test_databases_are_read_out_of_packed_layers(compression: Compression) -> None:
    lower = files({"bin/busybox": b"b", "lib/apk/db/installed": b"P:old\nV:0\nF:bin\nR:busybox\n"})
    upper = files({"lib/apk/db/installed": b"P:new\nV:1\nF:bin\nR:busybox\n", "pad": b"p" * 9000})
    image = build_image([lower.layer(compression), upper.layer(compression)])
    assert owners_by_path(inspected(image))["bin/busybox"] == "alpine new 1"


def test_a_database_that_is_a_folder_or_broken_is_no_error() -> None:
    layer = LayerBuilder().directory("var/lib/dpkg/status").directory("lib/apk/db/installed")
    layer.file("var/lib/dpkg/info/x.list", b"\xff\xfe").file("a.dist-info/RECORD", b'"\n,,,')
    assert len(inspected(image_of(layer)).listing) == 2
