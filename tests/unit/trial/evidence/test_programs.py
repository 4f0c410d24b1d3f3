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
