"""Health, metrics, rate limits, documentation."""

from tests.api.client import API, Api
from tests.api.conftest import Account


def test_health(anonymous: Api) -> None:
    answer = anonymous.get("/health")
    assert answer.status == 200
    body = answer.json()
    assert (body["status"], body["database"], body["redis"]) == ("ok", "ok", "ok")


def test_metrics_count_requests_by_route(admin: Api, anonymous: Api, patient: dict) -> None:
    assert admin.get(f"{API}/patients/{patient['id']}").status == 200
    answer = anonymous.get("/metrics")
    assert answer.status == 200
    assert answer.headers.get_content_type() == "text/plain"
    text = answer.body.decode()
    assert "keneyapp_http_requests_total{" in text
    assert f'route="{API}/patients/{{patient_id}}"' in text
    assert f"{API}/patients/{patient['id']}" not in text


def test_rate_limit_headers_count_down(doctor: Account, anonymous: Api) -> None:
    api = doctor.api
    first, second = (api.get(f"{API}/auth/me").headers for _ in range(2))
    limit = int(first["X-RateLimit-Limit"])
    assert 0 < int(first["X-RateLimit-Remaining"]) < limit
    assert int(second["X-RateLimit-Remaining"]) != int(first["X-RateLimit-Remaining"])
    assert 0 < int(first["X-RateLimit-Reset"]) <= 60
    assert anonymous.get("/health").headers["X-RateLimit-Limit"] is None


def test_openapi_and_docs(anonymous: Api) -> None:
    schema = anonymous.get("/openapi.json").json()
    assert schema["info"]["title"] == "KeneyApp"
    assert f"{API}/patients/{{patient_id}}/documents" in schema["paths"]
    assert b"swagger-ui" in anonymous.get("/docs").body
