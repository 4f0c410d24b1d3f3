"""Documents of a patient: upload, download, thumbnails."""

from typing import Annotated

from fastapi import APIRouter, File, HTTPException, UploadFile, status
from fastapi.responses import FileResponse

from app.config import get_settings
from app.deps import Clinical, DbSession, Prescriber
from app.models import Document, Patient
from app.routers.lookup import get_or_404
from app.schemas.records import DocumentOut
from app.services import storage

router = APIRouter(tags=["documents"])


@router.post(
    "/patients/{patient_id}/documents",
    status_code=status.HTTP_201_CREATED,
    response_model=DocumentOut,
)
def upload_document(
    db: DbSession, user: Clinical, patient_id: int, file: Annotated[UploadFile, File()]
) -> Document:
    """Keep a file; images get a thumbnail."""
    get_or_404(db, Patient, patient_id)
    limit = get_settings().max_upload_bytes
    data = file.file.read(limit + 1)
    if len(data) > limit:
        raise HTTPException(
            status.HTTP_413_CONTENT_TOO_LARGE, f"At most {limit} bytes are accepted"
        )
    try:
        stored = storage.store(patient_id, data)
    except storage.UnsupportedFile as error:
        raise HTTPException(status.HTTP_415_UNSUPPORTED_MEDIA_TYPE, str(error)) from error
    document = storage.new_document(patient_id, file.filename or "document", stored, user.id)
    db.add(document)
    db.commit()
    return document


@router.get("/patients/{patient_id}/documents", response_model=list[DocumentOut])
def list_documents(db: DbSession, _: Clinical, patient_id: int) -> list[Document]:
    """The documents of a patient."""
    return list(get_or_404(db, Patient, patient_id).documents)


@router.get("/documents/{document_id}", response_model=DocumentOut)
def get_document(db: DbSession, _: Clinical, document_id: int) -> Document:
    """What is known about a document."""
    return get_or_404(db, Document, document_id)


def _file(relative: str, media_type: str, filename: str) -> FileResponse:
    path = storage.absolute(relative)
    if not path.is_file():
        raise HTTPException(status.HTTP_410_GONE, "The file is gone")
    return FileResponse(path, media_type=media_type, filename=filename)


@router.get("/documents/{document_id}/content")
def download_document(db: DbSession, _: Clinical, document_id: int) -> FileResponse:
    """The file itself."""
    document = get_or_404(db, Document, document_id)
    return _file(document.path, document.content_type, document.filename)


@router.get("/documents/{document_id}/thumbnail")
def download_thumbnail(db: DbSession, _: Clinical, document_id: int) -> FileResponse:
    """The small picture of an image."""
    document = get_or_404(db, Document, document_id)
    if document.thumbnail_path is None:
        raise HTTPException(status.HTTP_404_NOT_FOUND, "This document has no thumbnail")
    return _file(document.thumbnail_path, "image/jpeg", f"thumbnail-{document.id}.jpg")


@router.delete("/documents/{document_id}", status_code=status.HTTP_204_NO_CONTENT)
def delete_document(db: DbSession, _: Prescriber, document_id: int) -> None:
    """Remove a document and its file."""
    document = get_or_404(db, Document, document_id)
    db.delete(document)
    db.commit()
    storage.remove(document)
