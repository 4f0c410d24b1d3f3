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


@pytest.mark.parametrize("title", KEPT)
def test_what_something_else_reads_stays(title: str) -> None:
    made = planned(
        RULE, {"Dockerfile": BUILD + KEPT[title], "r.txt": "flask\n", "wheels/b.whl": ""}
    )
    assert made.found == ()
