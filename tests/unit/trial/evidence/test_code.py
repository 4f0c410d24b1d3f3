"""What the code of installed distributions tells, from an image built in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.unit.trial.evidence.test_image import wheel

from jettison.dockerfile import parse_text
from jettison.oci import LayerBuilder, build_image
from jettison.trial.evidence import read_evidence

if TYPE_CHECKING:
    from jettison.analysis import ModuleCode

_STATUS = "Package: ffmpeg\nStatus: install ok installed\nVersion: 5\n"
_LIBRARY = '''\
"""Text.

import of everything is not meant here.
"""
import codec
from . import lazy
if TYPE_CHECKING:
    import drawing
from typing import (
    Any,  # any
)
def read():
    from codec import fast as f
    import drawing.shapes
HANDLER = import_module("reader")
BACKEND = "lib.backends.redis:Backend"
WORD = "reader of codec"
'''
_MODULES = {
    "lib/__init__.py": _LIBRARY,
    "lib/lazy.py": "import subprocess\nsubprocess.run(['ffmpeg', '-version'])\n",
    "lib/backends/__init__.py": "",
    "lib/backends/redis.py": "try:\n    import codec\n    from google.cloud import storage\n"
    "except ImportError:\n    storage = None\n",
    "lib/broken.py": "import codec\nimport not_installed\n",
    "lib/tests/test_it.py": "import codec\n",
    "lib/compat.py": "import sys\nimport drawing.shapes\npy38 = sys.version_info >= (3, 8)\n"
    "if TYPE_CHECKING or py38:\n    import reader\nelse:\n    import codec\n",
}


def _code() -> dict[str, ModuleCode]:
    layer = LayerBuilder()
    layer.file("var/lib/dpkg/status", _STATUS.encode())
    layer.file("var/lib/dpkg/info/ffmpeg.list", b"/usr/bin/ffmpeg\n")
    layer.file("usr/bin/ffmpeg", b"#!", mode=0o755)
    wheel(layer, "lib", "Name: lib\nVersion: 1\n", **_MODULES)
    wheel(layer, "codec", "Name: codec\n", **{"codec/__init__.py": "", "codec/fast.py": ""})
    wheel(layer, "drawing", "Name: drawing\n", **{"drawing/shapes.py": ""})
    wheel(layer, "reader", "Name: reader\n", **{"reader.py": ""})
    wheel(layer, "protobuf", "Name: protobuf\n", **{"google/protobuf/__init__.py": ""})
    made = build_image([layer])
    found = read_evidence("t", made.config, made.layers, parse_text("FROM base\n"), {})
    assert found.packages["ffmpeg"].executables == {"ffmpeg"}
    assert found.distributions["protobuf"].modules == {"google.protobuf"}
    return dict(found.distributions["lib"].code)


def test_imports_at_once_and_later_are_told_apart() -> None:
    one = _code()["lib"]
    assert one.loads == {"codec", "lib.lazy"}
    assert one.later == {"codec.fast", "drawing.shapes", "reader", "lib.backends.redis"}


def test_branches_of_other_versions_of_python_import_nothing() -> None:
    code = _code()["lib.compat"]
    assert code.later == {"reader"}
    assert code.loads == {"drawing.shapes"}


def test_what_the_image_lacks_tells_what_never_ran() -> None:
    code = _code()
    assert "lib.broken" not in code
    assert "lib.backends.redis" not in code, "the block fails for google.cloud"
    assert "lib.tests.test_it" not in code


def test_programs_of_system_packages_are_found_where_programs_are_started() -> None:
    assert _code()["lib.lazy"].calls == {"ffmpeg"}
