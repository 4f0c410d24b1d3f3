"""The Dockerfiles of a Python service: multi-stage, for development, for production."""

from __future__ import annotations

import json
import posixpath
import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING

from jettison.analysis.copies import image_path, placements
from jettison.analysis.health import http_check
from jettison.analysis.system_packages import sort_system_packages
from jettison.dockerfile import Add, Copy, Run
from jettison.plan.model import PlannedFile
from jettison.plan.rendering import render
from jettison.shell import parse_commands

if TYPE_CHECKING:
    from jettison.analysis.python_image import PythonImage
    from jettison.dockerfile import Instruction

_SETTINGS = frozenset({"ENV", "ARG", "LABEL", "SHELL"})
_TAIL = frozenset({"EXPOSE", "VOLUME", "STOPSIGNAL"})
_COMMANDS = frozenset({"ENTRYPOINT", "CMD"})
_WORKERS = 4


@dataclass(frozen=True, slots=True)
class PythonFiles:
    """The files for one Python target, and where its variants are."""

    files: tuple[PlannedFile, ...]
    requirements: str
    dev_dockerfile: str
    prod_dockerfile: str
    notes: tuple[str, ...]


def can_rewrite(image: PythonImage) -> str | None:
    """Why a Python target cannot be made multi-stage, or ``None`` when it can."""
    target = image.target
    base = target.stage.base_name or target.stage.base
    if not base.rpartition("/")[2].startswith("python:") or "alpine" in base:
        return f"its base image {base} is not a Debian image of Python"
    if image.requirements.opaque:
        return f"{image.requirement_path} lists {image.requirements.opaque[0]}"
    if not image.installs.replaceable:
        return "a RUN calls pip and does other work as well"
    onbuild = [s.instruction for s in target.steps if s.instruction.keyword == "ONBUILD"]
    return "it has ONBUILD instructions" if onbuild else None


def plan_python_image(image: PythonImage, production: tuple[str, ...]) -> PythonFiles:
    """The files for a target, ``production`` being the lines of its production requirements."""
    target = image.target
    name = target.dockerfile_name
    folder = posixpath.dirname(image.requirement_path)
    stem = posixpath.basename(image.requirement_path).removesuffix(".txt")
    requirements = posixpath.join(folder, f"{stem}.prod.txt")
    values = _values(image, requirements)
    dev, prod = f"{name}.dev", f"{name}.prod"
    in_context = posixpath.join(target.context_name, requirements)
    files = (
        PlannedFile(name, render("python.Dockerfile.j2", **values), "multi-stage image"),
        PlannedFile(
            prod,
            render(
                "python.Dockerfile.j2",
                **{
                    **values,
                    "name": prod,
                    "summary": f"For production: {_WORKERS} workers, no bytecode caches.",
                    "no_bytecode": True,
                    "commands": _production_commands(image),
                },
            ),
            "the same image for production",
        ),
        PlannedFile(dev, _development(image, values), "image for work on the code"),
        PlannedFile(in_context, "\n".join(production) + "\n", "production requirements"),
    )
    return PythonFiles(files, in_context, dev, prod, _notes(image))


def _values(image: PythonImage, requirements: str) -> dict[str, object]:
    target = image.target
    packages = sort_system_packages(image)
    kept_user = target.state.user
    adds_user = kept_user.partition(":")[0] in ("", "root", "0")
    user = "appuser" if adds_user else kept_user
    owner = "appuser:appuser" if adds_user else kept_user
    before = _before_install(image)
    check = next((c for run in target.runs if (c := http_check(run.check))), None)
    own_check = [s.instruction for s in target.steps if s.instruction.keyword == "HEALTHCHECK"]
    exposes = bool(target.state.exposed)
    return {
        "directives": _directives(image),
        "title": _title(image),
        "summary": "Packages are installed in a stage that is thrown away.",
        "name": target.dockerfile_name,
        "global_args": [_verbatim(a, image) for a in target.dockerfile.global_args],
        "base": _base(image),
        "build_settings": [_verbatim(i, image) for i in before if i.keyword in ("ENV", "ARG")],
        "settings": _kept(image, _SETTINGS),
        "build_packages": packages.builder,
        "runtime_packages": packages.runtime,
        "requirements": requirements,
        "requirements_name": posixpath.basename(requirements),
        "extra_installs": [
            f"RUN pip install --no-cache-dir {shlex.join(image.installs.pip_packages)}"
        ]
        if image.installs.pip_packages
        else [],
        "no_bytecode": False,
        "adds_user": adds_user,
        "user": user,
        "owner": owner,
        "workdir": target.state.workdir,
        "copies": _copies(image, owner),
        "kept_runs": _kept_runs(image),
        "writable": _writable(image),
        "tail": [*_kept(image, _TAIL), *([_verbatim(i, image) for i in own_check if not check])],
        "health": check.python_argv() if check and exposes else (),
        "health_start": "30s",
        "commands": _kept(image, _COMMANDS),
    }


def _development(image: PythonImage, values: dict[str, object]) -> str:
    target = image.target
    return render(
        "python.dev.Dockerfile.j2",
        **{
            **values,
            "packages": image.installs.apt_packages,
            "requirements": image.requirement_path,
            "compose": "docker-compose.yml",
            "dev_compose": "docker-compose.dev.yml",
            "name": target.dockerfile_name,
            "copies": _copies(image, ""),
        },
    )


def _title(image: PythonImage) -> str:
    services = [run.service for run in image.target.runs]
    return f"Image of {', '.join(services)}."


def _directives(image: PythonImage) -> str:
    escape = image.target.dockerfile.directives.escape
    return f"# escape={escape}\n" if escape != "\\" else ""


def _base(image: PythonImage) -> str:
    stage = image.target.stage
    return f"--platform={stage.platform} {stage.base}" if stage.platform else stage.base


def _verbatim(instruction: Instruction, image: PythonImage) -> str:
    """An instruction as it is written, with the comment right above it."""
    text = image.target.dockerfile.source.text
    comments = [text[span.start : span.end].strip() for span in instruction.comment_spans]
    return "\n".join([*comments, text[instruction.span.start : instruction.span.end]])


def _kept(image: PythonImage, keywords: frozenset[str]) -> list[str]:
    return [
        _verbatim(step.instruction, image)
        for step in image.target.steps
        if step.instruction.keyword in keywords
    ]


def _before_install(image: PythonImage) -> list[Instruction]:
    last = max((run.step.instruction.line for run in image.installs.runs), default=0)
    return [s.instruction for s in image.target.steps if s.instruction.line < last]


def _kept_runs(image: PythonImage) -> list[str]:
    """The RUNs that do more than install packages, and the ADDs from elsewhere, in order."""
    replaced = {run.step.instruction.line for run in image.installs.runs if run.pure}
    writable = set(_writable(image))

    def is_kept(instruction: Instruction) -> bool:
        match instruction:
            case Run():
                return instruction.line not in replaced and not _only_makes(instruction, writable)
            case Add():
                return any("://" in source for source in instruction.sources)
            case Copy():
                return instruction.from_ is not None
            case _:
                return False

    return [_verbatim(s.instruction, image) for s in image.target.steps if is_kept(s.instruction)]


def _only_makes(run: Run, folders: set[str]) -> bool:
    """Whether a RUN does nothing but make folders that are made and handed over anyway."""
    commands = parse_commands(run.command).commands if run.argv is None else ()
    words = [word.unquoted for command in commands for word in command.arguments]
    made = {posixpath.normpath(word) for word in words if not word.startswith("-")}
    return bool(commands) and all(c.name == "mkdir" for c in commands) and made <= folders


def _copies(image: PythonImage, owner: str) -> list[str]:
    """COPY lines: one a folder, one for all files that land in the same folder."""
    flag = f"--chown={owner} " if owner else ""
    places = placements(image.target)
    rows = []
    by_folder: dict[str, list[str]] = {}
    for path in image.kept_paths:
        place = image_path(places, path.rstrip("/"))
        if place is None:
            continue
        if path.endswith("/"):
            rows.append(f"COPY {flag}{_word(path)} {_word(_from_workdir(image, place))}/")
        else:
            by_folder.setdefault(posixpath.dirname(place), []).append(path)
    for folder, paths in by_folder.items():
        sources = " ".join(_word(path) for path in paths)
        rows.append(f"COPY {flag}{sources} {_word(_from_workdir(image, folder))}/")
    return rows


def _from_workdir(image: PythonImage, place: str) -> str:
    """An image path as a COPY in the working directory names it."""
    workdir = image.target.state.workdir
    if place == workdir:
        return "."
    inside = place.startswith(workdir.rstrip("/") + "/")
    return "./" + posixpath.relpath(place, workdir) if inside else place


def _word(path: str) -> str:
    return json.dumps(path) if " " in path else path


def _writable(image: PythonImage) -> list[str]:
    """The image folders on which the services mount volumes."""
    targets = {
        posixpath.normpath(mount.target)
        for run in image.target.runs
        for mount in run.mounts
        if mount.kind == "volume" and not mount.read_only
    }
    return sorted(targets)


def _production_commands(image: PythonImage) -> list[str]:
    """The commands with uvicorn's workers set."""
    rows = []
    for step in image.target.steps:
        instruction = step.instruction
        if instruction.keyword not in _COMMANDS:
            continue
        argv = getattr(instruction, "argv", None)
        if argv and posixpath.basename(argv[0]) == "uvicorn":
            words = [word for word in argv if word != "--reload"]
            if "--workers" not in words:
                words += ["--workers", str(_WORKERS)]
            rows.append(f"{instruction.keyword} {json.dumps(words)}")
        else:
            rows.append(_verbatim(instruction, image))
    return rows


def _notes(image: PythonImage) -> tuple[str, ...]:
    packages = sort_system_packages(image)
    notes = [f"{name} left out of the image: {why}." for name, why in packages.dropped]
    if _writable(image):
        notes.append(
            "Volumes that exist already belong to root: hand them to UID 1000 once, for example "
            f"with `docker compose run --rm --user root {image.target.service} "
            f"chown -R 1000:1000 {' '.join(_writable(image))}`."
        )
    if image.loose:
        notes.append(
            "The modules that the services start could not be told for certain, so all code was "
            "kept."
        )
    return tuple(notes)
