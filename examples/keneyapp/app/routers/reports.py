"""PDF reports, made by the worker."""

from uuid import UUID

from fastapi import APIRouter, HTTPException, status
from kombu.exceptions import OperationalError

from app import tasks
from app.deps import Clinical, DbSession
from app.models import Patient, Report, ReportStatus
from app.routers.lookup import get_or_404
from app.schemas.records import ReportCreate, ReportOut

router = APIRouter(tags=["reports"])


@router.post("/reports", status_code=status.HTTP_202_ACCEPTED, response_model=ReportOut)
def request_report(db: DbSession, user: Clinical, body: ReportCreate) -> Report:
    """Queue the report of a patient; ask for it again until it is done."""
    get_or_404(db, Patient, body.patient_id)
    report = Report(patient_id=body.patient_id, requested_by_id=user.id)
    db.add(report)
    db.commit()
    try:
        tasks.generate_patient_report.delay(str(report.id))
    except OperationalError as error:
        report.status = ReportStatus.FAILED
        report.error = "the queue is not reachable"
        db.commit()
        raise HTTPException(
            status.HTTP_503_SERVICE_UNAVAILABLE, "The queue is not reachable"
        ) from error
    return report


@router.get("/reports/{report_id}", response_model=ReportOut)
def get_report(db: DbSession, _: Clinical, report_id: UUID) -> Report:
    """How far a report is."""
    return get_or_404(db, Report, report_id)
