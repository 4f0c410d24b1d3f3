import pytest

from shortlinks import create_app, store


@pytest.fixture
def client(monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "postgresql://nobody@localhost/none")
    monkeypatch.setattr(store, "prepare", lambda: None)
    return create_app().test_client()


def test_unknown_scheme_is_refused(client):
    assert client.post("/links", data={"url": "ftp://example.org"}).status_code == 400
