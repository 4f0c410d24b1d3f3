""".NET: what ``dotnet publish`` makes runs without the SDK."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from jettison.analysis.compiled.at_start import dotnet_run
from jettison.analysis.compiled.calls import calls_of
from jettison.analysis.compiled.dotnet_projects import DotnetProjects
from jettison.analysis.compiled.model import Code, Language, Product, Runtime
from jettison.analysis.compiled.texts import source_texts
from jettison.analysis.landing import landings
from jettison.analysis.package_runs import PackageRun, sharing
from jettison.analysis.run_editor import RunEditor
from jettison.analysis.running.started import started
from jettison.dockerfile import DockerfileEditor, Run
from jettison.ecosystem.dotnet.code import SOURCES, read_code
from jettison.ecosystem.dotnet.command import needs_sdk, publish_call, run_call
from jettison.ecosystem.dotnet.images import PROGRAMS, DotnetImage, dotnet_image
from jettison.ecosystem.dotnet.project import version_of
from jettison.patterns import regex

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jettison.analysis.compiled.at_start import AtStart
    from jettison.analysis.facts import Facts
    from jettison.analysis.project import Target
    from jettison.ecosystem.dotnet.project import DotnetProject

__all__ = ["DOTNET"]

_SOURCES = regex(
    r"\.(cs|fs|vb|csproj|fsproj|vbproj|sln|slnx|razor|cshtml|resx|props|targets|user|http"
    r"|DotSettings|ruleset|csproj\.[\w.]+)$"
    r"|(^|/)(bin|obj|Properties|node_modules|TestResults|\.git[^/]*|\.vs|\.vscode|\.idea"
    r"|\.github|\.config)(/|$)"
    r"|(^|/)(Dockerfile[^/]*|\.dockerignore|\.editorconfig|Makefile|LICENSE[^/]*|global\.json"
    r"|[Nn]u[Gg]et\.[Cc]onfig|(docker-)?compose[^/]*\.ya?ml|Jenkinsfile)$|(^|/)[^/]*\.md$"
)
_VARIABLES = regex(
    r"NUGET_\w+|MSBUILD\w*|DOTNET_(CLI_\w+|NOLOGO|SKIP_FIRST_TIME_EXPERIENCE|WATCH_\w+)"
    r"|DOTNET_USE_POLLING_FILE_WATCHER|BUILD_CONFIGURATION"
)
_APPSETTINGS = regex(r"(appsettings(\.[\w-]+)?\.json|wwwroot)")
_INVARIANT = "DOTNET_SYSTEM_GLOBALIZATION_INVARIANT"
_NEW_PORT = (8, 0)
"""The version since which the SDK's image says the same port as the one to run in."""
_BUILDING = {
    "Microsoft.AspNetCore.Mvc.Razor.RuntimeCompilation": "which compiles pages as it runs",
    "Microsoft.Build.Locator": "which needs the SDK",
    "Microsoft.CodeAnalysis.Workspaces.MSBuild": "which needs the SDK",
}


def _runtime(facts: Facts, target: Target) -> Runtime | str | None:
    image = dotnet_image(target.base)
    if image is None or isinstance(image, str):
        return image
    projects = DotnetProjects(facts, target)
    reason = ""
    started_ones = tuple(_started_projects(facts, target, projects))
    for one in started_ones:
        lacking = _version_differs(projects, one, image)
        if lacking:
            return lacking
        reason = reason or projects.wants_aspnet(one)
    name = "aspnet" if reason or not started_ones else "runtime"
    address = _address(facts, target, image) if name == "aspnet" else None
    if isinstance(address, str):
        return address
    invariant = target.state.env.get(_INVARIANT, "")
    cultures = image.alpine and not invariant
    return Runtime(
        image.runtime(name),
        True,
        debian=not image.alpine,
        alpine=image.alpine,
        reason=address[0] if address else "" if reason.endswith("Core") else reason,
        programs=frozenset({"curl", "git"}),
        packages=image.packages if cultures else (),
        settings=(f"{_INVARIANT}=false",) if cultures else (),
    )


def _version_differs(projects: DotnetProjects, one: DotnetProject, image: DotnetImage) -> str:
    """Why the image's version is not the one that a project runs with, or ``""``."""
    if one.rolls_forward or not image.version:
        return ""
    framework = projects.framework(one)
    version = version_of(framework)
    if not version:
        return f"which version of .NET {one.path} targets is not known"
    return "" if version == image.version else f"{one.path} targets {framework}"


def _started_projects(
    facts: Facts, target: Target, projects: DotnetProjects
) -> Iterator[DotnetProject]:
    """The projects of which the services start what was built, or that they build and run."""
    for one in sharing(facts, target):
        for command in facts.of(started, one).at_run_time:
            call = run_call(command.words)
            if call is not None:
                found = projects.at(posixpath.join(one.state.workdir, call.project))
                if found is not None:
                    yield found[1]
            for word in command.words:
                made = projects.making(posixpath.basename(word).removesuffix(".dll"))
                if made is not None:
                    yield made


def _address(facts: Facts, target: Target, image: DotnetImage) -> tuple[str, ...] | str:
    """What another address to listen on means: nothing, a reason for a person, or against it."""
    if not image.release or image.release >= _NEW_PORT:
        return ()
    words = set()
    names = set(target.state.env)
    for one in sharing(facts, target):
        names |= {name for run in one.runs for name in run.environment}
        words |= {word for c in facts.of(started, one).at_run_time for word in c.words}
        words |= {word for run in one.runs for word in run.check}
    said = {name.upper() for name in names} & {"ASPNETCORE_URLS", "URLS", "DOTNET_URLS"}
    said |= {word for word in words if word.startswith(("--urls", "--server.urls"))}
    called = any(run_call(c.words) for c in facts.of(started, target).at_run_time)
    texts = source_texts(facts, target, lambda path: path.endswith((*SOURCES, ".json")))
    for path, text in texts:
        listens = '"Kestrel"' in text or '"urls"' in text.lower()
        own = read_code(text).address if path.endswith(SOURCES) else listens
        if own and not path.endswith("launchSettings.json"):
            return ()
    if said or called:
        return ()
    if target.state.user or any(":5000" in word for word in words):
        return "nothing says where it listens: in the SDK's image that is localhost:5000"
    return ("where nothing else is said it listens on port 80 there, not on localhost:5000",)


def _outputs(facts: Facts, target: Target, run: PackageRun) -> tuple[str, ...] | str | None:
    """The folders that a RUN publishes to, absolute; ``None`` where it calls no ``dotnet``."""
    image = dotnet_image(target.base)
    release = image.release if isinstance(image, DotnetImage) else ()
    found: list[str] = []
    builds = False
    for name, words, folder in calls_of(run):
        if name != "dotnet":
            continue
        builds = True
        made = publish_call(words, folder, release)
        if isinstance(made, str):
            return made
        if made is None:
            continue
        output, project = made
        projects = DotnetProjects(facts, target)
        place = projects.at(posixpath.join(folder, project))
        if not output.startswith("/"):
            if place is None:
                return f"which project `dotnet publish {project}` is for is not known"
            framework = projects.framework(place[1])
            if not version_of(framework):
                return f"which version of .NET {place[1].path} targets is not known"
            output = posixpath.normpath(posixpath.join(place[0], output.replace("*", framework)))
        if any(at == output or at.startswith(f"{output}/") for at in _folders(projects)):
            return "it publishes into the folder of its sources"
        found.append(output)
    return tuple(found) if builds else None


def _folders(projects: DotnetProjects) -> Iterator[str]:
    for path in projects.placed:
        yield posixpath.dirname(path)


def _products(facts: Facts, target: Target, run: PackageRun) -> tuple[Product, ...] | str | None:
    found = _outputs(facts, target, run)
    if found is None or isinstance(found, str):
        return found
    return tuple(Product(path, path) for path in dict.fromkeys(found))


def _code(facts: Facts, target: Target) -> Code:
    strings: set[str] = set()
    programs: set[str] = set()
    whole = False
    for path, text in source_texts(facts, target, _is_source):
        one = read_code(text)
        strings |= one.strings
        whole = whole or one.whole
        if one.starts:
            if "dotnet" in one.strings:
                return Code(frozenset(), refusal=f"{path} may start `dotnet`")
            programs |= {s.partition(" ")[0] for s in one.strings} & PROGRAMS
    refusal = ""
    for project in DotnetProjects(facts, target).all.values():
        for name in sorted(project.packages & _BUILDING.keys()):
            refusal = refusal or f"{project.path} names {name}, {_BUILDING[name]}"
    inside = _runs_in_product(facts, target)
    published = inside or _published_at_start(facts, target)
    if inside:
        strings = {one for one in strings if one.startswith("/")}
    elif published:
        strings = {one for one in strings if not one.startswith(("wwwroot", "appsettings"))}
    return Code(
        frozenset(strings),
        frozenset(programs),
        secure=False,
        whole=whole and not inside,
        folders=frozenset() if published else frozenset(_settings(target)),
        refusal=refusal,
    )


def _is_source(path: str) -> bool:
    parts = path.split("/")
    return path.endswith(SOURCES) and "obj" not in parts and "bin" not in parts


def _published(facts: Facts, target: Target) -> tuple[str, ...]:
    """The folders that the stage's RUNs publish to."""
    editor = DockerfileEditor(target.dockerfile)
    made: list[str] = []
    for step in target.all_steps[target.stage.index]:
        run = step.instruction
        if isinstance(run, Run) and run.argv is None:
            one = PackageRun(target.stage.index, step, RunEditor(editor, run))
            found = _outputs(facts, target, one)
            made += found if isinstance(found, tuple) else ()
    return tuple(dict.fromkeys(made))


def _runs_in_product(facts: Facts, target: Target) -> bool:
    """Whether the working folder is one that was published to: it has all by itself."""
    workdir = f"{target.state.workdir}/"
    return any(workdir.startswith(f"{path}/") for path in _published(facts, target))


def _published_at_start(facts: Facts, target: Target) -> bool:
    """Whether what a command builds and runs is published with its settings and pages."""
    projects = DotnetProjects(facts, target)
    for command in facts.of(started, target).at_run_time:
        call = run_call(command.words)
        found = projects.at(posixpath.join(target.state.workdir, call.project)) if call else None
        if found is not None:
            return found[1].sdk != "Microsoft.NET.Sdk"
    return False


def _settings(target: Target) -> Iterator[str]:
    """The settings and pages of the web in the working folder, which is where they are read."""
    landed = landings(target, target.all_steps[target.stage.index])
    for file in target.files.files:
        above = file.path.partition("wwwroot/")[0] if "wwwroot/" in file.path else None
        path = file.path if above is None else f"{above}wwwroot"
        if not _APPSETTINGS.fullmatch(posixpath.basename(path)):
            continue
        places = {one.image_path(path) for one in landed} - {None}
        if posixpath.join(target.state.workdir, posixpath.basename(path)) in places:
            yield path


def _at_start(facts: Facts, target: Target) -> AtStart | str | None:
    debug = any(read_code(text).debug for _, text in source_texts(facts, target, _is_source))
    projects = DotnetProjects(facts, target)
    return dotnet_run(facts, target, projects, _published(facts, target), debug=debug)


DOTNET = Language(
    ".NET",
    _runtime,
    _products,
    _code,
    _SOURCES,
    _VARIABLES,
    frozenset({"dotnet", "pwsh"}),
    at_start=_at_start,
    needs_compiler=needs_sdk,
)
