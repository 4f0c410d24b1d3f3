"""Go: the program that ``go build`` makes runs without Go."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from jettison.analysis.compiled.at_start import go_run
from jettison.analysis.compiled.calls import calls_of
from jettison.analysis.compiled.make import made_by_make
from jettison.analysis.compiled.model import Code, Language, Product, Runtime
from jettison.analysis.compiled.texts import source_texts
from jettison.analysis.landing import brought_from, landings, project_path, steps_before
from jettison.analysis.system.asked_for import ENGLISH, suite_of
from jettison.ecosystem.golang.build import (
    BUILD_VARIABLES,
    Output,
    compiles,
    module_name,
    outputs,
)
from jettison.ecosystem.golang.code import GoCode, read_go
from jettison.ecosystem.golang.images import go_image
from jettison.patterns import regex

if TYPE_CHECKING:
    from jettison.analysis.compiled.at_start import AtStart
    from jettison.analysis.facts import Facts
    from jettison.analysis.landing import Landing
    from jettison.analysis.package_runs import PackageRun
    from jettison.analysis.project import Target

__all__ = ["GO", "is_source"]

_SOURCES = regex(
    r"\.(go|s|c|h|cc|cpp|proto|mod|sum|work)$|(^|/)(vendor|testdata|node_modules)(/|$)"
    r"|(^|/)(\.git[^/]*|Dockerfile[^/]*|\.dockerignore|Makefile|LICENSE[^/]*|\.golangci[^/]*)(/|$)"
    r"|(^|/)[^/]*\.md$|(^|/)(docker-)?compose[^/]*\.ya?ml$"
)
_TOOLCHAIN = frozenset(
    {"go/build", "golang.org/x/tools/go/packages", "plugin", "golang.org/x/tools/go/loader"}
)
_CONVENTIONS = {
    "beego": frozenset({"conf", "views", "static", "lang", "swagger"}),
    "revel": frozenset({"app", "conf", "public", "messages"}),
    "gobuffalo/buffalo": frozenset({"templates", "public", "locales", "assets"}),
    "godotenv": frozenset({".env"}),
    "kataras/iris": frozenset({"views"}),
    "gofiber/template": frozenset({"views"}),
}
"""Folders and files that frameworks read without being told (their documentation)."""
_ZONES = regex(
    r"\bLoadLocation\b|\b(Africa|America|Antarctica|Asia|Atlantic|Australia|Europe|Pacific)(/|%2F)[A-Z]"
)
_CLIENTS = frozenset({"crypto/tls", "crypto/x509", "net/smtp", "net/rpc"})
_FETCHES = regex(
    r"\bhttp\.(Get|Post|PostForm|Head|Client|DefaultClient|DefaultTransport|Transport|NewRequest)"
)
_STARTS = regex(
    r"exec\.(?:Command|LookPath|CommandContext)\(\s*(?:\w+(?:\(\))?\s*,\s*)?\"([^\"]+)\""
)
_WHOLE = regex(
    r"(?:http\.Dir|os\.DirFS|filepath\.Walk(?:Dir)?|gin\.Dir|os\.ReadDir)\(\s*[\"`]\.?/?[\"`]"
    r"|\.Static(?:FS)?\([^,()]*,\s*[\"`]\.?/?[\"`]"
)
_VIPER_NAME = regex(r"\.SetConfigName\(\s*\"([\w./-]+)\"")
_VIPER_TYPE = regex(r"\.SetConfigType\(\s*\"(\w+)\"")
_WORKDIR = "/go"


def _runtime(facts: Facts, target: Target) -> Runtime | str | None:
    image = go_image(target.base)
    if image is None:
        return None
    evidence = facts.evidence.image(target.name)
    if image.system == "alpine":
        release = image.release
        package = None
        if evidence is not None:
            names = ("alpine-release", "alpine-base", "alpine-baselayout")
            package = next(
                (evidence.packages[n] for n in names[:2] if n in evidence.packages), None
            )
        if package is not None:
            release = ".".join(package.version.split(".")[:2])
        known = image.stated or package is not None
        image_name = image.runtime(release)
        return Runtime(image_name, known, alpine=True, read=package is not None, workdir=_WORKDIR)
    suite = suite_of(facts, target)
    return Runtime(
        image.runtime(suite),
        image.stated or bool(suite),
        debian=True,
        read=evidence is not None,
        workdir=_WORKDIR,
    )


def _products(facts: Facts, target: Target, run: PackageRun) -> tuple[Product, ...] | str | None:
    landed = landings(target, steps_before(target, run.stage, run.run.line))
    gobin = run.variable("GOBIN") or f"{run.variable('GOPATH') or '/go'}/bin"
    made: list[Output] = []
    builds = False
    for command, words, folder in calls_of(run):
        if command == "go":
            builds = True
            found = _outputs(facts, target, landed, folder, (words, gobin))
            if isinstance(found, str):
                return found
            made += found
        elif command == "make":
            called = made_by_make(facts, target, landed, folder, words)
            if called is None or isinstance(called, str):
                return called
            builds = True
            for inner in called:
                found = _outputs(facts, target, landed, folder, (inner, gobin))
                if isinstance(found, str):
                    return found
                made += found
    return tuple(_placed(one, gobin) for one in made) if builds else None


def _outputs(
    facts: Facts,
    target: Target,
    landed: tuple[Landing, ...],
    folder: str,
    call: tuple[tuple[str, ...], str],
) -> tuple[Output, ...] | str:
    """What a call of Go makes; ``call`` has its words and where ``go install`` puts programs."""
    words, gobin = call
    while words[:1] == ("-C",) and len(words) > 1:
        folder, words = posixpath.normpath(posixpath.join(folder, words[1])), words[2:]
    if not compiles(words):
        return ()
    if words[1:2] == ("-C",) and len(words) > 2:
        folder = posixpath.normpath(posixpath.join(folder, words[2]))
        words = (words[0], *words[3:])
    return outputs(words, folder, _module(facts, target, landed, folder), gobin)


def _placed(output: Output, bin_folder: str) -> Product:
    """Where a program runs: what is on PATH of Go's image only comes to where PATH always leads."""
    place = output.path
    if posixpath.dirname(place) == bin_folder and bin_folder == "/go/bin":
        place = f"/usr/local/bin/{posixpath.basename(place)}"
    elif output.folder and place == "/go/bin":
        place = "/usr/local/bin"
    return Product(output.path, place, output.tool)


def _at_start(facts: Facts, target: Target) -> AtStart | None:
    landed = landings(target, target.all_steps[target.stage.index])
    return go_run(target, _module(facts, target, landed, target.state.workdir))


def _module(facts: Facts, target: Target, landed: tuple[Landing, ...], folder: str) -> str:
    """The import path of the package in a folder of the image; ``""`` where it is not known."""
    inner = ""
    while True:
        path = brought_from(target, landed, posixpath.join(folder, "go.mod"))
        source = facts.tree.read(project_path(target, path)) if path else None
        if source is not None:
            name = module_name(source.text)
            return posixpath.join(name, inner) if inner else name
        if folder in ("/", ""):
            return inner.removeprefix("go/src/") if inner.startswith("go/src/") else ""
        inner = (
            posixpath.join(posixpath.basename(folder), inner)
            if inner
            else posixpath.basename(folder)
        )
        folder = posixpath.dirname(folder)


def is_source(path: str) -> bool:
    """Whether a path is of Go's code, tests and other modules' left out."""
    test = path.endswith("_test.go")
    return path.endswith(".go") and not test and "vendor/" not in f"/{path}"


def _settings_of_viper(text: str) -> frozenset[str]:
    """The files of settings that a source tells Viper to read by name and by type."""
    types = _VIPER_TYPE.findall(text)
    return frozenset(f"{name}.{kind}" for name in _VIPER_NAME.findall(text) for kind in types)


def _code(facts: Facts, target: Target) -> Code:
    strings: set[str] = set()
    imports: set[str] = set()
    programs: set[str] = set()
    whole = zones = fetches = False
    refusal = ""
    for path, text in source_texts(facts, target, is_source):
        one: GoCode = read_go(text)
        strings |= one.strings | _settings_of_viper(text)
        imports |= one.imports
        if "os/exec" in one.imports:
            programs |= one.strings - ENGLISH
        programs |= {found[1] for found in _STARTS.finditer(text)}
        needs = one.imports & _TOOLCHAIN
        if needs and not refusal:
            refusal = f"{path} imports {min(needs)}, which may need Go itself"
        whole = whole or _WHOLE.search(text) is not None
        zones = zones or _ZONES.search(text) is not None
        fetches = fetches or _FETCHES.search(one.calls) is not None
    folders = [found for name, found in _CONVENTIONS.items() if any(name in one for one in imports)]
    foreign = any("." in name.partition("/")[0] for name in imports)
    return Code(
        frozenset(strings),
        frozenset(programs),
        secure=foreign or fetches or bool(imports & _CLIENTS),
        zones=zones,
        whole=whole,
        folders=frozenset[str]().union(*folders),
        refusal=refusal,
    )


GO = Language(
    "Go",
    _runtime,
    _products,
    _code,
    _SOURCES,
    BUILD_VARIABLES,
    frozenset({"go", "gofmt"}),
    at_start=_at_start,
)
