"""JT036: what a COPY of a folder above has brought is not copied again."""

from __future__ import annotations

import pytest
from tests.unit.rules.planning import changed, planned

from jettison.rules.catalog.copied_twice import RULE

HEAD = "FROM python:3.11-slim\nWORKDIR /app\n"
FILES = {"app.py": "", "static/a.css": "a", "static/js/b.js": "b"}
MENDED = {
    "a folder and files, with a comment": (
        f"{HEAD}COPY . .\n# Styles\nCOPY static/ static\nCOPY app.py ./\nCMD python app.py\n",
        f"{HEAD}COPY . .\nCMD python app.py\n",
    ),
    "an owner": (
        f"{HEAD}ADD --chown=1:1 . /app\nCOPY --chown=1:1 static /app/static\n",
        f"{HEAD}ADD --chown=1:1 . /app\n",
    ),
    "within a folder": (
        f"{HEAD}COPY static static\nCOPY static/js static/js\n",
        f"{HEAD}COPY static static\n",
    ),
}
KEPT = {
    "a RUN between": f"{HEAD}COPY . .\nRUN rm -r static\nCOPY static static\n",
    "another stage between": f"{HEAD}COPY . .\nCOPY --from=x /s static\nCOPY static static\n",
    "another place": f"{HEAD}COPY . .\nCOPY static /srv\n",
    "another owner": f"{HEAD}COPY . .\nCOPY --chown=1:1 static static\n",
    "the whole behind a part": f"{HEAD}COPY app.py .\nCOPY . .\n",
    "a part of it is left out": f"{HEAD}COPY --exclude=*.css . .\nCOPY static static\n",
}


@pytest.mark.parametrize("title", MENDED)
def test_it_is_copied_once(title: str) -> None:
    text, after = MENDED[title]
    made = planned(RULE, {"Dockerfile": text, **FILES})
    assert not made.dropped
    assert changed(made) == {"Dockerfile": after}


@pytest.mark.parametrize("title", KEPT)
def test_what_may_differ_stays(title: str) -> None:
    assert planned(RULE, {"Dockerfile": KEPT[title], **FILES}).found == ()
