"""Documents: images with thumbnails, other files, what is refused."""

import hashlib
from pathlib import Path

import pytest

from tests.api.client import API, Api
from tests.api.conftest import Account

SAMPLES = Path(__file__).resolve().parents[2] / "assets" / "samples"


def jpeg_size(data: bytes) -> tuple[int, int]:
    """Width and height from the frame header of a baseline JPEG."""
    position = 2
    while data[position + 1] not in (0xC0, 0xC1, 0xC2):
        position += 2 + int.from_bytes(data[position + 2 : position + 4])
    height = int.from_bytes(data[position + 5 : position + 7])
    width = int.from_bytes(data[position + 7 : position + 9])
    return width, height


@pytest.mark.parametrize(
    ("name", "content_type"),
    [("chest-xray.png", "image/png"), ("skin.jpg", "image/jpeg")],
)
def test_image_upload(nurse: Account, patient: dict, name: str, content_type: str) -> None:
    content = (SAMPLES / name).read_bytes()
    answer = nurse.api.upload(f"{API}/patients/{patient['id']}/documents", name, content)
    assert answer.status == 201
    made = answer.json()
    assert made["kind"] == "image"
    assert made["content_type"] == content_type
    assert made["size"] == len(content)
    assert made["sha256"] == hashlib.sha256(content).hexdigest()
    assert made["has_thumbnail"] is True

    path = f"{API}/documents/{made['id']}"
    assert nurse.api.get(path).json() == made
    download = nurse.api.get(f"{path}/content")
    assert download.body == content
    assert download.headers.get_content_type() == content_type

    thumbnail = nurse.api.get(f"{path}/thumbnail")
    assert thumbnail.headers.get_content_type() == "image/jpeg"
    assert thumbnail.body.startswith(b"\xff\xd8")
    assert max(jpeg_size(thumbnail.body)) == 256


def test_text_upload_has_no_thumbnail(nurse: Account, patient: dict) -> None:
    path = f"{API}/patients/{patient['id']}/documents"
    made = nurse.api.upload(path, "../../notes.txt", b"Seen by the night shift.\n").json()
    assert made["kind"] == "text"
    assert made["filename"] == "notes.txt"
    assert nurse.api.get(f"{API}/documents/{made['id']}/thumbnail").status == 404
    assert [item["id"] for item in nurse.api.get(path).json()] == [made["id"]]


def test_the_content_decides_not_the_name(nurse: Account, patient: dict) -> None:
    path = f"{API}/patients/{patient['id']}/documents"
    program = b"\x7fELF\x02\x01\x01" + bytes(200)
    assert nurse.api.upload(path, "photo.png", program).status == 415
    broken = (SAMPLES / "chest-xray.png").read_bytes()[:400]
    assert nurse.api.upload(path, "photo.png", broken).status == 415
    assert nurse.api.get(path).json() == []


def test_large_files_are_refused(nurse: Account, patient: dict) -> None:
    path = f"{API}/patients/{patient['id']}/documents"
    assert nurse.api.upload(path, "big.txt", b"a" * (10 * 1024 * 1024 + 1)).status == 413


def test_removal(admin: Api, nurse: Account, doctor: Account, patient: dict) -> None:
    path = f"{API}/patients/{patient['id']}/documents"
    made = nurse.api.upload(path, "note.txt", b"wrong patient").json()
    document = f"{API}/documents/{made['id']}"
    assert nurse.api.delete(document).status == 403
    assert doctor.api.delete(document).status == 204
    assert admin.get(f"{document}/content").status == 404
