"""Files that belong to a patient."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.database import Base
from app.models.patient import Patient
from app.models.types import IntPk, UtcDateTime, string_enum, utcnow


class DocumentKind(StrEnum):
    """What sort of file it is."""

    IMAGE = "image"
    PDF = "pdf"
    TEXT = "text"
    REPORT = "report"


class Document(Base):
    """An uploaded or generated file; the bytes lie under the upload directory."""

    __tablename__ = "documents"

    id: Mapped[IntPk]
    patient_id: Mapped[int] = mapped_column(
        ForeignKey("patients.id", ondelete="CASCADE"), index=True
    )
    uploaded_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    kind: Mapped[DocumentKind] = mapped_column(string_enum(DocumentKind))
    filename: Mapped[str] = mapped_column(String(255))
    content_type: Mapped[str] = mapped_column(String(100))
    size: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(64))
    path: Mapped[str] = mapped_column(String(255))
    thumbnail_path: Mapped[str | None] = mapped_column(String(255))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utcnow)

    patient: Mapped[Patient] = relationship(back_populates="documents")

    @property
    def has_thumbnail(self) -> bool:
        """Whether a small picture exists."""
        return self.thumbnail_path is not None
