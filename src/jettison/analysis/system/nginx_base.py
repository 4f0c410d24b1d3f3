"""Whether nginx's image on Alpine serves where the one on Debian is used."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from jettison.analysis.landing import landings, project_path
from jettison.analysis.package_runs import sharing
from jettison.analysis.running.started import started
from jettison.compose.mount_kinds import MountKind
from jettison.dockerfile import Run
from jettison.patterns import regex
from jettison.record import record
from jettison.shell import parse_commands

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jettison.analysis.facts import Facts
    from jettison.analysis.project import Target
    from jettison.source import SourceText

__all__ = ["NginxBase", "nginx_base"]

_ON_DEBIAN = regex(
    r"((?:docker\.io/|public\.ecr\.aws/docker/)?(?:library/)?nginx)"
    r"(?::(latest|stable|mainline|1|1\.(?:1[1-9]|[2-9]\d)(?:\.\d+)?))?"
)
_STARTED = frozenset("nginx curl wget sh exec echo test [ true exit docker-entrypoint.sh".split())
_AT_BUILD = frozenset("rm mkdir chown chmod ln touch cp mv echo true nginx".split())
_PASSED_ON = regex(
    r"(?:^|[\s{;])(?:(?:proxy|fastcgi|uwsgi|scgi|grpc|memcached)_pass|resolver|perl)\s"
)
_MODULE = regex(r"\bload_module\b|\bbash\b|\bapt(-get)?\b")


@record
class NginxBase:
    """A target that starts from ``image``, of which ``alpine`` is the one on Alpine.

    ``refusal`` says why Debian's is to stay, at ``line`` where that is of the Dockerfile.
    """

    image: str
    alpine: str
    refusal: str = ""
    line: int | None = None


def nginx_base(facts: Facts, target: Target) -> NginxBase | None:
    """What is known of a target that starts from nginx's official image on Debian."""
    first = target.lineage[0]
    found = _ON_DEBIAN.fullmatch(first.base_name or "")
    if found is None or first.base != first.base_name:
        return None
    tag = found[2] or "latest"
    alpine = f"{found[1]}:{'alpine' if tag == 'latest' else f'{tag}-alpine'}"
    refusal, line = next(_against(facts, target), ("", None))
    return NginxBase(first.base, alpine, refusal, line)


def _against(facts: Facts, target: Target) -> Iterator[tuple[str, int | None]]:
    """The reasons for which Debian's image is to stay, with their lines."""
    for one in sharing(facts, target):
        for step in one.steps:
            run = step.instruction
            if isinstance(run, Run) and not _is_plain(run):
                yield f"the RUN on line {run.line} may want Debian", run.line
        for command in facts.of(started, one).at_run_time:
            if command.program not in _STARTED:
                yield f"{command.origin} calls {command.program}", None
        for started_by in one.runs:
            for mount in started_by.mounts:
                if mount.kind is MountKind.BIND and f"{mount.target}/".startswith("/etc/nginx/"):
                    yield f"{started_by.service} mounts its configuration", None
        for source in _brought(facts, one):
            if _MODULE.search(source.text):
                yield f"{source.name} may want Debian", None
            if _PASSED_ON.search(source.text):
                yield f"{source.name} passes requests on: Alpine looks names up otherwise", None


def _is_plain(run: Run) -> bool:
    """Whether a RUN does nothing but what both systems do alike."""
    if run.argv is not None:
        return False
    commands = parse_commands(run.command).commands
    return all(one.words and one.words[0].unquoted in _AT_BUILD for one in commands)


def _brought(facts: Facts, target: Target) -> Iterator[SourceText]:
    """The files of the context that land in nginx's configuration, or run when it starts."""
    for landing in landings(target, target.steps):
        for file in target.files.files if landing.folder else ():
            place = landing.image_path(file.path)
            if place is not None and _is_of_nginx(place):
                yield from _text(facts, target, file.path)
        if not landing.folder and _is_of_nginx(landing.place):
            yield from _text(facts, target, landing.source)


def _is_of_nginx(place: str) -> bool:
    inside = place.startswith(("/etc/nginx/", "/docker-entrypoint.d/"))
    return inside or posixpath.splitext(place)[1] in (".conf", ".sh", ".template")


def _text(facts: Facts, target: Target, path: str) -> Iterator[SourceText]:
    source = facts.tree.read(project_path(target, path))
    if source is not None:
        yield source
