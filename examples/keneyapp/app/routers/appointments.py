"""Appointments."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, HTTPException, Query, status
from pydantic import AwareDatetime
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.deps import DbSession, PagingParams, Staff
from app.models import Appointment, AppointmentStatus, Patient, Reminder, Role, User
from app.routers.lookup import apply_changes, get_or_404
from app.schemas.appointments import (
    AppointmentCreate,
    AppointmentOut,
    AppointmentUpdate,
    ReminderOut,
)
from app.schemas.common import Page

router = APIRouter(prefix="/appointments", tags=["appointments"])

FREES_THE_SLOT = (AppointmentStatus.CANCELLED, AppointmentStatus.NO_SHOW)


def _check_free(
    db: Session, doctor_id: int, starts_at: datetime, ends_at: datetime, ignore_id: int | None
) -> None:
    """A doctor sees one patient at a time. The row lock makes two bookings queue up."""
    db.scalar(select(User.id).where(User.id == doctor_id).with_for_update())
    overlapping = (
        select(Appointment.id)
        .where(Appointment.doctor_id == doctor_id)
        .where(Appointment.status.not_in(FREES_THE_SLOT))
        .where(Appointment.starts_at < ends_at, Appointment.ends_at > starts_at)
    )
    if ignore_id is not None:
        overlapping = overlapping.where(Appointment.id != ignore_id)
    if db.scalar(overlapping.limit(1)) is not None:
        raise HTTPException(status.HTTP_409_CONFLICT, "The doctor is busy at that time")


@router.post("", status_code=status.HTTP_201_CREATED, response_model=AppointmentOut)
def create_appointment(db: DbSession, _: Staff, body: AppointmentCreate) -> Appointment:
    """Book an appointment."""
    get_or_404(db, Patient, body.patient_id)
    doctor = get_or_404(db, User, body.doctor_id)
    if doctor.role is not Role.DOCTOR or not doctor.is_active:
        raise HTTPException(status.HTTP_422_UNPROCESSABLE_CONTENT, "This user is not a doctor")
    _check_free(db, doctor.id, body.starts_at, body.ends_at, None)
    appointment = Appointment(**body.model_dump())
    db.add(appointment)
    db.commit()
    return appointment


@router.get("")
def list_appointments(
    db: DbSession,
    _: Staff,
    paging: PagingParams,
    patient_id: int | None = None,
    doctor_id: int | None = None,
    since: Annotated[AwareDatetime | None, Query()] = None,
    until: Annotated[AwareDatetime | None, Query()] = None,
) -> Page[AppointmentOut]:
    """Appointments in order of time."""
    query = select(Appointment)
    if patient_id is not None:
        query = query.where(Appointment.patient_id == patient_id)
    if doctor_id is not None:
        query = query.where(Appointment.doctor_id == doctor_id)
    if since is not None:
        query = query.where(Appointment.starts_at >= since)
    if until is not None:
        query = query.where(Appointment.starts_at < until)
    total = db.scalar(select(func.count()).select_from(query.subquery())) or 0
    rows = db.scalars(
        query.order_by(Appointment.starts_at, Appointment.id)
        .limit(paging.limit)
        .offset(paging.offset)
    )
    return Page(
        items=[AppointmentOut.model_validate(row) for row in rows],
        total=total,
        limit=paging.limit,
        offset=paging.offset,
    )


@router.get("/{appointment_id}", response_model=AppointmentOut)
def get_appointment(db: DbSession, _: Staff, appointment_id: int) -> Appointment:
    """One appointment."""
    return get_or_404(db, Appointment, appointment_id)


@router.patch("/{appointment_id}", response_model=AppointmentOut)
def update_appointment(
    db: DbSession, _: Staff, appointment_id: int, body: AppointmentUpdate
) -> Appointment:
    """Move, confirm, complete or cancel an appointment."""
    appointment = get_or_404(db, Appointment, appointment_id)
    apply_changes(appointment, body)
    if appointment.ends_at <= appointment.starts_at:
        raise HTTPException(
            status.HTTP_422_UNPROCESSABLE_CONTENT, "ends_at must be after starts_at"
        )
    if appointment.status not in FREES_THE_SLOT:
        with db.no_autoflush:
            _check_free(
                db,
                appointment.doctor_id,
                appointment.starts_at,
                appointment.ends_at,
                appointment.id,
            )
    db.commit()
    return appointment


@router.delete("/{appointment_id}", status_code=status.HTTP_204_NO_CONTENT)
def delete_appointment(db: DbSession, _: Staff, appointment_id: int) -> None:
    """Remove an appointment that was a mistake (others are cancelled)."""
    db.delete(get_or_404(db, Appointment, appointment_id))
    db.commit()


@router.get("/{appointment_id}/reminders", response_model=list[ReminderOut])
def list_reminders(db: DbSession, _: Staff, appointment_id: int) -> list[Reminder]:
    """The reminders sent so far."""
    return list(get_or_404(db, Appointment, appointment_id).reminders)
