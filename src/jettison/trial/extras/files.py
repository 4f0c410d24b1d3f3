"""Try the files that EXTRAs made for people: the Makefile's targets and the size script.

Nothing of them runs outside of a container, and there without a network.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from jettison.changes.verdicts import Reached, State
from jettison.ecosystem.makefiles import recipes
from jettison.engine import Sandbox
from jettison.patterns import regex
from jettison.trial.extras.model import Judged

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jettison.rules import Change
    from jettison.source import TextTree
    from jettison.trial.extras.launching import Bench

__all__ = ["try_makefile", "try_script"]

_PHONY = regex(r"^\.PHONY: (.+)$", re.MULTILINE)
_FILES = regex(r" -f (\S+)")
_SCRIPT = regex(r"python3 (\S+\.py)")
_PYTHON = "python:3-alpine"
_LAST_LINES = 6


def try_makefile(bench: Bench, change: Change, tree: TextTree) -> Judged:
    """Whether the targets can be made: by ``make -n`` where an image has make, else by reading.

    What their recipes name must be there.
    """
    key = str(change.key)
    name = min(change.patch.paths)
    source = tree.read(name)
    text = source.text if source is not None else ""
    added = "".join(_texts(change))
    wanted = [word for line in _PHONY.findall(added) for word in line.split()]
    try:
        read = recipes(text)
    except ValueError as error:
        return Judged(failed={key: f"{name} cannot be read: {error}"})
    empty = [one for one in wanted if not read.get(one)]
    if empty or not wanted:
        return Judged(failed={key: f"{name} has no recipe for {', '.join(empty) or 'anything'}"})
    lines = "\n".join(line for one in wanted for line in read[one])
    for path in (*_FILES.findall(lines), *_SCRIPT.findall(lines)):
        if not tree.has(path):
            return Judged(failed={key: f"{name}: there is no {path}"})
    for image in _images(bench):
        if bench.engine.run(image, ["--version"], entrypoint="make").exit_code:
            continue
        argv = ["--dry-run", "--file", name, *wanted]
        done = bench.engine.run(image, argv, entrypoint="make", sandbox=Sandbox(reads=bench.tree))
        if done.exit_code:
            return Judged(failed={key: f"make -n failed:\n{_end(done.stderr)}"})
        return _verified(key, f"tried: make -n reads {len(wanted)} targets, in a container")
    said = f"read: {len(wanted)} targets with their recipes, what they name is there"
    return _verified(key, f"{said} (no image has make to try them with)")


def try_script(bench: Bench, change: Change, measured: str) -> Judged:
    """Whether the script runs and shows the sizes of ``measured``, a report in JSON."""
    key = str(change.key)
    name = min(change.patch.paths)
    place = bench.tree / ".jettison" / "report.json"
    place.parent.mkdir(exist_ok=True)
    place.write_text(measured, encoding="utf-8")
    image = next(_with_python(bench), None)
    if image is None:
        reason = f"not tried: no image here has Python, and {_PYTHON} cannot be had"
        return Judged(reached={key: Reached(State.APPLIED, reason)})
    done = bench.engine.run(
        image, [name, "--json"], entrypoint="python3", sandbox=Sandbox(reads=bench.tree)
    )
    if done.exit_code:
        return Judged(failed={key: f"{name} fails in a container:\n{_end(done.stderr)}"})
    try:
        rows = {row["service"]: row["after_bytes"] for row in json.loads(done.stdout)}
    except (ValueError, TypeError, KeyError):
        return Judged(failed={key: f"{name} does not print its table:\n{_end(done.stdout)}"})
    after = {one.service: one.uncompressed_bytes for one in bench.passed.trial.services}
    wrong = [one for one, size in rows.items() if one in after and size != after[one]]
    if wrong or not rows:
        return Judged(failed={key: f"{name} shows wrong sizes: {', '.join(wrong) or 'none'}"})
    return _verified(key, f"tried: it ran in a container and shows {len(rows)} services' sizes")


def _verified(key: str, evidence: str) -> Judged:
    return Judged(reached={key: Reached(State.VERIFIED, evidence)})


def _texts(change: Change) -> Iterator[str]:
    yield from change.patch.files.values()
    for edits in change.patch.edits.values():
        yield from (edit.text for edit in edits)


def _images(bench: Bench) -> Iterator[str]:
    """The images of both sides, those as they were first: they have more in them."""
    for trial in (bench.before.trial, bench.passed.trial):
        yield from dict.fromkeys(one.image for one in trial.services if one.built)


def _with_python(bench: Bench) -> Iterator[str]:
    """Images in which Python runs; the last one is fetched for it."""
    engine = bench.engine
    local = sorted(name for name in engine.known_images() if name.startswith("python:"))
    for image in (*local, *_images(bench)):
        if not engine.run(image, ["--version"], entrypoint="python3").exit_code:
            yield image
    if not engine.pull(_PYTHON, bench.settings.timeout_seconds):
        yield _PYTHON


def _end(text: str) -> str:
    return "\n".join(text.strip().splitlines()[-_LAST_LINES:])
