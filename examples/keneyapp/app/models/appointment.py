"""Appointments and the reminders sent for them."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.database import Base
from app.models.patient import Patient
from app.models.types import IntPk, Timestamps, UtcDateTime, string_enum, utcnow
from app.models.user import User


class AppointmentStatus(StrEnum):
    """Where an appointment stands."""

    SCHEDULED = "scheduled"
    CONFIRMED = "confirmed"
    COMPLETED = "completed"
    CANCELLED = "cancelled"
    NO_SHOW = "no_show"


class Appointment(Timestamps, Base):
    """A patient sees a doctor."""

    __tablename__ = "appointments"
    __table_args__ = (CheckConstraint("ends_at > starts_at", name="ends_after_start"),)

    id: Mapped[IntPk]
    patient_id: Mapped[int] = mapped_column(
        ForeignKey("patients.id", ondelete="CASCADE"), index=True
    )
    doctor_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    starts_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    ends_at: Mapped[datetime] = mapped_column(UtcDateTime)
    status: Mapped[AppointmentStatus] = mapped_column(
        string_enum(AppointmentStatus), default=AppointmentStatus.SCHEDULED
    )
    reason: Mapped[str] = mapped_column(String(255))
    notes: Mapped[str | None] = mapped_column(Text)

    patient: Mapped[Patient] = relationship(back_populates="appointments")
    doctor: Mapped[User] = relationship()
    reminders: Mapped[list["Reminder"]] = relationship(
        back_populates="appointment", cascade="all, delete-orphan"
    )


class Reminder(Base):
    """One message about one appointment, over one channel."""

    __tablename__ = "reminders"
    __table_args__ = (UniqueConstraint("appointment_id", "channel"),)

    id: Mapped[IntPk]
    appointment_id: Mapped[int] = mapped_column(ForeignKey("appointments.id", ondelete="CASCADE"))
    channel: Mapped[str] = mapped_column(String(16))
    recipient: Mapped[str] = mapped_column(String(254))
    message: Mapped[str] = mapped_column(Text)
    sent_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utcnow)

    appointment: Mapped[Appointment] = relationship(back_populates="reminders")
