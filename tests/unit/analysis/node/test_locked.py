"""What a lock file of npm says that only development brings."""

from __future__ import annotations

import json

from jettison.analysis.evidence import ImageEvidence
from jettison.analysis.node.locked import locked_development

LOCK = json.dumps(
    {
        "lockfileVersion": 3,
        "packages": {
            "": {"name": "a"},
            "node_modules/debug": {"peerDependenciesMeta": {"supports-color": {"optional": True}}},
            "node_modules/supports-color": {"dev": True, "dependencies": {"has-flag": "4"}},
            "node_modules/has-flag": {"dev": True},
            "node_modules/ms": {"dev": True},
            "node_modules/debug/node_modules/ms": {},
            "node_modules/@types/node": {"dev": True},
        },
    }
)


def test_names_bytes_and_what_is_loaded_where_it_is_there() -> None:
    files = {
        "/app/node_modules/debug/index.js": 1,
        "/app/node_modules/debug/node_modules/ms/index.js": 2,
        "/app/node_modules/ms/index.js": 4,
        "/app/node_modules/@types/node/fs.d.ts": 8,
        "/other/node_modules/ms/index.js": 16,
    }
    names, size, optional = locked_development(LOCK, "/app", ImageEvidence("a", files=files))
    assert names == {"supports-color", "has-flag", "@types/node"}
    assert size == 12
    assert optional == {"supports-color", "has-flag"}


def test_what_cannot_be_read_says_nothing() -> None:
    assert locked_development("{", "/app", None) == (frozenset(), None, frozenset())
    assert locked_development(None, "/app", None) == (frozenset(), None, frozenset())
