"""What COPY . . brings along."""

from __future__ import annotations

import pytest
from tests.unit.imaging.samples import image_of, inspected

from jettison.imaging import advise

CODE = {
    "app/main.py": b"m" * 1000,
    "app/.git/objects/ab": b"g" * 300_000,
    "app/web/node_modules/a/index.js": b"n" * 400_000,
    "app/web/node_modules/a/node_modules/b/index.js": b"o" * 50_000,
    "app/env/pyvenv.cfg": b"home = /usr/bin\n",
    "app/env/lib/x.py": b"v" * 200_000,
}


def found(*steps: str, base: dict[str, bytes] | None = None) -> list[tuple[str, int]]:
    inspection = inspected(image_of(base or {"usr/bin/python3": b"p"}, CODE, steps=steps))
    return [(one.path, one.total_bytes) for one in inspection.copied.folders]


@pytest.mark.parametrize(
    "copy", ["COPY . .", "COPY . /app", "ADD ./ /app/", "COPY ./* /app", "COPY --chown=1:2 . ."]
)
def test_folders_are_named_once_and_by_size(copy: str) -> None:
    assert found("RUN pip install x", f"{copy} # buildkit") == [
        ("app/web/node_modules", 450_000),
        ("app/.git", 300_000),
        ("app/env", 200_016),
    ]


@pytest.mark.parametrize("copy", ["COPY app /app", "COPY /opt/venv /opt/venv", "RUN cp . /app"])
def test_what_was_chosen_to_be_copied_is_no_clutter(copy: str) -> None:
    assert found("RUN pip install x", copy) == []


def test_installed_packages_that_the_image_lives_by_are_left_alone() -> None:
    base = {"usr/bin/node": b"n"}
    assert found("RUN true", "COPY . .", base=base) == [("app/.git", 300_000)]
    assert found("RUN npm ci", "COPY . .", base=base)[0] == ("app/web/node_modules", 450_000)


def test_the_advice_names_them_and_nothing_twice() -> None:
    image = image_of(
        {"usr/lib/x.py": CODE["app/env/lib/x.py"]}, CODE, steps=("RUN pip", "COPY . .")
    )
    (only,) = advise(inspected(image))
    assert (only.about_bytes, only.rule) == (950_016, "JT005")
    assert only.what == (
        "that COPY . . brings from the working folder: /app/web/node_modules, /app/.git, /app/env"
    )
