"""What images that were built before say of a project, without building anything."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jettison.analysis.evidence import Evidence
from jettison.errors import UsageError
from jettison.images.inspecting import known_images
from jettison.images.opening import open_subject
from jettison.oci import FolderIncomplete
from jettison.trial.evidence import read_evidence

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from jettison.analysis.evidence import ImageEvidence
    from jettison.analysis.project import Project, Target
    from jettison.dockerfile import Dockerfile
    from jettison.oci import Digest

__all__ = ["evidence_of"]


def evidence_of(project: Project, images: Iterable[str]) -> Evidence:
    """What images hold that were built from a project: each is ``REF`` or ``REF=NAME``.

    ``NAME`` is a service, a target or a Dockerfile; it may be left out where the project has only
    one Dockerfile. Targets that are built from the same stage of the same file have the same image.
    Raises ``UsageError`` for a name that is not there, ``EngineError`` and ``ImageError`` for an
    image that cannot be read.
    """
    found: dict[str, ImageEvidence] = {}
    known = None
    for text in images:
        reference, name = _split(text)
        targets = _targets(project, name)
        known = known_images() if known is None else known
        for alike in _alike(targets):
            read = _read(reference, alike[0].dockerfile, known)
            found.update(dict.fromkeys((one.name for one in alike), read))
    return Evidence(images=found)


def _read(
    reference: str, dockerfile: Dockerfile, known: Mapping[str, Sequence[Digest]]
) -> ImageEvidence:
    try:
        subject = open_subject(reference).subject
        return read_evidence(reference, subject.config, subject.layers, dockerfile, known)
    except FolderIncomplete:
        subject = open_subject(reference, folders=False).subject
        return read_evidence(reference, subject.config, subject.layers, dockerfile, known)


def _split(text: str) -> tuple[str, str]:
    reference, equals, name = text.rpartition("=")
    return (reference, name) if equals else (text, "")


def _targets(project: Project, name: str) -> tuple[Target, ...]:
    if not name:
        files = {target.dockerfile_name for target in project.targets}
        if len(files) == 1:
            return project.targets
        raise UsageError(
            f"the project has {len(files)} Dockerfiles, and it is not said which the image is of",
            remedy=f"Write REF=NAME; there are {', '.join(_names(project))}.",
        )
    found = [
        one for one in project.targets if name in (one.name, *one.services, one.dockerfile_name)
    ]
    if not found:
        raise UsageError(
            f"the project has no service, target or Dockerfile {name}",
            remedy=f"There are {', '.join(_names(project))}.",
        )
    same = {(one.dockerfile_name, one.stage.index) for one in found}
    return tuple(one for one in project.targets if (one.dockerfile_name, one.stage.index) in same)


def _names(project: Project) -> list[str]:
    return sorted({target.name for target in project.targets})


def _alike(targets: Iterable[Target]) -> list[list[Target]]:
    """The targets by their Dockerfile: an image is read once for each."""
    found: dict[str, list[Target]] = {}
    for target in targets:
        found.setdefault(target.dockerfile_name, []).append(target)
    return list(found.values())
