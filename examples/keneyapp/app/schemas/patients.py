"""Patients."""

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import BaseModel, PastDate, StringConstraints

from app.models import Gender
from app.schemas.common import Email, Name, OrmModel, Phone

BloodType = Literal["A+", "A-", "B+", "B-", "AB+", "AB-", "O+", "O-"]


class PatientFields(BaseModel):
    """What may be left out in every request."""

    phone: Phone | None = None
    email: Email | None = None
    address: Annotated[str, StringConstraints(max_length=255)] | None = None
    blood_type: BloodType | None = None
    allergies: str | None = None


class PatientCreate(PatientFields):
    """A new patient; the medical record number is made when it is not given."""

    mrn: Annotated[str, StringConstraints(pattern=r"^[A-Z0-9-]{4,32}$")] | None = None
    first_name: Name
    last_name: Name
    birth_date: PastDate
    gender: Gender = Gender.UNKNOWN


class PatientUpdate(PatientFields):
    """Only the fields that are sent are changed."""

    first_name: Name | None = None
    last_name: Name | None = None
    birth_date: PastDate | None = None
    gender: Gender | None = None


class PatientOut(OrmModel):
    """A patient as shown."""

    id: int
    mrn: str
    first_name: str
    last_name: str
    birth_date: date
    gender: Gender
    phone: str | None
    email: str | None
    address: str | None
    blood_type: str | None
    allergies: str | None
    created_at: datetime
    updated_at: datetime
