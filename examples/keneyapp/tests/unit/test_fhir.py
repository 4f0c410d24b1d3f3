"""The mapping to FHIR R4."""

from datetime import date, datetime, timedelta, timezone

import pytest

from app.models import AppointmentStatus, Gender
from app.services import fhir
from tests.unit.factories import AppointmentFactory, PatientFactory


def test_patient() -> None:
    patient = PatientFactory.build(
        id=7,
        mrn="KNY-7",
        first_name="Anne Marie",
        last_name="Curie",
        birth_date=date(1967, 11, 7),
        gender=Gender.FEMALE,
        phone="+331",
        email=None,
        address="1 rue de la Paix",
    )
    assert fhir.patient_resource(patient) == {
        "resourceType": "Patient",
        "id": "7",
        "meta": {"lastUpdated": "2026-03-02T10:00:00Z"},
        "identifier": [{"use": "usual", "system": "urn:keneyapp:mrn", "value": "KNY-7"}],
        "active": True,
        "name": [
            {
                "use": "official",
                "text": "Anne Marie Curie",
                "family": "Curie",
                "given": ["Anne", "Marie"],
            }
        ],
        "gender": "female",
        "birthDate": "1967-11-07",
        "telecom": [{"system": "phone", "value": "+331", "use": "mobile"}],
        "address": [{"use": "home", "text": "1 rue de la Paix"}],
    }


def test_elements_without_value_are_left_out() -> None:
    resource = fhir.patient_resource(PatientFactory.build(id=1, phone=None, email=None))
    assert {"telecom", "address"}.isdisjoint(resource)


@pytest.mark.parametrize("status", list(AppointmentStatus))
def test_every_status_has_a_fhir_code(status: AppointmentStatus) -> None:
    resource = fhir.appointment_resource(AppointmentFactory.build(id=1, status=status))
    assert resource["status"] in {"pending", "booked", "fulfilled", "cancelled", "noshow"}


def test_appointment_times_are_utc() -> None:
    paris = timezone(timedelta(hours=1))
    appointment = AppointmentFactory.build(
        id=3, starts_at=datetime(2026, 3, 2, 9, 30, tzinfo=paris)
    )
    resource = fhir.appointment_resource(appointment)
    assert resource["start"] == "2026-03-02T08:30:00Z"
    assert resource["end"] == "2026-03-02T08:50:00Z"
    assert resource["minutesDuration"] == 20


def test_empty_searchset() -> None:
    bundle = fhir.searchset([], 0, "http://localhost/api/v1/fhir")
    assert bundle == {"resourceType": "Bundle", "type": "searchset", "total": 0, "entry": []}
