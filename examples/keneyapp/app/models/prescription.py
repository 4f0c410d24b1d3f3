"""Prescriptions."""

from datetime import date
from enum import StrEnum

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.database import Base
from app.models.patient import Patient
from app.models.types import IntPk, Timestamps, string_enum
from app.models.user import User


class PrescriptionStatus(StrEnum):
    """Where a prescription stands."""

    ACTIVE = "active"
    COMPLETED = "completed"
    STOPPED = "stopped"


class Prescription(Timestamps, Base):
    """A doctor prescribes a medication."""

    __tablename__ = "prescriptions"

    id: Mapped[IntPk]
    patient_id: Mapped[int] = mapped_column(
        ForeignKey("patients.id", ondelete="CASCADE"), index=True
    )
    prescriber_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    medication: Mapped[str] = mapped_column(String(128))
    dosage: Mapped[str] = mapped_column(String(64))
    frequency: Mapped[str] = mapped_column(String(64))
    start_date: Mapped[date]
    end_date: Mapped[date | None]
    instructions: Mapped[str | None] = mapped_column(Text)
    status: Mapped[PrescriptionStatus] = mapped_column(
        string_enum(PrescriptionStatus), default=PrescriptionStatus.ACTIVE
    )

    patient: Mapped[Patient] = relationship(back_populates="prescriptions")
    prescriber: Mapped[User] = relationship()
