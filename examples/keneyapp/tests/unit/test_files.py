"""Stored files, thumbnails, the PDF and small helpers."""

import io
import time
from pathlib import Path

import pytest
from PIL import Image

from app.beat import HeartbeatScheduler
from app.graphql_schema import make_schema
from app.models import DocumentKind
from app.security import (
    InvalidToken,
    create_access_token,
    decode_access_token,
    hash_password,
    verify_password,
)
from app.services import pdf, storage
from app.worker import celery_app
from scripts.check_beat import seconds_since_heartbeat
from tests.unit.factories import NOW, PatientFactory


def png(width: int, height: int) -> bytes:
    out = io.BytesIO()
    Image.new("RGBA", (width, height), (10, 120, 200, 128)).save(out, "PNG")
    return out.getvalue()


def test_an_image_is_kept_with_its_thumbnail(upload_dir: Path) -> None:
    data = png(800, 400)
    stored = storage.store(5, data)
    assert (stored.kind, stored.content_type) == (DocumentKind.IMAGE, "image/png")
    assert (upload_dir / stored.path).read_bytes() == data
    assert stored.thumbnail_path is not None
    with Image.open(upload_dir / stored.thumbnail_path) as thumbnail:
        assert (thumbnail.format, thumbnail.size) == ("JPEG", (256, 128))
    assert not list(upload_dir.rglob("*.part"))


@pytest.mark.parametrize("data", [b"\x7fELF\x02\x01\x01" + bytes(99), png(300, 300)[:90]])
def test_unknown_and_broken_files_are_refused(upload_dir: Path, data: bytes) -> None:
    with pytest.raises(storage.UnsupportedFile):
        storage.store(5, data)
    assert not [path for path in upload_dir.rglob("*") if path.is_file()]


def test_removing_twice_is_no_error(upload_dir: Path) -> None:
    document = storage.new_document(5, "../x.png", storage.store(5, png(9, 9)), None)
    assert document.filename == "x.png"
    storage.remove(document)
    storage.remove(document)
    assert not [path for path in upload_dir.rglob("*") if path.is_file()]


def test_pdf_of_a_patient_without_records() -> None:
    patient = PatientFactory.build(last_name="O'Neil <b>")
    data = pdf.patient_report(patient, "Clinic & Sons", NOW)
    assert data.startswith(b"%PDF")
    assert data.rstrip().endswith(b"%%EOF")


def test_passwords_and_tokens() -> None:
    hashed = hash_password("s3cret-pässword")
    assert verify_password("s3cret-pässword", hashed)
    assert not verify_password("S3cret-pässword", hashed)
    token, seconds = create_access_token("ada", "doctor")
    assert decode_access_token(token)["sub"] == "ada"
    assert seconds == 3600
    header, payload, signature = token.split(".")
    with pytest.raises(InvalidToken):
        decode_access_token(f"{header}.{payload}x.{signature}")


def test_every_graphql_resolver_belongs_to_a_field() -> None:
    query = make_schema().query_type
    assert query is not None
    assert all(field.resolve for field in query.fields.values())


def test_beat_shows_that_it_is_alive(tmp_path: Path) -> None:
    schedule = str(tmp_path / "celerybeat-schedule")
    assert seconds_since_heartbeat(schedule, time.time()) is None
    scheduler = HeartbeatScheduler(app=celery_app, schedule_filename=schedule, schedule={})
    scheduler.tick()
    scheduler.close()
    age = seconds_since_heartbeat(schedule, time.time() + 30)
    assert age is not None and 25 < age < 60
