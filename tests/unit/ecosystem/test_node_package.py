"""What of a package.json a command needs."""

from __future__ import annotations

import json

import pytest

from jettison.ecosystem.node.package import imported_names, read_package

PACKAGE = {
    "scripts": {
        "start": "node -r dotenv/config dist/server.js",
        "dev": "cross-env A=b vite --host",
        "build": "npm run compile",
        "compile": "tsc -p .",
        "loop": "npm run loop",
        "prestart": "echo",
    },
    "dependencies": {"dotenv": "1"},
    "devDependencies": {"vite": "5", "typescript": "5", "tsx": "4", "odd": "1"},
}
LOCK = {"packages": {"node_modules/odd": {"bin": {"strange": "x.js"}}}}


@pytest.mark.parametrize(
    ("command", "needs"),
    [
        ("npm start", ""),
        ("npm run dev", "vite"),
        ("yarn dev", "vite"),
        ("pnpm run build", "typescript"),
        ("npx tsc", "typescript"),
        ("./node_modules/.bin/vite build", "vite"),
        ("node --import=tsx server.ts", "tsx"),
        ("strange --flag", "odd"),
        ("npm run loop", ""),
        ("sh -c 'npm run dev'", "vite"),
        ("npm run missing", ""),
    ],
)
def test_scripts_and_programs_are_followed(command: str, needs: str) -> None:
    package = read_package(json.dumps(PACKAGE), json.dumps(LOCK))
    assert package is not None
    assert package.development_in(command.split(" ")) == needs


def test_imports_are_named_by_their_package() -> None:
    text = (
        "import a from 'a/b'\nimport '@s/c/d'\nconst e = require(\"e\")\nawait import('f')\n"
        "import g from './g'\nimport fs from 'node:fs'\nexport * from 'h'\n"
    )
    assert imported_names(text) == {"a", "@s/c", "e", "f", "h"}


def test_what_is_no_manifest_is_none() -> None:
    assert read_package("[", None) is None
    assert read_package("[]", None) is None
