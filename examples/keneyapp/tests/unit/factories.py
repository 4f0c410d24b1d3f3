"""Records with believable contents."""

from datetime import UTC, datetime, timedelta

import factory

from app.models import (
    Appointment,
    AppointmentStatus,
    Gender,
    Patient,
    Prescription,
    PrescriptionStatus,
    Role,
    User,
)

NOW = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)


class UserFactory(factory.Factory):
    """A doctor."""

    class Meta:
        model = User

    username = factory.Sequence(lambda n: f"doctor{n}")
    full_name = factory.Faker("name")
    email = factory.Faker("safe_email")
    role = Role.DOCTOR
    password_hash = "x"
    is_active = True


class PatientFactory(factory.Factory):
    """A patient who can be reached by phone and email."""

    class Meta:
        model = Patient

    mrn = factory.Sequence(lambda n: f"KNY-{n:06}")
    first_name = factory.Faker("first_name")
    last_name = factory.Faker("last_name")
    birth_date = factory.Faker("date_of_birth", minimum_age=1, maximum_age=99)
    gender = Gender.FEMALE
    phone = factory.Sequence(lambda n: f"+33 1 55 00 {n:04}")
    email = factory.Faker("safe_email")
    updated_at = NOW


class AppointmentFactory(factory.Factory):
    """An appointment in two hours."""

    class Meta:
        model = Appointment

    patient = factory.SubFactory(PatientFactory)
    doctor = factory.SubFactory(UserFactory)
    starts_at = NOW + timedelta(hours=2)
    ends_at = factory.LazyAttribute(lambda a: a.starts_at + timedelta(minutes=20))
    status = AppointmentStatus.SCHEDULED
    reason = "Check-up"
    created_at = NOW
    updated_at = NOW


class PrescriptionFactory(factory.Factory):
    """A running prescription."""

    class Meta:
        model = Prescription

    patient = factory.SubFactory(PatientFactory)
    prescriber = factory.SubFactory(UserFactory)
    medication = "Amoxicillin"
    dosage = "500 mg"
    frequency = "twice a day"
    start_date = NOW.date()
    status = PrescriptionStatus.ACTIVE
