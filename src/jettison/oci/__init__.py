"""Read, merge, attribute, change, check and write images, given only bytes."""

from jettison.oci.attribution import (
    Base,
    BaseBasis,
    LayerOrigin,
    Origins,
    find_base,
    instruction_of,
    origins,
)
from jettison.oci.blobs import Blob, BytesBlob, FileBlob, TemporaryBlob
from jettison.oci.config import ConfigChange, Healthcheck, History, ImageConfig
from jettison.oci.digest import Digest
from jettison.oci.entry import Entry, EntryKind
from jettison.oci.errors import (
    DigestMismatch,
    FolderIncomplete,
    InvalidReference,
    LimitExceeded,
    MalformedImage,
    MalformedLayer,
    MissingBlob,
    PlatformNotFound,
    RegistryDenied,
    RegistryError,
)
from jettison.oci.image import (
    BasicImage,
    BlobLayer,
    Image,
    Layer,
    compressed_bytes,
)
from jettison.oci.layers.entries import EntrySource
from jettison.oci.layers.overlay import OverlayLayer, overlay_layers
from jettison.oci.layers.scan import read_contents, read_tree
from jettison.oci.manifest import Descriptor, Index, Manifest
from jettison.oci.mediatype import Compression, MediaType
from jettison.oci.mutate import (
    append_layer,
    change_config,
    drop_layers,
    recompress,
    replace_layers,
    squash,
)
from jettison.oci.platform import Platform
from jettison.oci.reference import Reference
from jettison.oci.sources.archive import archive_images, open_image, open_images, spooled
from jettison.oci.sources.layout import Layout, content_image
from jettison.oci.sources.memory import LayerBuilder, build_image
from jettison.oci.sources.write import write_archive, write_layout, write_layout_archive
from jettison.oci.tar.reader import Limits, TarReader
from jettison.oci.tar.writer import TarWriter
from jettison.oci.tree.builder import TreeBuilder
from jettison.oci.tree.filetree import FileTree, Node
from jettison.oci.tree.store import Fate, LayerTotals
from jettison.oci.tree.waste import Waste, waste
from jettison.oci.tree.waste_groups import WasteCause, WasteGroup
from jettison.oci.tree.waste_items import WasteItem, WasteReason
from jettison.oci.validate import (
    Change,
    Comparison,
    Mismatch,
    PathDifference,
    compare,
    compare_trees,
    validate,
)

__all__ = [
    "Base",
    "BaseBasis",
    "BasicImage",
    "Blob",
    "BlobLayer",
    "BytesBlob",
    "Change",
    "Comparison",
    "Compression",
    "ConfigChange",
    "Descriptor",
    "Digest",
    "DigestMismatch",
    "Entry",
    "EntryKind",
    "EntrySource",
    "Fate",
    "FileBlob",
    "FileTree",
    "FolderIncomplete",
    "Healthcheck",
    "History",
    "Image",
    "ImageConfig",
    "Index",
    "InvalidReference",
    "Layer",
    "LayerBuilder",
    "LayerOrigin",
    "LayerTotals",
    "Layout",
    "LimitExceeded",
    "Limits",
    "MalformedImage",
    "MalformedLayer",
    "Manifest",
    "MediaType",
    "Mismatch",
    "MissingBlob",
    "Node",
    "Origins",
    "OverlayLayer",
    "PathDifference",
    "Platform",
    "PlatformNotFound",
    "Reference",
    "RegistryDenied",
    "RegistryError",
    "TarReader",
    "TarWriter",
    "TemporaryBlob",
    "TreeBuilder",
    "Waste",
    "WasteCause",
    "WasteGroup",
    "WasteItem",
    "WasteReason",
    "append_layer",
    "archive_images",
    "build_image",
    "change_config",
    "compare",
    "compare_trees",
    "compressed_bytes",
    "content_image",
    "drop_layers",
    "find_base",
    "instruction_of",
    "open_image",
    "open_images",
    "origins",
    "overlay_layers",
    "read_contents",
    "read_tree",
    "recompress",
    "replace_layers",
    "spooled",
    "squash",
    "validate",
    "waste",
    "write_archive",
    "write_layout",
    "write_layout_archive",
]
