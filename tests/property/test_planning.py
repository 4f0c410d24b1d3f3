"""One plan, whatever a Dockerfile says and in any order of rules; a second run adds nothing."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jettison.changes import Plan, Policy, plan
from jettison.changes.contract import contract_of
from jettison.dockerfile import parse
from jettison.rules import rules_with
from jettison.source import TextTree

if TYPE_CHECKING:
    from random import Random

bounded = settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))

FILES = {
    "requirements.txt": "flask==3.0.3\npsycopg2==2.9.9\npytest==8.0\n",
    "package.json": json.dumps(
        {
            "scripts": {"start": "node server.js", "build": "tsc"},
            "dependencies": {"express": "4.19.2"},
            "devDependencies": {"typescript": "5.4.5"},
        }
    ),
    "go.mod": "module x\n\ngo 1.19\n",
    "main.go": "package main\n\nfunc main() {}\n",
    "app.py": "import flask\n\nopen('logs/a.log', 'a')\n",
    "server.js": "require('express')().listen(3000)\n",
    "assets/a.css": "a {}\n",
    "tests/test_app.py": "import app\n",
    "venv/pyvenv.cfg": "home = /usr\n",
    ".env": "SECRET=1\n",
}
BASES = (
    "python:3.11",
    "python:3.11-slim AS one",
    "node:22",
    "node:22-alpine",
    "golang:1.19",
    "debian",
    "alpine:3",
)
LINES = (
    "# a comment",
    "",
    "WORKDIR /app",
    "WORKDIR $HOME_OF",
    "ENV HOME_OF /srv/app",
    "ENV A=1 \\\n    B=2",
    "ARG HOME_OF=/opt/app",
    "USER 1001",
    "USER root",
    "EXPOSE 8000",
    "VOLUME /app/logs",
    "LABEL a=b",
    "HEALTHCHECK CMD curl -f http://localhost:8000/ || exit 1",
    "COPY requirements.txt ./",
    "COPY package*.json ./",
    "COPY . .",
    "COPY . /app",
    "ADD . .",
    "ADD --chown=1:1 assets /assets",
    "ADD assets assets/",
    "COPY app.py server.js ./",
    "RUN apt-get update",
    "RUN apt-get update && apt-get install -y gcc libpq-dev curl && mkdir -p logs",
    "RUN apt-get update \\\n    # needed\n    && apt-get install -y \\\n       g++ \\\n       git",
    "RUN apt-get install -y vim; apt-get clean",
    "RUN set -ex; \\\n\tapt-get update; \\\n\tapt-get install -y --no-install-recommends make",
    "RUN <<EOF\napt-get update\n# what builds\napt-get install -y gcc\nEOF",
    "RUN apk update && apk add gcc musl-dev git",
    "RUN apk add --no-cache --virtual .build gcc && apk del .build",
    "RUN pip install -r requirements.txt",
    "RUN pip install --no-cache-dir flask black",
    "RUN --mount=type=cache,target=/root/.cache/pip pip install -r requirements.txt",
    "RUN python -m pip install -U pip && pip install .",
    "RUN npm install",
    "RUN npm ci && npm run build",
    "RUN npm install -g typescript",
    "RUN go build -o /app/x .",
    "RUN chown -R 1001 /app",
    "RUN rm -rf tests",
    "RUN mkdir logs && chmod 777 logs",
    'CMD ["python", "app.py"]',
    "CMD npm start",
    'ENTRYPOINT ["/app/x"]',
    "ENTRYPOINT python app.py",
)


@st.composite
def dockerfiles(draw: st.DrawFn) -> str:
    """One or two stages of lines in any order, in some layout."""
    stages = draw(
        st.lists(
            st.tuples(
                st.sampled_from(BASES), st.lists(st.sampled_from(LINES), min_size=2, max_size=12)
            ),
            min_size=1,
            max_size=2,
        )
    )
    rows: list[str] = []
    for number, (base, lines) in enumerate(stages):
        rows += [f"FROM {base.replace(' AS one', f' AS stage{number}')}", *lines]
    if len(stages) > 1 and draw(st.booleans()):
        rows.insert(len(rows) - 1, "COPY --from=0 /app /app")
    text = "\n".join(rows) + draw(st.sampled_from(["\n", "", "\n\n"]))
    match draw(st.sampled_from(["", "", "crlf", "lower", "backtick"])):
        case "crlf":
            return text.replace("\n", "\r\n")
        case "lower":
            return text.replace("RUN ", "run ").replace("COPY ", "copy ").replace("FROM ", "from ")
        case "backtick":
            return "# escape=`\n" + text.replace("\\\n", "`\n")
        case _:
            return text


@bounded
@given(dockerfiles(), st.randoms(use_true_random=False))
def test_one_plan(text: str, random: Random) -> None:
    with tempfile.TemporaryDirectory() as folder:
        for name, content in {**FILES, "Dockerfile": text}.items():
            place = Path(folder) / name
            place.parent.mkdir(exist_ok=True)
            place.write_bytes(content.encode())
        tree = TextTree(Path(folder))
        made = plan(tree, {})
        diff = made.tree.diff()
        rules = list(rules_with(frozenset()))
        random.shuffle(rules)
        assert plan(TextTree(Path(folder)), {}, rules=rules).tree.diff() == diff
        check(made)
        written = TextTree(Path(folder))
        for path, (_, now) in made.tree.changed().items():
            (Path(folder) / path).write_bytes(now.encode())
        again = plan(TextTree(Path(folder)), {})
        assert [str(change.key) for change in again.applied] == []
        for path, (before, _) in made.tree.changed().items():
            if before is None:
                (Path(folder) / path).unlink()
            else:
                (Path(folder) / path).write_bytes(before.encode())
        taken_back(written, made)


def check(made: Plan) -> None:
    """What is written parses, keeps the contract but for what is declared, and all comments."""
    (target,) = made.before.project.targets
    (after,) = made.after.project.targets
    now = made.tree.read("Dockerfile")
    assert now is not None
    parse(now)
    declared = {aspect for change in made.applied for aspect in change.alters}
    for aspect, value in contract_of(target).items():
        assert aspect in declared or contract_of(after)[aspect] == value
    dropped = {line for change in made.applied for line in change.drops_comments}
    rows = (row.strip() for row in target.dockerfile.text.splitlines())
    comments = {row for row in rows if row.startswith("#")}
    left = {row.strip() for row in now.text.splitlines()}
    assert comments - left - dropped == set()
    assert not any(why.startswith("it was applied") for why in made.dropped.values())


def taken_back(tree: TextTree, made: Plan) -> None:
    """Without a change's key its edits are not there, and without any key nothing is."""
    keys = [str(change.key) for change in made.applied]
    for key in keys[:2]:
        without = plan(tree, {}, policy=Policy(excluded=frozenset({key})))
        assert key not in {str(change.key) for change in without.applied}
        check(without)
    excluded = frozenset(keys)
    left = plan(tree, {}, policy=Policy(excluded=excluded))
    while left.applied:
        more = {str(change.key) for change in left.applied}
        assert not more & excluded
        excluded |= more
        left = plan(tree, {}, policy=Policy(excluded=excluded))
    assert left.tree.diff() == ""
