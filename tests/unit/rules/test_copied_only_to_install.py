"""JT017: what is only installed is mounted; what something else reads stays."""

from __future__ import annotations

import pytest
from tests.unit.rules.planning import changed, planned

from jettison.rules.catalog.copied_only_to_install import RULE

BUILD = (
    "FROM python:3.11-slim AS build\nCOPY r.txt .\nRUN pip wheel -w /wheels -r r.txt\n"
    "FROM python:3.11-slim\n"
)
MOUNT = "RUN --mount=type=bind,from=build,source=/wheels,target=/wheels "
COPY = "COPY --from=build /wheels /wheels\n"
MENDED = {
    "they are kept": (
        f"{COPY}RUN pip install /wheels/*.whl\nCMD flask run\n",
        f"{MOUNT}pip install /wheels/*.whl\nCMD flask run\n",
    ),
    "they are removed with others": (
        f"{COPY}RUN pip install /wheels/*.whl\nRUN rm -rf /tmp/x /wheels /tmp/y\n",
        f"{MOUNT}pip install /wheels/*.whl\nRUN rm -rf /tmp/x /tmp/y\n",
    ),
    "another flag stands in front": (
        f"{COPY}RUN --network=none pip install --no-index -f /wheels flask && rm -r /wheels\n",
        f"{MOUNT}--network=none pip install --no-index -f /wheels flask\n",
    ),
}
KEPT = {
    "two RUNs read it": f"{COPY}RUN pip install /wheels/a.whl\nRUN pip install /wheels/b.whl\n",
    "a script reads it": f"{COPY}RUN ./install.sh /wheels\nRUN pip install /wheels/b.whl\n",
    "a variable names it": f"{COPY}ENV PIP_FIND_LINKS=/wheels\nRUN pip install /wheels/b.whl\n",
    "a command reads it": f"{COPY}RUN pip install /wheels/b.whl\nCMD ls /wheels\n",
    "it comes from the context": "COPY wheels /wheels\nRUN pip install /wheels/b.whl\n",
    "some of it is copied": "COPY --from=build /wheels/*.whl /wheels/\nRUN pip install /wheels/*\n",
    "the RUN does more with it": f"{COPY}RUN ls /wheels && pip install /wheels/b.whl\n",
    "the RUN is a script": f"{COPY}RUN <<E\npip install /wheels/b.whl\nE\n",
}


@pytest.mark.parametrize("title", MENDED)
def test_it_is_mounted(title: str) -> None:
    text, after = MENDED[title]
    assert changed(planned(RULE, {"Dockerfile": BUILD + text, "r.txt": "flask\n"})) == {
        "Dockerfile": BUILD + after
    }


CONTEXT = {
    "an archive": (
        "COPY a.tar.gz /tmp/\nRUN tar -xzf /tmp/a.tar.gz -C /opt && rm /tmp/a.tar.gz\n",
        "RUN --mount=type=bind,source=a.tar.gz,target=/tmp/a.tar.gz"
        " tar -xzf /tmp/a.tar.gz -C /opt\n",
    ),
    "an archive in the working directory": (
        "WORKDIR /app\nCOPY a.tar.gz .\nRUN tar xf a.tar.gz\nRUN rm -f a.tar.gz\n",
        "WORKDIR /app\nRUN --mount=type=bind,source=a.tar.gz,target=/app/a.tar.gz"
        " tar xf a.tar.gz\n",
    ),
    "a folder of wheels": (
        "COPY big /w\nRUN pip install --no-index -f /w flask && rm -rf /w\n",
        "RUN --mount=type=bind,source=big,target=/w pip install --no-index -f /w flask\n",
    ),
}
CONTEXT_KEPT = {
    "it stays": "COPY a.tar.gz /tmp/\nRUN tar -xzf /tmp/a.tar.gz -C /opt\n",
    "it is small": "COPY r.txt /tmp/\nRUN pip install -r /tmp/r.txt && rm /tmp/r.txt\n",
    "a script reads it, too": "COPY a.tar.gz /tmp/\nRUN ./x /tmp/a.tar.gz && rm /tmp/a.tar.gz\n",
    "all of the context": "COPY . /src\nRUN pip install /src && rm -rf /src\n",
}
LARGE = {"a.tar.gz": "x" * 100_000, "big/flask.whl": "x" * 100_000, "r.txt": "flask\n"}


@pytest.mark.parametrize("title", CONTEXT)
def test_what_comes_from_the_context_and_is_removed_is_mounted(title: str) -> None:
    text, after = CONTEXT[title]
    head = "FROM python:3.11-slim\n"
    made = planned(RULE, {"Dockerfile": head + text, **LARGE})
    assert not made.dropped
    assert changed(made) == {"Dockerfile": head + after}


@pytest.mark.parametrize("title", CONTEXT_KEPT)
def test_what_comes_from_the_context_may_stay(title: str) -> None:
    text = f"FROM python:3.11-slim\n{CONTEXT_KEPT[title]}"
    assert planned(RULE, {"Dockerfile": text, **LARGE}).found == ()


@pytest.mark.parametrize("title", KEPT)
def test_what_something_else_reads_stays(title: str) -> None:
    made = planned(
        RULE, {"Dockerfile": BUILD + KEPT[title], "r.txt": "flask\n", "wheels/b.whl": ""}
    )
    assert made.found == ()
