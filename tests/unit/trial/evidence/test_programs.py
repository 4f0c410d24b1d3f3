"""Which shared libraries programs need that were built in an image."""

from __future__ import annotations

import shutil
from pathlib import Path

from tests.unit.imaging.test_golang import MODULE
from tests.unit.imaging.test_golang import program as go_program

from jettison.dockerfile import parse_text
from jettison.engine import FakeEngine
from jettison.engine.store import StoreAccess, StoredImage
from jettison.oci import History, LayerBuilder, build_image
from jettison.trial.evidence import image_evidence


def test_only_programs_above_the_base_that_no_package_owns() -> None:
    program = Path(shutil.which("env") or "/usr/bin/env").read_bytes()
    base = LayerBuilder()
    base.file("usr/bin/env", program, mode=0o755)
    built = LayerBuilder()
    built.file("app/server", program, mode=0o755)
    built.file("app/data", program)
    built.file("app/start.sh", b"#!/bin/sh\n", mode=0o755)
    built.file("go/pkg/mod/x/tool", program, mode=0o755)
    names = b"\0runtime.main\0net._Cfunc_free\0"
    built.file("app/shop", (go_program(MODULE) + names).ljust(600_000, b"\0"), mode=0o755)
    history = [
        History(created_by="base"),
        History(created_by="RUN /bin/sh -c go build -o /app/server # buildkit"),
    ]
    made = build_image([base, built], history=history)
    stored = StoredImage("t", made.config, made.layers, (None,) * 2, StoreAccess.SAVED)
    text = "FROM base\nRUN go build -o /app/server\n"
    engine = FakeEngine(services={}, kept={"t": stored})
    known = {"base": made.config.diff_ids[:1]}
    found = image_evidence(engine, "t", parse_text(text), known)
    assert found is not None
    assert list(found.linked) == ["/app/server"]
    assert "libc.so.6" in found.linked["/app/server"]
    assert found.go_programs == {"/app/shop": {"net"}}


def test_a_distribution_needs_what_its_compiled_program_does() -> None:
    site = "usr/local/lib/python3.11/site-packages"
    layer = LayerBuilder()
    program = Path(shutil.which("env") or "/usr/bin/env").read_bytes()
    layer.file("usr/local/bin/server", program, mode=0o755)
    layer.file("usr/local/bin/server-tool", b"#!/bin/sh\n", mode=0o755)
    layer.file(f"{site}/server-1.dist-info/METADATA", b"Name: server\nVersion: 1\n")
    rows = "../../../bin/server,,\n../../../bin/server-tool,,\nserver-1.dist-info/METADATA,,\n"
    record = f"{rows}server-1.dist-info/RECORD,,\n"
    layer.file(f"{site}/server-1.dist-info/RECORD", record.encode())
    made = build_image([layer], history=[History(created_by="RUN /bin/sh -c pip install server")])
    stored = StoredImage("t", made.config, made.layers, (None,), StoreAccess.SAVED)
    engine = FakeEngine(services={}, kept={"t": stored})
    found = image_evidence(engine, "t", parse_text("FROM base\nRUN pip install server\n"), {})
    assert found is not None
    assert "libc.so.6" in found.distributions["server"].sonames
    assert found.distributions["server"].executables == {"server", "server-tool"}
