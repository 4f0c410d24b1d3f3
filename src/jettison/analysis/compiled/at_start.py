"""Commands that compile a program each time it starts, and what builds it beforehand."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

from jettison.analysis.command_words import words_of
from jettison.analysis.landing import brought_from, landings, project_path
from jettison.analysis.package_runs import sharing
from jettison.analysis.running.started import started
from jettison.compose.mount_kinds import MountKind
from jettison.dockerfile.instructions import Add, Cmd, CommandInstruction, Copy, Entrypoint, Run
from jettison.ecosystem.dotnet.command import run_call as dotnet_run_call
from jettison.ecosystem.dotnet.launch import launch_variables
from jettison.ecosystem.golang.build import program_name, run_call
from jettison.ecosystem.java.pom import boot_archive, run_setting
from jettison.ecosystem.rust.build import made_by_cargo, same_build
from jettison.ecosystem.rust.build import run_call as cargo_call
from jettison.patterns import regex
from jettison.record import record
from jettison.shell import parse_commands, unwrap
from jettison.source import Span, TextEdit

if TYPE_CHECKING:
    from jettison.analysis.compiled.dotnet_projects import DotnetProjects
    from jettison.analysis.facts import Facts
    from jettison.analysis.project import Target
    from jettison.dockerfile import Instruction

__all__ = [
    "AtStart",
    "against_building",
    "cargo_run",
    "dotnet_run",
    "go_run",
    "spring_boot_run",
]

_BIN = "/usr/local/bin"
_PUBLISHED = "/out"
_WEB = "Microsoft.NET.Sdk.Web"
_RUNNABLE = frozenset({_WEB, "Microsoft.NET.Sdk", "Microsoft.NET.Sdk.Worker"})
_OF_CARGO = regex(r"\.rs$|(^|/)(Cargo\.(toml|lock)|rust-toolchain(\.toml)?|\.cargo/[^/]+)$")
_QUIET = frozenset(
    "-B --batch-mode -q --quiet -ntp --no-transfer-progress -e --errors -X --debug -U "
    "--update-snapshots -nsu -o --offline".split()
)
_READ_BY_MAVEN = ("pom.xml", "mvnw", ".mvn/", "src/", "target/")
_KEPT_BY_MAVEN = ("/root/.m2/", "/etc/ssl/certs/java/")
"""What it has fetched, and the certificates that Debian's Java fetches by."""
_OFFLINE = frozenset({"-o", "--offline"})
_PACKAGES = regex(r"\bmvnw?\b.*\b(package|install|verify)\b", re.DOTALL)


@record
class AtStart:
    """A command that builds and can start what was built: its words, the program, the edit.

    ``build`` is the RUN that builds it, ``""`` where another does already. ``program`` is ``""``
    where that RUN tells what it makes. ``inner`` are the words of commands that the command leads
    to.
    """

    instruction: CommandInstruction
    words: tuple[str, ...]
    build: str
    program: str
    edit: TextEdit
    folder: tuple[str, str] | None = None
    """Where the program is built with all that it needs, and where that is to be, if not alone."""
    environment: tuple[str, ...] = ()
    """What the program has to have set, as the command told or set it: ``NAME=value``."""
    reason: str = ""
    """What else changes by it, for a person."""
    inner: frozenset[tuple[str, ...]] = frozenset()
    unmissed: frozenset[str] = frozenset()
    """Folders, with a slash at their ends, and files of the image that only building read."""

    @property
    def replaced(self) -> frozenset[tuple[str, ...]]:
        """The words of all commands that run no more."""
        return self.inner | {self.words}


@record
class _Only:
    """The only command of a stage: its instruction, its words and where they are."""

    instruction: Cmd | Entrypoint
    words: tuple[str, ...]
    spans: tuple[Span, ...]

    def starting(self, *now: str, of: int) -> TextEdit:
        """Puts other words in place of the first ``of``, in the form that the command has."""
        shell = self.instruction.argv is None
        text = " ".join(now) if shell else ", ".join(f'"{word}"' for word in now)
        return TextEdit(Span(self.spans[0].start, self.spans[of - 1].end), text)


def _only_command(target: Target) -> _Only | None:
    """The image's command; ``None`` where its stage has several, or one that is not plain."""
    stage = target.stage.instructions
    commands = [one for one in stage if isinstance(one, Cmd | Entrypoint)]
    found = words_of(commands[0]) if len(commands) == 1 else None
    return _Only(commands[0], *found) if found is not None else None


def go_run(target: Target, module: str) -> AtStart | None:
    """What is built in place of the image's ``go run``; ``None`` for another command.

    ``module`` is the import path of the package in the working folder.
    """
    only = _only_command(target)
    call = run_call(only.words) if only is not None else None
    if only is None or call is None:
        return None
    options, packages, count = call
    name = program_name(packages, module) or "app"
    build = " ".join(("RUN go build", *options, f"-o {_BIN}/{name}", *packages))
    program = f"{_BIN}/{name}"
    return AtStart(only.instruction, only.words, build, program, only.starting(program, of=count))


def cargo_run(target: Target, names: tuple[str, ...]) -> AtStart | str | None:
    """The program in place of the image's ``cargo run``; or why not.

    ``names`` are the programs of the package in the working folder. ``None`` for another command.
    """
    only = _only_command(target)
    call = cargo_call(only.words) if only is not None else None
    if only is None or call is None:
        return None
    options, count = call
    folder = target.state.workdir
    placed = target.state.env.get("CARGO_TARGET_DIR", "")
    made = made_by_cargo(("build", *options), folder, placed, names)
    if isinstance(made, str) or len(made) != 1:
        return "which program `cargo run` starts is not known"
    build = "" if _is_built(target, options) else " ".join(("RUN cargo build", *options))
    program = made[0]
    inside = program.startswith(f"{folder.rstrip('/')}/")
    text = f"./{posixpath.relpath(program, folder)}" if inside else program
    return AtStart(only.instruction, only.words, build, program, only.starting(text, of=count))


def _is_built(target: Target, options: tuple[str, ...]) -> bool:
    """Whether a RUN behind the last code of a stage builds what ``cargo build`` would."""
    stage = target.stage.instructions
    code = [at for at, one in enumerate(stage) if _brings_code(target, one)]
    for one in stage[max(code, default=-1) + 1 :]:
        for command in parse_commands(one.command).commands if isinstance(one, Run) else ():
            words = tuple(word.unquoted for word in unwrap(command))
            if words[:1] == ("cargo",) and same_build(words[1:], options):
                return True
    return False


def _brings_code(target: Target, one: Instruction) -> bool:
    """Whether an instruction may copy what Cargo compiles."""
    if not isinstance(one, Copy | Add):
        return False
    for source in one.sources:
        top = posixpath.normpath(source).lstrip("/")
        below = "" if top in ("", ".") else f"{top}/"
        own = (f.path for f in target.files.own if f.path == top or f.path.startswith(below))
        if any(sign in top for sign in "*?[$") or any(map(_OF_CARGO.search, own)):
            return True
    return False


def spring_boot_run(facts: Facts, target: Target) -> AtStart | str | None:
    """The archive in place of the image's ``mvn spring-boot:run``; or why not.

    Where no RUN has made the archive, one does. ``None`` for another command, or where the archive
    is not known.
    """
    only = _only_command(target)
    if only is None:
        return None
    words = only.words
    plain = [word for word in words[1:] if word not in _QUIET]
    if posixpath.basename(words[0]) not in ("mvn", "mvnw") or plain != ["spring-boot:run"]:
        return None
    folder = target.state.workdir
    landed = landings(target, target.all_steps[target.stage.index])
    path = brought_from(target, landed, posixpath.join(folder, "pom.xml"))
    source = facts.tree.read(project_path(target, path)) if path else None
    if source is None or path is None:
        return None
    archive = boot_archive(source.text)
    program = posixpath.join(folder, archive)
    build = _packaging(target, words)
    image = facts.evidence.image(target.name)
    gone = image is not None and bool(image.files) and program not in image.files
    if not archive or build is None or (gone and not build):
        return None
    against = _against_archive(target, source.text, posixpath.dirname(path))
    if against:
        return against
    developer = "spring-boot-devtools" in source.text
    reason = "Spring Boot's developer tools are not in the archive" if developer else ""
    calls = facts.of(started, target).at_run_time
    wrapper = frozenset(one.words for one in calls if posixpath.basename(one.origin) == "mvnw")
    read = (posixpath.join(folder, name) for name in _READ_BY_MAVEN)
    return AtStart(
        only.instruction,
        words,
        build,
        program,
        only.starting("java", "-jar", archive, of=len(words)),
        reason=reason,
        inner=wrapper,
        unmissed=frozenset((*read, *_KEPT_BY_MAVEN)),
    )


def _packaging(target: Target, words: tuple[str, ...]) -> str | None:
    """The RUN that makes the archive, ``""`` where one does; ``None`` where none can be added."""
    runs = [one for one in target.stage.instructions if isinstance(one, Run)]
    if any(_PACKAGES.search(one.command) for one in runs):
        return ""
    if _OFFLINE & set(words):
        return None
    parts = ("package" if word == "spring-boot:run" else word for word in words)
    return " ".join(("RUN", *parts, "-DskipTests"))


def _against_archive(target: Target, pom: str, folder: str) -> str:
    """Why an archive does not do what ``spring-boot:run`` does, or ``""``."""
    setting = run_setting(pom)
    if setting:
        return f"pom.xml tells `spring-boot:run` about {setting}"
    pages = posixpath.join(folder, "src/main/webapp/")
    if any(file.path.startswith(pages) for file in target.files.own):
        return f"`spring-boot:run` serves {pages}, which is in no archive"
    return ""


def dotnet_run(
    facts: Facts,
    target: Target,
    projects: DotnetProjects,
    published: tuple[str, ...],
    *,
    debug: bool,
) -> AtStart | str | None:
    """What is published in place of the image's ``dotnet run``, or why it cannot be.

    ``published`` are the folders that RUNs publish to already. ``debug`` tells that the code does
    other things when it is no release.
    """
    only = _only_command(target)
    call = dotnet_run_call(only.words) if only is not None else None
    if only is None or call is None:
        return None
    if debug:
        return "`dotnet run` makes no release, and the code does other things in one"
    words = only.words
    folder = target.state.workdir
    project = projects.at(posixpath.join(folder, call.project))
    if project is None:
        return "which project `dotnet run` is for is not known"
    place, one = project
    if folder == "/" or (one.sdk == _WEB and place != folder):
        return "`dotnet run` runs in the project's folder, not in that of the image"
    if one.sdk not in _RUNNABLE or one.assembly == "?":
        return f"what {one.path} makes when it is published is not known"
    variables = _launched(facts, target, place, words[call.count :], call.profile)
    if isinstance(variables, str):
        return variables
    parts = ("RUN dotnet publish", call.project, f"-c Release -o {_PUBLISHED}")
    build = " ".join(part for part in parts if part)
    if published:
        if len(published) > 1 or len(set(projects.all)) > 1:
            return "a RUN publishes, and the command builds anew"
        build = ""
    program = f"{one.assembly}.dll"
    settings = tuple(
        f'{name}="{value}"' if " " in value else f"{name}={value}"
        for name, value in variables.items()
    )
    return AtStart(
        only.instruction,
        words,
        build,
        posixpath.join(folder, program),
        only.starting("dotnet", program, of=call.count),
        (published[0] if published else _PUBLISHED, folder),
        settings,
        "it is a release now; the image sets what launchSettings.json did"
        if variables
        else "it is a release now",
    )


def _launched(
    facts: Facts, target: Target, place: str, arguments: tuple[str, ...], profile: str | None
) -> dict[str, str] | str:
    """What ``dotnet run`` sets for a program by the project's launch settings; or why not."""
    if profile is None:
        return {}
    landed = landings(target, target.all_steps[target.stage.index])
    path = brought_from(target, landed, posixpath.join(place, "Properties/launchSettings.json"))
    source = facts.tree.read(project_path(target, path)) if path else None
    found = launch_variables(source.text, profile) if source is not None else {}
    if isinstance(found, str):
        return found
    if any(word.partition("=")[0] == "--urls" for word in arguments):
        found.pop("ASPNETCORE_URLS", None)
    for run in (run for one in sharing(facts, target) for run in one.runs):
        other = sorted(name for name in found if name in run.environment)
        if other:
            return f"{run.service} and launchSettings.json both set {other[0]}"
    return found


def against_building(facts: Facts, target: Target) -> str:
    """Why a program has to be compiled when it starts, or ``""``."""
    for one in sharing(facts, target):
        for run in one.runs:
            if run.overrides_command:
                return f"{run.service}'s command compiles the program when it starts"
            for mount in run.mounts:
                workdir = one.state.workdir
                over = mount.covers(workdir) or posixpath.normpath(mount.target).startswith(
                    f"{workdir}/"
                )
                if mount.kind is MountKind.BIND and over:
                    return f"{run.service} compiles what is mounted on {mount.target}"
    return ""
