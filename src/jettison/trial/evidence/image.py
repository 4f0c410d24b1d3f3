"""What a built image says of itself: its packages, what they need, and what each line weighs."""

from __future__ import annotations

import gc
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from jettison.analysis.evidence import ImageEvidence
from jettison.errors import ImageError, JettisonError
from jettison.imaging.distributions import claim_alpine, claim_debian
from jettison.imaging.inspection import base_of
from jettison.imaging.languages import claim_python
from jettison.imaging.lines import match_file
from jettison.imaging.listing import list_files
from jettison.imaging.package import Claims
from jettison.imaging.rpm import claim_rpm
from jettison.oci import origins, read_tree
from jettison.patterns import regex
from jettison.record import record
from jettison.trial.evidence.files import ImageFiles
from jettison.trial.evidence.folders_of_tests import test_folders
from jettison.trial.evidence.java import java_version
from jettison.trial.evidence.node import node_versions
from jettison.trial.evidence.programs import go_programs, linked_programs
from jettison.trial.evidence.python import distributions_of
from jettison.trial.evidence.standard import standard_modules
from jettison.trial.evidence.system import packages_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from jettison.dockerfile import Dockerfile
    from jettison.engine import Engine
    from jettison.oci import Digest, EntrySource, ImageConfig

__all__ = ["Layered", "image_evidence", "layered_by", "read_evidence", "read_layers"]

_SITE = regex(r"(?:site|dist)-packages$")


def image_evidence(
    engine: Engine,
    reference: str,
    dockerfile: Dockerfile,
    known: Mapping[str, Sequence[Digest]],
    read: Callable[[Layered], ImageEvidence] | None = None,
) -> ImageEvidence | None:
    """What the image holds; ``None`` where it cannot be read.

    ``known`` are the images that may be its base, by name; ``read`` reads the layers.
    """
    try:
        stored = engine.stored(reference)
        if stored is None:
            return None
        layered = layered_by(reference, stored.config, stored.layers, dockerfile, known)
        return (read or read_layers)(layered)
    except ImageError:
        return None


def read_evidence(
    reference: str,
    config: ImageConfig,
    layers: Sequence[EntrySource],
    dockerfile: Dockerfile,
    known: Mapping[str, Sequence[Digest]],
) -> ImageEvidence:
    """What the layers of an image hold; raises ``ImageError`` where they cannot be read."""
    return read_layers(layered_by(reference, config, layers, dockerfile, known))


@record
class Layered:
    """An image's layers, base first, and how many of them are its base's."""

    reference: str
    user: str
    layers: tuple[EntrySource, ...]
    base: int


def layered_by(
    reference: str,
    config: ImageConfig,
    layers: Sequence[EntrySource],
    dockerfile: Dockerfile,
    known: Mapping[str, Sequence[Digest]],
) -> Layered:
    """The layers of an image that a Dockerfile made."""
    match = None
    with suppress(JettisonError):
        match = match_file(origins(config).layers, dockerfile, None)
    base = base_of(config, known, match).layers
    return Layered(reference, config.user or "", tuple(layers), base)


@contextmanager
def _uncollected() -> Iterator[None]:
    """Without looking for cycles again and again in what is kept: a fifth of the time."""
    collects = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collects:
            gc.enable()


def read_layers(layered: Layered) -> ImageEvidence:
    """What layers hold; raises ``ImageError`` where they cannot be read."""
    with _uncollected():
        return _read(layered)


def _read(layered: Layered) -> ImageEvidence:
    layers = layered.layers
    tree = read_tree(layers, digests=False)
    listing = list_files(tree)
    claims = Claims(tree)
    for claim in (claim_debian, claim_alpine, claim_rpm):
        claim(claims, layers)
    claim_python(claims, listing, layers)
    files = ImageFiles(tree, listing, claims, layers, layered.base)
    packages = packages_of(files)
    programs = (one.executables for one in packages.values() if not one.in_base)
    distributions = distributions_of(files, frozenset[str]().union(*programs))
    return ImageEvidence(
        reference=layered.reference,
        distributions=distributions,
        packages=packages,
        files=files.sizes,
        python=_site_packages(files),
        user=layered.user,
        standard=standard_modules(files),
        linked=linked_programs(files),
        go_programs=go_programs(files),
        node_versions=node_versions(files),
        tests=test_folders(files),
        java=java_version(files),
    )


def _site_packages(files: ImageFiles) -> str:
    """The folder with the most distributions in it, the interpreter's own in doubt."""
    counts: dict[str, int] = {}
    for folder in files.listing.folders:
        parent, _, name = folder.rpartition("/")
        if name.endswith(".dist-info") and _SITE.search(parent):
            counts[parent] = counts.get(parent, 0) + 1
    return "/" + max(counts, key=lambda folder: counts[folder]) if counts else ""
