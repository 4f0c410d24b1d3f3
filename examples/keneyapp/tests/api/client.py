"""A small HTTP client on the standard library, so the tests run from anywhere."""

import json
import os
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass
from email.message import Message
from typing import Any
from uuid import uuid4

BASE_URL = os.environ.get("KENEYAPP_URL", "http://127.0.0.1:8000").rstrip("/")
API = "/api/v1"


@dataclass(frozen=True)
class Response:
    """An answer of the server, whatever its status."""

    status: int
    headers: Message
    body: bytes

    def json(self) -> Any:
        """The decoded body."""
        return json.loads(self.body)


class Api:
    """Requests with the token of one user (or of nobody)."""

    def __init__(self, token: str | None = None) -> None:
        self.token = token

    def request(
        self,
        method: str,
        path: str,
        data: bytes | None = None,
        content_type: str | None = None,
    ) -> Response:
        """Send a request; HTTP errors are returned, not raised."""
        request = urllib.request.Request(BASE_URL + path, data=data, method=method)
        if content_type:
            request.add_header("Content-Type", content_type)
        if self.token:
            request.add_header("Authorization", f"Bearer {self.token}")
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                return Response(answer.status, answer.headers, answer.read())
        except urllib.error.HTTPError as error:
            with error:
                return Response(error.code, error.headers, error.read())

    def get(self, path: str, **params: object) -> Response:
        """GET with query parameters."""
        query = urllib.parse.urlencode(params)
        return self.request("GET", f"{path}?{query}" if query else path)

    def post(self, path: str, body: object = None) -> Response:
        """POST a JSON body."""
        return self.request("POST", path, json.dumps(body).encode(), "application/json")

    def patch(self, path: str, body: object) -> Response:
        """PATCH with a JSON body."""
        return self.request("PATCH", path, json.dumps(body).encode(), "application/json")

    def delete(self, path: str) -> Response:
        """DELETE."""
        return self.request("DELETE", path)

    def upload(self, path: str, filename: str, content: bytes) -> Response:
        """POST one file as multipart/form-data."""
        boundary = uuid4().hex
        head = (
            f"--{boundary}\r\n"
            f'Content-Disposition: form-data; name="file"; filename="{filename}"\r\n'
            "Content-Type: application/octet-stream\r\n\r\n"
        )
        data = head.encode() + content + f"\r\n--{boundary}--\r\n".encode()
        return self.request("POST", path, data, f"multipart/form-data; boundary={boundary}")


def login(username: str, password: str) -> Response:
    """The answer to a login."""
    form = urllib.parse.urlencode({"username": username, "password": password}).encode()
    return Api().request("POST", f"{API}/auth/login", form, "application/x-www-form-urlencoded")
