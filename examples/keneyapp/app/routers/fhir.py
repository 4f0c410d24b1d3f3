"""FHIR R4 export (read and search)."""

from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import JSONResponse
from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from app import __version__
from app.deps import Clinical, DbSession
from app.models import Appointment, Patient
from app.services import fhir

router = APIRouter(prefix="/fhir", tags=["fhir"])

Count = Annotated[int, Query(alias="_count", ge=1, le=100)]


class FhirResponse(JSONResponse):
    """JSON with the media type of FHIR."""

    media_type = "application/fhir+json"


def _not_found(kind: str, key: int) -> FhirResponse:
    return FhirResponse(fhir.outcome("not-found", f"{kind}/{key} is not known"), status_code=404)


def _base_url(request: Request) -> str:
    return str(request.base_url).rstrip("/") + "/api/v1/fhir"


@router.get("/metadata")
def metadata() -> FhirResponse:
    """The CapabilityStatement; open to all, as FHIR asks."""
    return FhirResponse(fhir.capability_statement(__version__, datetime.now(UTC)))


@router.get("/Patient/{patient_id}")
def read_patient(db: DbSession, _: Clinical, patient_id: int) -> FhirResponse:
    """One Patient."""
    patient = db.get(Patient, patient_id)
    if patient is None:
        return _not_found("Patient", patient_id)
    return FhirResponse(fhir.patient_resource(patient))


@router.get("/Patient")
def search_patients(
    request: Request,
    db: DbSession,
    _: Clinical,
    family: str | None = None,
    identifier: str | None = None,
    count: Count = 20,
) -> FhirResponse:
    """Patients by family name (its start) or record number (exact)."""
    query = select(Patient)
    if family:
        query = query.where(Patient.last_name.istartswith(family, autoescape=True))
    if identifier:
        query = query.where(Patient.mrn == identifier.rpartition("|")[2])
    total = db.scalar(select(func.count()).select_from(query.subquery())) or 0
    rows = db.scalars(query.order_by(Patient.id).limit(count))
    return FhirResponse(fhir.searchset(map(fhir.patient_resource, rows), total, _base_url(request)))


@router.get("/Appointment/{appointment_id}")
def read_appointment(db: DbSession, _: Clinical, appointment_id: int) -> FhirResponse:
    """One Appointment."""
    appointment = db.get(Appointment, appointment_id)
    if appointment is None:
        return _not_found("Appointment", appointment_id)
    return FhirResponse(fhir.appointment_resource(appointment))


@router.get("/Appointment")
def search_appointments(
    request: Request,
    db: DbSession,
    _: Clinical,
    patient: Annotated[str, Query(pattern=r"^(Patient/)?\d+$")],
    count: Count = 20,
) -> FhirResponse:
    """The Appointments of a patient."""
    patient_id = int(patient.removeprefix("Patient/"))
    query: Any = select(Appointment).where(Appointment.patient_id == patient_id)
    total = db.scalar(select(func.count()).select_from(query.subquery())) or 0
    rows = db.scalars(
        query.options(joinedload(Appointment.patient), joinedload(Appointment.doctor))
        .order_by(Appointment.starts_at)
        .limit(count)
    )
    return FhirResponse(
        fhir.searchset(map(fhir.appointment_resource, rows), total, _base_url(request))
    )
