"""Prescriptions, documents and reports."""

from datetime import date, datetime
from typing import Annotated, Self
from uuid import UUID

from pydantic import BaseModel, StringConstraints, model_validator

from app.models import DocumentKind, PrescriptionStatus, ReportStatus
from app.schemas.common import OrmModel

Short = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=64)]


class PrescriptionCreate(BaseModel):
    """A new prescription."""

    patient_id: int
    medication: Annotated[str, StringConstraints(min_length=1, max_length=128)]
    dosage: Short
    frequency: Short
    start_date: date
    end_date: date | None = None
    instructions: str | None = None

    @model_validator(mode="after")
    def ends_not_before_start(self) -> Self:
        """A course may be a single day, but not end before it starts."""
        if self.end_date is not None and self.end_date < self.start_date:
            raise ValueError("end_date must not be before start_date")
        return self


class PrescriptionUpdate(BaseModel):
    """Only the fields that are sent are changed."""

    dosage: Short | None = None
    frequency: Short | None = None
    end_date: date | None = None
    instructions: str | None = None
    status: PrescriptionStatus | None = None


class PrescriptionOut(OrmModel):
    """A prescription as shown."""

    id: int
    patient_id: int
    prescriber_id: int
    medication: str
    dosage: str
    frequency: str
    start_date: date
    end_date: date | None
    instructions: str | None
    status: PrescriptionStatus


class DocumentOut(OrmModel):
    """A document as shown (without its bytes)."""

    id: int
    patient_id: int
    kind: DocumentKind
    filename: str
    content_type: str
    size: int
    sha256: str
    has_thumbnail: bool = False
    created_at: datetime


class ReportCreate(BaseModel):
    """Ask for the PDF report of a patient."""

    patient_id: int


class ReportOut(OrmModel):
    """How far a report is."""

    id: UUID
    patient_id: int
    status: ReportStatus
    document_id: int | None
    error: str | None
    created_at: datetime
    finished_at: datetime | None
