"""The local registry: Debian's `docker-registry` on a loopback port, filled over its API."""

import http.client
import json
import shutil
import socket
from pathlib import Path
from urllib.parse import urlsplit

from lab.daemons import Daemon
from lab.errors import LabError, Missing
from lab.folders import Folders, read_json, write_atomically
from lab.images import MANIFEST, Image, layer_digests
from lab.layers import Blobs

FIRST_PORT = 5005
PORTS = 100


class Registry:
    """The registry of a lab."""

    def __init__(self, folders: Folders) -> None:
        self._folder = folders.registry
        self._daemon = Daemon.of(folders, "registry")

    @property
    def port(self) -> int:
        """The port it was given; the same at every start as long as nobody else took it."""
        port = read_json(self._folder / "port.json").get("port")
        return port if isinstance(port, int) else FIRST_PORT

    @property
    def address(self) -> str:
        """Host and port."""
        return f"127.0.0.1:{self.port}"

    @property
    def data(self) -> Path:
        """Where its images are."""
        return self._folder / "data"

    def running(self) -> bool:
        """Whether our process runs and answers."""
        return self._daemon.process() is not None and self._answers()

    def choose_port(self) -> int:
        """Settle on a free port, preferably the former one, before the engine is told of it."""
        if self._daemon.process() is not None:
            return self.port
        ports: list[int] = [self.port, *range(FIRST_PORT, FIRST_PORT + PORTS)]
        for port in dict.fromkeys(ports):
            if _free(port):
                write_atomically(self._folder / "port.json", json.dumps({"port": port}) + "\n")
                return port
        raise LabError(f"no free port from {FIRST_PORT} to {FIRST_PORT + PORTS - 1}")

    def start(self) -> None:
        """Start it unless it runs."""
        if self._daemon.process() is None:
            program = shutil.which("docker-registry")
            if program is None:
                raise Missing("docker-registry is missing, although its package is installed")
            self.data.mkdir(parents=True, exist_ok=True)
            settings = self._folder / "config.yml"
            write_atomically(
                settings,
                "version: 0.1\n"
                "log: {level: warn, accesslog: {disabled: true}}\n"
                "storage:\n"
                f"  filesystem: {{rootdirectory: {self.data}}}\n"
                "  delete: {enabled: true}\n"
                f"http: {{addr: {self.address}}}\n",
            )
            self._daemon.start([program, "serve", settings])
        self._daemon.wait_for(self._answers, 20)

    def stop(self) -> bool:
        """Stop it; false when it was not running."""
        return self._daemon.stop()

    def has(self, image: Image) -> bool:
        """Whether its tag points at exactly this image."""
        name, _, tag = _path(image.reference).rpartition(":")
        status, headers = self._ask("HEAD", f"/v2/{name}/manifests/{tag}", {"Accept": MANIFEST})
        return status == 200 and headers.get("Docker-Content-Digest") == image.manifest

    def push(self, image: Image, blobs: Blobs) -> None:
        """Upload what it lacks of an image and point the tag at it."""
        name, _, tag = _path(image.reference).rpartition(":")
        for digest in [image.config, *(digest for digest, _ in layer_digests(image, blobs))]:
            self._upload(name, digest, blobs.path(digest))
        manifest = blobs.path(image.manifest).read_bytes()
        headers = {"Content-Type": MANIFEST}
        status, _ = self._ask("PUT", f"/v2/{name}/manifests/{tag}", headers, manifest)
        if status != 201:
            raise LabError(f"registry: manifest of {image.reference}: status {status}")

    def _upload(self, name: str, digest: str, path: Path) -> None:
        """Upload one blob unless it is there."""
        if self._ask("HEAD", f"/v2/{name}/blobs/{digest}")[0] == 200:
            return
        status, headers = self._ask("POST", f"/v2/{name}/blobs/uploads/")
        if status != 202:
            raise LabError(f"registry: upload of {digest}: status {status}")
        location = urlsplit(headers["Location"])
        target = f"{location.path}?{location.query}&digest={digest}"
        length = {"Content-Length": str(path.stat().st_size)}
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
        with path.open("rb") as body:
            connection.request("PUT", target, body, length)
            status = connection.getresponse().status
        connection.close()
        if status != 201:
            raise LabError(f"registry: upload of {digest}: status {status}")

    def _ask(
        self, method: str, path: str, headers: dict[str, str] | None = None, body: bytes = b""
    ) -> tuple[int, dict[str, str]]:
        """Status and headers of the answer to a request."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request(method, path, body or None, headers or {})
            response = connection.getresponse()
            response.read()
            return response.status, dict(response.getheaders())
        finally:
            connection.close()

    def _answers(self) -> bool:
        """Whether something speaks the registry protocol on the port."""
        try:
            return self._ask("GET", "/v2/")[0] == 200
        except (OSError, http.client.HTTPException):
            return False


def _path(reference: str) -> str:
    """The place of a reference below a registry, as Docker Hub has it."""
    return reference if "/" in reference else f"library/{reference}"


def _free(port: int) -> bool:
    """Whether a loopback port can be listened on."""
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True
