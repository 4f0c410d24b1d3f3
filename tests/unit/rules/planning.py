"""Plans of a small project with one rule, for tests that look at the diff."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from jettison.analysis import NO_EVIDENCE, Distribution, Evidence, ImageEvidence, ModuleCode
from jettison.changes import Plan, Policy, plan
from jettison.source import TextTree

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from jettison.rules import Rule


@cache
def _holder() -> Path:
    """A folder for the projects of this run, gone at its end."""
    folder = Path(tempfile.mkdtemp(prefix="jettison-test-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def planned(
    rule: Rule,
    files: Mapping[str, str],
    evidence: Evidence = NO_EVIDENCE,
    others: Sequence[Rule] = (),
) -> Plan:
    """The plan for the files with these rules, whether or not the images start something."""
    folder = Path(tempfile.mkdtemp(dir=_holder()))
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode())
    policy = Policy(inert=True)
    return plan(TextTree(folder), {}, rules=[rule, *others], evidence=evidence, policy=policy)


def dockerfile(rule: Rule, text: str, **others: str) -> str:
    """What the rule makes of a Dockerfile; ``_`` in the names of other files stands for a dot."""
    files = {name.replace("__", "/").replace("_", "."): text for name, text in others.items()}
    made = planned(rule, {"Dockerfile": text, **files})
    now = made.tree.read("Dockerfile")
    assert now is not None
    assert not made.dropped
    return now.text


def changed(made: Plan) -> dict[str, str]:
    """The files that the plan changes or makes, as they are after it."""
    return {path: now.text for path, (_, now) in made.tree.changed().items()}


def installed(target: str, *rows: str) -> Evidence:
    """Evidence of an image: ``name`` or ``name: what it needs``, each a module of its own name.

    A name with ``!`` says in its metadata that it is for testing. ``?other`` among the needs is
    imported in a function, ``module?other`` in one of a module of that name below the first.
    """
    found = {}
    for row in rows:
        name, _, needs = row.partition(":")
        purpose = "Topic :: Software Development :: Testing" if name.endswith("!") else ""
        name = name.removesuffix("!")
        own = name.replace("-", "_")
        code = {
            f"{own}.{module}" if module else own: ModuleCode(frozenset(), frozenset({other}))
            for module, mark, other in (word.partition("?") for word in needs.split())
            if mark
        }
        found[name] = Distribution(
            name,
            "1",
            frozenset({own}),
            frozenset(word for word in needs.split() if "?" not in word),
            frozenset({name}),
            False,
            frozenset(),
            1,
            purpose=purpose,
            code=code,
        )
    return Evidence({target: ImageEvidence("image", distributions=found)})
