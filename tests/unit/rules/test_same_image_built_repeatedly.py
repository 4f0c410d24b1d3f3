"""Services that build the same image, in one Compose file or several."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from jettison.changes.planner import plan
from jettison.rules import Refused, find_rule
from jettison.source import TextTree

if TYPE_CHECKING:
    from pathlib import Path

    from jettison.changes.model import Plan


def planned(root: Path, compose: str) -> Plan:
    (root / "compose.yaml").write_text(compose)
    (root / "Dockerfile").write_text("FROM scratch\nCOPY compose.yaml /\n")
    return plan(TextTree(root), {}, rules=[find_rule("JT009")])


def test_the_first_keeps_its_name_and_the_others_run_it(tmp_path: Path) -> None:
    made = planned(
        tmp_path,
        "services:\n  a:\n    build: .\n    image: shop\n"
        "  b:\n    # works\n    build: .\n    image: shop-worker # old\n    command: w\n",
    )
    found = made.tree.read("compose.yaml")
    assert found is not None
    assert "    # works\n" in found.text
    assert found.text.count("build: .") == 1
    assert found.text.count("image: shop") == 2
    assert "pull_policy: never" in found.text
    assert not made.left
    assert any("shop-worker" in reason for reason in made.applied[0].reasons)


@pytest.mark.parametrize(
    ("compose", "words"),
    [
        ("x-b: &b\n  build: .\nservices:\n  a:\n    <<: *b\n  b:\n    <<: *b\n", "merge key"),
        (
            "services:\n  a:\n    build: .\n    profiles: [x]\n  b:\n    build: .\n",
            "profiles",
        ),
        (
            "services:\n  a:\n    build: .\n  b:\n    build:\n      context: .\n"
            "      platforms: [linux/arm64]\n",
            "other platforms",
        ),
    ],
)
def test_what_cannot_be_shared_is_refused(tmp_path: Path, compose: str, words: str) -> None:
    (finding,) = planned(tmp_path, compose).left
    assert isinstance(finding.remedy, Refused)
    assert words in finding.remedy.reason


_NAMED = (
    "services:\n  a:\n    build: .\n    image: shop\n"
    "  b:\n    build: . # the same\n    image: shop-worker\n"
)


@pytest.mark.parametrize(
    ("path", "text", "words"),
    [
        ("k8s/worker.yaml", "image: hub.example/shop-worker:1\n", "k8s/worker.yaml names"),
        ("README.md", "Then run `docker push shop-worker`.\n", "README.md names shop-worker"),
        ("scripts/release", "#!/bin/sh\ndocker compose push\n", "pushes what Compose builds"),
    ],
)
def test_a_name_that_something_else_uses_stays(
    tmp_path: Path, path: str, text: str, words: str
) -> None:
    (tmp_path / path).parent.mkdir(exist_ok=True)
    (tmp_path / path).write_text(text)
    (finding,) = planned(tmp_path, _NAMED).left
    assert isinstance(finding.remedy, Refused)
    assert words in finding.remedy.reason


@pytest.mark.parametrize(
    ("compose", "words"),
    [
        (_NAMED + "  c:\n    image: shop-worker\n", "c runs shop-worker"),
        (_NAMED.replace("shop-worker", "ghcr.io/me/shop-worker:1"), "a registry"),
        (_NAMED.replace("shop-worker", "acme/shop-worker"), "a registry"),
    ],
)
def test_a_name_that_may_be_pulled_stays(tmp_path: Path, compose: str, words: str) -> None:
    (finding,) = planned(tmp_path, compose).left
    assert isinstance(finding.remedy, Refused)
    assert words in finding.remedy.reason


def test_a_longer_name_is_another_one(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("shop-worker-2, my-shop-worker, shop-worker/x\n")
    made = planned(tmp_path, _NAMED)
    assert not made.left
    assert made.applied[0].drops_comments == {"# the same"}
    assert any("no file of the project uses shop-worker" in r for r in made.applied[0].reasons)


def test_comments_within_the_section_go_with_it_and_others_stay(tmp_path: Path) -> None:
    made = planned(
        tmp_path,
        "services:\n  a:\n    build: .\n    image: shop\n  # the worker\n  b:\n    build:\n"
        "      # like a\n      context: . # here\n    command: 'w # x' # works\n",
    )
    (change,) = made.applied
    assert change.drops_comments == {"# like a", "# here"}
    found = made.tree.read("compose.yaml")
    assert found is not None
    assert "  # the worker\n" in found.text
    assert "command: 'w # x' # works\n" in found.text


_MIGRATING = "services:\n  web:\n    build: .\n  migrate:\n    build: .\n    command: m\n"


@pytest.mark.parametrize(
    "text",
    [
        "docker compose run --rm migrate\ndocker compose up -d\n",
        "docker-compose -f compose.yaml run -e A=b \\\n  migrate ./m --up\n",
        "`docker compose up migrate`, then `docker compose up`\n",
    ],
)
def test_what_is_run_before_the_image_is_there_keeps_its_own(tmp_path: Path, text: str) -> None:
    (tmp_path / "README.md").write_text(text)
    (finding,) = planned(tmp_path, _MIGRATING).left
    assert isinstance(finding.remedy, Refused)
    assert "README.md:1 runs migrate before web is built" in finding.remedy.reason


@pytest.mark.parametrize(
    ("compose", "text"),
    [
        (_MIGRATING, "docker compose up -d\ndocker compose run --rm migrate\n"),
        (_MIGRATING, "docker compose build web && docker compose run migrate\n"),
        (_MIGRATING, "docker compose up web migrate\n"),
        (_MIGRATING, "docker compose run web migrate\n"),
        (f"{_MIGRATING}    depends_on: [web]\n", "docker compose run --rm migrate\n"),
    ],
)
def test_what_is_run_when_the_image_is_there_shares_it(
    tmp_path: Path, compose: str, text: str
) -> None:
    (tmp_path / "README.md").write_text(text)
    made = planned(tmp_path, compose)
    assert not made.left
    alone = any("alone finds the image once web" in one for one in made.applied[0].reasons)
    assert alone == ("depends_on" not in compose)
