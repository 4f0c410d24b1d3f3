"""Servers for tests of the registry client: real registries, a token service, one that errs."""

from __future__ import annotations

import base64
import http.client
import json
import socket
import subprocess
import threading
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import parse_qs, urlsplit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


class Start(Protocol):
    """Starts a registry with the lines of its config that differ; the answer is host and port."""

    def __call__(self, *lines: str, http: str = "") -> str: ...


@contextmanager
def registries() -> Iterator[Start]:
    """Registries that end with the block, or with this process."""
    running: list[subprocess.Popen[bytes]] = []

    def run(*lines: str, http: str = "") -> str:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            address = f"127.0.0.1:{free.getsockname()[1]}"
        config = (
            "version: 0.1\nlog: {level: error, accesslog: {disabled: true}}\n"
            "storage: {inmemory: {}}\n" + "".join(f"{line}\n" for line in lines)
        )
        config += f"http: {{addr: '{address}'{http}}}\n"
        argv = ["setpriv", "--pdeathsig", "KILL", "docker-registry", "serve", "/dev/stdin"]
        process = subprocess.Popen(argv, stdin=subprocess.PIPE, stderr=subprocess.DEVNULL)
        running.append(process)
        assert process.stdin is not None
        process.stdin.write(config.encode())
        process.stdin.close()
        _wait_for(address, process)
        return address

    try:
        yield run
    finally:
        for process in running:
            process.kill()
            process.wait()


def _wait_for(address: str, process: subprocess.Popen[bytes]) -> None:
    host, _, port = address.rpartition(":")
    for _ in range(200):
        assert process.poll() is None, "the registry ended at once"
        try:
            socket.create_connection((host, int(port)), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError("the registry does not answer")


def certificate(folder: Path) -> tuple[Path, Path]:
    """A self-signed certificate for this machine, and its key."""
    made, key = folder / "ca.crt", folder / "own.key"
    argv = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"]
    argv += ["-subj", "/CN=registry", "-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost"]
    argv += ["-keyout", str(key), "-out", str(made)]
    subprocess.run(argv, check=True, capture_output=True)
    return made, key


@contextmanager
def serving(handler: type[BaseHTTPRequestHandler]) -> Iterator[int]:
    """The port of a server that ends with the block."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@dataclass
class Answer:
    """What the registry answered, and where to write what the client gets instead."""

    handler: BaseHTTPRequestHandler
    status: int
    headers: dict[str, str]
    body: bytes

    def give(self, status: int, headers: dict[str, str], body: bytes = b"") -> None:
        """Writes it all, and hangs up, even if there is less than promised."""
        self.handler.send_response_only(status)
        for name, value in headers.items():
            self.handler.send_header(name, value)
        self.handler.send_header("Connection", "close")
        self.handler.end_headers()
        self.handler.wfile.write(body)

    @property
    def sized(self) -> dict[str, str]:
        """The header that promises the whole body."""
        return {"Content-Length": str(len(self.body))}

    @property
    def asked(self) -> str:
        """The range that was asked for."""
        return str(self.handler.headers.get("Range", ""))


@dataclass
class Proxy:
    """A server in front of a registry; each GET of a layer meets the next fault, then none."""

    upstream: str
    faults: list[Callable[[Answer], None]]
    seen: list[tuple[str, str, str]] = field(default_factory=list)
    whole: bool = False
    port: int = 0

    def handle(self, handler: BaseHTTPRequestHandler) -> None:
        """Answers one request."""
        given = handler.headers
        self.seen.append((handler.path, given.get("Range", ""), given.get("Authorization", "")))
        sent = {name: value for name, value in given.items() if name not in ("Host", "Range")}
        if "Range" in given and not self.whole:
            sent["Range"] = given["Range"]
        connection = http.client.HTTPConnection(self.upstream, timeout=10)
        connection.request(handler.command, handler.path, headers=sent)
        response = connection.getresponse()
        answer = Answer(handler, response.status, dict(response.getheaders()), response.read())
        connection.close()
        is_layer = "/blobs/" in handler.path and len(answer.body) > 5000
        if is_layer and self.faults:
            self.faults.pop(0)(answer)
        else:
            answer.give(answer.status, answer.headers, answer.body)


@contextmanager
def between(
    upstream: str,
    *faults: Callable[[Answer], None],
    protocol: str = "HTTP/1.1",
    whole: bool = False,
) -> Iterator[Proxy]:
    """A proxy that ends with the block."""
    proxy = Proxy(upstream, list(faults), whole=whole)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = protocol

        def do_GET(self) -> None:
            with suppress(ConnectionError):
                proxy.handle(self)

        def log_message(self, *_: object) -> None:
            pass

    with serving(Handler) as port:
        proxy.port = port
        yield proxy


@dataclass
class Tokens:
    """A token service of the kind that `auth: token` trusts, signed by openssl."""

    folder: Path
    port: int = 0
    lifetime: int = 300
    asked: list[tuple[str, dict[str, list[str]]]] = field(default_factory=list)

    def give(self, method: str, query: str, authorization: str) -> tuple[int, dict[str, Any]]:
        """The answer to a GET with a password or a POST with an identity token."""
        form = parse_qs(query)
        self.asked.append((method, form))
        basic = "Basic " + base64.b64encode(b"user:s3cr3t").decode()
        if authorization != basic and form.get("refresh_token") != ["s3cr3t"]:
            return 401, {}
        scopes = [one for text in form.get("scope", []) for one in text.split()]
        access = [
            {"type": kind, "name": name, "actions": actions.split(",")}
            for kind, name, actions in (one.split(":") for one in scopes)
        ]
        return 200, {"token": self._signed(access), "expires_in": self.lifetime}

    def _signed(self, access: list[dict[str, Any]]) -> str:
        made = (self.folder / "ca.crt").read_text()
        chain = ["".join(made.split("\n")[1:-2])]
        now = int(time.time())
        claims = {"iss": "i", "sub": "user", "aud": "s", "nbf": now - 5, "iat": now, "jti": "1"}
        claims |= {"exp": now + self.lifetime, "access": access}
        parts = [{"typ": "JWT", "alg": "RS256", "x5c": chain}, claims]
        text = b".".join(_packed(json.dumps(part).encode()) for part in parts)
        argv = ["openssl", "dgst", "-sha256", "-sign", str(self.folder / "own.key")]
        signature = subprocess.run(argv, input=text, capture_output=True, check=True).stdout
        return (text + b"." + _packed(signature)).decode()


def _packed(raw: bytes) -> bytes:
    return base64.urlsafe_b64encode(raw).rstrip(b"=")


@contextmanager
def token_service(folder: Path) -> Iterator[Tokens]:
    """A running token service; the certificate of its key is ``ca.crt`` in the folder."""
    certificate(folder)
    service = Tokens(folder)

    class Handler(BaseHTTPRequestHandler):
        def _give(self, query: str) -> None:
            who = self.headers.get("Authorization", "")
            status, answer = service.give(self.command, query, who)
            body = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_GET(self) -> None:
            self._give(urlsplit(self.path).query)

        def do_POST(self) -> None:
            self._give(self.rfile.read(int(self.headers["Content-Length"])).decode())

        def log_message(self, *_: object) -> None:
            pass

    with serving(Handler) as port:
        service.port = port
        yield service


def cut(answer: Answer) -> None:
    """The connection ends in the middle."""
    answer.give(answer.status, answer.headers, answer.body[:2000])


def unsized(answer: Answer) -> None:
    """The connection ends in the middle, and nothing shows that it is not the end."""
    answer.give(200, {}, answer.body[:2000])


def chunked(answer: Answer) -> None:
    """The connection ends after one chunk."""
    part = b"7d0\r\n" + answer.body[:2000] + b"\r\n"
    answer.give(200, {"Transfer-Encoding": "chunked"}, part)


def unfinished(answer: Answer) -> None:
    """All bytes come, but not the last chunk, which has none."""
    part = f"{len(answer.body):x}\r\n".encode() + answer.body + b"\r\n"
    answer.give(200, {"Transfer-Encoding": "chunked"}, part)


def ignoring(answer: Answer) -> None:
    """A part was asked for, and something from before it comes."""
    assert answer.asked.startswith("bytes=2000-")
    body = b"?" * 500 + answer.body
    length = 1500 + len(answer.body) + 500
    headers = {"Content-Range": f"bytes 1500-{length - 1}/{length}"}
    answer.give(206, headers | {"Content-Length": str(len(body))}, body)


def skipping(answer: Answer) -> None:
    """A part was asked for, and a later one comes."""
    headers = {"Content-Range": "bytes 3000-3004/5", "Content-Length": "5"}
    answer.give(206, headers, b"later")


def busy(answer: Answer) -> None:
    """Too many requests."""
    answer.give(429, {"Retry-After": "Wed, 21 Oct 2015 07:28:00 GMT", "Content-Length": "0"})


def failing(answer: Answer) -> None:
    """A broken gateway."""
    answer.give(502, {"Content-Length": "0"})


def slow(answer: Answer) -> None:
    """Nothing for a while."""
    time.sleep(0.8)


def stalling(answer: Answer) -> None:
    """Half of it, and then nothing for a while."""
    answer.handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 300000\r\n\r\n")
    answer.handler.wfile.write(answer.body[:2000])
    time.sleep(0.8)
    answer.handler.close_connection = True


def silent(answer: Answer) -> None:
    """The connection ends without a word."""
    answer.handler.close_connection = True


def encoded(answer: Answer) -> None:
    """Packed although it was not asked for."""
    answer.give(200, {"Content-Encoding": "gzip", **answer.sized}, answer.body)


def longer(answer: Answer) -> None:
    """More bytes than the manifest says."""
    body = answer.body + b"more"
    answer.give(200, {"Content-Length": str(len(body))}, body)


def shorter(answer: Answer) -> None:
    """Fewer bytes than the manifest says, and the length of them."""
    answer.give(200, {"Content-Length": "2000"}, answer.body[:2000])


def circling(answer: Answer) -> None:
    """Go where you are."""
    answer.give(307, {"Location": answer.handler.path, "Content-Length": "0"})


def beyond(answer: Answer) -> None:
    """There is no such part."""
    answer.give(416, {"Content-Length": "0"})
