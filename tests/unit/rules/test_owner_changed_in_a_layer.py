"""JT029: COPYs hand over what they bring, unless something else wrote there."""

from __future__ import annotations

import pytest
from tests.unit.rules.planning import changed, planned

from jettison.rules.catalog.owner_changed_in_a_layer import RULE

HEAD = "FROM python:3.11-slim\nRUN useradd -m app\nWORKDIR /app\n"
END = "RUN chown -R app:app /app\nUSER app\nCMD python main.py\n"
MENDED = {
    "a model from the context": (
        f"{HEAD}COPY . .\n{END}",
        f"{HEAD}COPY --chown=app:app . .\n{END.replace(' -R', '')}",
    ),
    "packages for the system between": (
        f"{HEAD}COPY . .\nRUN apt-get update && apt-get install -y x && pip install flask\n{END}",
        f"{HEAD}COPY --chown=app:app . .\nRUN apt-get update && apt-get install -y x"
        f" && pip install flask\n{END.replace(' -R', '')}",
    ),
    "a user alone, whose group is root's": (
        f"{HEAD}COPY . .\nRUN chown --recursive app .\nUSER app\n",
        f"{HEAD}COPY --chown=app:root . .\nRUN chown app .\nUSER app\n",
    ),
    "a user who is made later, with comments": (
        "FROM python:3.11-slim\nWORKDIR /app\nCOPY big.bin ./\nCOPY main.py ./\n\n# Not root\n"
        "RUN groupadd web && useradd -g web web\nRUN chown -R web:web /app\nUSER web\n",
        "FROM python:3.11-slim\nWORKDIR /app\n# Not root\nRUN groupadd web && useradd -g web web\n"
        "COPY --chown=web:web big.bin ./\nCOPY --chown=web:web main.py ./\n\n"
        "RUN chown web:web /app\nUSER web\n",
    ),
    "folders that variables name": (
        f"{HEAD}ENV HOME_OF=/home/app/web\nRUN mkdir $HOME_OF\nRUN mkdir $HOME_OF/static\n"
        "COPY . $HOME_OF\nRUN chown -R app:app $HOME_OF\n",
        f"{HEAD}ENV HOME_OF=/home/app/web\nRUN mkdir $HOME_OF\nRUN mkdir $HOME_OF/static\n"
        "COPY --chown=app:app . $HOME_OF\nRUN chown app:app $HOME_OF /home/app/web/static\n",
    ),
    "a file that was edited": (
        f"{HEAD}COPY . .\nRUN sed -i 's/a$//' /app/main.py && chmod +x main.py\n{END}",
        f"{HEAD}COPY --chown=app:app . .\nRUN sed -i 's/a$//' /app/main.py && chmod +x main.py\n"
        "RUN chown app:app /app /app/main.py\nUSER app\nCMD python main.py\n",
    ),
    "a mode": (
        f"{HEAD}COPY . .\nRUN chmod -R 755 /app\nUSER app\n",
        f"{HEAD}COPY --chmod=755 . .\nRUN chmod 755 /app\nUSER app\n",
    ),
    "a mode and an owner": (
        f"{HEAD}COPY . .\nRUN chmod -R 0755 /app && chown -R app:app /app\nUSER app\n",
        f"{HEAD}COPY --chmod=0755 --chown=app:app . .\n"
        "RUN chmod 0755 /app && chown app:app /app\nUSER app\n",
    ),
    "nobody and its group": (
        "FROM alpine\nCOPY . /srv/app\nRUN chown -R nobody: /srv/app\n",
        "FROM alpine\nCOPY --chown=nobody:65534 . /srv/app\nRUN chown nobody: /srv/app\n",
    ),
    "a number": (
        "FROM python:3.11-slim\nCOPY . /srv/app\nRUN mkdir /srv/app/data"
        " && chown -R 1000:1000 /srv/app\n",
        "FROM python:3.11-slim\nCOPY --chown=1000:1000 . /srv/app\nRUN mkdir /srv/app/data"
        " && chown 1000:1000 /srv/app /srv/app/data\n",
    ),
}
KEPT = {
    "a mode in letters": f"{HEAD}COPY . .\nRUN chmod -R u+w /app\n",
    "a mode that is set already": f"{HEAD}COPY --chmod=700 . .\nRUN chmod -R 755 /app\n",
    "a script wrote there": f"{HEAD}COPY . .\nRUN python main.py\n{END}",
    "an environment was made there": f"{HEAD}COPY . .\nRUN python -m venv .venv\n{END}",
    "somebody else's already": f"{HEAD}COPY --chown=1:1 . .\n{END}",
    "it was copied from above": "FROM python:3.11-slim\nCOPY . /\nRUN chown -R 1:1 /app\n",
    "the base has files there": "FROM debian\nCOPY . /var/www\nRUN chown -R 1:1 /var/www\n",
    "a variable": f"{HEAD}ARG WHO=app\nCOPY . .\nRUN chown -R $WHO:$WHO /app\n",
    "several folders": f"{HEAD}COPY . .\nRUN chown -R app:app /app /data\n",
    "nobody knows the user": "FROM python:3.11-slim\nCOPY . /app\nRUN chown -R app:app /app\n",
    "in a condition": f"{HEAD}COPY . .\nRUN if true; then chown -R app:app /app; fi\n",
}
FILES = {"main.py": "", "big.bin": "x" * 1_100_000}


@pytest.mark.parametrize("title", MENDED)
def test_copies_hand_over_what_they_bring(title: str) -> None:
    text, after = MENDED[title]
    assert changed(planned(RULE, {"Dockerfile": text, **FILES})) == {"Dockerfile": after}


@pytest.mark.parametrize("title", KEPT)
def test_what_is_not_known_stays(title: str) -> None:
    assert planned(RULE, {"Dockerfile": KEPT[title], **FILES}).found == ()


def test_a_little_code_is_not_worth_it() -> None:
    files = {"Dockerfile": f"{HEAD}COPY . .\n{END}", "main.py": ""}
    assert planned(RULE, files).found == ()
