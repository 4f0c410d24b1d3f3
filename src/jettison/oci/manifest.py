"""Descriptors, manifests and indexes; their raw bytes are the primary datum."""

from __future__ import annotations

from dataclasses import field
from types import MappingProxyType
from typing import TYPE_CHECKING

from jettison.oci import mediatype
from jettison.oci.digest import Digest
from jettison.oci.errors import MalformedImage, PlatformNotFound
from jettison.oci.fields import Fields, dump
from jettison.oci.mediatype import MediaType
from jettison.oci.platform import Platform
from jettison.record import record

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_NONE: Mapping[str, str] = MappingProxyType({})
MAX_LAYERS = 4096
REFERENCE_TYPE = "vnd.docker.reference.type"
REF_NAME = "org.opencontainers.image.ref.name"


@record
class Descriptor:
    """A pointer to a blob: what it is, its digest, and its length in bytes as stored.

    Source: OCI image spec, descriptor.md. ``blob_bytes`` is the spec's ``size``: of a layer,
    compressed bytes.
    """

    media_type: str
    digest: Digest
    blob_bytes: int
    annotations: Mapping[str, str] = field(default_factory=dict, hash=False)
    platform: Platform | None = None
    artifact_type: str = ""
    urls: tuple[str, ...] = ()

    @classmethod
    def from_fields(cls, fields: Fields) -> Descriptor:
        """The descriptor in a JSON object."""
        length = fields.number("size")
        if length < 0:
            raise MalformedImage(f"{fields.where}.size: {length} bytes cannot be")
        child = fields.child("platform")
        return cls(
            media_type=fields.text("mediaType", ""),
            digest=Digest.parse(fields.text("digest")),
            blob_bytes=length,
            annotations=MappingProxyType(fields.text_map("annotations")),
            platform=Platform.from_fields(child) if child is not None else None,
            artifact_type=fields.text("artifactType", ""),
            urls=fields.texts("urls") or (),
        )

    def to_json(self) -> dict[str, object]:
        """The JSON object, without empty fields."""
        found: dict[str, object] = {
            "mediaType": self.media_type,
            "digest": str(self.digest),
            "size": self.blob_bytes,
        }
        if self.urls:
            found["urls"] = list(self.urls)
        if self.annotations:
            found["annotations"] = dict(sorted(self.annotations.items()))
        if self.platform is not None:
            found["platform"] = _platform_json(self.platform)
        if self.artifact_type:
            found["artifactType"] = self.artifact_type
        return found

    @property
    def is_attestation(self) -> bool:
        """Whether it points to BuildKit's provenance or SBOM rather than to an image."""
        return REFERENCE_TYPE in self.annotations or (
            self.platform is not None and self.platform.os == "unknown"
        )


@record
class Manifest:
    """The manifest of one image: its config and its layers, base first."""

    raw: bytes
    media_type: str
    config: Descriptor
    layers: tuple[Descriptor, ...]
    annotations: Mapping[str, str] = field(default_factory=dict, hash=False)

    @classmethod
    def make(cls, config: Descriptor, layers: Iterable[Descriptor], *, media_type: str) -> Manifest:
        """A new manifest, serialised the same way every time."""
        raw = dump(
            {
                "schemaVersion": 2,
                "mediaType": media_type,
                "config": config.to_json(),
                "layers": [layer.to_json() for layer in layers],
            }
        )
        return parse_manifest(raw)

    @property
    def digest(self) -> Digest:
        """The digest of the raw bytes: what ``image@sha256:…`` names."""
        return Digest.of(self.raw)

    @property
    def compressed_bytes(self) -> int:
        """The layers' bytes as stored: what a pull into an empty engine transfers."""
        return sum(layer.blob_bytes for layer in self.layers)

    def descriptor(
        self, platform: Platform | None = None, annotations: Mapping[str, str] = _NONE
    ) -> Descriptor:
        """The descriptor that points to this manifest."""
        return Descriptor(self.media_type, self.digest, len(self.raw), annotations, platform)


@record
class Index:
    """A list of manifests, one for each platform (a Docker "manifest list")."""

    raw: bytes
    media_type: str
    manifests: tuple[Descriptor, ...]
    annotations: Mapping[str, str] = field(default_factory=dict, hash=False)

    @classmethod
    def make(cls, manifests: Iterable[Descriptor]) -> Index:
        """A new OCI index, serialised the same way every time."""
        raw = dump(
            {
                "schemaVersion": 2,
                "mediaType": MediaType.OCI_INDEX,
                "manifests": [item.to_json() for item in manifests],
            }
        )
        return parse_index(raw)

    @property
    def digest(self) -> Digest:
        """The digest of the raw bytes."""
        return Digest.of(self.raw)

    def choose(self, wish: Platform | None = None) -> Descriptor:
        """The image for ``wish``; without a wish the only image, else the one for this machine.

        Attestations are never chosen. When several fit, the closest variant wins, then the first.
        """
        images = [item for item in self.manifests if not item.is_attestation]
        if wish is None and len(images) == 1:
            return images[0]
        target = wish or Platform.host()
        ranked = [
            (rank, item)
            for item in images
            if item.platform is not None and (rank := target.rank(item.platform)) is not None
        ]
        if ranked:
            return min(ranked, key=lambda pair: pair[0])[1]
        unlabelled = [item for item in images if item.platform is None]
        if len(images) == 1 and unlabelled:
            return unlabelled[0]
        choices = ", ".join(str(item.platform) for item in images if item.platform is not None)
        raise PlatformNotFound(
            f"no image for {target} in the index; there is {choices or 'none at all'}",
            remedy="choose one with --platform" if choices else None,
        )


def parse_manifest(raw: bytes, where: str = "manifest") -> Manifest:
    """The manifest that ``raw`` spells."""
    fields = Fields.parse(raw, where)
    if fields.number("schemaVersion", 2) != 2:
        raise MalformedImage(
            f"{where}: schema version 1",
            remedy="push the image again with a current engine; nothing reads this format today",
        )
    config = fields.child("config")
    if config is None:
        raise MalformedImage(f"{where}.config: missing")
    layers = fields.children("layers")
    if len(layers) > MAX_LAYERS:
        raise MalformedImage(f"{where}: {len(layers)} layers, the limit is {MAX_LAYERS}")
    return Manifest(
        raw=raw,
        media_type=fields.text("mediaType", MediaType.OCI_MANIFEST),
        config=Descriptor.from_fields(config),
        layers=tuple(Descriptor.from_fields(layer) for layer in layers),
        annotations=MappingProxyType(fields.text_map("annotations")),
    )


def parse_index(raw: bytes, where: str = "index") -> Index:
    """The index that ``raw`` spells."""
    fields = Fields.parse(raw, where)
    return Index(
        raw=raw,
        media_type=fields.text("mediaType", MediaType.OCI_INDEX),
        manifests=tuple(Descriptor.from_fields(item) for item in fields.children("manifests")),
        annotations=MappingProxyType(fields.text_map("annotations")),
    )


def parse_document(raw: bytes, where: str, media_type: str = "") -> Manifest | Index:
    """The manifest or index that ``raw`` spells; ``media_type`` is what its pointer said.

    A document with both layers and manifests is refused, because two readers could take it for
    two different things (CVE-2021-41190).
    """
    fields = Fields.parse(raw, where)
    if fields.has("manifests") and (fields.has("layers") or fields.has("config")):
        raise MalformedImage(f"{where}: both an index and a manifest (CVE-2021-41190)")
    named = fields.text("mediaType", "") or media_type
    if mediatype.is_schema1(named) or fields.has("fsLayers"):
        raise MalformedImage(
            f"{where}: schema version 1",
            remedy="push the image again with a current engine; nothing reads this format today",
        )
    if mediatype.is_index(named) or fields.has("manifests"):
        return parse_index(raw, where)
    return parse_manifest(raw, where)


def _platform_json(platform: Platform) -> dict[str, object]:
    found: dict[str, object] = {"architecture": platform.architecture, "os": platform.os}
    if platform.os_version:
        found["os.version"] = platform.os_version
    if platform.variant:
        found["variant"] = platform.variant
    return found
