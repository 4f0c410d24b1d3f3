from fastapi.testclient import TestClient

from quotes.main import app


def test_quotes():
    assert len(TestClient(app).get("/quotes").json()) == 3
