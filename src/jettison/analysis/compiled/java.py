"""Java: classes and archives run without a compiler and without the build's tools."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from jettison.analysis.compiled.at_start import spring_boot_run
from jettison.analysis.compiled.gradle_run import gradle_boot_run
from jettison.analysis.compiled.model import Code, Language, Product, Runtime
from jettison.analysis.compiled.texts import source_texts
from jettison.analysis.landing import project_path
from jettison.analysis.package_runs import sharing
from jettison.analysis.running.started import started
from jettison.ecosystem.java.code import SOURCES, read_java
from jettison.ecosystem.java.images import java_image, runtime_of
from jettison.ecosystem.java.launch import read_launch
from jettison.patterns import regex
from jettison.shell import unwrap

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jettison.analysis.compiled.at_start import AtStart
    from jettison.analysis.facts import Facts
    from jettison.analysis.package_runs import PackageRun
    from jettison.analysis.project import Target

__all__ = ["JAVA"]

_BUILDERS = frozenset({"mvn", "mvnw", "gradle", "gradlew", "ant", "javac", "jar", "kotlinc", "sbt"})
_TOOLS = frozenset(
    "jshell jcmd jmap jstack jps jstat jinfo jconsole jdb jlink jdeps jdeprscan javap javadoc "
    "jarsigner jhsdb jpackage".split()
)
_SOURCES = regex(
    r"\.(java|kt|kts|scala|groovy|gradle|class|iml)$|(^|/)(src/(main|test)|target|\.mvn|\.gradle"
    r"|gradle|node_modules|\.git[^/]*|\.idea|\.settings)(/|$)"
    r"|(^|/)(pom\.xml|mvnw(\.cmd)?|gradlew(\.bat)?|gradle\.properties|build\.xml|Dockerfile[^/]*"
    r"|\.dockerignore|Makefile|LICENSE[^/]*|NOTICE[^/]*|\.classpath|\.project|\.editorconfig"
    r"|Jenkinsfile|(docker-)?compose[^/]*\.ya?ml)$|(^|/)[^/]*\.(md|adoc)$"
)
_VARIABLES = regex(r"(MAVEN|GRADLE)_[A-Z_]+|MVN_[A-Z_]+")
_COMPILING = (
    "javax.tools",
    "com.sun.tools",
    "com.sun.source",
    "com.sun.jdi",
    "jdk.jshell",
    "sun.jvmstat",
)
_SETTINGS = regex(r"src/main/resources/[^/]*\.(properties|ya?ml)$")
_GRADLE = regex(r"(?:^|/)gradle(?::|$)")
_MANIFESTS = ("pom.xml", "build.gradle", "build.gradle.kts")
_PREFIX = regex(r"<classpathPrefix>\s*([\w./-]+?)/?\s*</classpathPrefix>")
_CLASS_PATH = regex(r"['\"]Class-Path['\"]")
"""How a build of Gradle has an archive look for others (its ``manifest``)."""
_WORDS = regex(r"[\s'\"=,;\[\]{}()]+")
_SPRING = frozenset({"config", "application.properties", "application.yml", "application.yaml"})


def _runtime(facts: Facts, target: Target) -> Runtime | str | None:
    image = java_image(target.base)
    if image is None:
        return None
    if not image.version:
        evidence = facts.evidence.image(target.name)
        runtime = runtime_of(target.base, evidence.java if evidence is not None else 0)
        if not runtime:
            return f"which Java {target.base} has only the built image tells"
        return Runtime(runtime, True, read=True, workdir=_workdir(target))
    if not image.runtime:
        return f"there is no official image of {target.base.partition(':')[0]} that only runs Java"
    reason = ""
    if image.other:
        reason = (
            f"{target.base.partition(':')[0]}'s images have no runtime of Java {image.version}: "
            "that of Eclipse Temurin is the nearest"
        )
    return Runtime(image.runtime, True, workdir=_workdir(target), reason=reason)


def _workdir(target: Target) -> str:
    """The folder in which the image works where no WORKDIR says another."""
    return "/home/gradle" if _GRADLE.search(target.base) else "/"


def _products(_: Facts, __: Target, run: PackageRun) -> tuple[Product, ...] | str | None:
    """Nothing by itself, as the commands that start say what is needed; ``None`` for no build."""
    for command in run.commands:
        words = unwrap(command)
        if words and posixpath.basename(words[0].unquoted) in _BUILDERS:
            return ()
    return None


def _started(facts: Facts, target: Target) -> tuple[Product, ...] | str:
    """The archives, folders and scripts that the services start."""
    found: dict[str, Product] = {}
    for one in sharing(facts, target):
        for command in facts.of(started, one).at_run_time:
            workdir = one.state.workdir
            at = next(
                (n for n, w in enumerate(command.words) if posixpath.basename(w) == "java"), None
            )
            names = (
                _installed(command.words)
                if at is None
                else _launched(facts, target, command.words[at + 1 :])
            )
            for name in names:
                if "$" in name:
                    return f"{command.origin} names {name}"
                path = posixpath.normpath(posixpath.join(workdir, name))
                if path == "/":
                    return f"{command.origin} reads the root folder"
                place = f"{posixpath.dirname(path)}/" if "*" in posixpath.basename(path) else path
                found[path] = Product(path, place)
    return tuple(found.values())


def _installed(words: tuple[str, ...]) -> Iterator[str]:
    """The folder that ``gradle installDist`` and its like make, by the script that starts it."""
    for word in words[:1]:
        folder, _, last = word.rpartition("/bin/")
        if folder and last and ("build/install/" in word or "target/" in word):
            yield folder


def _launched(facts: Facts, target: Target, words: tuple[str, ...]) -> Iterator[str]:
    launch = read_launch(words)
    yield from launch.agents
    if launch.jar:
        folder = posixpath.dirname(launch.jar)
        if posixpath.basename(launch.jar) == "quarkus-run.jar":
            yield folder or "."
            return
        yield launch.jar
        for prefix in _prefixes(facts, target):
            yield posixpath.join(folder, prefix)
    if launch.folder:
        yield "."
    for path in launch.paths:
        yield path.removesuffix("/*") if path != "*" else "."


def _prefixes(facts: Facts, target: Target) -> frozenset[str]:
    """The folders beside an archive in which it looks for others, as its manifest is made."""
    texts = _manifests(facts, target)
    return frozenset(match for text in texts for match in _PREFIX.findall(text))


def _manifests(facts: Facts, target: Target) -> Iterator[str]:
    """The texts of the build's files, those of modules too."""
    for file in target.files.own:
        if posixpath.basename(file.path) in _MANIFESTS:
            source = facts.tree.read(project_path(target, file.path))
            if source is not None:
                yield source.text


def _code(facts: Facts, target: Target) -> Code:
    strings: set[str] = set()
    programs: set[str] = set()
    refusal = ""
    for path, text in source_texts(facts, target, _is_source):
        if not path.endswith(SOURCES):
            strings |= set(_WORDS.split(text))
            continue
        one = read_java(text)
        strings |= one.strings
        if "ProcessBuilder" in text or "getRuntime().exec" in text:
            programs |= one.strings
        needs = sorted(name for name in one.imports if name.startswith(_COMPILING))
        if needs and not refusal:
            refusal = f"{path} imports {needs[0]}, which only the JDK has"
    folders: set[str] = set()
    text = " ".join(_manifests(facts, target))
    if "spring-boot" in text or "springframework.boot" in text:
        folders |= _SPRING
    folders |= {"/".join(s.split("/")[:3]) for s in strings if s.startswith("src/main/")}
    if not refusal and "addClasspath" in text and not _PREFIX.search(text):
        refusal = "the archive looks for others beside itself (addClasspath)"
    if not refusal and _CLASS_PATH.search(text):
        refusal = "the archive looks for others beside itself (Class-Path)"
    return Code(
        frozenset(strings), frozenset(programs), False, folders=frozenset(folders), refusal=refusal
    )


def _is_source(path: str) -> bool:
    """Whether a path is code that is no test, or a file of settings in resources."""
    wanted = path.endswith(SOURCES) or _SETTINGS.search(path) is not None
    return wanted and "src/test/" not in f"/{path}"


def _at_start(facts: Facts, target: Target) -> AtStart | str | None:
    """The archive of Spring Boot in place of a command that builds it at each start."""
    made = spring_boot_run(facts, target)
    return made if made is not None else gradle_boot_run(facts, target)


JAVA = Language(
    "Java",
    _runtime,
    _products,
    _code,
    _SOURCES,
    _VARIABLES,
    _BUILDERS | _TOOLS,
    _started,
    _at_start,
)
