"""Users of every role and a patient to work with, new in each run."""

import os
import time
import urllib.error
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import pytest

from tests.api.client import API, BASE_URL, Api, login

PASSWORD = "correct horse battery"


@dataclass(frozen=True)
class Account:
    """A user made for this run."""

    id: int
    username: str
    api: Api


@pytest.fixture(scope="session", autouse=True)
def server() -> None:
    """Wait until the server is up."""
    deadline = time.monotonic() + 30
    while True:
        try:
            if Api().get("/health").status == 200:
                return
        except urllib.error.URLError:
            pass
        if time.monotonic() > deadline:
            pytest.exit(f"no healthy KeneyApp at {BASE_URL} (set KENEYAPP_URL)", returncode=2)
        time.sleep(0.5)


@pytest.fixture(scope="session")
def anonymous() -> Api:
    """Nobody."""
    return Api()


@pytest.fixture(scope="session")
def admin() -> Api:
    """The first account."""
    answer = login(
        os.environ.get("ADMIN_USERNAME", "admin"), os.environ.get("ADMIN_PASSWORD", "admin123")
    )
    assert answer.status == 200, answer.body
    return Api(answer.json()["access_token"])


def _account(admin: Api, role: str) -> Account:
    username = f"{role[:5]}-{uuid4().hex[:10]}"
    answer = admin.post(
        f"{API}/users",
        {
            "username": username,
            "full_name": f"Test {role.title()}",
            "email": f"{username}@example.org",
            "role": role,
            "password": PASSWORD,
        },
    )
    assert answer.status == 201, answer.body
    token = login(username, PASSWORD).json()["access_token"]
    return Account(answer.json()["id"], username, Api(token))


@pytest.fixture(scope="session")
def doctor(admin: Api) -> Account:
    """A doctor."""
    return _account(admin, "doctor")


@pytest.fixture(scope="session")
def nurse(admin: Api) -> Account:
    """A nurse."""
    return _account(admin, "nurse")


@pytest.fixture(scope="session")
def receptionist(admin: Api) -> Account:
    """A receptionist."""
    return _account(admin, "receptionist")


@pytest.fixture(scope="session")
def make_patient(admin: Api) -> Callable[..., dict[str, Any]]:
    """A factory of patients with unique names."""

    def make(**fields: object) -> dict[str, Any]:
        body = {
            "first_name": "Ada",
            "last_name": f"Test{uuid4().hex[:10]}",
            "birth_date": "1980-05-17",
            "gender": "female",
            "phone": "+33 1 44 00 11 22",
            **fields,
        }
        answer = admin.post(f"{API}/patients", body)
        assert answer.status == 201, answer.body
        created: dict[str, Any] = answer.json()
        return created

    return make


@pytest.fixture
def patient(make_patient: Callable[..., dict[str, Any]]) -> dict[str, Any]:
    """A new patient."""
    return make_patient()
