"""Prescriptions."""

from tests.api.client import API
from tests.api.conftest import Account


def body_for(patient: dict, **fields: object) -> dict:
    return {
        "patient_id": patient["id"],
        "medication": "Amoxicillin",
        "dosage": "500 mg",
        "frequency": "three times a day",
        "start_date": "2026-01-05",
        "end_date": "2026-01-12",
        **fields,
    }


def test_prescribe_read_and_stop(doctor: Account, nurse: Account, patient: dict) -> None:
    answer = doctor.api.post(f"{API}/prescriptions", body_for(patient))
    assert answer.status == 201
    made = answer.json()
    assert made["status"] == "active"
    assert made["prescriber_id"] == doctor.id

    path = f"{API}/prescriptions/{made['id']}"
    assert nurse.api.get(path).json() == made
    assert nurse.api.patch(path, {"status": "stopped"}).status == 403
    stopped = doctor.api.patch(path, {"status": "stopped"}).json()
    assert stopped == {**made, "status": "stopped"}


def test_listed_newest_first(doctor: Account, patient: dict) -> None:
    ids = [
        doctor.api.post(f"{API}/prescriptions", body_for(patient, medication=name)).json()["id"]
        for name in ("Ibuprofen", "Paracetamol")
    ]
    page = doctor.api.get(f"{API}/prescriptions", patient_id=patient["id"]).json()
    assert page["total"] == 2
    assert [item["id"] for item in page["items"]] == ids[::-1]


def test_dates_must_make_sense(doctor: Account, patient: dict) -> None:
    wrong = body_for(patient, end_date="2026-01-01")
    assert doctor.api.post(f"{API}/prescriptions", wrong).status == 422
    made = doctor.api.post(f"{API}/prescriptions", body_for(patient)).json()
    path = f"{API}/prescriptions/{made['id']}"
    assert doctor.api.patch(path, {"end_date": "2025-12-31"}).status == 422
    assert doctor.api.get(path).json()["end_date"] == "2026-01-12"


def test_removal(doctor: Account, nurse: Account, patient: dict) -> None:
    made = doctor.api.post(f"{API}/prescriptions", body_for(patient)).json()
    path = f"{API}/prescriptions/{made['id']}"
    assert nurse.api.delete(path).status == 403
    assert doctor.api.delete(path).status == 204
    assert doctor.api.get(path).status == 404
