"""Which reminders are due, and their text."""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from app.models import Appointment, AppointmentStatus, Patient, Reminder
from app.services.notifier import Notifier

OPEN_STATUSES = (AppointmentStatus.SCHEDULED, AppointmentStatus.CONFIRMED)


def contact_of(patient: Patient) -> tuple[str, str] | None:
    """The channel and address of a patient; a phone is preferred."""
    if patient.phone:
        return "sms", patient.phone
    if patient.email:
        return "email", patient.email
    return None


def reminder_text(appointment: Appointment, clinic: str) -> str:
    """What the patient reads. No medical details: others may see the screen."""
    when = appointment.starts_at.strftime("%A %d %B %Y at %H:%M %Z").strip()
    return (
        f"Dear {appointment.patient.first_name}, this is a reminder of your appointment "
        f"with {appointment.doctor.full_name} on {when}. {clinic}"
    )


def due_appointments(db: Session, now: datetime, hours_ahead: int) -> list[Appointment]:
    """Open appointments in the coming hours for which nothing was sent yet."""
    query = (
        select(Appointment)
        .options(joinedload(Appointment.patient), joinedload(Appointment.doctor))
        .where(Appointment.status.in_(OPEN_STATUSES))
        .where(Appointment.starts_at > now)
        .where(Appointment.starts_at <= now + timedelta(hours=hours_ahead))
        .where(~Appointment.reminders.any())
        .order_by(Appointment.starts_at)
        .with_for_update(of=Appointment, skip_locked=True)
    )
    return list(db.scalars(query))


def send_due(db: Session, notifier: Notifier, now: datetime, hours_ahead: int, clinic: str) -> int:
    """Send what is due and note it; returns how many were sent."""
    sent = 0
    for appointment in due_appointments(db, now, hours_ahead):
        contact = contact_of(appointment.patient)
        if contact is None:
            continue
        channel, recipient = contact
        message = reminder_text(appointment, clinic)
        notifier.send(channel, recipient, message)
        db.add(
            Reminder(
                appointment_id=appointment.id,
                channel=channel,
                recipient=recipient,
                message=message,
                sent_at=now,
            )
        )
        sent += 1
    return sent
