"""Packages are installed without regard to the lock file.

## What it does
Finds ``npm install``, ``yarn install`` and ``pnpm install`` without packages, in any stage, where
the lock file is in the context and agrees with ``package.json``.

## Why it matters
The command may install other versions than those that were tested and change the lock file in the
image, and the same Dockerfile gives another image tomorrow.

## Fix safety
Safe: ``npm ci`` and its like install what the lock file says, which the manifest allows. Where the
two do not agree, or the manager's version does not read the lock file's (npm 6 version 3, pnpm 10
and later version 6), nothing is changed.

## Saving
None, or little: it is about builds that can be repeated.

## References
* npm documentation, "npm ci"; Yarn documentation, "yarn install"; pnpm documentation,
  "pnpm install"
"""

from __future__ import annotations

import json
import posixpath
from string import Template
from typing import TYPE_CHECKING

from jettison.analysis.landing import brought_from, landings, project_path, steps_before
from jettison.analysis.package_runs import (
    feeding_runs,
    folder_of,
    package_runs,
    run_name,
    services_of,
)
from jettison.dockerfile import DockerfileEditor, Run
from jettison.ecosystem.node.locks import (
    bun_disagreement,
    is_berry,
    npm_disagreement,
    pnpm_disagreement,
    yarn_disagreement,
)
from jettison.ecosystem.node.managers import has_npm_6, pnpm_lock_misfit, pnpm_major
from jettison.rules.model import (
    Basis,
    Change,
    Example,
    Finding,
    Grade,
    Key,
    Level,
    Patch,
    Refused,
    Remedy,
    Rule,
)
from jettison.shell import Manager, Verb
from jettison.source import Span, TextEdit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jettison.analysis.facts import Facts
    from jettison.analysis.landing import Landing
    from jettison.analysis.package_runs import PackageRun
    from jettison.analysis.project import Target
    from jettison.shell import PackageCall

CODE, NAME = "JT010", "lockfile-not-used"

_FILES = {
    "compose.yaml": "services:\n  web:\n    build: .\n",
    "package.json": '{"name": "web", "dependencies": {"ms": "2.1.3"}}\n',
    "package-lock.json": '{"lockfileVersion": 3, "packages": {"": {"dependencies": {"ms": "2.1.3"}}'
    ', "node_modules/ms": {"version": "2.1.3"}}}\n',
}
_HEAD = "FROM node:25-alpine\nWORKDIR /app\n"
_CI = f"{_HEAD}COPY package.json package-lock.json ./\nRUN npm ci --no-audit\n"
_PNPM = "lockfileVersion: '9.0'\nimporters:\n  .:\n    dependencies:\n      ms:\n"
VALID = (
    Example(
        "the author wants it so",
        {
            "compose.yaml": _FILES["compose.yaml"],
            "package.json": _FILES["package.json"],
            "pnpm-lock.yaml": f"{_PNPM}        specifier: 2.1.3\n        version: 2.1.3\n",
            "Dockerfile": f"{_HEAD}COPY . .\nRUN pnpm install --no-frozen-lockfile\n",
        },
    ),
    Example("it is used", {**_FILES, "Dockerfile": _CI}),
    Example(
        "there is none",
        {
            "compose.yaml": _FILES["compose.yaml"],
            "package.json": _FILES["package.json"],
            "Dockerfile": f"{_HEAD}COPY package.json .\nRUN npm install\n",
        },
    ),
)
INVALID = (
    Example(
        "the lock file is not even copied",
        {**_FILES, "Dockerfile": f"{_HEAD}COPY package.json ./\nRUN npm install --no-audit\n"},
        found=("Dockerfile:4",),
        after={"Dockerfile": _CI},
    ),
    Example(
        "the lock file does not agree",
        {
            **_FILES,
            "package-lock.json": '{"lockfileVersion": 3, "packages": {"": {}}}\n',
            "Dockerfile": f"{_HEAD}COPY . .\nRUN npm install\n",
        },
        found=("Dockerfile:4",),
    ),
)

_LOCKS = {
    Manager.NPM: ("package-lock.json", "npm-shrinkwrap.json"),
    Manager.YARN: ("yarn.lock",),
    Manager.PNPM: ("pnpm-lock.yaml",),
    Manager.BUN: ("bun.lock",),
}
_STRICT = (
    *("--frozen-lockfile", "--immutable", "--no-lockfile", "--no-package-lock", "--mode"),
    *("--no-frozen-lockfile", "--no-immutable", "--no-shrinkwrap"),  # the author's own word
)
_LAST_OF_NPM_6 = 2  # lockfileVersion
_ELSEWHERE = ("-g", "--global", "--package-lock", "--lockfile-only", "--package-lock-only")


def check(facts: Facts) -> Iterator[Finding]:
    """A finding for every install that could use the lock file and does not."""
    for target, run in feeding_runs(facts):
        for manager in _LOCKS:
            calls = run.of(manager, Verb.INSTALL)
            if len(calls) == 1 and _is_loose(calls[0], run):
                yield from _finding(facts, target, run, calls[0])


def _is_loose(call: PackageCall, run: PackageRun) -> bool:
    if call.packages or call.flag(*_STRICT, *_ELSEWHERE) is not None:
        return False
    if call.manager is Manager.NPM:
        return call.subcommand_name in ("install", "i")
    if call.flag("--force", "-f", "--fix-lockfile") is not None:
        return False  # which writes the lock file anew where that helps
    if call.manager is Manager.PNPM and run.variable("CI", call):
        return False
    if call.manager is Manager.BUN and call.flag("--production", "-p") is not None:
        return False  # which does not change the lock file either
    return call.subcommand_name in ("install", "i", "")


def _finding(facts: Facts, target: Target, run: PackageRun, call: PackageCall) -> Iterator[Finding]:
    folder = folder_of(run, call)
    if folder is None:
        return
    landed = landings(target, steps_before(target, run.stage, run.run.line))
    manifest = brought_from(target, landed, f"{folder}/package.json")
    if manifest is None:
        return
    names = _LOCKS[call.manager]
    beside = [posixpath.join(posixpath.dirname(manifest), name) for name in names]
    lock = next((path for path in beside if target.files.get(path) is not None), None)
    if lock is None:
        return
    key = Key(CODE, target.name, run_name(target, run, call.manager))
    yield Finding(
        key,
        NAME,
        f"{call.program_name} {call.subcommand_name}".rstrip() + f" may install other versions than"
        f" {posixpath.basename(lock)} has",
        target.dockerfile_name,
        run.run.line,
        services_of(facts, target),
        _remedy(facts, target, run, call, key=key, landed=landed, manifest=manifest, lock=lock),
        level=Level.NOTE,
    )


def _remedy(
    facts: Facts,
    target: Target,
    run: PackageRun,
    call: PackageCall,
    *,
    key: Key,
    landed: tuple[Landing, ...],
    manifest: str,
    lock: str,
) -> Remedy:
    text = facts.tree.read(project_path(target, lock))
    data = _json(facts, project_path(target, manifest))
    if text is None or data is None:
        return Refused("package.json or the lock file cannot be read", run.run.line)
    why, strict = _disagreement(call, data, text.text)
    why = why or _misfit(target, run, call, data, text.text)
    why = why or _other_reason(facts, target, run, call, manifest)
    if why:
        return Refused(why, run.run.line)
    folder = folder_of(run, call) or "/"
    edits: tuple[TextEdit, ...] = ()
    if brought_from(target, landed, posixpath.join(folder, posixpath.basename(lock))) is None:
        edits = _bring(target, landed, manifest, lock)
        if not edits:
            return Refused(f"no COPY brings {posixpath.basename(lock)} before it", run.run.line)
    if call.manager is Manager.NPM:
        edits += _npm_ci(run, call)
    else:
        weak = call.flag("--pure-lockfile") if strict == "--frozen-lockfile" else None
        if weak is None:
            edits += run.editor.add_flag(call, strict)
        else:
            edits += (TextEdit(run.editor.span(weak.span), strict),)
    title = "npm ci" if call.manager is Manager.NPM else f"{call.program_name} install {strict}"
    return Change(
        key,
        f"install with {title}",
        Patch.of(target.dockerfile_name, edits),
        Grade.SAFE,
        Basis.DECLARED,
        reasons=(f"{posixpath.basename(lock)} agrees with package.json",),
    )


def _disagreement(call: PackageCall, data: dict[str, object], lock: str) -> tuple[str, str]:
    if call.manager is Manager.NPM:
        return npm_disagreement(data, lock), ""
    if call.manager is Manager.PNPM:
        return pnpm_disagreement(data, lock), "--frozen-lockfile"
    if call.manager is Manager.BUN:
        return bun_disagreement(data, lock), "--frozen-lockfile"
    return yarn_disagreement(data, lock), "--immutable" if is_berry(lock) else "--frozen-lockfile"


def _misfit(
    target: Target, run: PackageRun, call: PackageCall, data: dict[str, object], lock: str
) -> str:
    """Why the manager's version cannot read the lock file, which it writes anew now, or ``""``."""
    if call.manager not in (Manager.NPM, Manager.PNPM):
        return ""
    line = [target.dockerfile.stages[run.stage]]
    while (base := line[-1].base_stage) is not None:
        line.append(target.dockerfile.stages[base])
    if call.manager is Manager.NPM:
        old = has_npm_6(line[-1].base_name or line[-1].base)
        old = old and json.loads(lock)["lockfileVersion"] > _LAST_OF_NPM_6
        return "npm 6, which this Node brings, does not read lockfileVersion 3" if old else ""
    before = "\n".join(
        Template(step.instruction.command).safe_substitute(step.before.variables)
        for step in steps_before(target, run.stage, run.run.line + 1)
        if isinstance(step.instruction, Run)
    )
    return pnpm_lock_misfit(lock, pnpm_major(before, data.get("packageManager")))


def _other_reason(
    facts: Facts, target: Target, run: PackageRun, call: PackageCall, manifest: str
) -> str:
    """Why the strict form would not do what the loose one does, or ``""``."""
    if call.command.nesting:
        return "the command stands within another one"
    settings = facts.tree.read(
        project_path(target, posixpath.join(posixpath.dirname(manifest), ".npmrc"))
    )
    if settings is not None and "package-lock=false" in settings.text.replace(" ", ""):
        return ".npmrc turns the lock file off"
    if any("node_modules" in (mount.target or "") for mount in run.run.mounts):
        return "node_modules is a mount, which npm ci cannot remove"
    for earlier in package_runs(target, frozenset({run.stage})):
        if earlier.run.line >= run.run.line:
            break
        if any(_adds(one) for one in earlier.of(call.manager, Verb.INSTALL)):
            return f"the RUN on line {earlier.run.line} installs more into node_modules"
    return ""


def _adds(call: PackageCall) -> bool:
    """Whether a call installs packages by name into the folder, not for all folders."""
    everywhere = call.flag("-g", "--global", "--location") is not None
    return bool(call.packages) and not everywhere and call.subcommand_name != "global"


def _npm_ci(run: PackageRun, call: PackageCall) -> tuple[TextEdit, ...]:
    word = call.subcommand[0]
    return (TextEdit(run.editor.span(word.span), "ci"),)


def _bring(
    target: Target, landed: tuple[Landing, ...], manifest: str, lock: str
) -> tuple[TextEdit, ...]:
    """The edit that adds the lock file to the COPY of the manifest, if that is safe.

    Where a comment says what that COPY brings, the lock file gets one of its own.
    """
    found = [one for one in landed if one.source == manifest and not one.folder]
    if not found:
        return ()
    copy = found[-1].instruction
    text = copy.destination
    if copy.json or copy.exclude or not (text.endswith("/") or text == "."):
        return ()
    if posixpath.basename(copy.sources[found[-1].word]) != "package.json":
        return ()
    end = copy.source_spans[found[-1].word].end
    prefix = copy.sources[found[-1].word].removesuffix("package.json")
    name = f"{prefix}{posixpath.basename(lock)}"
    editor = DockerfileEditor(target.dockerfile)
    above = " ".join(editor.comments([copy]))
    if "package.json" in above and posixpath.basename(lock) not in above:
        flags = [flag.name for flag in copy.flags]
        if copy not in target.dockerfile.instructions or set(flags) - {"chown", "chmod", "link"}:
            return ()
        words = [editor.text[flag.span.start : flag.span.end] for flag in copy.flags]
        text = " ".join(["COPY", *words, name, copy.destination])
        return editor.insert_after(copy, editor.render(text))
    added = TextEdit(Span(end, end), f" {name}")
    # Builders other than BuildKit want a slash behind the place of several files.
    return (added, TextEdit(copy.destination_span, "./")) if text == "." else (added,)


def _json(facts: Facts, path: str) -> dict[str, object] | None:
    source = facts.tree.read(path)
    try:
        data = json.loads(source.text) if source is not None else None
    except ValueError:
        return None
    return data if isinstance(data, dict) else None


RULE = Rule(
    code=CODE,
    name=NAME,
    summary="Packages are installed without regard to the lock file.",
    since="0.1.0",
    grade=Grade.SAFE,
    level=Level.NOTE,
    check=check,
    valid=VALID,
    invalid=INVALID,
)
