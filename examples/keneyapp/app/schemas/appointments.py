"""Appointments."""

from datetime import datetime
from typing import Annotated, Self

from pydantic import AwareDatetime, BaseModel, StringConstraints, model_validator

from app.models import AppointmentStatus
from app.schemas.common import OrmModel


class AppointmentCreate(BaseModel):
    """A new appointment."""

    patient_id: int
    doctor_id: int
    starts_at: AwareDatetime
    ends_at: AwareDatetime
    reason: Annotated[str, StringConstraints(min_length=1, max_length=255)]
    notes: str | None = None

    @model_validator(mode="after")
    def ends_after_start(self) -> Self:
        """An appointment has a length."""
        if self.ends_at <= self.starts_at:
            raise ValueError("ends_at must be after starts_at")
        return self


class AppointmentUpdate(BaseModel):
    """Only the fields that are sent are changed."""

    starts_at: AwareDatetime | None = None
    ends_at: AwareDatetime | None = None
    status: AppointmentStatus | None = None
    reason: Annotated[str, StringConstraints(min_length=1, max_length=255)] | None = None
    notes: str | None = None


class ReminderOut(OrmModel):
    """A reminder that was sent."""

    id: int
    channel: str
    recipient: str
    message: str
    sent_at: datetime


class AppointmentOut(OrmModel):
    """An appointment as shown."""

    id: int
    patient_id: int
    doctor_id: int
    starts_at: datetime
    ends_at: datetime
    status: AppointmentStatus
    reason: str
    notes: str | None
