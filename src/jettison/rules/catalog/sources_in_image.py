"""The image that runs holds the sources that its program was compiled from.

## What it does
Finds a stage that copies the whole folder of a build stage (``COPY --from=build /app /app``) where
a program was compiled there: TypeScript, NestJS, Next.js, Go, Java, Rust, .NET. The sources, their
tests, lock files, what the compiler leaves and settings of tools that are not installed come along.

## Why it matters
Nothing reads them. They tell whoever gets hold of the image how it was made, scanners report what
their lock file lists although it is not there, and each change of a test makes another image.

## Fix safety
Unsafe: the COPY becomes one for each entry that stays. Only what a plain ``node`` cannot run
leaves: folders of TypeScript alone, tests, documentation, lock files, settings of development
dependencies. A folder that has anything else stays unless the services were watched and opened
nothing in it; so does whatever a path in the code, a command or a setting names. Where the program
is started by something that compiles (``ts-node``, ``tsx``, a watcher), or by a program that is
not known, nothing leaves.
Of a folder with a program of Go, Java, Rust or .NET what the command starts stays, what stages or
images put there, and the files that the code, its settings, a command or a variable names. Where it
is not known what the build made there, or what is started, the change is refused. Verified by a
trial, in which each file that was opened before must be
there.

## Saving
Kilobytes to some megabytes of sources; what a compiler leaves (``target``) may be much more.

## References
* Docker documentation, "Multi-stage builds"
* Next.js documentation, "Self-hosting"; NestJS documentation, "Deployment"
"""

from __future__ import annotations

import json
import posixpath
from typing import TYPE_CHECKING

from jettison.analysis.compiled.whole_folder import WholeFolder, WholeStays, compiled_folder
from jettison.analysis.node.whole_tree import WholeTree, whole_tree
from jettison.analysis.package_runs import first_of, services_of
from jettison.dockerfile import DockerfileEditor
from jettison.patterns import regex
from jettison.rules.model import (
    Basis,
    Change,
    Claim,
    Example,
    Finding,
    Grade,
    Key,
    Level,
    Patch,
    Refused,
    Rule,
    Saving,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jettison.analysis.facts import Facts
    from jettison.analysis.project import Target
    from jettison.dockerfile import Copy, Step

_BLANK = regex(r"\s")
CODE, NAME = "JT019", "sources-in-image"

_FILES = {
    "compose.yaml": "services:\n  api:\n    build: .\n",
    "package.json": '{"scripts": {"build": "tsc"}, "dependencies": {"ms": "2.1.3"},'
    ' "devDependencies": {"typescript": "5.9.3", "jest": "29.7.0"}}\n',
    "tsconfig.json": '{\n  "compilerOptions": {\n    "outDir": "dist"\n  }\n}\n',
    "jest.config.js": "module.exports = {};\n",
    "src/main.ts": "import { one } from './one';\n",
    "src/one.ts": "export const one = 1;\n",
    "views/index.html": "<p>hi</p>\n",
}
_BUILD = (
    "FROM node:25-alpine AS build\nWORKDIR /app\nCOPY . .\n"
    "RUN npm install && npm run build && npm prune --omit=dev\n\nFROM node:25-alpine\n"
)
_CMD = 'CMD ["node", "dist/main.js"]\n'
_COPY = f"{_BUILD}WORKDIR /app\n# The program\nCOPY --from=build --chown=node /app .\n"
VALID = (
    Example(
        "TypeScript is what runs",
        {**_FILES, "Dockerfile": f'{_COPY}CMD ["npx", "ts-node", "src/main.ts"]\n'},
    ),
    Example(
        "the program reads its sources",
        {
            **_FILES,
            "src/one.ts": "readFileSync(join(__dirname, '..', 'src', 'one.ts'));\n",
            "Dockerfile": _COPY + _CMD,
        },
    ),
    Example(
        "only what runs is copied",
        {
            **_FILES,
            "Dockerfile": f"{_BUILD}COPY --from=build /app/dist /app/dist\n"
            'CMD ["node", "/app/dist/main.js"]\n',
        },
    ),
)
_GO = {
    "compose.yaml": _FILES["compose.yaml"],
    "go.mod": "module example.org/web\n",
    "main.go": 'package main\n\nimport "html/template"\n\nfunc main() {\n'
    '\ttemplate.Must(template.ParseGlob("pages/*.html"))\n}\n',
    "pages/index.html": "<p>hi</p>\n",
    "notes.txt": "\n",
}
_GO_BUILD = "FROM golang:1.22 AS build\nWORKDIR /src\nCOPY . .\nRUN go build -o web .\n\n"
INVALID = (
    Example(
        "the folder of a Go program is copied",
        {
            **_GO,
            "Dockerfile": f"{_GO_BUILD}FROM debian:bookworm-slim\nWORKDIR /app\n"
            'COPY --from=build /src /app\nCMD ["./web"]\n',
        },
        found=("Dockerfile:8",),
        after={
            "Dockerfile": f"{_GO_BUILD}FROM debian:bookworm-slim\nWORKDIR /app\n"
            "COPY --from=build /src/pages ./pages\nCOPY --from=build /src/web ./web\n"
            'CMD ["./web"]\n'
        },
    ),
    Example(
        "the whole folder is copied",
        {**_FILES, "Dockerfile": _COPY + _CMD},
        found=("Dockerfile:9",),
        after={
            "Dockerfile": f"{_BUILD}WORKDIR /app\n# The program\n"
            "COPY --from=build --chown=node /app/package.json ./\n"
            "COPY --from=build --chown=node /app/node_modules ./node_modules\n"
            "COPY --from=build --chown=node /app/dist ./dist\n"
            f"COPY --from=build --chown=node /app/views ./views\n{_CMD}",
        },
    ),
)


def check(facts: Facts) -> Iterator[Finding]:
    """A finding for every COPY of a build stage's folder with the sources in it."""
    for target in facts.targets:
        if not first_of(facts, target):
            continue
        tree = facts.of(whole_tree, target)
        if tree is not None:
            yield _finding(facts, target, tree)
            continue
        folder = facts.of(compiled_folder, target)
        if isinstance(folder, WholeFolder):
            yield _narrowed(facts, target, folder)
        elif folder is not None:
            yield _refused(facts, target, folder)


def _finding(facts: Facts, target: Target, tree: WholeTree) -> Finding:
    key = Key(CODE, target.name)
    names = [f"{one.name}/" if one.folder else one.name for one in tree.leave]
    size = sum(one.size for one in tree.leave)
    saving = Saving(size, size, Basis.DECLARED)
    return Finding(
        key,
        NAME,
        f"what the program was compiled from is copied along: {', '.join(names)}",
        target.dockerfile_name,
        tree.copy.line,
        services_of(facts, target),
        Change(
            key,
            "copy what runs",
            _patch(target, tree),
            Grade.UNSAFE,
            Basis.OBSERVED if tree.watched else Basis.DECLARED,
            claim=Claim(paths=tuple(posixpath.join(tree.place, name) for name in names)),
            saving=saving,
            reasons=(
                "no path in the code, a command or a setting names them",
                *(["no service opened anything of them"] if tree.watched else []),
            ),
        ),
        Level.NOTE,
        saving,
    )


def _narrowed(facts: Facts, target: Target, folder: WholeFolder) -> Finding:
    key = Key(CODE, target.name)
    basis = Basis.READ if folder.read else Basis.DECLARED
    saving = Saving(folder.size_bytes, folder.size_bytes, basis)
    editor = DockerfileEditor(target.dockerfile)
    flags, source, to = _parts(target, folder.copy, folder.step, folder.place)
    lines = [_line(flags, *_pair(source, to, name)) for name in folder.keep]
    return Finding(
        key,
        NAME,
        f"what the program was compiled from is copied along: {', '.join(folder.leave)}",
        target.dockerfile_name,
        folder.copy.line,
        services_of(facts, target),
        Change(
            key,
            f"copy what {folder.language} has built",
            Patch.of(
                target.dockerfile_name,
                editor.replace(folder.copy, editor.newline.join(lines)),
            ),
            Grade.UNSAFE,
            Basis.OBSERVED if folder.watched else Basis.DECLARED,
            claim=Claim(paths=(f"{folder.place}/",)),
            saving=saving,
            reasons=(
                f"stays: {', '.join(folder.keep)}",
                "no path in the code, a command or a setting names anything else of it",
            ),
        ),
        Level.NOTE,
        saving,
    )


def _pair(source: str, to: str, name: str) -> tuple[str, str]:
    """What a COPY of one path of the folder takes, and where to; a pattern goes to its folder."""
    if "*" in name:
        folder = posixpath.dirname(name)
        return f"{source}/{name}", f"{to}/{folder}/" if folder else f"{to}/"
    return f"{source}/{name}", f"{to}/{name}"


def _refused(facts: Facts, target: Target, stays: WholeStays) -> Finding:
    return Finding(
        Key(CODE, target.name),
        NAME,
        "all of the folder in which the program was compiled is copied",
        target.dockerfile_name,
        stays.copy.line,
        services_of(facts, target),
        Refused(stays.reason, stays.line),
        Level.NOTE,
    )


def _parts(target: Target, copy: Copy, step: Step, place: str) -> tuple[str, str, str]:
    """A COPY up to its sources, the folder that it takes, and the one that it fills."""
    text = DockerfileEditor(target.dockerfile).text
    source = copy.sources[0].removesuffix("/.").rstrip("/")
    to = "." if step.before.workdir == place else copy.destination.rstrip("/")
    return text[copy.span.start : copy.source_spans[0].start].rstrip(), source, to


def _patch(target: Target, tree: WholeTree) -> Patch:
    """The COPY once for each entry that stays: files together, then each folder."""
    editor = DockerfileEditor(target.dockerfile)
    copy = tree.copy
    flags, source, to = _parts(target, copy, tree.step, tree.place)
    files = [one.name for one in tree.keep if not one.folder]
    folders = [one.name for one in tree.keep if one.folder]
    first = ("node_modules", *(one.name for one in tree.keep if not one.source))
    folders.sort(key=lambda name: (first.index(name) if name in first else len(first), name))
    lines = [_line(flags, *(f"{source}/{name}" for name in files), f"{to}/")] if files else []
    lines += [_line(flags, f"{source}/{name}", f"{to}/{name}") for name in folders]
    return Patch.of(target.dockerfile_name, editor.replace(copy, editor.newline.join(lines)))


def _line(flags: str, *words: str) -> str:
    """The COPY of paths; one that has blanks in it is told from two in JSON only."""
    plain = not any(_BLANK.search(word) for word in words)
    return f"{flags} {' '.join(words) if plain else json.dumps(words, ensure_ascii=False)}"


RULE = Rule(
    code=CODE,
    name=NAME,
    summary="The image that runs holds the sources that its program was compiled from.",
    since="0.1.0",
    grade=Grade.UNSAFE,
    level=Level.NOTE,
    check=check,
    valid=VALID,
    invalid=INVALID,
)
