"""``gradle bootRun`` at each start: the archive that a RUN builds once instead."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from jettison.analysis.command_words import words_of
from jettison.analysis.compiled.at_start import AtStart
from jettison.analysis.landing import brought_from, landings, project_path
from jettison.analysis.running.started import started
from jettison.dockerfile.instructions import Cmd, Entrypoint, Run
from jettison.ecosystem.java.gradle import boot_archive, has_development_only, run_setting
from jettison.patterns import regex
from jettison.source import Span, TextEdit

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jettison.analysis.facts import Facts
    from jettison.analysis.project import Target

__all__ = ["gradle_boot_run"]

_QUIET = frozenset(
    "--no-daemon --daemon -q --quiet -w --warn -i --info -d --debug -s --stacktrace -S "
    "--full-stacktrace --console=plain --console=auto --console=rich --build-cache --parallel "
    "--no-build-cache --no-configuration-cache --configuration-cache".split()
)
_BUILDS = ("build.gradle", "build.gradle.kts")
_SETTINGS = ("settings.gradle", "settings.gradle.kts")
_PROPERTIES = ("gradle.properties",)
_READ_BY_GRADLE = (
    *(*_BUILDS, *_SETTINGS, *_PROPERTIES),
    *("gradlew", "gradle/", ".gradle/", "buildSrc/", "src/", "build/"),
)
_KEPT_BY_GRADLE = ("/root/.gradle/", "/home/gradle/.gradle/", "/etc/ssl/certs/java/")
_PACKAGES = regex(r"\bgradlew?\b[^\n]*\s:?(build|assemble|bootJar)\b")
_PAGES = "src/main/webapp/"


def gradle_boot_run(facts: Facts, target: Target) -> AtStart | str | None:
    """The archive in place of the image's ``gradle bootRun``; or why not.

    Where no RUN has made the archive, one does. ``None`` for another command, or where the archive
    is not known.
    """
    stage = target.stage.instructions
    commands = [one for one in stage if isinstance(one, Cmd | Entrypoint)]
    found = words_of(commands[-1]) if len(commands) == 1 else None
    if found is None:
        return None
    words, spans = found
    plain = [word for word in words[1:] if word not in _QUIET]
    if posixpath.basename(words[0]) not in ("gradle", "gradlew") or plain not in (
        ["bootRun"],
        [":bootRun"],
    ):
        return None
    folder = target.state.workdir
    texts = _texts(facts, target)
    archive = boot_archive(*texts)
    program = posixpath.join(folder, archive)
    build = _packaging(target, words)
    image = facts.evidence.image(target.name)
    gone = image is not None and bool(image.files) and program not in image.files
    if not archive or (gone and not build):
        return None
    against = _against_archive(target, texts[0])
    if against:
        return against
    text = f"java -jar {archive}"
    if commands[0].argv is not None:
        text = f'"java", "-jar", "{archive}"'
    calls = facts.of(started, target).at_run_time
    wrapper = frozenset(one.words for one in calls if posixpath.basename(one.origin) == "gradlew")
    developer = has_development_only(texts[0])
    return AtStart(
        commands[0],
        words,
        build,
        program,
        TextEdit(Span(spans[0].start, spans[-1].end), text),
        reason="packages that are `developmentOnly` are not in the archive" if developer else "",
        inner=wrapper,
        unmissed=frozenset(
            (*(posixpath.join(folder, name) for name in _READ_BY_GRADLE), *_KEPT_BY_GRADLE)
        ),
    )


def _texts(facts: Facts, target: Target) -> tuple[str, str, str]:
    """The texts of the build's files in the working folder."""
    landed = landings(target, target.all_steps[target.stage.index])
    texts: Mapping[str, str] = {}
    for name in (*_BUILDS, *_SETTINGS, *_PROPERTIES):
        path = brought_from(target, landed, posixpath.join(target.state.workdir, name))
        source = facts.tree.read(project_path(target, path)) if path else None
        if source is not None:
            texts = {**texts, name: source.text}
    build, settings, properties = (
        next((texts[name] for name in names if name in texts), "")
        for names in (_BUILDS, _SETTINGS, _PROPERTIES)
    )
    return build, settings, properties


def _packaging(target: Target, words: tuple[str, ...]) -> str:
    """The RUN that makes the archive, ``""`` where one does."""
    runs = [one for one in target.stage.instructions if isinstance(one, Run)]
    if any(_PACKAGES.search(one.command) for one in runs):
        return ""
    parts = (word.replace("bootRun", "bootJar") for word in words)
    return " ".join(("RUN", *parts))


def _against_archive(target: Target, build: str) -> str:
    """Why an archive does not do what ``bootRun`` does, or ``""``."""
    setting = run_setting(build)
    if setting:
        own = setting == "bootRun"
        return "the build file sets `bootRun` up" if own else f"the build file sets {setting}"
    if any(f"/{file.path}".find(f"/{_PAGES}") >= 0 for file in target.files.own):
        return f"`bootRun` serves {_PAGES}, which is in no archive"
    return ""
