"""Patients: registration, search, paging, changes, removal, the cache."""

from collections.abc import Callable
from uuid import uuid4

import pytest

from tests.api.client import API, Api
from tests.api.conftest import Account


def test_registered_by_the_reception(receptionist: Account) -> None:
    body = {
        "first_name": " Grace ",
        "last_name": "Hopper",
        "birth_date": "1956-12-09",
        "blood_type": "O-",
        "email": "grace@example.org",
    }
    answer = receptionist.api.post(f"{API}/patients", body)
    assert answer.status == 201
    created = answer.json()
    assert created["first_name"] == "Grace"
    assert created["mrn"].startswith("KNY-")
    assert created["gender"] == "unknown"
    assert receptionist.api.get(f"{API}/patients/{created['id']}").json() == created


@pytest.mark.parametrize(
    "wrong",
    [
        {"birth_date": "2999-01-01"},
        {"last_name": "   "},
        {"email": "not an address"},
        {"blood_type": "C+"},
        {"mrn": "lower case"},
    ],
)
def test_invalid_fields_are_refused(admin: Api, wrong: dict) -> None:
    body = {"first_name": "A", "last_name": "B", "birth_date": "1990-01-01", **wrong}
    answer = admin.post(f"{API}/patients", body)
    assert answer.status == 422
    assert next(iter(wrong)) in answer.json()["detail"][0]["loc"]


def test_record_numbers_are_unique(admin: Api, patient: dict) -> None:
    body = {
        "first_name": "A",
        "last_name": "B",
        "birth_date": "1990-01-01",
        "mrn": patient["mrn"],
    }
    assert admin.post(f"{API}/patients", body).status == 409


def test_search_and_paging(admin: Api, make_patient: Callable[..., dict]) -> None:
    family = f"Zeta{uuid4().hex[:10]}"
    names = ["Ann", "Ben", "Cleo", "Dan", "Eve"]
    for name in reversed(names):
        make_patient(first_name=name, last_name=family)

    page = admin.get(f"{API}/patients", q=family.lower(), limit=2, offset=2).json()
    assert (page["total"], page["limit"], page["offset"]) == (5, 2, 2)
    assert [item["first_name"] for item in page["items"]] == ["Cleo", "Dan"]

    page = admin.get(f"{API}/patients", q=f"eve {family}").json()
    assert [item["first_name"] for item in page["items"]] == ["Eve"]
    assert admin.get(f"{API}/patients", q=f"%{family}").json()["total"] == 0
    assert admin.get(f"{API}/patients", limit=1000).status == 422


def test_changes_show_despite_the_cache(admin: Api, patient: dict) -> None:
    path = f"{API}/patients/{patient['id']}"
    assert admin.get(path).headers["X-Cache"] == "MISS"
    assert admin.get(path).headers["X-Cache"] == "HIT"

    changed = admin.patch(path, {"allergies": "Pollen", "phone": None})
    assert changed.status == 200
    after = admin.get(path).json()
    assert after["allergies"] == "Pollen"
    assert after["phone"] is None
    assert after["last_name"] == patient["last_name"]
    assert after["updated_at"] > patient["updated_at"]


def test_removal_is_for_admins(admin: Api, doctor: Account, patient: dict) -> None:
    path = f"{API}/patients/{patient['id']}"
    assert doctor.api.delete(path).status == 403
    assert admin.get(path).status == 200
    assert admin.delete(path).status == 204
    assert admin.get(path).status == 404
    assert admin.delete(path).status == 404
