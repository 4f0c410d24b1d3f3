"""A service runs in its development mode.

## What it does
Finds services, and images that nothing else starts, whose command watches the code for changes or
serves with a development server: `uvicorn --reload`, `gunicorn --reload`, `flask --debug` (or
`FLASK_DEBUG`), `manage.py runserver`, `nodemon`, `ts-node-dev`, `tsx watch`, `node --watch`,
`next dev`, `nuxt dev`, `react-router dev`, `webpack serve`, `air`, or compiles the code first:
`nest start`.
Files for development only are left alone. Sites of static files are JT004's. But for a flag that
makes a server watch (`--reload`, `--watch`), what `nodemon` runs by plain `node`, what Nest
compiles and what Next.js can build, it is advice: which server, with how many workers, and what may
be rendered when the image is built, is for the project to say.

## Why it matters
A watcher costs processor and memory all the time, and the development servers of Flask and Django
say themselves that they are not made for production. What compiles at each start needs its compiler
in the image, starts late, and may write to its folder only as root.

## Fix safety
Unsafe: the Dockerfile's command loses the flag, where no service that runs it mounts the code or
has it synchronized by `develop.watch`; a uvicorn with `--workers` or `WEB_CONCURRENCY` is left
alone, as it starts several processes only where it does not watch. `nodemon server.js` becomes
`node server.js`, where it has no settings of its own, nothing else is started, and no service
mounts the sources. A program that ends is then started again by the engine, not when a file
changes. `nest start` becomes `nest build` in a RUN, and `node` with what that makes, where Nest's
and TypeScript's settings tell which file that is. A service that repeats the image's command in
Compose loses it there. `next dev` becomes the script `build` in a RUN,
and `next start` with the same port and address. That is refused where the sources are mounted or
synchronized, where a `NEXT_PUBLIC_` variable, or one that `next.config` reads, is not known when
the image is built, where a page without parameters waits for data and would be rendered then
(`getStaticProps`, an `async` component or route), and where a comment, or `NODE_ENV`, says that
the image serves development. Verified by a trial. All else is not changed.

## Saving
What only the development command needs, which JT003 then leaves out, and the memory of the process
that watches.

## References
* Uvicorn documentation, "Deployment"; Flask documentation, "Deploying to Production"; Django
  documentation, "runserver"
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from jettison import compose
from jettison.analysis.package_runs import first_of
from jettison.analysis.running.reloading import without_reloading
from jettison.analysis.running.started import started
from jettison.dockerfile import Cmd, Entrypoint
from jettison.errors import JettisonError
from jettison.rules.model import (
    Advice,
    Aspect,
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
    Remedy,
    Rule,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jettison.analysis.facts import Facts
    from jettison.analysis.node.watching import Unwatched
    from jettison.analysis.project import ServiceRun, Target
    from jettison.analysis.running.reloading import Unflagged
    from jettison.analysis.running.started import StartedCommand

CODE, NAME = "JT026", "development-command"

_INSTALLERS = frozenset({"uv", "poetry", "pipenv", "pdm", "hatch"})
_WATCHERS = frozenset({"nodemon", "ts-node-dev", "tsnd", "air", "watchmedo", "watchfiles"})
_SERVERS = {
    "next": ("dev",),
    "nuxt": ("dev",),
    "nuxi": ("dev",),
    "remix": ("dev", "vite:dev"),
    "react-router": ("dev",),
    "vinxi": ("dev",),
    "webpack": ("serve",),
}
_MENDED = {
    "next": "it is built in the image; nothing of it is known to be rendered from data then",
    "nodemon": "nodemon runs it by node, and has no settings of its own",
    "nest": "it compiles, and runs by node what that makes",
}
_RUNNERS = frozenset({"npm", "yarn", "pnpm", "bun"})
_WATCHING = frozenset({"--watch", "--hot", "watch"})
_RELOADING = frozenset({"uvicorn", "gunicorn", "hypercorn", "fastapi", "granian"})
_SLIM = "FROM python:3.11-slim\n"
_DEBUGGING = frozenset({"1", "true", "yes", "on", "t", "y"})
VALID = (
    Example("a server", {"Dockerfile": f'{_SLIM}CMD ["uvicorn", "app:app"]\n'}),
    Example("`migrate`", {"Dockerfile": f'{_SLIM}CMD ["python", "manage.py", "migrate"]\n'}),
)
INVALID = (
    Example(
        "it watches the code",
        {"Dockerfile": f'{_SLIM}CMD ["uvicorn", "app:app", "--reload"]\n'},
        found=("Dockerfile:2",),
        after={"Dockerfile": f'{_SLIM}CMD ["uvicorn", "app:app"]\n'},
    ),
    Example(
        "nodemon runs it by node",
        {
            "package.json": '{"scripts": {"dev": "nodemon -L server.js"}}\n',
            "server.js": "",
            "Dockerfile": 'FROM node:22-slim\nWORKDIR /app\nCOPY . .\nCMD ["npm", "run", "dev"]\n',
        },
        found=("Dockerfile:4",),
        after={
            "Dockerfile": 'FROM node:22-slim\nWORKDIR /app\nCOPY . .\nCMD ["node", "server.js"]\n'
        },
    ),
    Example(
        "Nest compiles at each start",
        {
            "package.json": '{"scripts": {"build": "nest build", "start": "nest start"}}\n',
            "nest-cli.json": '{"sourceRoot": "src"}\n',
            "tsconfig.json": '{"compilerOptions": {"outDir": "./dist"}}\n',
            "src/main.ts": "",
            "Dockerfile": "FROM node:22-slim\nWORKDIR /app\nCOPY . .\nCMD npm start\n",
        },
        found=("Dockerfile:4",),
        after={
            "Dockerfile": "FROM node:22-slim\nWORKDIR /app\nCOPY . .\nRUN npm run build\n"
            "CMD node dist/main\n"
        },
    ),
    Example(
        "Next.js compiles while people wait",
        {
            "package.json": '{"scripts": {"dev": "next dev"}}\n',
            "Dockerfile": "FROM node:22-slim\nWORKDIR /app\nCOPY . .\nCMD npm run dev\n",
        },
        found=("Dockerfile:4",),
    ),
    Example(
        "Next.js can build it",
        {
            "package.json": '{"scripts": {"dev": "next dev -p 80", "build": "next build"}}\n',
            "pages/index.jsx": "export default () => <p>hi</p>;\n",
            "Dockerfile": "FROM node:22-slim\nWORKDIR /app\nCOPY . .\nCMD npm run dev\n",
        },
        found=("Dockerfile:4",),
        after={
            "Dockerfile": "FROM node:22-slim\nWORKDIR /app\nCOPY . .\nRUN npm run build\n"
            "CMD npx next start -p 80\n"
        },
    ),
    Example(
        "Django's own server",
        {"Dockerfile": f"{_SLIM}CMD python manage.py runserver 0.0.0.0:8000\n"},
        found=("Dockerfile:2",),
    ),
)


def check(facts: Facts) -> Iterator[Finding]:
    """A finding for every target that is started for development."""
    for target in facts.targets:
        for command in facts.of(started, target).at_run_time:
            program, words = _inner(command.program, command.words)
            why = _development(program, words) or _by_variable(target, command.service, words)
            if not why:
                continue
            file, line = _place(facts, target, command.service)
            yield Finding(
                key=Key(CODE, target.name, program),
                name=NAME,
                message=f"{_told(command)} {why}",
                file=file,
                line=line,
                services=_services(target, command.service),
                remedy=_remedy(facts, target, program, file),
                level=Level.NOTE,
            )
            break


def _remedy(facts: Facts, target: Target, program: str, file: str) -> Remedy:
    """What can be done about a command that stands in ``file``."""
    if first_of(facts, target):
        change = _otherwise(facts, target, program)
        if change is None and file == target.dockerfile_name:
            change = _without_flags(facts, target, program)
        if isinstance(change, str):
            return Refused(change)
        if change is not None:
            return change
    if program in _SERVERS:
        return Advice(
            "Build it in the image, and start what was built; look at first what is then rendered"
            " when the image is built."
        )
    return Advice("Start it as in production, and for development in a file beside.")


def _otherwise(facts: Facts, target: Target, program: str) -> Change | str | None:
    """The start of what a watcher or a compiler starts, or why there is none."""
    if program not in _MENDED:
        return None
    from jettison.analysis.node.watching import (  # noqa: PLC0415  (only for Node)
        compiled_before,
        repeating,
        unwatched,
    )

    if program == "next":
        from jettison.analysis.node.next_development import (
            built_before,
        )

        made = facts.of(built_before, target)
    else:
        made = facts.of(unwatched if program == "nodemon" else compiled_before, target)
    if made is None or isinstance(made, str):
        return made
    title = f"start it by {' '.join(made.words)}"
    change = _change(target, program, title, made, _MENDED[program])
    claim = Claim(unmissed=made.unmissed)
    change = replace(change, drops_comments=made.drops_comments, claim=claim)
    return _said_once(facts, change, repeating(facts, target) or ())


def _said_once(facts: Facts, change: Change, runs: tuple[ServiceRun, ...]) -> Change | None:
    """The change with the command of services, which repeat the image's, taken out of Compose."""
    if not runs:
        return change
    patch, gone = change.patch, change.drops_comments
    for run in runs:
        name = facts.name_of(run.file)
        source = facts.tree.read(name)
        if source is None:
            return None
        editor = compose.ComposeEditor(source)
        try:
            editor.remove(run.service, ("command",))
        except JettisonError:
            return None
        if not editor.edits():
            return None  # an anchor or another file has it
        patch |= Patch.of(name, editor.edits())
        gone |= compose.lost_comments(source, editor.text())
    names = ", ".join(run.service for run in runs)
    reason = f"{names} in Compose repeated the image's command"
    reasons = (*change.reasons, reason)
    return replace(change, patch=patch, drops_comments=gone, reasons=reasons)


def _without_flags(facts: Facts, target: Target, program: str) -> Change | None:
    """The start of the same server without the flags that make it watch."""
    made = facts.of(without_reloading, target)
    if made is None:
        return None
    title = f"start it without {' '.join(made.flags)}"
    why = "no service that runs this command has its code mounted"
    return _change(target, program, title, made, why)


def _change(
    target: Target, program: str, title: str, made: Unwatched | Unflagged, why: str
) -> Change:
    return Change(
        Key(CODE, target.name, program),
        title,
        Patch.of(target.dockerfile_name, made.edits),
        Grade.UNSAFE,
        Basis.DECLARED,
        alters=frozenset({Aspect.CMD if made.keyword == "CMD" else Aspect.ENTRYPOINT}),
        reasons=(why,),
    )


def _told(command: StartedCommand) -> str:
    """Where a command stands, for a person: a script is told with the service that starts it."""
    whose = f"{command.service}'s command"
    if not command.service or command.origin == whose:
        return command.origin
    return f"{command.origin}, which is {whose},"


def _services(target: Target, service: str) -> tuple[str, ...]:
    """The services that a command is for: one with a command of its own, or those without."""
    if service:
        return (service,)
    return tuple(run.service for run in target.runs if run.service and not run.overrides_command)


def _place(facts: Facts, target: Target, service: str) -> tuple[str, int]:
    """Where a command stands: its service, the instruction, or else the stage."""
    for run in target.runs:
        if service and run.service == service and run.file:
            return facts.name_of(run.file), run.line
    written = [s.instruction for s in target.steps if isinstance(s.instruction, Cmd | Entrypoint)]
    last = written[-1] if written else target.stage.from_
    return target.dockerfile_name, last.line


def _inner(program: str, words: tuple[str, ...]) -> tuple[str, tuple[str, ...]]:
    """The program that a runner of Node's or Python's packages starts, and its words.

    A change may take the runner away: the finding has to keep its key.
    """
    if program in _INSTALLERS and words[1:2] == ("run",):
        at = next((n for n, word in enumerate(words) if n > 1 and word[:1] != "-"), 0)
        return (words[at], words[at:]) if at else (program, words)
    at = 1 if words[1:2] in (("exec",), ("x",)) else 0
    rest = tuple(word for word in words[at + 1 :] if word not in ("--yes", "-y", "--bun", "--"))
    direct = program in ("npx", "bunx", "pnpx") or (at and program in _RUNNERS)
    named = program in _RUNNERS and rest[:1] and rest[0] in {*_SERVERS, *_WATCHERS}
    return (rest[0], rest) if rest and (direct or named) else (program, words)


def _development(program: str, words: tuple[str, ...]) -> str:
    """What tells that a command is for development, ``""`` where nothing does."""
    rest = words[1:]
    if program.startswith("python") and rest[:1] == ("-m",):
        program, rest = rest[1] if len(rest) > 1 else "", rest[2:]
    if program in _SERVERS and rest[:1] and rest[0] in _SERVERS[program]:
        return f"is a development server ({program} {rest[0]})"
    if program == "webpack-dev-server":
        return "is a development server (webpack-dev-server)"
    if program == "nest" and rest[:1] == ("start",):
        watches = {"--watch", "-w"}.intersection(rest)
        return f"{'watches' if watches else 'compiles'} the code (nest start)"
    if program in ("node", "bun", "tsx", "deno") and _WATCHING.intersection(rest[:3]):
        return f"watches the code ({program})"
    if program in _WATCHERS:
        return f"watches the code ({program})"
    if program in _RELOADING and ("--reload" in rest or (program == "fastapi" and "dev" in rest)):
        return f"watches the code ({program})"
    if program == "flask" and ("--debug" in rest or "--reload" in rest):
        return "runs Flask's debugger"
    if any(word.endswith("manage.py") for word in words) and "runserver" in words:
        return "runs Django's development server"
    return ""


def _by_variable(target: Target, service: str, words: tuple[str, ...]) -> str:
    """What tells by a variable that a command is for development, ``""`` where nothing does."""
    if "run" not in words or not any(word.rpartition("/")[2] == "flask" for word in words):
        return ""
    values: dict[str, str | None] = dict(target.state.env)
    for run in target.runs:
        if run.service == service or not service:
            values |= run.environment
    debug = values.get("FLASK_DEBUG")
    if debug is not None and debug.strip().lower() in _DEBUGGING:
        return "runs Flask's debugger (FLASK_DEBUG)"
    if debug is None and values.get("FLASK_ENV") == "development":
        return "runs Flask's debugger, in its versions before 2.3 (FLASK_ENV)"
    return ""


RULE = Rule(
    code=CODE,
    name=NAME,
    summary="A service runs in its development mode.",
    since="0.1.0",
    grade=Grade.UNSAFE,
    check=check,
    level=Level.NOTE,
    valid=VALID,
    invalid=INVALID,
    early=True,
)
