"""Adds the first account and some demonstration records; safe to run again.

Usage: python -m scripts.init_db
"""

import logging
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.config import get_settings
from app.database import session_scope
from app.models import Appointment, Gender, Patient, Prescription, Role, User
from app.security import hash_password

logger = logging.getLogger("init_db")

PATIENTS = [
    ("KNY-DEMO-0001", "Awa", "Traore", date(1984, 3, 12), Gender.FEMALE, "O+", "Penicillin"),
    ("KNY-DEMO-0002", "Lucas", "Bernard", date(1956, 11, 2), Gender.MALE, "A-", None),
    ("KNY-DEMO-0003", "Mei", "Tanaka", date(2015, 6, 30), Gender.FEMALE, "B+", "Peanuts"),
    ("KNY-DEMO-0004", "Jonas", "Lindqvist", date(1991, 1, 19), Gender.MALE, "AB+", None),
    ("KNY-DEMO-0005", "Sofia", "Moreno", date(1973, 8, 8), Gender.FEMALE, "O-", "Latex"),
]


def ensure_user(
    db: Session, username: str, full_name: str, email: str, role: Role, password: str
) -> User:
    """The account, made if it is missing; an existing one keeps its password."""
    user = db.scalar(select(User).where(User.username == username))
    if user is None:
        user = User(
            username=username,
            full_name=full_name,
            email=email,
            role=role,
            password_hash=hash_password(password),
        )
        db.add(user)
        db.flush()
        logger.info("added user %s", username)
    return user


def add_demo_records(db: Session, doctor: User) -> None:
    """A few patients, each with an appointment and a prescription."""
    tomorrow = datetime.now(UTC).replace(hour=9, minute=0, second=0, microsecond=0) + timedelta(
        days=1
    )
    for number, (mrn, first, last, born, gender, blood, allergies) in enumerate(PATIENTS):
        starts_at = tomorrow + timedelta(minutes=30 * number)
        patient = Patient(
            mrn=mrn,
            first_name=first,
            last_name=last,
            birth_date=born,
            gender=gender,
            phone=f"+33 1 55 00 00 {number + 10}",
            email=f"{first}.{last}@example.org".lower(),
            blood_type=blood,
            allergies=allergies,
        )
        patient.appointments.append(
            Appointment(
                doctor_id=doctor.id,
                starts_at=starts_at,
                ends_at=starts_at + timedelta(minutes=20),
                reason="Yearly check-up",
            )
        )
        patient.prescriptions.append(
            Prescription(
                prescriber_id=doctor.id,
                medication="Vitamin D3",
                dosage="1000 IU",
                frequency="once a day",
                start_date=date.today(),
            )
        )
        db.add(patient)
    logger.info("added %d demonstration patients", len(PATIENTS))


def main() -> None:
    """Add what is missing."""
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    settings = get_settings()
    with session_scope() as db:
        ensure_user(
            db,
            settings.admin_username,
            "Administrator",
            settings.admin_email,
            Role.ADMIN,
            settings.admin_password,
        )
        if db.scalar(select(func.count()).select_from(Patient)) == 0:
            doctor = ensure_user(
                db,
                "dr.keita",
                "Dr. Mariam Keita",
                "mariam.keita@keneyapp.example",
                Role.DOCTOR,
                settings.admin_password,
            )
            add_demo_records(db, doctor)


if __name__ == "__main__":
    main()
