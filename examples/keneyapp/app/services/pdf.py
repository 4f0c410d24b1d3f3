"""The PDF report of a patient."""

import io
from collections.abc import Sequence
from datetime import datetime
from xml.sax.saxutils import escape

from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import getSampleStyleSheet
from reportlab.lib.units import mm
from reportlab.platypus import Flowable, Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle

from app.models import Patient

_GRID = TableStyle(
    [
        ("BACKGROUND", (0, 0), (-1, 0), colors.HexColor("#0f766e")),
        ("TEXTCOLOR", (0, 0), (-1, 0), colors.white),
        ("FONTNAME", (0, 0), (-1, 0), "Helvetica-Bold"),
        ("FONTSIZE", (0, 0), (-1, -1), 8),
        ("GRID", (0, 0), (-1, -1), 0.4, colors.HexColor("#cbd5e1")),
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("ROWBACKGROUNDS", (0, 1), (-1, -1), [colors.white, colors.HexColor("#f1f5f9")]),
    ]
)


def _table(header: Sequence[str], rows: Sequence[Sequence[str]], widths: Sequence[int]) -> Table:
    body = getSampleStyleSheet()["BodyText"]
    body.fontSize = 8
    cells = [[Paragraph(escape(cell), body) for cell in row] for row in rows]
    return Table(
        [list(header), *cells],
        colWidths=[width * mm for width in widths],
        repeatRows=1,
        style=_GRID,
    )


def _summary(patient: Patient) -> list[tuple[str, str]]:
    return [
        ("Record number", patient.mrn),
        ("Name", patient.full_name),
        ("Born", patient.birth_date.isoformat()),
        ("Gender", patient.gender.value),
        ("Phone", patient.phone or "-"),
        ("Email", patient.email or "-"),
        ("Address", patient.address or "-"),
        ("Blood type", patient.blood_type or "-"),
        ("Allergies", patient.allergies or "none known"),
    ]


def patient_report(patient: Patient, clinic: str, made_at: datetime) -> bytes:
    """The report as PDF bytes: the patient, the appointments and the prescriptions."""
    styles = getSampleStyleSheet()
    story: list[Flowable] = [
        Paragraph(escape(clinic), styles["Title"]),
        Paragraph(f"Patient report, {made_at:%d %B %Y %H:%M} UTC", styles["Normal"]),
        Spacer(1, 6 * mm),
        _table(("Field", "Value"), _summary(patient), (45, 125)),
        Spacer(1, 6 * mm),
        Paragraph("Appointments", styles["Heading2"]),
    ]
    appointments = [
        (f"{a.starts_at:%Y-%m-%d %H:%M}", a.doctor.full_name, a.reason, a.status.value)
        for a in patient.appointments
    ]
    if appointments:
        story.append(_table(("When", "Doctor", "Reason", "Status"), appointments, (35, 40, 70, 25)))
    else:
        story.append(Paragraph("None.", styles["Normal"]))
    story.append(Paragraph("Prescriptions", styles["Heading2"]))
    prescriptions = [
        (p.medication, f"{p.dosage}, {p.frequency}", p.start_date.isoformat(), p.status.value)
        for p in patient.prescriptions
    ]
    if prescriptions:
        story.append(
            _table(("Medication", "Dose", "From", "Status"), prescriptions, (55, 60, 30, 25))
        )
    else:
        story.append(Paragraph("None.", styles["Normal"]))
    out = io.BytesIO()
    SimpleDocTemplate(out, pagesize=A4, title=f"Patient report {patient.mrn}", author=clinic).build(
        story
    )
    return out.getvalue()
