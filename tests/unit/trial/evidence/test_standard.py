"""The standard library of an image built in memory."""

from __future__ import annotations

from jettison.dockerfile import parse_text
from jettison.engine import FakeEngine
from jettison.engine.store import StoreAccess, StoredImage
from jettison.oci import History, LayerBuilder, build_image
from jettison.trial.evidence import image_evidence

_LIBRARY = "usr/local/lib/python3.11"


def test_what_modules_load_and_whose_bytecode_lies_above_the_base() -> None:
    base = LayerBuilder()
    for name, text in {
        "asyncio/__init__.py": "import sys\nif sys:\n    from .events import *\n    import json\n",
        "asyncio/events.py": "import json, socket\n\ndef f():\n    import abc\n",
        "json/__init__.py": "from json import decoder\n",
        "json/decoder.py": "x = 1\n",
        "socket.py": "x = 1\n",
        "test/test_socket.py": "import socket\n",
        "site-packages/flask.py": "import json\n",
        "json/__pycache__/decoder.cpython-311.pyc": "",
    }.items():
        base.file(f"{_LIBRARY}/{name}", text.encode())
    own = LayerBuilder()
    own.file(f"{_LIBRARY}/__pycache__/socket.cpython-311.pyc", b"1")
    own.file(f"{_LIBRARY}/site-packages/__pycache__/flask.cpython-311.pyc", b"1")
    history = [History(created_by="base"), History(created_by="RUN /bin/sh -c x # buildkit")]
    made = build_image([base, own], history=history)
    stored = StoredImage("t", made.config, made.layers, (None,) * 2, StoreAccess.SAVED)
    engine = FakeEngine(services={}, kept={"t": stored})
    known = {"base": made.config.diff_ids[:1]}
    found = image_evidence(engine, "t", parse_text("FROM base\nRUN x\n"), known)
    assert found is not None
    loads = {name: set(one.loads) for name, one in found.standard.items()}
    assert loads == {
        "asyncio": {"asyncio.events"},
        "asyncio.events": {"json", "socket"},
        "json": {"json.decoder"},
        "json.decoder": set(),
        "socket": set(),
    }
    assert {name for name, one in found.standard.items() if one.cached} == {"socket"}
    assert found.standard["json"].path == f"/{_LIBRARY}/json/__init__.py"
