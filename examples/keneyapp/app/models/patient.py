"""Patients."""

from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING

from sqlalchemy import String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.database import Base
from app.models.types import IntPk, Timestamps, string_enum

if TYPE_CHECKING:
    from app.models.appointment import Appointment
    from app.models.document import Document
    from app.models.prescription import Prescription


class Gender(StrEnum):
    """Administrative gender, as FHIR names it."""

    MALE = "male"
    FEMALE = "female"
    OTHER = "other"
    UNKNOWN = "unknown"


class Patient(Timestamps, Base):
    """Someone who is treated at the clinic."""

    __tablename__ = "patients"

    id: Mapped[IntPk]
    mrn: Mapped[str] = mapped_column(String(32), unique=True)
    first_name: Mapped[str] = mapped_column(String(64))
    last_name: Mapped[str] = mapped_column(String(64), index=True)
    birth_date: Mapped[date]
    gender: Mapped[Gender] = mapped_column(string_enum(Gender), default=Gender.UNKNOWN)
    phone: Mapped[str | None] = mapped_column(String(32))
    email: Mapped[str | None] = mapped_column(String(254))
    address: Mapped[str | None] = mapped_column(String(255))
    blood_type: Mapped[str | None] = mapped_column(String(3))
    allergies: Mapped[str | None] = mapped_column(Text)

    appointments: Mapped[list["Appointment"]] = relationship(
        back_populates="patient",
        cascade="all, delete-orphan",
        order_by="Appointment.starts_at",
    )
    prescriptions: Mapped[list["Prescription"]] = relationship(
        back_populates="patient",
        cascade="all, delete-orphan",
        order_by="Prescription.id",
    )
    documents: Mapped[list["Document"]] = relationship(
        back_populates="patient",
        cascade="all, delete-orphan",
        order_by="Document.id",
    )

    @property
    def full_name(self) -> str:
        """First and last name."""
        return f"{self.first_name} {self.last_name}"
