"""The PDF report, through the queue and back."""

import time

from tests.api.client import API, Api
from tests.api.conftest import Account


def test_worker_answers(admin: Api, nurse: Account) -> None:
    assert nurse.api.post(f"{API}/jobs/ping").status == 403
    assert admin.post(f"{API}/jobs/ping").json() == {"worker": "pong"}


def test_report_is_made_by_the_worker(doctor: Account, patient: dict) -> None:
    answer = doctor.api.post(f"{API}/reports", {"patient_id": patient["id"]})
    assert answer.status == 202
    report = answer.json()
    path = f"{API}/reports/{report['id']}"
    deadline = time.monotonic() + 20
    while report["status"] in ("queued", "running"):
        assert time.monotonic() < deadline, f"the report is still {report['status']}"
        time.sleep(0.2)
        report = doctor.api.get(path).json()
    assert report["status"] == "done", report["error"]
    assert report["finished_at"] is not None

    document = doctor.api.get(f"{API}/documents/{report['document_id']}").json()
    assert document["kind"] == "report"
    assert document["patient_id"] == patient["id"]
    pdf = doctor.api.get(f"{API}/documents/{report['document_id']}/content")
    assert pdf.headers.get_content_type() == "application/pdf"
    assert pdf.body.startswith(b"%PDF")
    assert len(pdf.body) == document["size"]


def test_wrong_requests(doctor: Account, receptionist: Account, patient: dict) -> None:
    assert doctor.api.post(f"{API}/reports", {"patient_id": 2**31 - 1}).status == 404
    assert receptionist.api.post(f"{API}/reports", {"patient_id": patient["id"]}).status == 403
    missing = "00000000-0000-4000-8000-000000000000"
    assert doctor.api.get(f"{API}/reports/{missing}").status == 404
