"""GraphQL."""

from datetime import UTC, datetime, timedelta

from tests.api.client import API, Api
from tests.api.conftest import Account

PATIENT = """
query Patient($id: Int!) {
  patient(id: $id) {
    lastName
    birthDate
    appointments { id status doctor { fullName } }
    prescriptions { medication prescriber { username } }
  }
}
"""


def ask(api: Api, query: str, **variables: object) -> dict:
    answer = api.post("/graphql", {"query": query, "variables": variables})
    assert answer.status == 200, answer.body
    result: dict = answer.json()
    return result


def test_needs_a_login(anonymous: Api) -> None:
    assert anonymous.post("/graphql", {"query": "{ me { username } }"}).status == 401


def test_me_and_search(nurse: Account, patient: dict) -> None:
    query = "query($name: String) { me { username role } patients(search: $name) { id mrn } }"
    data = ask(nurse.api, query, name=patient["last_name"])["data"]
    assert data["me"] == {"username": nurse.username, "role": "nurse"}
    assert data["patients"] == [{"id": patient["id"], "mrn": patient["mrn"]}]


def test_patient_with_records_and_cancel(doctor: Account, patient: dict) -> None:
    start = datetime.now(UTC) + timedelta(days=500)
    made = doctor.api.post(
        f"{API}/appointments",
        {
            "patient_id": patient["id"],
            "doctor_id": doctor.id,
            "starts_at": start.isoformat(),
            "ends_at": (start + timedelta(minutes=20)).isoformat(),
            "reason": "Blood test",
        },
    ).json()
    doctor.api.post(
        f"{API}/prescriptions",
        {
            "patient_id": patient["id"],
            "medication": "Iron",
            "dosage": "80 mg",
            "frequency": "daily",
            "start_date": "2026-02-01",
        },
    )
    data = ask(doctor.api, PATIENT, id=patient["id"])["data"]["patient"]
    assert data["lastName"] == patient["last_name"]
    assert data["birthDate"] == patient["birth_date"]
    assert data["appointments"] == [
        {"id": made["id"], "status": "scheduled", "doctor": {"fullName": "Test Doctor"}}
    ]
    assert data["prescriptions"] == [
        {"medication": "Iron", "prescriber": {"username": doctor.username}}
    ]
    cancel = "mutation($id: Int!) { cancelAppointment(id: $id) { status } }"
    result = ask(doctor.api, cancel, id=made["id"])
    assert result == {"data": {"cancelAppointment": {"status": "cancelled"}}}


def test_roles_hold_in_graphql(receptionist: Account, patient: dict) -> None:
    result = ask(receptionist.api, PATIENT, id=patient["id"])
    assert "Not allowed" in result["errors"][0]["message"]


def test_errors_are_reported(nurse: Account) -> None:
    assert "nonsense" in ask(nurse.api, "{ nonsense }")["errors"][0]["message"]
