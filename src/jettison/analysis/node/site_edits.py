"""The edits that give a built site to nginx: of its Dockerfile, its Compose file, a new file."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

from jettison.analysis.landing import project_path
from jettison.analysis.node.site_server import FIRST_FREE_PORT, nginx_configuration
from jettison.analysis.package_runs import package_runs
from jettison.analysis.running.health import http_check
from jettison.compose import ComposeEditor, lost_comments
from jettison.compose.change import Parsed
from jettison.compose.splice import child_of
from jettison.compose.tree import ScalarNode
from jettison.dockerfile import Copy, Run
from jettison.dockerfile.editor import DockerfileEditor
from jettison.dockerfile.instructions import (
    Add,
    Cmd,
    Entrypoint,
    Expose,
    Healthcheck,
    Label,
    User,
)
from jettison.ecosystem.node.devserver import Unreadable
from jettison.patterns import regex
from jettison.shell import Verb
from jettison.source import Patch, SourceText, Span, TextEdit
from jettison.sure import sure

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jettison.analysis.facts import Facts
    from jettison.analysis.node.static_site import StaticSite
    from jettison.analysis.project import ServiceRun
    from jettison.dockerfile.instructions import Instruction

__all__ = ["baked_in", "site_patch"]

_BLANKS = regex(r"(\r?\n)\1\1+")
_FIRST_BLANKS = regex(r"^(\r?\n)\1+")
_ROOT = "/usr/share/nginx/html"
_OF_NODE = regex(r"\b(node|npm|npx|yarn|pnpm|bun|vite|express|serve|http-server)\b", re.IGNORECASE)
_NOT_THERE = frozenset({"node", "npm", "npx", "yarn", "pnpm", "curl", "python", "python3", "nc"})


def site_patch(facts: Facts, site: StaticSite) -> tuple[Patch, frozenset[str]]:
    """The patch, and the comments that go with what they describe; raises :class:`Unreadable`."""
    target = site.target
    stage = target.stage
    if stage.index != len(target.dockerfile.stages) - 1:
        raise Unreadable("another stage comes after it", stage.from_.line)
    if len(facts.project.sharing(target)) > 1:
        raise Unreadable("other images are built from this Dockerfile", stage.from_.line)
    if site.handed is None and _asked_for(facts, site):
        raise Unreadable(f"the stage {stage.name} is asked for by name", stage.from_.line)
    conf, ignore = _conf_name(facts, site)
    edits, gone = _dockerfile(site, conf) if site.handed is None else _last_stage(site, conf)
    patch = Patch(
        {target.dockerfile_name: tuple(edits)},
        {project_path(target, conf): nginx_configuration(site)},
    )
    compose, lost = _compose(facts, site)
    return patch | ignore | compose, gone | lost


def _asked_for(facts: Facts, site: StaticSite) -> bool:
    target = site.target
    if facts.project.compose is None or not target.builders:
        return target.name != target.dockerfile_name
    builds = (facts.project.compose.services[name].build for name in target.builders)
    return any(build is not None and build.target for build in builds)


def _conf_name(facts: Facts, site: StaticSite) -> tuple[str, Patch]:
    """A free name for the configuration, and what lets it into the context."""
    target = site.target
    for name in ("nginx.conf", "nginx.site.conf", "nginx.static.conf"):
        conf = posixpath.join(site.folder, name)
        if facts.tree.has(project_path(target, conf)):
            continue
        if target.ignore is None or not target.ignore.match(conf).excluded:
            return conf, Patch()
        source = facts.tree.read(target.ignore_name or "")
        if source is None:
            break
        at = len(source.text)
        newline = "\r\n" if "\r\n" in source.text else "\n"
        glue = "" if source.text.endswith("\n") else newline
        line = TextEdit(Span(at, at), f"{glue}!{conf}{newline}")
        return conf, Patch.of(source.name, [line])
    raise Unreadable("there is no free name for nginx's configuration", None)


def _dockerfile(site: StaticSite, conf: str) -> tuple[list[TextEdit], frozenset[str]]:
    target = site.target
    stage = target.stage
    editor = DockerfileEditor(target.dockerfile)
    gone: list[Instruction] = [
        one for one in stage.instructions if isinstance(one, Cmd | Entrypoint)
    ]
    gone += _installs_server(site)
    checks = [one for one in stage.instructions if isinstance(one, Healthcheck)]
    moved = [one for one in stage.instructions if isinstance(one, Expose | Label)]
    alias = stage.from_.alias or _free_alias(site)
    edits: list[TextEdit] = []
    if stage.from_.alias is None:
        edits += editor.name_stage(stage, alias)
    added: list[str] = []
    if site.build:
        added = [*(f"ARG {name}" for name in site.baked), f"RUN {site.build}"]
    place = _place(site, [*gone, *checks, *moved])
    for one in (*gone, *checks, *moved):
        if one is place and added:
            edits.append(TextEdit(editor.block(one).span, editor.render(*added)))
        else:
            edits += editor.delete(one)
    final = [
        "FROM nginx:alpine",
        f"COPY {conf} /etc/nginx/nginx.conf",
        f"COPY --from={alias} {site.output} {_ROOT}{site.config.base.rstrip('/')}",
        *_user(site),
    ]
    last = target.dockerfile.instructions[-1]
    notes = editor.text[editor.block(last).span.end :].strip()  # about the file, left at its end
    text = "" if not notes and _ends_blank(editor) else editor.newline
    text += editor.render(*final)
    text += "".join(editor.block_text(one) for one in moved)
    if checks and not checks[-1].disabled:
        text += _check(editor, checks[-1], site)
    text += editor.render('CMD ["nginx", "-g", "daemon off;"]')
    if place is None and added:
        text = editor.render(*added) + text
    elif place is not None and place not in (*gone, *checks, *moved) and added:
        edits += editor.insert_before(place, editor.render(*added))
    edits += editor.insert_after(last, text) if notes else editor.append(text)
    end = editor.block(last).span.end if notes else len(editor.text)
    return _joined(edits, editor.text, end), editor.comments([*gone, *checks])


def _of_node(row: str) -> bool:
    """Whether a line is a comment that tells of Node, a manager or a server of its own."""
    return row.lstrip().startswith("#") and _OF_NODE.search(row) is not None


def _user(site: StaticSite) -> tuple[str, ...]:
    """The line that gives up root, but for a port that some engines open to root only."""
    return ("USER nginx",) if site.port >= FIRST_FREE_PORT else ()


def _last_stage(site: StaticSite, conf: str) -> tuple[list[TextEdit], frozenset[str]]:
    """The edits that put nginx in the place of the stage that serves what it is handed."""
    handed = sure(site.handed)
    stage = site.target.stage
    editor = DockerfileEditor(site.target.dockerfile)
    moved = [one for one in stage.instructions if isinstance(one, Expose | Label)]
    checks = [one for one in stage.instructions if isinstance(one, Healthcheck)]
    place = f"{_ROOT}{site.config.base.rstrip('/')}"
    text = editor.render(
        f"COPY {conf} /etc/nginx/nginx.conf",
        f"COPY --from={handed.name} {site.output} {place}",
        *_user(site),
    )
    kept = "".join(editor.block_text(one) for one in moved)
    stale = {row.strip() for row in kept.splitlines() if _of_node(row)}
    text += "".join(row for row in kept.splitlines(keepends=True) if not _of_node(row))
    if checks and not checks[-1].disabled:
        text += _check(editor, checks[-1], site)
    text += editor.render('CMD ["nginx", "-g", "daemon off;"]')
    start = editor.block(stage.instructions[0]).span.start
    end = editor.block(stage.instructions[-1]).span.end
    edits = [*editor.set_base(stage, "nginx:alpine"), TextEdit(Span(start, end), text)]
    gone = editor.comments([one for one in stage.instructions if one not in moved]) | stale
    for span in stage.from_.comment_spans:
        row = editor.text[span.start : span.end]
        if _of_node(row):
            behind = editor.text.find("\n", span.end) + 1
            edits.append(TextEdit(Span(span.start, behind), ""))
            gone |= {row.strip()}
    return edits, gone


def _installs_server(site: StaticSite) -> Iterator[Instruction]:
    """The RUNs that do nothing but install the server, which nobody starts any more.

    Angular's builds, too: the build of a project that lists it runs its own.
    """
    package = site.server.tool
    if package == "ng":
        listed = site.package.dependencies | site.package.development
        package = "@angular/cli" if "@angular/cli" in listed else ""
    for run in package_runs(site.target, frozenset({site.target.stage.index})):
        calls = [call for call in run.calls if call.verb is Verb.INSTALL]
        if len(calls) == len(run.commands) and all(
            {one.name for one in call.packages} == {package} for call in calls
        ):
            yield run.run


def _ends_blank(editor: DockerfileEditor) -> bool:
    return editor.text.endswith(("\n\n", "\n\r\n"))


def _joined(edits: list[TextEdit], before: str, end: int) -> list[TextEdit]:
    """The edits of the text ``before``, those that follow each other up to ``end`` made one."""
    ordered = sorted(edits, key=lambda edit: (edit.span.start, edit.span.end))
    start, text = end, ""
    while ordered and not before[ordered[-1].span.end : start].strip():
        edit = ordered.pop()
        text = edit.text + before[edit.span.end : start] + text
        start = edit.span.start
    text = _BLANKS.sub(r"\1\1", text)
    if before[:start].endswith(("\n\n", "\n\r\n")):
        text = text.lstrip("\r\n")
    text = _FIRST_BLANKS.sub(r"\1", text)
    return [*ordered, TextEdit(Span(start, end), text)]


def _place(site: StaticSite, leaving: list[Instruction]) -> Instruction | None:
    """The instruction in whose place, or in front of which, the build runs; ``None`` at the end."""
    instructions = site.target.stage.instructions
    last = max(
        (
            at
            for at, one in enumerate(instructions)
            if isinstance(one, Run | Add) or (isinstance(one, Copy) and one not in leaving)
        ),
        default=-1,
    )
    for one in instructions[last + 1 :]:
        if isinstance(one, User):
            return one
        if one in leaving and isinstance(one, Cmd | Entrypoint):
            return one
    return None


def _free_alias(site: StaticSite) -> str:
    taken = {stage.name for stage in site.target.dockerfile.stages}
    return next(
        name for name in ("build", "site", "static-site", "site-build-stage") if name not in taken
    )


def _check(editor: DockerfileEditor, check: Healthcheck, site: StaticSite) -> str:
    """The image's health check with what nginx's image has, its timing kept."""
    test = ("CMD", *check.argv) if check.argv is not None else ("CMD-SHELL", check.command)
    flags = "".join(f" --{flag.name}={flag.value}" for flag in check.flags)
    words = ", ".join(f'"{word}"' for word in _wget(test, site.port)[1:])
    return editor.render(f"HEALTHCHECK{flags} CMD [{words}]")


def _wget(test: tuple[str, ...], port: int) -> list[str]:
    found = http_check(test)
    path = found.path if found is not None else "/"
    return ["CMD", "wget", "-q", "--spider", f"http://127.0.0.1:{port}{path}"]


def _compose(facts: Facts, site: StaticSite) -> tuple[Patch, frozenset[str]]:
    """The edits of the Compose file: no command, a check that nginx can make, build arguments.

    With the comments that go with them.
    """
    editors: dict[str, ComposeEditor] = {}
    sources: dict[str, SourceText] = {}
    for run in site.target.runs:
        if not run.service:
            continue
        name = facts.name_of(run.file)
        source = facts.tree.read(name)
        if source is None:
            raise Unreadable(f"{name} cannot be read", None)
        sources[name] = source
        editor = editors.setdefault(name, ComposeEditor(source))
        if run.overrides_command:
            before = editor.text()
            editor.remove(run.service, ("command",))
            editor.remove(run.service, ("entrypoint",))
            if editor.text() == before:
                raise Unreadable(f"the command of {run.service} comes from elsewhere", run.line)
        if _foreign(run):
            editor.set_service_key(
                run.service, ("healthcheck", "test"), _wget(run.check, site.port)
            )
        if run.service in site.target.builders:
            for key in site.baked:
                raw = _raw(editor, run.service, key)
                if raw is None:
                    raise Unreadable(f"{key} of {run.service} is not set where it stands", run.line)
                editor.set_service_key(run.service, ("build", "args", key), raw)
                editor.remove(run.service, ("environment", key))
        for key in sorted(site.config.variables):
            editor.remove(run.service, ("environment", key))
    found = {name: editor.edits() for name, editor in editors.items()}
    lost = (lost_comments(sources[name], editor.text()) for name, editor in editors.items())
    patch = Patch({name: edits for name, edits in found.items() if edits})
    return patch, frozenset[str]().union(*lost)


def _foreign(run: ServiceRun) -> bool:
    """Whether Compose's own health check needs what nginx's image lacks, or means ``::1``."""
    if run.healthcheck is None or not run.healthcheck.test or run.healthcheck.disabled:
        return False
    words = {word.rpartition("/")[2] for text in run.check for word in text.split()}
    return bool(words & _NOT_THERE) or any("//localhost" in text for text in run.check)


def _raw(editor: ComposeEditor, service: str, name: str) -> str | None:
    """A variable's value as the Compose file has it."""
    for document in Parsed.of(SourceText("compose", editor.text()), shared=False).documents:
        slot = child_of(document, "services")
        for step in (service, "environment", name):
            slot = child_of(slot.value, step) if slot is not None else None
        if slot is not None and isinstance(slot.value, ScalarNode):
            text = slot.value.text
            head, equals, value = text.partition("=")
            return value if equals and head == name else text
    return None


def baked_in(site: StaticSite) -> Iterator[str]:
    """What a person must know about the settings that became settings of the build."""
    for name in site.baked:
        yield f"{name} is now fixed when the image is built (build.args), not read when it starts"
    for name in sorted(site.config.variables):
        yield f"what {name} said is now fixed in nginx's configuration, not read when it starts"
