"""The worker's tasks, called as functions."""

from pathlib import Path
from uuid import uuid4

import pytest
from pytest_mock import MockerFixture
from sqlalchemy.orm import Session, sessionmaker

from app import tasks
from app.models import Document, DocumentKind, Report, ReportStatus
from app.worker import celery_app
from tests.unit.factories import AppointmentFactory, PrescriptionFactory


@pytest.fixture
def report(sessions: sessionmaker[Session], mocker: MockerFixture) -> Report:
    """A queued report of a patient who has records."""
    mocker.patch.object(tasks, "SessionLocal", sessions)
    with sessions() as db:
        appointment = AppointmentFactory()
        prescription = PrescriptionFactory(patient=appointment.patient)
        db.add_all([appointment, prescription])
        db.flush()
        queued = Report(patient_id=appointment.patient.id, requested_by_id=appointment.doctor.id)
        db.add(queued)
        db.commit()
        return queued


def test_ping() -> None:
    assert tasks.ping() == "pong"


def test_every_scheduled_task_exists() -> None:
    scheduled = {entry["task"] for entry in celery_app.conf.beat_schedule.values()}
    assert scheduled == {"keneyapp.send_appointment_reminders", "keneyapp.clean_up"}
    assert scheduled <= set(celery_app.tasks)


def test_report_becomes_a_pdf_document(
    report: Report, sessions: sessionmaker[Session], upload_dir: Path
) -> None:
    document_id = tasks.generate_patient_report(str(report.id))
    with sessions() as db:
        document = db.get_one(Document, document_id)
        done = db.get_one(Report, report.id)
    assert (done.status, done.document_id) == (ReportStatus.DONE, document_id)
    assert (document.kind, document.content_type) == (DocumentKind.REPORT, "application/pdf")
    assert (upload_dir / document.path).read_bytes().startswith(b"%PDF")


def test_a_failed_report_says_so(
    report: Report, sessions: sessionmaker[Session], mocker: MockerFixture
) -> None:
    mocker.patch.object(tasks.pdf, "patient_report", side_effect=ZeroDivisionError)
    with pytest.raises(ZeroDivisionError):
        tasks.generate_patient_report(str(report.id))
    with sessions() as db:
        failed = db.get_one(Report, report.id)
    assert (failed.status, failed.error) == (ReportStatus.FAILED, "ZeroDivisionError")
    assert failed.finished_at is not None


def test_a_report_that_is_gone_is_skipped(
    sessions: sessionmaker[Session], mocker: MockerFixture
) -> None:
    mocker.patch.object(tasks, "SessionLocal", sessions)
    assert tasks.generate_patient_report(str(uuid4())) is None


def test_clean_up(mocker: MockerFixture, upload_dir: Path) -> None:
    mocker.patch.object(tasks, "drop_keys_without_expiry", return_value=3)
    fresh = upload_dir / "patients" / "1" / "a.png.part"
    fresh.parent.mkdir(parents=True)
    fresh.touch()
    assert tasks.clean_up() == {"cache_keys": 3, "partial_files": 0}
    assert fresh.exists()
