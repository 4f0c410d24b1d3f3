"""What of an application and its packages can be imported in an image, and two images compared.

A script of ours (``inside/``) runs in a fresh container of the image, without network. The
application's own modules are read there, not run: the service itself ran them. What they import,
also deep in a function, is imported or resolved, and so is the top module of each installed
package.
"""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from jettison.engine import Sandbox
from jettison.patterns import regex
from jettison.trial.inside import script
from jettison.trial.learned import Imports
from jettison.trial.let_go import NOTHING
from jettison.trial.outcomes import Row

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from jettison.engine import Engine
    from jettison.trial.let_go import LetGo
    from jettison.trial.sides import Side, Watched

__all__ = ["import_notes", "import_rows", "read_imports"]

_SECONDS = 20.0
_START_SECONDS = 40.0
_MEMORY = 2_000_000_000
_MOST_SHOWN = 4
# As shells and engines have it: what cannot be run, and what is not there.
_NO_PROGRAM = (126, 127)
_NODE = regex(r"(?:^|/)(?:node|npm|npx|yarn|pnpm)$|\.[cm]?[jt]s$")
_LANGUAGES = (
    ("Python", "python_imports.py", ("python3", "python"), "-c"),
    ("Node", "node_imports.js", ("node",), "-e"),
)


def read_imports(side: Side, watched: Watched) -> dict[str, tuple[Imports, ...]]:
    """What can be imported in the image of each built service, one element a language.

    Services that start one image alike are looked at once.
    """
    services = watched.isolated.model["services"]
    jobs: dict[tuple[str, ...], tuple[str, Sandbox]] = {}
    users: dict[str, tuple[str, ...]] = {}
    words: dict[tuple[str, ...], tuple[str, ...]] = {}
    for service, tag in side.built.tags.items():
        spec, image = services.get(service), side.images.get(service)
        if spec is None or image is None:
            continue
        box = _sandbox(spec)
        key = (image.image_id, str(box.user), str(box.workdir))
        jobs.setdefault(key, (tag, box))
        words[key] = (*words.get(key, ()), *image.command, *watched.words.get(service, ()))
        users[service] = key
    side.progress.status("importing what the services import")
    with ThreadPoolExecutor(2, "imports") as pool:
        results = pool.map(lambda key: _looked(side.engine, *jobs[key], words[key]), jobs)
        found = dict(zip(jobs, results, strict=True))
    return {service: found[key] for service, key in users.items() if found[key]}


def _sandbox(spec: Mapping[str, Any]) -> Sandbox:
    environment = spec.get("environment") or {}
    return Sandbox(
        environment={k: str(v) for k, v in dict(environment).items() if v is not None},
        user=spec.get("user"),
        workdir=spec.get("working_dir"),
        memory_bytes=_MEMORY,
        seconds=_SECONDS + _START_SECONDS,
    )


def _looked(engine: Engine, tag: str, box: Sandbox, words: tuple[str, ...]) -> tuple[Imports, ...]:
    words = tuple(dict.fromkeys(part for word in words for part in word.split()))
    asked = json.dumps({"words": words, "seconds": _SECONDS})
    found = []
    for language, name, programs, flag in _LANGUAGES:
        if language == "Node" and not any(_NODE.search(word) for word in words):
            continue
        failed = ""
        for program in programs:
            done = engine.run(tag, [flag, script(name), asked], entrypoint=program, sandbox=box)
            if done.exit_code == 0:
                one, failed = _parsed(language, done.stdout, words), ""
                found += [one] if one is not None else []
                break
            if done.exit_code not in _NO_PROGRAM:
                said = done.stderr.strip().splitlines() or [f"exit code {done.exit_code}"]
                failed = f"{program}: {said[-1][:200]}"
        if failed:
            found.append(Imports(language, {}, {}, {}, {}, {}, failed=failed))
    return tuple(found)


def _parsed(language: str, text: str, words: tuple[str, ...]) -> Imports | None:
    try:
        told = json.loads(text.strip().splitlines()[-1])
        made = Imports(
            language=language,
            files=told["files"],
            imports=told["imports"],
            packages=told["packages"],
            modules=told["modules"],
            own=told["own"],
            unreached=tuple(told["unreached"]),
            beside=frozenset(told["beside"]),
            words=words,
        )
    except (ValueError, IndexError, KeyError, TypeError):
        return None
    return made if made.modules or made.files else None


def import_rows(
    before: Mapping[str, tuple[Imports, ...]],
    after: Mapping[str, tuple[Imports, ...]],
    let_go: LetGo = NOTHING,
) -> Iterator[Row]:
    """A row for each service and language that both sides have.

    What could not be imported before is not held against the other side, nor is a package that is
    gone by itself: only what kept code imports, and what is left of the packages. A module that a
    change let go is named as that, and missed all the same.
    """
    for service, sides in before.items():
        later = {one.language: one for one in after.get(service, ())}
        for one in sides:
            other = later.get(one.language)
            if other is None:
                continue
            compared, broken = _held(one, other, let_go)
            if compared:
                shown = "; ".join(broken[:_MOST_SHOWN])
                more = len(broken) - _MOST_SHOWN
                yield Row(
                    service=service,
                    what=f"{one.language} imports",
                    before=f"{compared} can be had",
                    after=f"{compared - len(broken)} can be had",
                    same=not broken,
                    difference=shown + (f"; and {more} more" if more > 0 else ""),
                    exercises=False,
                )


def _held(before: Imports, after: Imports, let_go: LetGo) -> tuple[int, list[str]]:
    """How many names were compared, and what is wrong with those that cannot be had any more.

    A file that a build made may import others by another name after it was built again (with the
    hash of its contents): then what it imports now must be there.
    """
    names: dict[str, str] = {}
    renamed: dict[str, str] = {}
    for file, imports in before.imports.items():
        later = after.imports.get(file, {})
        gone = imports.keys() - later.keys()
        for name in imports.keys() & later.keys():
            names.setdefault(name, f"{file}:{imports[name]} imports {name}: ")
        if gone and all(before.fails(name) == "" for name in gone):
            for name in later.keys() - imports.keys():
                renamed.setdefault(name, f"{file}:{later[name]} imports {name}: ")
    kept = set(after.packages.values())
    for module, package in before.packages.items():
        if package in kept:
            names.setdefault(module, "" if module == package else f"{module} of {package}: ")
    compared = [name for name in names if before.fails(name) == ""]
    compared += [name for name in renamed if name not in names]
    names = renamed | names
    broken = []
    for name in compared:
        said = after.fails(name)
        if said is None and name not in after.modules and name not in after.own:
            said = f"no module {name}"
        if said:
            by = let_go.of_module(name) if before.language == "Python" else ""
            broken.append(f"{names[name]}{said}{by}")
    broken += [
        f"{file}: {after.files[file]}"
        for file, wrong in before.files.items()
        if not wrong and after.files.get(file)
    ]
    return len(compared), broken


def import_notes(
    before: Mapping[str, tuple[Imports, ...]], after: Mapping[str, tuple[Imports, ...]]
) -> Iterator[tuple[str, str]]:
    """What was not looked at, as (service, sentence)."""
    for service, sides in before.items():
        later = {one.language: one for one in after.get(service, ())}
        for one in sides:
            if one.language not in later:
                yield service, f"{one.language} is gone from its image: no import was compared"
                continue
            wrong = one.failed or later[one.language].failed
            if wrong:
                yield service, f"{one.language} imports could not be compared: {wrong}"
                continue
            if not one.files:
                yield service, f"none of its {one.language} modules is named by what it runs"
            failed = [name for name, said in one.modules.items() if said]
            if failed:
                yield service, f"could not be imported before either: {_some(failed)}"
            late = [name for name, said in one.modules.items() if said is None]
            if late:
                yield service, f"not imported, for lack of time: {_some(late)}"
            if one.files and one.unreached:
                yield service, f"{one.language} modules that nothing loads: {_some(one.unreached)}"


def _some(names: Iterable[str]) -> str:
    names = sorted(names)
    more = len(names) - 8
    return ", ".join(names[:8]) + (f" and {more} more" if more > 0 else "")
