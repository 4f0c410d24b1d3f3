"""Appointments: booking, conflicts, moving, cancelling, reminders by the worker."""

import time
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest

from tests.api.client import API, Api
from tests.api.conftest import Account

_days = count(30)


@pytest.fixture
def slot() -> datetime:
    """A start time that no other test of this run uses."""
    today = datetime.now(UTC).replace(hour=8, minute=0, second=0, microsecond=0)
    return today + timedelta(days=next(_days))


def booking(patient: dict, doctor: Account, start: datetime, minutes: int = 30) -> dict:
    return {
        "patient_id": patient["id"],
        "doctor_id": doctor.id,
        "starts_at": start.isoformat(),
        "ends_at": (start + timedelta(minutes=minutes)).isoformat(),
        "reason": "Check-up",
    }


def test_book_and_find(
    receptionist: Account, doctor: Account, patient: dict, slot: datetime
) -> None:
    answer = receptionist.api.post(f"{API}/appointments", booking(patient, doctor, slot))
    assert answer.status == 201
    made = answer.json()
    assert made["status"] == "scheduled"
    assert datetime.fromisoformat(made["starts_at"]) == slot
    found = receptionist.api.get(f"{API}/appointments", patient_id=patient["id"]).json()
    assert [item["id"] for item in found["items"]] == [made["id"]]
    later = (slot + timedelta(days=1)).isoformat()
    found = receptionist.api.get(f"{API}/appointments", patient_id=patient["id"], since=later)
    assert found.json()["total"] == 0


def test_a_doctor_sees_one_patient_at_a_time(
    admin: Api, doctor: Account, patient: dict, slot: datetime
) -> None:
    path = f"{API}/appointments"
    first = admin.post(path, booking(patient, doctor, slot))
    assert first.status == 201
    overlapping = booking(patient, doctor, slot + timedelta(minutes=15))
    assert admin.post(path, overlapping).status == 409
    assert admin.post(path, booking(patient, doctor, slot + timedelta(minutes=30))).status == 201

    cancelled = admin.patch(f"{path}/{first.json()['id']}", {"status": "cancelled"})
    assert cancelled.json()["status"] == "cancelled"
    shorter = booking(patient, doctor, slot + timedelta(minutes=15), minutes=15)
    assert admin.post(path, shorter).status == 201


def test_move(admin: Api, doctor: Account, patient: dict, slot: datetime) -> None:
    made = admin.post(f"{API}/appointments", booking(patient, doctor, slot)).json()
    path = f"{API}/appointments/{made['id']}"
    new_end = (slot + timedelta(minutes=45)).isoformat()
    moved = admin.patch(path, {"ends_at": new_end, "status": "confirmed"})
    assert moved.status == 200
    backwards = (slot - timedelta(hours=1)).isoformat()
    assert admin.patch(path, {"ends_at": backwards}).status == 422
    unchanged = admin.get(path).json()
    assert datetime.fromisoformat(unchanged["ends_at"]) == slot + timedelta(minutes=45)
    assert admin.delete(path).status == 204
    assert admin.get(path).status == 404


def test_wrong_requests(
    admin: Api, doctor: Account, nurse: Account, patient: dict, slot: datetime
) -> None:
    path = f"{API}/appointments"
    assert admin.post(path, booking({"id": 2**31 - 1}, doctor, slot)).status == 404
    assert admin.post(path, booking(patient, nurse, slot)).status == 422
    assert admin.post(path, booking(patient, doctor, slot, minutes=0)).status == 422


def test_the_worker_sends_one_reminder(admin: Api, doctor: Account, patient: dict) -> None:
    soon = datetime.now(UTC) + timedelta(hours=2)
    made = admin.post(f"{API}/appointments", booking(patient, doctor, soon)).json()
    path = f"{API}/appointments/{made['id']}/reminders"
    assert admin.post(f"{API}/jobs/reminders").status == 202
    deadline = time.monotonic() + 15
    while not (reminders := admin.get(path).json()):
        assert time.monotonic() < deadline, "no reminder was sent"
        time.sleep(0.2)
    assert admin.post(f"{API}/jobs/reminders").status == 202
    assert admin.post(f"{API}/jobs/ping").json() == {"worker": "pong"}
    assert len(admin.get(path).json()) == 1
    assert reminders[0]["channel"] == "sms"
    assert reminders[0]["recipient"] == patient["phone"]
    assert "Check-up" not in reminders[0]["message"]
