"""A static site of Vite, and what is planned for it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from jettison.analysis.evidence import NO_EVIDENCE, Evidence
from jettison.changes.planner import plan
from jettison.rules import Refused, find_rule
from jettison.source import TextTree

if TYPE_CHECKING:
    from pathlib import Path

    from jettison.changes.model import Plan


HEAD = "FROM node:25-alpine\nWORKDIR /app\nCOPY . .\nRUN npm ci\n"
COMPOSE = "services:\n  web:\n    build: .\n    ports: ['5173:5173']\n"


def planned(
    root: Path,
    dockerfile: str,
    compose: str = COMPOSE,
    evidence: Evidence = NO_EVIDENCE,
    /,
    **files: str,
) -> Plan:
    package = {
        "scripts": {
            "dev": "vite --host",
            "start": "npm run dev",
            "preview": "vite preview --port 5173",
            "build": "vite build",
            "serve": "node server.js",
        },
        "devDependencies": {"vite": "5.4.11"},
    }
    texts = {"Dockerfile": dockerfile, "compose.yaml": compose, "package.json": json.dumps(package)}
    for name, text in {**texts, **files}.items():
        place = root / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)
    return plan(TextTree(root), {}, evidence=evidence, rules=[find_rule("JT004")])


def text(made: Plan, name: str) -> str:
    found = made.tree.read(name)
    assert found is not None
    return found.text


def refusal(made: Plan) -> str:
    (finding,) = made.left
    assert isinstance(finding.remedy, Refused)
    return finding.remedy.reason
