"""What the worker does."""

import logging
from datetime import UTC, datetime
from uuid import UUID

from app.cache import drop_keys_without_expiry
from app.config import get_settings
from app.database import SessionLocal, session_scope
from app.models import DocumentKind, Patient, Report, ReportStatus
from app.services import pdf, reminders, storage
from app.services.notifier import get_notifier
from app.worker import celery_app

logger = logging.getLogger(__name__)


@celery_app.task(name="keneyapp.ping")
def ping() -> str:
    """Shows that a worker is there."""
    return "pong"


@celery_app.task(name="keneyapp.send_appointment_reminders")
def send_appointment_reminders() -> int:
    """Remind patients of the appointments of the coming day; returns how many."""
    settings = get_settings()
    with session_scope() as db:
        sent = reminders.send_due(
            db,
            get_notifier(),
            now=datetime.now(UTC),
            hours_ahead=settings.reminder_hours_ahead,
            clinic=settings.clinic_name,
        )
    logger.info("sent %d appointment reminders", sent)
    return sent


@celery_app.task(name="keneyapp.generate_patient_report")
def generate_patient_report(report_id: str) -> int | None:
    """Make the PDF of a report request; returns the id of its document."""
    now = datetime.now(UTC)
    with SessionLocal() as db:
        report = db.get(Report, UUID(report_id))
        if report is None:
            logger.warning("report %s is gone", report_id)
            return None
        report.status = ReportStatus.RUNNING
        db.commit()
        try:
            patient = db.get_one(Patient, report.patient_id)
            data = pdf.patient_report(patient, get_settings().clinic_name, now)
            stored = storage.store(patient.id, data, kind=DocumentKind.REPORT)
            document = storage.new_document(
                patient.id,
                f"report-{patient.mrn}-{now:%Y%m%d%H%M%S}.pdf",
                stored,
                report.requested_by_id,
            )
            db.add(document)
            db.flush()
        except Exception as error:
            db.rollback()
            report.status = ReportStatus.FAILED
            report.error = type(error).__name__
            report.finished_at = datetime.now(UTC)
            db.commit()
            raise
        report.document_id = document.id
        report.status = ReportStatus.DONE
        report.finished_at = datetime.now(UTC)
        db.commit()
        return document.id


@celery_app.task(name="keneyapp.clean_up")
def clean_up() -> dict[str, int]:
    """Drop cache entries that never expire and half-written uploads."""
    return {
        "cache_keys": drop_keys_without_expiry(),
        "partial_files": storage.remove_stale_partials(),
    }
