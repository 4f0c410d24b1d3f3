"""All models, imported together so that relationships and Alembic find them."""

from app.models.appointment import Appointment, AppointmentStatus, Reminder
from app.models.document import Document, DocumentKind
from app.models.patient import Gender, Patient
from app.models.prescription import Prescription, PrescriptionStatus
from app.models.report import Report, ReportStatus
from app.models.user import Role, User

__all__ = [
    "Appointment",
    "AppointmentStatus",
    "Document",
    "DocumentKind",
    "Gender",
    "Patient",
    "Prescription",
    "PrescriptionStatus",
    "Reminder",
    "Report",
    "ReportStatus",
    "Role",
    "User",
]
