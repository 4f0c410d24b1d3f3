"""A server of Node whose build puts all that it needs into one folder, run beside all packages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jettison.analysis.compiled.model import Runtime
from jettison.analysis.compiled.splitting import Separated, Together, parted
from jettison.analysis.landing import landings
from jettison.analysis.node.copied_packages import BesideServer, folder_copied
from jettison.analysis.node.following import followed
from jettison.analysis.node.server_reading import ServerReading
from jettison.analysis.node_packages import Packages
from jettison.dockerfile import DockerfileEditor
from jettison.ecosystem.node.javascript import Unreadable
from jettison.record import record

if TYPE_CHECKING:
    from jettison.analysis.facts import Facts
    from jettison.analysis.project import Target
    from jettison.source import Patch

__all__ = ["SelfContained", "self_contained"]


@record
class SelfContained:
    """A target whose build makes ``folder`` (absolute), and how it can be run from that alone.

    ``file`` is where the reason of a :class:`Together` stands, relative to the project.
    ``unmissed`` are packages and paths that only the start by way of the packages read. ``way`` is
    ``None`` where the configuration ``file`` could ask for such a folder, and does not. ``asks`` is
    the path of one, there or new, with what makes it do so.
    """

    framework: str
    folder: str
    way: Separated | BesideServer | Together | None
    file: str
    unmissed: frozenset[str] = frozenset()
    asks: tuple[str, Patch] | None = None


def self_contained(facts: Facts, target: Target) -> SelfContained | None:
    """What a target's build makes that needs no packages beside it; ``None`` for no such."""
    base = target.base.rpartition("/")[2].partition(":")[0]
    if base != "node" or len(target.lineage) != 1:
        return None
    copied = folder_copied(target)
    stage = copied.stage if copied is not None else target.stage.index
    folder = copied.folder if copied is not None else target.state.workdir
    packages = Packages(facts, target, landings(target, target.all_steps[stage]))
    found = [followed(packages, run.argv, folder) for run in target.runs]
    first = found[0] if found else None
    if first is None or any(one != first for one in found):
        return None
    reading = ServerReading(facts, target, first, stage)
    way: Separated | BesideServer | Together | None
    try:
        if not reading.is_server():
            if not reading.could_be:
                return None
            return SelfContained(reading.framework, reading.made, None, reading.could_be)
        way = copied.without(reading) if copied is not None else _parted(reading)
    except Unreadable as error:
        way = Together(error.reason, error.line)
    if way is None:
        return None
    if isinstance(way, Together) and reading.asks is not None:
        return SelfContained(reading.framework, reading.made, None, reading.asks[0])
    made = reading.made
    return SelfContained(reading.framework, made, way, reading.at, reading.unmissed, reading.asks)


def _parted(reading: ServerReading) -> Separated | Together:
    """How an image of one stage is parted from what built its server."""
    target = reading.target
    text = DockerfileEditor(target.dockerfile).text
    stage = target.stage.from_
    platform = f"--platform={stage.platform} " if stage.platform else ""
    image = platform + text[stage.image_span.start : stage.image_span.end]
    runtime = Runtime(image, stated=True, same=True)
    return parted(reading.facts, target, reading.language, runtime)
