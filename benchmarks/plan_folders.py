"""Plans every project below some folders, without an engine, and counts what became of each file.

    .venv/bin/python benchmarks/plan_folders.py FOLDER... [--each] [--seconds N] [--details FILE]

Each folder below is one project. It is planned as ``optimize --diff`` does it and, with ``--each``,
once more for every Dockerfile in it alone. Of each plan it is asked whether what it wrote parses, a
second run proposes nothing, the rules in another order give the same bytes, no comment and
no setting of an image is lost that no change declares, and without the changes' keys all is as it
was. A Dockerfile that several projects have counts once. Nothing is written but ``--details``: a
line of JSON for each plan. The exit code is 1 if something is wrong.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import random
import signal
import sys
import time
import traceback
from collections import Counter
from multiprocessing import Pool
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jettison.analysis import Selection
from jettison.analysis.finding_files import dockerfiles
from jettison.changes import Policy, plan
from jettison.changes.contract import contract_of
from jettison.dockerfile import parse
from jettison.errors import JettisonError
from jettison.rules import Advice, Blocked, Refused, rules_with
from jettison.source import TextTree

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from jettison.analysis import Project
    from jettison.changes import Plan
    from jettison.rules import Remedy

Row = dict[str, Any]
_SHOWN = 110


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--each", action="store_true", help="every Dockerfile alone, too")
    parser.add_argument("--seconds", type=int, default=120, help="for the plans of one folder")
    parser.add_argument("--details", type=Path)
    given = parser.parse_args()
    projects = sorted(one for f in given.folders for one in f.iterdir() if one.is_dir())
    jobs = [(project, given.each, given.seconds) for project in projects]
    rows: list[Row] = []
    with Pool(os.cpu_count()) as pool:
        for found in pool.imap_unordered(_planned, jobs):
            rows += found
            for row in found:
                for wrong in row["wrong"]:
                    print(f"WRONG {row['project']} {row['alone']}: {wrong}", flush=True)
    if given.details is not None:
        given.details.write_text("".join(f"{json.dumps(row)}\n" for row in rows), "utf-8")
    _summarise(rows)
    return 1 if any(row["wrong"] for row in rows) else 0


def _summarise(rows: Sequence[Row]) -> None:
    """Prints the outcomes of the Dockerfiles, a file of the same bytes once, and the reasons."""
    order = {"changed": 0, "nothing found": 2, "not read": 3}
    best: dict[str, str] = {}
    for row in rows:
        for digest, outcome in row["files"].items():
            known = best.get(digest)
            if known is None or order.get(outcome, 1) < order.get(known, 1):
                best[digest] = outcome
    print(f"\n{len(rows)} plans, {len(best)} different Dockerfiles")
    for title, counted in (
        ("outcome of a Dockerfile", Counter(best.values())),
        ("changes by rule", Counter(code for row in rows for code in row["applied"])),
        ("left, and why", Counter(text for row in rows for text in row["left"])),
        ("not read, and why", Counter(text for row in rows for text in row["unread"])),
    ):
        print(f"\n| count | {title} |\n| ---: | --- |")
        for text, count in counted.most_common(60):
            print(f"| {count} | {text} |")


def _planned(job: tuple[Path, bool, int]) -> list[Row]:
    """The rows of a folder: of all of it, and of each Dockerfile alone."""
    project, each, seconds = job
    rows = [_row(project, None, seconds)]
    if each:
        rows += [_row(project, name, seconds) for name in dockerfiles(project)]
    return rows


def _row(project: Path, alone: str | None, seconds: int) -> Row:
    row: Row = {"project": project.name, "alone": alone or "", "wrong": [], "files": {}}
    row |= {"applied": [], "left": [], "unread": [], "seconds": 0.0}
    signal.signal(signal.SIGALRM, _too_long)
    signal.alarm(seconds)
    began = time.monotonic()
    try:
        _plan_one(project, alone, row)
    except JettisonError as error:
        row["unread"].append(_short(str(error)))
    except Exception:  # noqa: BLE001  (what is looked for)
        row["wrong"].append(f"crashed: {traceback.format_exc()[-900:]}")
    finally:
        signal.alarm(0)
    row["seconds"] = round(time.monotonic() - began, 2)
    return row


def _too_long(*_: object) -> None:
    raise RuntimeError("took too long")


def _plan_one(project: Path, alone: str | None, row: Row) -> None:
    selection = Selection()
    if alone is not None:
        file = project / alone
        selection = Selection(dockerfile=file, context=file.parent)
    tree = TextTree(project)
    made = plan(tree, {}, selection=selection)
    row["applied"] = sorted({change.key.rule for change in made.applied})
    row["left"] = [_why(one.code, one.remedy) for one in made.left]
    row["unread"] = [_short(one.reason) for one in made.before.project.unread]
    _outcomes(made, row)
    row["wrong"] += _wrong(tree, made, selection)


def _outcomes(made: Plan, row: Row) -> None:
    """What became of each Dockerfile, by the digest of its bytes."""
    tree = made.before.project.tree
    touched = {path for change in made.applied for path in change.patch.paths}
    for target in made.before.project.targets:
        name = target.dockerfile_name
        source = tree.read(name)
        if source is None:
            continue
        keys = {one.name for one in made.before.project.sharing(target)} | {name}
        changed = name in touched or any(one.key.target in keys for one in made.applied)
        left = {type(one.remedy).__name__.lower() for one in made.left if one.key.target in keys}
        outcome = "changed" if changed else " and ".join(sorted(left)) or "nothing found"
        row["files"][hashlib.sha256(source.encode()).hexdigest()] = outcome
    for one in made.before.project.unread:
        source = tree.read(one.file) if "docker" in one.file.lower() else None
        if source is not None and not one.file.endswith((".yml", ".yaml")):
            row["files"].setdefault(hashlib.sha256(source.encode()).hexdigest(), "not read")


def _wrong(tree: TextTree, made: Plan, selection: Selection) -> Iterator[str]:
    """What does not hold of a plan."""
    project = made.before.project
    names = {target.dockerfile_name for target in project.targets}
    for name in sorted(names & set(made.tree.changed())):
        source = made.tree.read(name)
        try:
            parse(source) if source is not None else None
        except JettisonError as error:
            yield f"{name} does not parse: {error}"
    again = plan(made.tree, {}, selection=selection)
    if again.tree.diff() != made.tree.diff():
        yield f"a second run proposes {[str(change.key) for change in again.applied]}"
    rules = list(rules_with(frozenset()))
    random.Random(project.root.name).shuffle(rules)
    if plan(tree, {}, selection=selection, rules=rules).tree.diff() != made.tree.diff():
        yield "another order of rules gives another result"
    for key, why in made.dropped.items():
        if why.startswith("it was applied"):
            yield f"{key}: {why}"
    if made.applied:
        without = Policy(excluded=frozenset(str(change.key) for change in made.applied))
        back = plan(tree, {}, selection=selection, policy=without)
        same = {str(change.key) for change in back.applied} & without.excluded
        if same:
            yield f"taken back, and there: {sorted(same)}"
    yield from _lost_settings(project, made)
    yield from _lost_comments(made)


def _lost_settings(project: Project, made: Plan) -> Iterator[str]:
    """The settings of images that changed although no change declares it."""
    now = {target.name: target for target in made.after.project.targets}
    for target in project.targets:
        if target.name not in now:
            yield f"{target.name} is gone"
            continue
        keys = {one.name for one in project.sharing(target)} | {target.dockerfile_name}
        declared = {a for c in made.applied if c.key.target in keys for a in c.alters}
        theirs = contract_of(now[target.name])
        for aspect, value in contract_of(target).items():
            if aspect not in declared and theirs[aspect] != value:
                yield f"{target.name}: {aspect} {value!r} became {theirs[aspect]!r}"


def _lost_comments(made: Plan) -> Iterator[str]:
    """The comment lines of Dockerfiles that went although no change says so."""
    tree = made.before.project.tree
    declared = {line for change in made.applied for line in change.drops_comments}
    for name in {target.dockerfile_name for target in made.before.project.targets}:
        old, new = tree.read(name), made.tree.read(name)
        if old is None or new is None:
            continue
        lost = _comments(old.text) - _comments(new.text)
        for line in lost:
            if line not in declared:
                yield f"{name} lost the comment {line!r}"


def _comments(text: str) -> Counter[str]:
    lines = (line.strip() for line in text.splitlines())
    return Counter(line for line in lines if line.startswith("#"))


def _why(code: str, remedy: Remedy) -> str:
    match remedy:
        case Refused(reason=reason):
            return f"{code} refused: {_short(reason)}"
        case Blocked(why=why):
            return f"{code} blocked: {_short(why)}"
        case Advice():
            return f"{code} advice"
        case _:
            return f"{code} could be changed and was not"


def _short(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")[:_SHOWN]


if __name__ == "__main__":
    sys.exit(main())
