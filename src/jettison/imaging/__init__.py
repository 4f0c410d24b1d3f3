"""Images taken apart: each file's package and category, where the bytes are, what to do first."""

from jettison.imaging.advice import Advice, advise
from jettison.imaging.caches import Cache
from jettison.imaging.categories import Category
from jettison.imaging.difference import (
    ChangeKind,
    Delta,
    Difference,
    FileChange,
    PackageDelta,
    compare_images,
)
from jettison.imaging.inspection import (
    CompressedBasis,
    Inspection,
    LayerShare,
    Subject,
    inspect_image,
    with_compressed,
)
from jettison.imaging.listing import Listing, list_files
from jettison.imaging.owners import Owners, find_owners
from jettison.imaging.package import Package, PackageKind
from jettison.imaging.places import Place, places
from jettison.imaging.shares import Breakdown, Share

__all__ = [
    "Advice",
    "Breakdown",
    "Cache",
    "Category",
    "ChangeKind",
    "CompressedBasis",
    "Delta",
    "Difference",
    "FileChange",
    "Inspection",
    "LayerShare",
    "Listing",
    "Owners",
    "Package",
    "PackageDelta",
    "PackageKind",
    "Place",
    "Share",
    "Subject",
    "advise",
    "compare_images",
    "find_owners",
    "inspect_image",
    "list_files",
    "places",
    "with_compressed",
]
