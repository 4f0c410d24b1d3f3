"""FHIR R4 export."""

from datetime import UTC, datetime, timedelta

from tests.api.client import API, Api
from tests.api.conftest import Account

FHIR = f"{API}/fhir"


def test_metadata_is_open(anonymous: Api) -> None:
    answer = anonymous.get(f"{FHIR}/metadata")
    assert answer.status == 200
    assert answer.headers.get_content_type() == "application/fhir+json"
    assert answer.json()["fhirVersion"] == "4.0.1"


def test_patient(doctor: Account, patient: dict) -> None:
    resource = doctor.api.get(f"{FHIR}/Patient/{patient['id']}").json()
    assert resource["resourceType"] == "Patient"
    assert resource["identifier"][0]["value"] == patient["mrn"]
    assert resource["name"][0]["family"] == patient["last_name"]
    assert resource["birthDate"] == patient["birth_date"]
    assert resource["telecom"][0]["value"] == patient["phone"]


def test_unknown_patient_is_an_operation_outcome(doctor: Account) -> None:
    answer = doctor.api.get(f"{FHIR}/Patient/{2**31 - 1}")
    assert answer.status == 404
    assert answer.json()["issue"][0]["code"] == "not-found"


def test_patient_search(doctor: Account, patient: dict) -> None:
    bundle = doctor.api.get(f"{FHIR}/Patient", identifier=f"urn:keneyapp:mrn|{patient['mrn']}")
    assert bundle.json()["total"] == 1
    bundle = doctor.api.get(f"{FHIR}/Patient", family=patient["last_name"][:12].lower()).json()
    assert bundle["resourceType"] == "Bundle"
    assert bundle["type"] == "searchset"
    assert [entry["resource"]["id"] for entry in bundle["entry"]] == [str(patient["id"])]
    assert bundle["entry"][0]["fullUrl"].endswith(f"{FHIR}/Patient/{patient['id']}")


def test_appointment(doctor: Account, patient: dict) -> None:
    start = datetime.now(UTC).replace(microsecond=0) + timedelta(days=400)
    made = doctor.api.post(
        f"{API}/appointments",
        {
            "patient_id": patient["id"],
            "doctor_id": doctor.id,
            "starts_at": start.isoformat(),
            "ends_at": (start + timedelta(minutes=25)).isoformat(),
            "reason": "Vaccination",
        },
    ).json()
    resource = doctor.api.get(f"{FHIR}/Appointment/{made['id']}").json()
    assert resource["status"] == "pending"
    assert resource["minutesDuration"] == 25
    assert resource["start"] == start.strftime("%Y-%m-%dT%H:%M:%SZ")
    actors = [part["actor"]["reference"] for part in resource["participant"]]
    assert actors == [f"Patient/{patient['id']}", f"Practitioner/{doctor.id}"]
    bundle = doctor.api.get(f"{FHIR}/Appointment", patient=f"Patient/{patient['id']}").json()
    assert bundle["total"] == 1
    assert doctor.api.get(f"{FHIR}/Appointment", patient="all").status == 422
