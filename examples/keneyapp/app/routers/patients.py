"""Patients."""

from typing import Annotated
from uuid import uuid4

from fastapi import APIRouter, HTTPException, Query, Response, status
from sqlalchemy import func, or_, select
from sqlalchemy.exc import IntegrityError

from app.cache import cache_delete, cache_get, cache_set
from app.deps import AdminOnly, DbSession, PagingParams, Staff
from app.models import Patient
from app.routers.lookup import apply_changes, get_or_404
from app.schemas.common import Page
from app.schemas.patients import PatientCreate, PatientOut, PatientUpdate
from app.services import storage

router = APIRouter(prefix="/patients", tags=["patients"])


def cache_key(patient_id: int) -> str:
    """Where the cached answer for a patient is."""
    return f"patient:{patient_id}"


@router.post("", status_code=status.HTTP_201_CREATED, response_model=PatientOut)
def create_patient(db: DbSession, _: Staff, body: PatientCreate) -> Patient:
    """Register a patient."""
    fields = body.model_dump()
    fields["mrn"] = body.mrn or f"KNY-{uuid4().hex[:10].upper()}"
    patient = Patient(**fields)
    db.add(patient)
    try:
        db.commit()
    except IntegrityError as error:
        raise HTTPException(
            status.HTTP_409_CONFLICT, "A patient with this record number exists"
        ) from error
    return patient


@router.get("")
def list_patients(
    db: DbSession,
    _: Staff,
    paging: PagingParams,
    q: Annotated[str | None, Query(max_length=64, description="Name or record number")] = None,
) -> Page[PatientOut]:
    """Patients by name; `q` searches in names and record numbers."""
    query = select(Patient)
    for word in (q or "").split():
        query = query.where(
            or_(
                Patient.last_name.icontains(word, autoescape=True),
                Patient.first_name.icontains(word, autoescape=True),
                Patient.mrn.icontains(word, autoescape=True),
            )
        )
    total = db.scalar(select(func.count()).select_from(query.subquery())) or 0
    rows = db.scalars(
        query.order_by(Patient.last_name, Patient.first_name, Patient.id)
        .limit(paging.limit)
        .offset(paging.offset)
    )
    return Page(
        items=[PatientOut.model_validate(row) for row in rows],
        total=total,
        limit=paging.limit,
        offset=paging.offset,
    )


@router.get("/{patient_id}")
def get_patient(db: DbSession, _: Staff, response: Response, patient_id: int) -> PatientOut:
    """One patient; answered from the cache when it can be."""
    cached = cache_get(cache_key(patient_id))
    if cached is not None:
        response.headers["X-Cache"] = "HIT"
        return PatientOut.model_validate(cached)
    patient = PatientOut.model_validate(get_or_404(db, Patient, patient_id))
    cache_set(cache_key(patient_id), patient.model_dump(mode="json"))
    response.headers["X-Cache"] = "MISS"
    return patient


@router.patch("/{patient_id}", response_model=PatientOut)
def update_patient(db: DbSession, _: Staff, patient_id: int, body: PatientUpdate) -> Patient:
    """Change some fields."""
    patient = get_or_404(db, Patient, patient_id)
    apply_changes(patient, body)
    db.commit()
    cache_delete(cache_key(patient_id))
    return patient


@router.delete("/{patient_id}", status_code=status.HTTP_204_NO_CONTENT)
def delete_patient(db: DbSession, _: AdminOnly, patient_id: int) -> None:
    """Remove a patient with everything that belongs to them, files included."""
    patient = get_or_404(db, Patient, patient_id)
    documents = list(patient.documents)
    db.delete(patient)
    db.commit()
    for document in documents:
        storage.remove(document)
    cache_delete(cache_key(patient_id))
