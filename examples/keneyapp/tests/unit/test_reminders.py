"""Which reminders are sent, to whom, and what they say."""

from datetime import timedelta

import pytest
from pytest_mock import MockerFixture
from sqlalchemy.orm import Session, sessionmaker

from app.models import AppointmentStatus
from app.services.reminders import contact_of, reminder_text, send_due
from tests.unit.factories import NOW, AppointmentFactory, PatientFactory


def test_sent_once(sessions: sessionmaker[Session], mocker: MockerFixture) -> None:
    notifier = mocker.Mock()
    appointment = AppointmentFactory()
    with sessions() as db:
        db.add(appointment)
        db.commit()
        for expected in (1, 0):
            assert send_due(db, notifier, NOW, hours_ahead=24, clinic="Clinic") == expected
            db.commit()
        assert [r.recipient for r in appointment.reminders] == [appointment.patient.phone]
    notifier.send.assert_called_once()


@pytest.mark.parametrize(
    ("status", "hours"),
    [
        (AppointmentStatus.CANCELLED, 2),
        (AppointmentStatus.COMPLETED, 2),
        (AppointmentStatus.SCHEDULED, 25),
        (AppointmentStatus.SCHEDULED, -1),
    ],
)
def test_not_due(
    sessions: sessionmaker[Session], mocker: MockerFixture, status: AppointmentStatus, hours: int
) -> None:
    with sessions() as db:
        db.add(AppointmentFactory(status=status, starts_at=NOW + timedelta(hours=hours)))
        db.commit()
        assert send_due(db, mocker.Mock(), NOW, hours_ahead=24, clinic="Clinic") == 0


def test_contact() -> None:
    assert contact_of(PatientFactory.build(phone="+331")) == ("sms", "+331")
    assert contact_of(PatientFactory.build(phone=None, email="a@b.c")) == ("email", "a@b.c")
    assert contact_of(PatientFactory.build(phone=None, email=None)) is None


def test_text_names_time_and_doctor_but_no_reason() -> None:
    appointment = AppointmentFactory.build(reason="Secret")
    text = reminder_text(appointment, "Keney Family Clinic")
    assert "Monday 02 March 2026 at 12:00 UTC" in text
    assert appointment.doctor.full_name in text
    assert "Secret" not in text
