"""The image runs as root.

## What it does
Finds images whose last ``USER`` is root, or that have none on a base image whose user is root.

## Why it matters
Whoever breaks into the process owns every file of the container, and is root to the kernel.

## Fix safety
Unsafe, and kept only when a trial verified it: a user is made and owns the folders that the
services write to (volumes, folders that a RUN makes, those that settings and code name). Images
whose start needs root are left as they are: low ports, ``gosu``, supervisors, folders of the host,
what a RUN put into root's home (a browser, models, a Python of uv's), containers that only wait for
what people run in them by hand.
Volumes that exist already keep their owner and must be handed over once. An ordinary user cannot
cache bytecode of Python's standard library, as root's first process does: JT015 sees to that.

## Saving
None: this is about safety.

## References
* Docker documentation, "Building best practices: USER"; CIS Docker Benchmark 4.1
"""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from jettison.analysis.landing import landings
from jettison.analysis.package_runs import sharing
from jettison.analysis.running.base_users import (
    base_user,
    is_root_base,
    own_user,
    repository_of,
)
from jettison.analysis.running.compiled_writes import is_compiled
from jettison.analysis.running.root_needs import needs_root
from jettison.analysis.running.started import started, starts_something
from jettison.analysis.running.written import written_by
from jettison.analysis.stages.runners import started_directly
from jettison.dockerfile import Add, Copy, DockerfileEditor, Run
from jettison.dockerfile.context import Kind
from jettison.ecosystem.dotnet.code import SOURCES as SHARP
from jettison.ecosystem.java.code import SOURCES
from jettison.patterns import regex
from jettison.rules.model import (
    Advice,
    Aspect,
    Basis,
    Blocked,
    Change,
    Example,
    Finding,
    Grade,
    Key,
    Patch,
    Refused,
    Remedy,
    Rule,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jettison.analysis.facts import Facts
    from jettison.analysis.project import Target
    from jettison.analysis.running.base_users import BaseUser
    from jettison.dockerfile import FileInstruction, Instruction
    from jettison.source import TextEdit

CODE, NAME = "JT006", "runs-as-root"

_FILES = {
    "compose.yaml": "services:\n  api:\n    build: .\n",
    "app.py": "print(1)\n",
}
_DOCKERFILE = "FROM python:3.11-slim\nWORKDIR /app\nCOPY app.py .\n"
_CMD = 'CMD ["python", "app.py"]\n'
VALID = (Example("a user of its own", {**_FILES, "Dockerfile": f"{_DOCKERFILE}USER 1000\n{_CMD}"}),)
INVALID = (
    Example(
        "no user",
        {**_FILES, "Dockerfile": f"{_DOCKERFILE}RUN mkdir -p /app/logs\n{_CMD}"},
        found=("Dockerfile:1",),
        after={
            "Dockerfile": f"{_DOCKERFILE}RUN mkdir -p /app/logs\n"
            "RUN useradd --create-home --uid 1000 app \\\n    && chown -R app:app /app/logs\n"
            f"USER app\n{_CMD}"
        },
    ),
    Example(
        "what is heavy is handed over where it is copied",
        {
            **_FILES,
            "app.py": "open('models/log.txt', 'a')\n",
            "models/big.bin": "x" * 1_200_000,
            "Dockerfile": f"{_DOCKERFILE}COPY models models\n{_CMD}",
        },
        found=("Dockerfile:1",),
        after={
            "Dockerfile": f"{_DOCKERFILE}COPY --chown=1000:1000 models models\n"
            "RUN useradd --create-home --uid 1000 app \\\n    && chown app:app /app/models\n"
            f"USER app\n{_CMD}"
        },
    ),
    Example(
        "it asks an engine, whose socket is root's",
        {
            **_FILES,
            "Dockerfile": f"{_DOCKERFILE}RUN apt-get install -y docker.io\n{_CMD}",
        },
        found=("Dockerfile:1",),
    ),
    Example(
        "the start changes the user itself",
        {**_FILES, "Dockerfile": f'{_DOCKERFILE}CMD ["gosu", "nobody", "python", "app.py"]\n'},
        found=("Dockerfile:1",),
    ),
)

# From so many bytes on a change of owner in a layer of its own is not worth it; the second number
# is for a COPY that brings code, too, which the user need not own.
_HEAVY_NAMES = regex(
    r"(^|/)(node_modules|\.next|\.nuxt|\.output|\.?venv|vendor|site-packages|app|src|code)/?$|^[./]*$"
)
_HEAVY, _HUGE = 1_000_000, 50_000_000
_NODE = (".js", ".mjs", ".cjs", ".ts")
_SHARED = frozenset(
    "/ /usr /usr/src /usr/local /usr/bin /usr/sbin /usr/local/bin /usr/local/sbin /bin /sbin /etc "
    "/lib /opt /srv /home /tmp /var /root".split()
)
_ROOT = frozenset({"", "root", "0"})
_NO_ROOT_BASES = regex(r"^gcr\.io/distroless/[^:@]+:(debug-)?nonroot\b")


def check(facts: Facts) -> Iterator[Finding]:
    """A finding for every final stage whose user is root."""
    seen: set[tuple[str, int]] = set()
    for target in facts.targets:
        place = (target.dockerfile_name, target.stage.index)
        if place in seen or not _is_root(facts, target):
            continue
        seen.add(place)
        users = [s.instruction for s in target.steps if s.instruction.keyword == "USER"]
        key = Key(CODE, target.name)
        same = [one for one in sharing(facts, target) if one.stage.index == target.stage.index]
        yield Finding(
            key,
            NAME,
            "the services of this image run as root",
            target.dockerfile_name,
            (users[-1] if users else target.stage.from_).line,
            tuple(dict.fromkeys(name for one in same for name in one.services)),
            _remedy(facts, same, key),
        )


def _is_root(facts: Facts, target: Target) -> bool:
    runs = [run for run in target.runs if run.service]
    if runs and all((run.user or "").partition(":")[0] not in _ROOT for run in runs):
        return False
    if target.state.user:
        return target.state.user.partition(":")[0] in _ROOT
    users = [step.instruction for step in target.steps if step.instruction.keyword == "USER"]
    if users and "$" in users[-1].logical.text:
        return False  # the base image has the variable, as .NET's have APP_UID
    if _NO_ROOT_BASES.match(target.base):
        return False
    image = facts.evidence.image(target.name)
    if image is not None:
        return image.user.partition(":")[0] in _ROOT
    return is_root_base(target.base)


def _remedy(facts: Facts, same: list[Target], key: Key) -> Remedy:
    first = same[0]
    if repository_of(first.base).endswith("nginx"):
        return Advice("use an nginx image that runs without root, such as nginx-unprivileged")
    user = base_user(first.base)
    if user is None:
        why = next((why for one in same if (why := needs_root(facts, one))), "")
        if why:
            return Refused(why, first.stage.from_.line)
        own = own_user(first.base)
        if own:
            return Advice(f"write USER {own} before the RUN that fetches: the image has that user")
        return Advice("make a user in the image and switch to it with USER before the command")
    if not any(starts_something(one) for one in same):
        return Advice("switch to a user with USER in the images that are built from this one")
    if any(one.base_stage == first.stage.index for one in first.dockerfile.stages):
        return Refused("another stage is built from this one", first.stage.from_.line)
    folders: set[str] = set()
    made: set[str] = set()
    workdir = ""
    for one in same:
        written = facts.of(written_by, one)
        why = needs_root(facts, one) or written.refusal
        if why:
            return _moved_first(facts, one, why) or Refused(why, first.stage.from_.line)
        folders |= written.folders
        made |= written.made
        if written.unknown:
            at_root = one.state.workdir == "/"
            if at_root or (not written.folders and not _is_small(facts, one)):
                return Refused(f"{written.unknown} writes to a place that cannot be told")
            workdir = "chown" if written.folders else "chown -R"
        elif written.workdir or not _shows_its_code(facts, one):
            if not written.workdir and one.state.workdir in _SHARED:
                return Advice("make a user that owns the folders to which the command writes")
            workdir = workdir or "chown"
    edits = _edits(facts, first, user, folders, made, workdir=workdir)
    handed = sorted(
        m.target for one in same for r in one.runs for m in r.mounts if m.target in folders
    )
    notes = tuple(
        f"a volume that exists already keeps its owner: hand {place} over to user {user.owner} once"
        for place in dict.fromkeys(handed)
    )
    return Change(
        key,
        "run as an ordinary user",
        Patch.of(first.dockerfile_name, edits),
        Grade.UNSAFE,
        Basis.DECLARED,
        alters=frozenset({Aspect.USER}),
        reasons=("no port, command or mount needs root", *notes),
    )


def _moved_first(facts: Facts, target: Target, why: str) -> Blocked | None:
    """The change that takes out of root's home what an installer keeps there, if there is one."""
    for one in started_directly(facts, target):
        if not one.refusal and why.endswith((f": {one.runner} install", f": {one.runner} sync")):
            return Blocked(f"JT018/{target.name}/{one.runner}", why)
    return None


def _shows_its_code(facts: Facts, target: Target) -> bool:
    """Whether the services are code that tells where they write, not a program of another kind."""
    suffixes = {"python": (".py",), "node": _NODE, "bun": _NODE}
    language = repository_of(target.base).rpartition("/")[2]
    if language not in suffixes:
        known = (*SOURCES, *SHARP)
        return is_compiled(target) and any(one.path.endswith(known) for one in target.files.files)
    programs = (command.program for command in facts.of(started, target).at_run_time)
    return any(program.startswith(language) for program in programs) or any(
        one.path.endswith(suffixes[language]) for one in target.files.files
    )


def _is_small(facts: Facts, target: Target) -> bool:
    """Whether the working directory holds little, so that all of it can be owned.

    That copies it into another layer. The built image knows; without one, what is installed there
    or comes from another stage may be heavy.
    """
    workdir = target.state.workdir
    if workdir in ("/", "/usr/src", "/opt", "/srv", "/home"):
        return False
    image = facts.evidence.image(target.name)
    if image is not None and image.files:
        inside = f"{workdir.rstrip('/')}/"
        return sum(s for path, s in image.files.items() if path.startswith(inside)) < _HUGE
    built = (s.instruction for s in target.steps if isinstance(s.instruction, Copy))
    if any(one.from_ and any(map(_HEAVY_NAMES.search, one.sources)) for one in built):
        return False
    words = " ".join(
        step.instruction.command for step in target.steps if isinstance(step.instruction, Run)
    )
    heavy = "npm ,yarn,pnpm,bun ,venv,bundle,poetry,uv sync,composer ,--target".split(",")
    return not any(one in words for one in heavy)


def _edits(
    facts: Facts,
    target: Target,
    user: BaseUser,
    folders: set[str],
    made: set[str],
    *,
    workdir: str,
) -> tuple[TextEdit, ...]:
    """The edits that make the user, hand the folders over and switch to it.

    A change of owner copies what is heavy into another layer: the COPY that brings it does it.
    """
    name, owner = user.name, user.owner
    commands = [user.command] if user.command else []
    top = target.state.workdir
    inside = {one for one in folders if one.startswith(f"{top.rstrip('/')}/")}
    new = sorted(one for one in folders if one not in made)
    if new:
        commands.append(f"mkdir -p {' '.join(new)}")
    owned = sorted(folders - inside if workdir == "chown -R" else folders)
    if workdir == "chown -R":
        owned.insert(0, top)
    outer = [o for o in owned if not any(o != p and o.startswith(f"{p}/") for p in owned)]
    heavy = {one: copies for one in outer if (copies := _heavy_copies(facts, target, one))}
    handing = dict.fromkeys(copy for some in heavy.values() for copy in some)
    handed = {o for o in outer if o not in heavy and _is_handed(target, o, frozenset(handing))}
    single = [*([top] if workdir == "chown" else []), *heavy, *sorted(handed)]
    if single:
        commands.append(f"chown {name}:{name} {' '.join(single)}")
    if light := [one for one in outer if one not in heavy and one not in handed]:
        commands.append(f"chown -R {name}:{name} {' '.join(light)}")
    lines = ("RUN " + " \\\n    && ".join(commands), f"USER {name}")
    editor = DockerfileEditor(target.dockerfile)
    return (
        *_insert(target, lines if commands else lines[1:]),
        *(edit for copy in handing for edit in editor.set_flag(copy, "chown", f"{owner}:{owner}")),
    )


def _is_handed(target: Target, folder: str, handing: frozenset[FileInstruction]) -> bool:
    """Whether the COPYs that hand over what they bring bring all that is in a folder."""
    brings: set[FileInstruction] = set()
    for step in target.steps:
        copy, expanded = step.instruction, step.expanded
        if brings and isinstance(copy, Run):
            return False
        if isinstance(copy, Copy | Add) and isinstance(expanded, Copy | Add):
            place = posixpath.normpath(posixpath.join(step.before.workdir, expanded.destination))
            inner = f"{place.rstrip('/')}/"
            if inner.startswith(f"{folder}/") or f"{folder}/".startswith(inner):
                brings.add(copy)
    return bool(brings) and brings <= handing


def _heavy_copies(facts: Facts, target: Target, folder: str) -> tuple[FileInstruction, ...]:
    """The COPYs that bring a lot to a folder, where each can hand it over; else none."""
    built = _built_copies(facts, target, folder)
    if built:
        return built
    prefix = f"{folder.rstrip('/')}/"
    taken = [
        one
        for one in landings(target, target.steps)
        if f"{one.place.rstrip('/')}/".startswith(prefix)
        or prefix.startswith(f"{one.place.rstrip('/')}/")
    ]
    sizes: dict[FileInstruction, int] = {}
    for file in target.files.files if taken else ():
        for one in reversed(taken):
            place = one.image_path(file.path) if file.kind is Kind.FILE else None
            if place is not None and place.startswith(prefix):
                sizes[one.instruction] = sizes.get(one.instruction, 0) + file.size
                break
    own = frozenset(target.stage.instructions)
    brings_more = any(
        one.instruction in sizes and not f"{one.place.rstrip('/')}/".startswith(prefix)
        for one in taken
    )
    least = _HUGE if brings_more else _HEAVY
    if sum(sizes.values()) < least or any(c.chown or c not in own for c in sizes):
        return ()
    return tuple(sizes)


def _built_copies(facts: Facts, target: Target, folder: str) -> tuple[FileInstruction, ...]:
    """The COPYs from another stage that bring a lot to a folder, as the built image shows."""
    image = facts.evidence.image(target.name)
    prefix = f"{folder.rstrip('/')}/"
    found: list[FileInstruction] = []
    for step in target.steps if image is not None else ():
        copy, expanded = step.instruction, step.expanded
        if not isinstance(copy, Copy) or not isinstance(expanded, Copy) or not copy.from_:
            continue
        place = posixpath.normpath(posixpath.join(step.before.workdir, expanded.destination))
        inner = max(prefix, f"{place.rstrip('/')}/", key=len)
        if not inner.startswith(min(prefix, f"{place.rstrip('/')}/", key=len)):
            continue
        files = image.files if image is not None else {}
        if sum(size for path, size in files.items() if path.startswith(inner)) >= _HEAVY:
            found.append(copy)
    can = all(one in target.stage.instructions and not one.chown for one in found)
    return tuple(found) if can else ()


def _insert(target: Target, lines: tuple[str, ...]) -> tuple[TextEdit, ...]:
    """The edits that put the instructions in front of the command, or at the stage's end."""
    editor = DockerfileEditor(target.dockerfile)
    place = _place(target)
    if place is None:
        last = (target.stage.from_, *target.stage.instructions)[-1]
        return editor.insert_after(last, editor.render(*lines))
    start = editor.block(place).span.start
    before = editor.text[:start]
    blank = before.endswith((f"{editor.newline}{editor.newline}", "\n\n"))
    return editor.insert_before(place, editor.render(*lines, *([""] if blank else [])))


def _place(target: Target) -> Instruction | None:
    """The command behind which no more files or settings of files come, or ``None``."""
    found: Instruction | None = None
    for one in target.stage.instructions:
        if isinstance(one, Run | Copy | Add) or one.keyword in ("WORKDIR", "USER", "ARG"):
            found = None
        elif found is None and one.keyword in ("CMD", "ENTRYPOINT", "HEALTHCHECK", "VOLUME"):
            found = one
    return found


RULE = Rule(
    code=CODE,
    name=NAME,
    summary="The image runs as root.",
    since="0.1.0",
    grade=Grade.UNSAFE,
    see_also=("hadolint/DL3002", "dockle/CIS-DI-0001"),
    check=check,
    valid=VALID,
    invalid=INVALID,
)
