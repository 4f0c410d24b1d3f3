"""Logins and what each role may do."""

from uuid import uuid4

import pytest

from tests.api.client import API, Api, login
from tests.api.conftest import PASSWORD, Account


def test_login_gives_a_token_of_the_user(admin: Api) -> None:
    me = admin.get(f"{API}/auth/me")
    assert me.status == 200
    assert me.json()["role"] == "admin"
    assert "password_hash" not in me.json()


def test_wrong_password_is_refused(doctor: Account) -> None:
    answer = login(doctor.username, "wrong password")
    assert answer.status == 401
    assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_guessing_passwords_is_slowed_down() -> None:
    username = f"nobody-{uuid4().hex[:12]}"
    statuses = [login(username, f"guess {number}").status for number in range(12)]
    assert statuses[0] == 401
    assert statuses[-1] == 429


@pytest.mark.parametrize("token", [None, "nonsense", "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZG1pbiJ9."])
def test_requests_without_a_valid_token_are_refused(token: str | None) -> None:
    assert Api(token).get(f"{API}/patients").status == 401


def test_only_admins_manage_users(doctor: Account, receptionist: Account) -> None:
    assert doctor.api.get(f"{API}/users").status == 403
    assert receptionist.api.post(f"{API}/users", {}).status == 403


def test_a_nurse_does_not_prescribe(nurse: Account, patient: dict) -> None:
    body = {
        "patient_id": patient["id"],
        "medication": "Morphine",
        "dosage": "10 mg",
        "frequency": "once",
        "start_date": "2026-01-05",
    }
    assert nurse.api.post(f"{API}/prescriptions", body).status == 403


def test_a_receptionist_sees_no_medical_records(receptionist: Account, patient: dict) -> None:
    api = receptionist.api
    assert api.get(f"{API}/patients/{patient['id']}").status == 200
    assert api.get(f"{API}/patients/{patient['id']}/documents").status == 403
    assert api.get(f"{API}/prescriptions").status == 403
    assert api.get(f"{API}/fhir/Patient/{patient['id']}").status == 403


def test_usernames_are_unique(admin: Api, nurse: Account) -> None:
    body = {
        "username": nurse.username,
        "full_name": "Twin",
        "email": "twin@example.org",
        "role": "nurse",
        "password": PASSWORD,
    }
    assert admin.post(f"{API}/users", body).status == 409


def test_a_deactivated_user_is_locked_out_at_once(admin: Api) -> None:
    username = f"leaver-{uuid4().hex[:10]}"
    body = {
        "username": username,
        "full_name": "Leaver",
        "email": "leaver@example.org",
        "role": "nurse",
        "password": PASSWORD,
    }
    user = admin.post(f"{API}/users", body).json()
    api = Api(login(username, PASSWORD).json()["access_token"])
    assert api.get(f"{API}/auth/me").status == 200
    assert admin.delete(f"{API}/users/{user['id']}").json()["is_active"] is False
    assert api.get(f"{API}/auth/me").status == 401
    assert login(username, PASSWORD).status == 401
