"""FHIR R4 resources of our records (https://hl7.org/fhir/R4/)."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from app.models import Appointment, AppointmentStatus, Patient

MRN_SYSTEM = "urn:keneyapp:mrn"

Resource = dict[str, Any]

_APPOINTMENT_STATUS = {
    AppointmentStatus.SCHEDULED: "pending",
    AppointmentStatus.CONFIRMED: "booked",
    AppointmentStatus.COMPLETED: "fulfilled",
    AppointmentStatus.CANCELLED: "cancelled",
    AppointmentStatus.NO_SHOW: "noshow",
}


def instant(moment: datetime) -> str:
    """A FHIR instant, in UTC with a Z."""
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def patient_resource(patient: Patient) -> Resource:
    """A Patient. Elements without a value are left out, as FHIR asks."""
    telecom = [
        {"system": system, "value": value, "use": "mobile" if system == "phone" else "home"}
        for system, value in (("phone", patient.phone), ("email", patient.email))
        if value
    ]
    resource: Resource = {
        "resourceType": "Patient",
        "id": str(patient.id),
        "meta": {"lastUpdated": instant(patient.updated_at)},
        "identifier": [{"use": "usual", "system": MRN_SYSTEM, "value": patient.mrn}],
        "active": True,
        "name": [
            {
                "use": "official",
                "text": patient.full_name,
                "family": patient.last_name,
                "given": patient.first_name.split(),
            }
        ],
        "gender": patient.gender.value,
        "birthDate": patient.birth_date.isoformat(),
    }
    if telecom:
        resource["telecom"] = telecom
    if patient.address:
        resource["address"] = [{"use": "home", "text": patient.address}]
    return resource


def appointment_resource(appointment: Appointment) -> Resource:
    """An Appointment with its patient and its doctor."""
    minutes = int((appointment.ends_at - appointment.starts_at).total_seconds() // 60)
    resource: Resource = {
        "resourceType": "Appointment",
        "id": str(appointment.id),
        "meta": {"lastUpdated": instant(appointment.updated_at)},
        "status": _APPOINTMENT_STATUS[appointment.status],
        "description": appointment.reason,
        "start": instant(appointment.starts_at),
        "end": instant(appointment.ends_at),
        "minutesDuration": minutes,
        "created": instant(appointment.created_at),
        "participant": [
            {
                "actor": {
                    "reference": f"Patient/{appointment.patient_id}",
                    "display": appointment.patient.full_name,
                },
                "required": "required",
                "status": "accepted",
            },
            {
                "actor": {
                    "reference": f"Practitioner/{appointment.doctor_id}",
                    "display": appointment.doctor.full_name,
                },
                "required": "required",
                "status": "accepted",
            },
        ],
    }
    if appointment.notes:
        resource["comment"] = appointment.notes
    return resource


def searchset(resources: Iterable[Resource], total: int, base_url: str) -> Resource:
    """A Bundle with the answers to a search."""
    return {
        "resourceType": "Bundle",
        "type": "searchset",
        "total": total,
        "entry": [
            {
                "fullUrl": f"{base_url}/{resource['resourceType']}/{resource['id']}",
                "resource": resource,
                "search": {"mode": "match"},
            }
            for resource in resources
        ],
    }


def outcome(code: str, text: str) -> Resource:
    """An OperationOutcome for an error."""
    return {
        "resourceType": "OperationOutcome",
        "issue": [{"severity": "error", "code": code, "diagnostics": text}],
    }


def capability_statement(version: str, now: datetime) -> Resource:
    """What this server can do."""
    interactions = [{"code": "read"}, {"code": "search-type"}]
    return {
        "resourceType": "CapabilityStatement",
        "status": "active",
        "date": instant(now),
        "kind": "instance",
        "software": {"name": "KeneyApp", "version": version},
        "fhirVersion": "4.0.1",
        "format": ["application/fhir+json"],
        "rest": [
            {
                "mode": "server",
                "resource": [
                    {"type": kind, "interaction": interactions}
                    for kind in ("Patient", "Appointment")
                ],
            }
        ],
    }
