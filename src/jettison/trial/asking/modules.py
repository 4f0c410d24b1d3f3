"""What of an application and its packages can be imported in an image, and two images compared.

A script of ours (``inside/``) runs in a fresh container of the image, without network. The
application's own modules are read there, not run: the service itself ran them. What they import,
also deep in a function, is imported or resolved, and so is the top module of each installed
package. Python's are imported on the side after; on the side before only those are that cannot be
had after, as nothing else tells the sides apart.
"""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from jettison.engine import Sandbox
from jettison.patterns import regex
from jettison.sure import sure
from jettison.trial.inside import script
from jettison.trial.learned import Imports
from jettison.trial.let_go import NOTHING
from jettison.trial.outcomes import Row

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from jettison.engine import Engine
    from jettison.trial.let_go import LetGo
    from jettison.trial.outcomes import Observation
    from jettison.trial.sides import Side, Watched

__all__ = ["asked_before", "import_notes", "import_rows", "read_imports"]

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


def read_imports(
    side: Side, watched: Watched, before: Observation | None
) -> dict[str, tuple[Imports, ...]]:
    """What can be imported in the image of each built service, one element a language.

    Services that start one image alike are looked at once. Without ``before`` Python's modules are
    read only, not imported: see :func:`asked_before`.
    """
    services = watched.isolated.model["services"]
    jobs: dict[tuple[str, ...], tuple[str, Sandbox]] = {}
    users: dict[str, tuple[str, ...]] = {}
    words: dict[tuple[str, ...], tuple[str, ...]] = {}
    had: dict[tuple[str, ...], set[str]] = {}
    for service, tag in side.built.tags.items():
        spec, image = services.get(service), side.images.get(service)
        if spec is None or image is None:
            continue
        box = _sandbox(spec)
        key = _key(image.image_id, box)
        jobs.setdefault(key, (tag, box))
        words[key] = (*words.get(key, ()), *image.command, *watched.words.get(service, ()))
        users[service] = key
        for one in before.imports.get(service, ()) if before is not None else ():
            had.setdefault(key, set()).update(one.packages if one.language == "Python" else ())
    side.progress.status("importing what the services import")
    with ThreadPoolExecutor(2, "imports") as pool:

        def looked(key: tuple[str, ...]) -> tuple[Imports, ...]:
            more: dict[str, Any] = {"had": sorted(had.get(key, ()))}
            more |= {"names": []} if before is None else {}
            return _looked(side.engine, *jobs[key], words[key], more=more)

        found = dict(zip(jobs, pool.map(looked, jobs), strict=True))
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


def asked_before(
    engine: Engine,
    before: Mapping[str, tuple[Imports, ...]],
    after: Mapping[str, tuple[Imports, ...]],
) -> dict[str, tuple[Imports, ...]]:
    """``before`` with what came of importing there what cannot be had after.

    The containers are of the images before, which are still in the engine's store.
    """
    wanted: dict[tuple[str, ...], tuple[Imports, set[str]]] = {}
    for service, sides in before.items():
        later = {one.language: one for one in after.get(service, ())}
        for one in sides:
            if one.place is None or one.language not in later:
                continue
            other = later[one.language]
            names = {name for name in _compared(one, other) if _unknown(one, other, name)}
            if names:
                wanted.setdefault(_key(*one.place), (one, set()))[1].update(names)
    told: dict[tuple[str, ...], tuple[Imports, ...]] = {}
    for key, (one, names) in wanted.items():
        place = sure(one.place)
        more = {"names": sorted(names)}
        told[key] = _looked(engine, *place, one.words, more=more, languages=(one.language,))
    return {
        service: tuple(
            _completed(one, told.get(_key(*one.place), ()) if one.place is not None else ())
            for one in sides
        )
        for service, sides in before.items()
    }


def _key(image: str, box: Sandbox) -> tuple[str, ...]:
    """What tells the places apart in which something is read."""
    return (image, str(box.user), str(box.workdir))


def _completed(one: Imports, told: Iterable[Imports]) -> Imports:
    """What is known of a language, with what was ``told`` of it later."""
    for more in told:
        if more.language == one.language:
            modules = {name: said for name, said in more.modules.items() if said is not None}
            one = replace(one, modules={**one.modules, **modules}, failed=one.failed or more.failed)
    return one


def _unknown(before: Imports, after: Imports, name: str) -> bool:
    """Whether a name cannot be had after, and nobody tried before."""
    return before.fails(name) is None and bool(_said(after, name))


def _said(after: Imports, name: str) -> str | None:
    """Why a name cannot be had after, ``""`` where it can, ``None`` where time was short."""
    said = after.fails(name)
    unknown = said is None and name not in after.modules and name not in after.own
    return f"no module {name}" if unknown else said


def _looked(
    engine: Engine,
    tag: str,
    box: Sandbox,
    words: tuple[str, ...],
    *,
    more: Mapping[str, Any],
    languages: tuple[str, ...] = ("Python", "Node"),
) -> tuple[Imports, ...]:
    words = tuple(dict.fromkeys(part for word in words for part in word.split()))
    asked = json.dumps({"words": words, "seconds": _SECONDS, **more})
    found = []
    for language, name, programs, flag in _LANGUAGES:
        if language not in languages:
            continue
        if language == "Node" and not any(_NODE.search(word) for word in words):
            continue
        failed = ""
        for program in programs:
            done = engine.run(tag, [flag, script(name), asked], entrypoint=program, sandbox=box)
            if done.exit_code == 0:
                one, failed = _parsed(language, done.stdout, words), ""
                found += [replace(one, place=(tag, box))] if one is not None else []
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
            lacking=told.get("lacking", {}),
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
                    before=f"{compared} looked for",
                    after=f"{compared - len(broken)} can be had",
                    same=not broken,
                    difference=shown + (f"; and {more} more" if more > 0 else ""),
                    exercises=False,
                )


def _compared(before: Imports, after: Imports) -> dict[str, str]:
    """What of an image's imports is compared, by name, with how it is told of.

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
        if gone and not any(before.fails(name) for name in gone):
            for name in later.keys() - imports.keys():
                renamed.setdefault(name, f"{file}:{later[name]} imports {name}: ")
    kept = set(after.packages.values())
    for module, package in before.packages.items():
        if package in kept:
            names.setdefault(module, "" if module == package else f"{module} of {package}: ")
    return renamed | names


def _held(before: Imports, after: Imports, let_go: LetGo) -> tuple[int, list[str]]:
    """How many names were compared, and what is wrong with those that cannot be had any more.

    What can be had after was there before, or is new; what cannot is wrong where it could before.
    """
    compared = 0
    broken = []
    known = {name for imports in before.imports.values() for name in imports}
    for name, told in _compared(before, after).items():
        said = _said(after, name)
        new = name not in known and name not in before.packages
        if said is None or (said and not new and before.fails(name) != ""):
            continue
        compared += 1
        if said:
            by = let_go.of_module(name) if before.language == "Python" else ""
            broken.append(f"{told}{said}{by}")
    broken += [
        f"{file}: {after.files[file]}"
        for file, wrong in before.files.items()
        if not wrong and after.files.get(file)
    ]
    return compared, broken


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
            other = later[one.language]
            late = [name for name in _compared(one, other) if _said(other, name) is None]
            if late:
                yield service, f"not imported, for lack of time: {_some(late)}"
            if other.lacking:
                modules = [f"{name} ({why})" for name, why in other.lacking.items()]
                yield service, f"modules of packages that import what is gone: {_some(modules)}"
            if one.files and one.unreached:
                yield service, f"{one.language} modules that nothing loads: {_some(one.unreached)}"


def _some(names: Iterable[str]) -> str:
    names = sorted(names)
    more = len(names) - 8
    return ", ".join(names[:8]) + (f" and {more} more" if more > 0 else "")
