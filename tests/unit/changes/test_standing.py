"""Why what a RUN names stays in an image."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jettison.analysis.evidence import Evidence, ImageEvidence, SystemPackage
from jettison.changes.planner import plan
from jettison.changes.standing.system import system_of
from jettison.source import TextTree

if TYPE_CHECKING:
    from pathlib import Path


def test_a_program_that_is_a_link_to_another_packages_is_its_packages(tmp_path: Path) -> None:
    (tmp_path / "main.py").write_text("import os\n\nos.system('gcc -v')\n")
    (tmp_path / "Dockerfile").write_text(
        "FROM python:3.11-slim\nRUN apt-get update && apt-get install -y gcc\nCOPY . .\n"
        'CMD ["python", "main.py"]\n'
    )
    none = frozenset[str]()
    packages = {
        name: SystemPackage("debian", name, "1", needs, none, programs, in_base=False, size_bytes=1)
        for name, needs, programs in (
            ("gcc", frozenset({"gcc-12"}), none),
            ("gcc-12", none, frozenset({"gcc-12"})),
        )
    }
    evidence = Evidence({"Dockerfile": ImageEvidence("one", packages=packages)})
    made = plan(TextTree(tmp_path), {}, evidence=evidence, rules=[])
    (target,) = made.before.targets
    (standing,) = system_of(made, target)
    assert standing.reason == 'the string "gcc -v" of the code calls gcc'
