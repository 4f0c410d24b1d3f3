"""Prescriptions: written by doctors, read by clinical staff."""

from fastapi import APIRouter, HTTPException, status
from sqlalchemy import func, select

from app.deps import Clinical, DbSession, PagingParams, Prescriber
from app.models import Patient, Prescription
from app.routers.lookup import apply_changes, get_or_404
from app.schemas.common import Page
from app.schemas.records import PrescriptionCreate, PrescriptionOut, PrescriptionUpdate

router = APIRouter(prefix="/prescriptions", tags=["prescriptions"])


@router.post("", status_code=status.HTTP_201_CREATED, response_model=PrescriptionOut)
def create_prescription(
    db: DbSession, prescriber: Prescriber, body: PrescriptionCreate
) -> Prescription:
    """Prescribe a medication."""
    get_or_404(db, Patient, body.patient_id)
    prescription = Prescription(**body.model_dump(), prescriber_id=prescriber.id)
    db.add(prescription)
    db.commit()
    return prescription


@router.get("")
def list_prescriptions(
    db: DbSession, _: Clinical, paging: PagingParams, patient_id: int | None = None
) -> Page[PrescriptionOut]:
    """Prescriptions, newest first."""
    query = select(Prescription)
    if patient_id is not None:
        query = query.where(Prescription.patient_id == patient_id)
    total = db.scalar(select(func.count()).select_from(query.subquery())) or 0
    rows = db.scalars(
        query.order_by(Prescription.id.desc()).limit(paging.limit).offset(paging.offset)
    )
    return Page(
        items=[PrescriptionOut.model_validate(row) for row in rows],
        total=total,
        limit=paging.limit,
        offset=paging.offset,
    )


@router.get("/{prescription_id}", response_model=PrescriptionOut)
def get_prescription(db: DbSession, _: Clinical, prescription_id: int) -> Prescription:
    """One prescription."""
    return get_or_404(db, Prescription, prescription_id)


@router.patch("/{prescription_id}", response_model=PrescriptionOut)
def update_prescription(
    db: DbSession, _: Prescriber, prescription_id: int, body: PrescriptionUpdate
) -> Prescription:
    """Change the dose, or stop it."""
    prescription = get_or_404(db, Prescription, prescription_id)
    apply_changes(prescription, body)
    if prescription.end_date and prescription.end_date < prescription.start_date:
        raise HTTPException(
            status.HTTP_422_UNPROCESSABLE_CONTENT, "end_date must not be before start_date"
        )
    db.commit()
    return prescription


@router.delete("/{prescription_id}", status_code=status.HTTP_204_NO_CONTENT)
def delete_prescription(db: DbSession, _: Prescriber, prescription_id: int) -> None:
    """Remove a prescription that was a mistake (others are stopped)."""
    db.delete(get_or_404(db, Prescription, prescription_id))
    db.commit()
