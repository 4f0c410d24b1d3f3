"""Files on disk: what they are, where they go, and their thumbnails."""

import hashlib
import io
import logging
import time
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import magic
from PIL import Image, ImageOps, UnidentifiedImageError

from app.config import get_settings
from app.models import Document, DocumentKind

logger = logging.getLogger(__name__)

ACCEPTED: dict[str, tuple[DocumentKind, str]] = {
    "image/png": (DocumentKind.IMAGE, ".png"),
    "image/jpeg": (DocumentKind.IMAGE, ".jpg"),
    "image/webp": (DocumentKind.IMAGE, ".webp"),
    "application/pdf": (DocumentKind.PDF, ".pdf"),
    "text/plain": (DocumentKind.TEXT, ".txt"),
}
PARTIAL_SUFFIX = ".part"


class UnsupportedFile(Exception):
    """The file is of a type that is not kept, or is broken."""


@dataclass(frozen=True)
class StoredFile:
    """Where the bytes went; paths are relative to the upload directory."""

    kind: DocumentKind
    content_type: str
    path: str
    thumbnail_path: str | None
    size: int
    sha256: str


def sniff(data: bytes) -> str:
    """The MIME type by content; what the client claims does not count."""
    return str(magic.from_buffer(data[:8192], mime=True))


def make_thumbnail(data: bytes, pixels: int) -> bytes:
    """A JPEG that fits into a square of this size, turned the right way up."""
    try:
        with Image.open(io.BytesIO(data)) as image:
            upright = ImageOps.exif_transpose(image).convert("RGB")
    except (UnidentifiedImageError, OSError, Image.DecompressionBombError) as error:
        raise UnsupportedFile("the image cannot be read") from error
    upright.thumbnail((pixels, pixels))
    out = io.BytesIO()
    upright.save(out, format="JPEG", quality=85, optimize=True)
    return out.getvalue()


def absolute(relative: str) -> Path:
    """The place on disk of a stored path."""
    return get_settings().upload_dir / relative


def _write(relative: str, data: bytes) -> None:
    target = absolute(relative)
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(target.name + PARTIAL_SUFFIX)
    partial.write_bytes(data)
    partial.replace(target)


def store(patient_id: int, data: bytes, kind: DocumentKind | None = None) -> StoredFile:
    """Check a file, write it and, for an image, its thumbnail."""
    content_type = sniff(data)
    if content_type not in ACCEPTED:
        raise UnsupportedFile(f"files of type {content_type} are not accepted")
    found_kind, extension = ACCEPTED[content_type]
    stem = f"patients/{patient_id}/{uuid4().hex}"
    thumbnail_path = None
    if found_kind is DocumentKind.IMAGE:
        thumbnail = make_thumbnail(data, get_settings().thumbnail_pixels)
        thumbnail_path = f"{stem}_thumb.jpg"
        _write(thumbnail_path, thumbnail)
    path = stem + extension
    _write(path, data)
    return StoredFile(
        kind=kind or found_kind,
        content_type=content_type,
        path=path,
        thumbnail_path=thumbnail_path,
        size=len(data),
        sha256=hashlib.sha256(data).hexdigest(),
    )


def new_document(
    patient_id: int, filename: str, stored: StoredFile, uploaded_by_id: int | None
) -> Document:
    """The database row for a stored file."""
    return Document(
        patient_id=patient_id,
        uploaded_by_id=uploaded_by_id,
        kind=stored.kind,
        filename=Path(filename).name[:255] or "document",
        content_type=stored.content_type,
        size=stored.size,
        sha256=stored.sha256,
        path=stored.path,
        thumbnail_path=stored.thumbnail_path,
    )


def remove(document: Document) -> None:
    """Delete the files of a document; missing ones are no error."""
    for relative in (document.path, document.thumbnail_path):
        if relative:
            absolute(relative).unlink(missing_ok=True)


def remove_stale_partials(older_than_seconds: int = 3600) -> int:
    """Delete half-written files that a crash left behind."""
    removed = 0
    limit = time.time() - older_than_seconds
    for partial in get_settings().upload_dir.rglob("*" + PARTIAL_SUFFIX):
        if partial.stat().st_mtime < limit:
            partial.unlink(missing_ok=True)
            removed += 1
    return removed
