"""Settings that a framework's server loads when it starts keep the packages that they want."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from jettison.changes import plan
from jettison.rules import Refused, find_rule
from jettison.source import TextTree

if TYPE_CHECKING:
    from pathlib import Path

_RULES = [find_rule("JT003"), find_rule("JT011")]
_HEAD = "FROM node:22-slim\nWORKDIR /app\nCOPY . .\nRUN npm ci\n"
_PACKAGE = {
    "scripts": {"build": "next build", "start": "next start"},
    "dependencies": {"next": "15.4.1", "next-intl": "4.0.0"},
    "devDependencies": {"typescript": "5.8.3", "@next/bundle-analyzer": "15.4.1"},
}


def _planned(root: Path, config: str, text: str, dockerfile: str = "") -> tuple[str, str]:
    """The Dockerfile after, and why development's packages stay."""
    texts = {
        "package.json": json.dumps(_PACKAGE),
        config: text,
        "Dockerfile": dockerfile or f"{_HEAD}RUN npm run build\nCMD npm start\n",
    }
    for name, content in texts.items():
        (root / name).write_text(content)
    made = plan(TextTree(root), {}, rules=_RULES)
    now = made.tree.read("Dockerfile")
    assert now is not None
    why = (one.remedy.reason for one in made.left if isinstance(one.remedy, Refused))
    return now.text, next(why, "")


@pytest.mark.parametrize(
    ("config", "text", "reason"),
    [
        (
            "next.config.mjs",
            "import analyzer from '@next/bundle-analyzer';\nexport default analyzer()({});\n",
            "next.config.mjs, which `next start` loads, imports @next/bundle-analyzer",
        ),
        ("next.config.js", "const a = require('colors');\n", "imports colors"),
        ("next.config.ts", "export default {};\n", "compiles next.config.ts with typescript"),
    ],
)
def test_what_they_want_stays(tmp_path: Path, config: str, text: str, reason: str) -> None:
    after, why = _planned(tmp_path, config, text)
    assert "prune" not in after
    assert reason in why


@pytest.mark.parametrize(
    "text",
    [
        "const path = require('path');\nmodule.exports = {};\n",
        "import plugin from 'next-intl/plugin';\nexport default plugin()({});\n",
        "// import x from '@next/bundle-analyzer'\nexport default {};\n",
    ],
)
def test_what_is_there_in_production_is_no_reason(tmp_path: Path, text: str) -> None:
    after, _ = _planned(tmp_path, "next.config.mjs", text)
    assert "npm prune --omit=dev" in after


@pytest.mark.parametrize("build", ["npx next build", "node_modules/.bin/next build"])
def test_a_framework_that_builds_may_need_development_packages(tmp_path: Path, build: str) -> None:
    dockerfile = f"{_HEAD}RUN {build}\nCMD npm start\n"
    after, _ = _planned(tmp_path, "next.config.mjs", "export default {};\n", dockerfile)
    assert f"RUN {build} && npm prune --omit=dev\n" in after
    assert "RUN npm ci\n" in after


@pytest.mark.parametrize(
    "start", ["node_modules/.bin/next start", "node node_modules/next/dist/bin/next start"]
)
def test_the_framework_is_known_by_any_path(tmp_path: Path, start: str) -> None:
    text = "import analyzer from '@next/bundle-analyzer';\nexport default analyzer()({});\n"
    dockerfile = f"{_HEAD}RUN npm run build\nCMD {start}\n"
    after, why = _planned(tmp_path, "next.config.mjs", text, dockerfile)
    assert "prune" not in after
    assert "loads, imports @next/bundle-analyzer" in why
