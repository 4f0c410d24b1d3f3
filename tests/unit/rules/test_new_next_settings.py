"""JT031 writes settings for Next.js that has none, where the image gets them and they are sound."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from tests.unit.rules.planning import changed, planned

from jettison.rules import Advice
from jettison.rules.catalog.packages_beside_built_server import RULE

if TYPE_CHECKING:
    from collections.abc import Mapping

_HEAD = "FROM node:22-alpine\nWORKDIR /app\n"
_REST = 'RUN npm ci\nRUN npm run build\nCMD ["npm", "start"]\n'
_FOLDERS = "COPY package.json .\nCOPY app app\n"


def _files(dockerfile: str, next_: str = "15.4.1", **others: str) -> dict[str, str]:
    manifest = {
        "scripts": {"build": "next build", "start": "next start"},
        "dependencies": {"next": next_},
    }
    page = {"app/page.jsx": "export default () => <p>hi</p>;\n"}
    return {"package.json": json.dumps(manifest), **page, **others, "Dockerfile": dockerfile}


def test_settings_are_written_where_there_are_none() -> None:
    after = changed(planned(RULE, _files(f"{_HEAD}COPY . .\n{_REST}")))
    assert "output: 'standalone'" in after["next.config.mjs"]
    assert "COPY --from=build /app/.next/standalone /app\n" in after["Dockerfile"]


def test_settings_lie_beside_the_package() -> None:
    inner = {f"web/{name}": text for name, text in _files("").items() if name != "Dockerfile"}
    text = f"{_HEAD}COPY web/ .\n{_REST}"
    after = changed(planned(RULE, {**inner, "Dockerfile": text}))
    assert set(after) == {"Dockerfile", "web/next.config.mjs"}


@pytest.mark.parametrize(
    "files",
    [
        _files(f"{_HEAD}{_FOLDERS}{_REST}"),
        _files(f"{_HEAD}COPY . .\n{_REST}", **{".dockerignore": "*.mjs\n"}),
        _files(f"{_HEAD}COPY . .\nRUN echo 'module.exports = {{}}' > next.config.js\n{_REST}"),
        _files(
            f"{_HEAD}COPY . .\n{_REST}",
            **{".dockerignore": "next.config.js\n", "next.config.js": "module.exports = {};\n"},
        ),
        _files(
            f"{_HEAD}COPY . .\n{_REST}",
            next_="14.2.3",
            **{"app/page.jsx": "import Image from 'next/image';\n"},
        ),
    ],
)
def test_no_settings_are_written_that_the_build_would_not_get(files: Mapping[str, str]) -> None:
    made = planned(RULE, files)
    assert not made.applied
    assert all(isinstance(finding.remedy, Advice) for finding in made.left)
