"""The registry client against Debian's `docker-registry`, alone and behind a server that errs."""

from __future__ import annotations

import base64
import json
import os
import socket
import subprocess
from dataclasses import replace
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING, Any

import pytest
from tests.e2e import registries as servers
from tests.e2e.registries import Answer, Start, Tokens, between, certificate, serving

from jettison.engine.credentials import registry_settings
from jettison.oci import (
    BasicImage,
    Compression,
    Index,
    LayerBuilder,
    MalformedImage,
    MissingBlob,
    Platform,
    Reference,
    RegistryDenied,
    RegistryError,
    build_image,
    compare,
    recompress,
    validate,
)
from jettison.oci.digest import copy_stream
from jettison.oci.registry import RegistryClient, RegistrySettings
from jettison.oci.registry.credentials import Credentials
from jettison.oci.registry.hosts import Mirror
from jettison.oci.registry.push import push, push_index

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from jettison.oci import Layer

QUICK = RegistrySettings(sleep=lambda _: None, seconds=20)
WHO = Credentials("user", "s3cr3t")
HTPASSWD = "user:$2y$05$abcdefghijklmnopqrstuu9Avu/WgbsK7g7xfCY1X3pdjsTgxqQLS\n"


@pytest.fixture
def start() -> Iterator[Start]:
    """Starts registries, which end with the test."""
    with servers.registries() as starting:
        yield starting


@pytest.fixture
def tokens(tmp_path: Path) -> Iterator[Tokens]:
    """A running token service."""
    with servers.token_service(tmp_path) as service:
        yield service


def example(platform: str = "amd64", packed: Compression = Compression.GZIP) -> BasicImage:
    """A small image, other bytes every time, with a layer that has nothing in it."""
    layers = [LayerBuilder().file("a", os.urandom(300_000)).file(platform), LayerBuilder()]
    return recompress(build_image(layers, platform=Platform("linux", platform)), packed)


def named(address: str, rest: str = "org/app:1") -> Reference:
    return Reference.parse(f"{address}/{rest}")


def skopeo(*argv: str) -> bytes:
    done = subprocess.run(["skopeo", *argv], capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout


def test_a_name_and_a_password(
    start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "htpasswd").write_text(HTPASSWD)
    address = start(f"auth: {{htpasswd: {{realm: r, path: {tmp_path}/htpasswd}}}}")
    image = example()
    packed = base64.b64encode(b"user:s3cr3t").decode()
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    (tmp_path / "config.json").write_text(json.dumps({"auths": {address: {"auth": packed}}}))
    with RegistryClient(replace(registry_settings(), sleep=lambda _: None)) as client:
        push(client, image, named(address))
        assert not compare(image, client.image(named(address)))
    inspected = skopeo(
        "inspect", "--tls-verify=false", "--creds=user:s3cr3t", f"docker://{address}/org/app:1"
    )
    assert json.loads(inspected)["Digest"] == str(image.manifest.digest)
    (tmp_path / "config.json").write_text(json.dumps({"credsStore": "not-there"}))
    with RegistryClient(registry_settings()) as client, pytest.raises(RegistryDenied) as caught:
        client.image(named(address))
    assert "docker-credential-not-there: No such file" in str(caught.value)
    assert f"docker login {address}" in str(caught.value.remedy)
    wrong = replace(QUICK, credentials=lambda *_: Credentials("user", "wr0ng"))
    with RegistryClient(wrong) as client, pytest.raises(RegistryDenied) as caught:
        client.image(named(address))
    assert "wr0ng" not in repr(caught.value) + str(caught.value)


def test_a_certificate_of_its_own(
    start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, key = certificate(tmp_path)
    address = start(http=f", tls: {{certificate: '{made}', key: '{key}'}}")
    image = example()
    plain = replace(QUICK, certificates=())
    with (
        RegistryClient(plain) as client,
        pytest.raises(RegistryError, match="self-signed") as caught,
    ):
        client.image(named(address))
    assert f"/etc/docker/certs.d/{address}/ca.crt" in str(caught.value.remedy)
    folder = tmp_path / "certs.d" / address
    folder.mkdir(parents=True)
    (folder / "ca.crt").write_bytes(made.read_bytes())
    with RegistryClient(replace(QUICK, certificates=[tmp_path / "certs.d"])) as client:
        push(client, image, named(address))
        assert not compare(image, client.image(named(address)))
    monkeypatch.setenv("SSL_CERT_FILE", str(made))
    with RegistryClient(plain) as client:
        assert client.tags(named(address)) == ("1",)


@pytest.mark.parametrize("who", [WHO, Credentials(identity_token="s3cr3t")])
def test_tokens(start: Start, tokens: Tokens, who: Credentials) -> None:
    realm = f"http://127.0.0.1:{tokens.port}/token"
    bundle = tokens.folder / "ca.crt"
    address = start(
        f"auth: {{token: {{realm: '{realm}', service: s, issuer: i, rootcertbundle: {bundle}}}}}"
    )
    image, other = example(), named(address, "other/place:2")
    with RegistryClient(replace(QUICK, credentials=lambda *_: who)) as client:
        push(client, image, named(address))
        assert not compare(image, client.image(named(address)))
        first = len(tokens.asked)
        done = push(client, image, other, mount_from=["org/app"])
        assert done.uploaded == ()
        assert len(done.mounted) == 3
        assert not compare(image, client.image(other))
    assert first == 2, "one to write, one to read"
    assert {method for method, _ in tokens.asked} == {"POST" if who.identity_token else "GET"}
    with RegistryClient(QUICK) as client, pytest.raises(RegistryDenied, match="no token"):
        client.image(named(address))


def test_a_token_that_ends_during_a_push(start: Start, tokens: Tokens) -> None:
    realm = f"http://127.0.0.1:{tokens.port}/token"
    bundle = tokens.folder / "ca.crt"
    address = start(
        f"auth: {{token: {{realm: '{realm}', service: s, issuer: i, rootcertbundle: {bundle}}}}}"
    )
    tokens.lifetime = -100  # the registry allows a minute of leeway
    with RegistryClient(replace(QUICK, credentials=lambda *_: WHO)) as client:
        with pytest.raises(RegistryDenied):
            push(client, example(), named(address))
        tokens.lifetime = 300
        push(client, example(), named(address))
    assert len(tokens.asked) >= 2


def test_mirrors(start: Start) -> None:
    origin = start()
    image = example()
    with RegistryClient(QUICK) as client:
        push(client, image, named(origin))
    mirror = start(f"proxy: {{remoteurl: 'http://{origin}'}}")
    away = Reference("registry.invalid", "org/app", "1")
    broken = Mirror("http://127.0.0.1:1")
    mirrors = {"registry.invalid": [broken, Mirror(f"http://{mirror}")]}
    with RegistryClient(replace(QUICK, mirrors=mirrors)) as client:
        assert not compare(image, client.image(away))
    with (
        RegistryClient(QUICK) as client,
        pytest.raises(RegistryError, match="UNSUPPORTED The operation is unsupported"),
    ):
        push(client, example(), named(mirror))
    prefixed = Mirror(f"http://{origin}", prefix="org")
    with RegistryClient(replace(QUICK, mirrors={"registry.invalid": [prefixed]})) as client:
        assert client.tags(Reference("registry.invalid", "app", "1")) == ("1",)


def test_an_index_and_packings(start: Start, tmp_path: Path) -> None:
    address = start()
    images = [example("amd64"), example("arm64", Compression.ZSTD)]
    index = Index.make(one.manifest.descriptor(one.config.platform) for one in images)
    with RegistryClient(QUICK) as client:
        with pytest.raises(MalformedImage, match="which is not there"):
            push_index(client, index, images[:1], named(address))
        with pytest.raises(MissingBlob):
            client.document(named(address))
        done = push_index(client, index, images, named(address))
        assert push_index(client, index, images[:1], named(address)).uploaded == ()
        for image in images:
            assert not compare(image, client.image(done.reference, image.platform))
        assert len(client.platforms(named(address))) == 2
        for number, packing in enumerate(("zstd", "zstd:chunked", "gzip")):
            skopeo(
                "copy",
                "--quiet",
                "--src-tls-verify=false",
                "--dest-tls-verify=false",
                "--override-arch=amd64",
                f"--dest-compress-format={packing}",
                f"docker://{address}/org/app:1",
                f"docker://{address}/org/app:p{number}",
            )
            found = client.image(named(address, f"org/app:p{number}"))
            assert found.config.diff_ids == images[0].config.diff_ids
            assert validate(found) == ()
        skopeo(
            "copy",
            "--quiet",
            "--src-tls-verify=false",
            "--dest-tls-verify=false",
            "--all",
            "--format=v2s2",
            f"docker://{address}/org/app:p2",
            f"docker://{address}/org/app:docker",
        )
        docker = client.image(named(address, "org/app:docker"))
        assert docker.manifest.media_type.endswith("docker.distribution.manifest.v2+json")
        assert validate(docker) == ()


def test_one_connection_serves_a_push_and_a_pull(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    address, image, connect, made = start(), example(), socket.create_connection, []

    def counted(*args: Any, **settings: Any) -> socket.socket:
        made.append(connect(*args, **settings))
        return made[-1]

    monkeypatch.setattr(socket, "create_connection", counted)
    with RegistryClient(QUICK) as client:
        push(client, image, named(address))
        assert validate(client.image(named(address))) == ()
    assert len(made) == 1


@pytest.fixture
def shelf(start: Start) -> tuple[str, BasicImage]:
    """A registry with an image in it."""
    address, image = start(), example()
    with RegistryClient(QUICK) as client:
        push(client, image, named(address))
    return address, image


@pytest.mark.parametrize(
    ("faults", "protocol", "whole"),
    [
        ([servers.cut, servers.cut, servers.cut, servers.cut, servers.cut], "HTTP/1.1", False),
        ([servers.cut], "HTTP/1.1", True),
        ([servers.cut, servers.ignoring], "HTTP/1.1", False),
        ([servers.unsized], "HTTP/1.0", False),
        ([servers.chunked], "HTTP/1.1", False),
        ([servers.unfinished], "HTTP/1.1", False),
        ([servers.busy, servers.failing, servers.silent], "HTTP/1.1", False),
        ([servers.slow, servers.cut, servers.stalling], "HTTP/1.1", False),
    ],
)
def test_what_a_download_survives(
    shelf: tuple[str, BasicImage],
    faults: list[Callable[[Answer], None]],
    protocol: str,
    whole: bool,
) -> None:
    upstream, image = shelf
    impatient = replace(QUICK, seconds=0.4 if servers.slow in faults else 20)
    with (
        between(upstream, *faults, protocol=protocol, whole=whole) as proxy,
        RegistryClient(impatient) as client,
    ):
        found = client.image(named(f"127.0.0.1:{proxy.port}"))
        assert not compare(image, found)
        assert validate(found) == ()
        assert not proxy.faults


@pytest.mark.parametrize(
    ("faults", "words"),
    [
        ([servers.cut, servers.skipping], "byte 3000 came for byte 2000"),
        ([servers.encoded], "sent as gzip"),
        ([servers.longer], "more than the promised"),
        ([servers.shorter], "2000 bytes instead of the promised"),
        ([servers.circling] * 20, "more than 10 redirects"),
        ([servers.cut, servers.beyond], "HTTP 416"),
        ([servers.failing] * 4, "HTTP 502"),
        ([servers.cut] + [servers.silent] * 20, "disconnected"),
    ],
)
def test_what_a_download_does_not_survive(
    shelf: tuple[str, BasicImage], faults: list[Callable[[Answer], None]], words: str
) -> None:
    upstream, _ = shelf
    with between(upstream, *faults) as proxy, RegistryClient(QUICK) as client:
        layer = client.image(named(f"127.0.0.1:{proxy.port}")).layers[0]
        with pytest.raises((RegistryError, MalformedImage), match=words):
            copy_stream(layer.open_blob(), lambda _: None)


def test_a_redirect_to_another_host_gets_no_credentials(start: Start, tmp_path: Path) -> None:
    (tmp_path / "htpasswd").write_text(HTPASSWD)
    address = start(f"auth: {{htpasswd: {{realm: r, path: {tmp_path}/htpasswd}}}}")
    image = example()
    with RegistryClient(replace(QUICK, credentials=lambda *_: WHO)) as client:
        push(client, image, named(address))
        kept = copied(client.image(named(address)).layers[0])
        storage: list[tuple[str, str | None]] = []

        class Storage(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                storage.append((self.path, self.headers.get("Authorization")))
                Answer(self, 200, {}, kept).give(200, {"Content-Length": str(len(kept))}, kept)

            def log_message(self, *_: object) -> None:
                pass

        with serving(Storage) as port:

            def elsewhere(answer: Answer) -> None:
                there = f"http://localhost:{port}/bucket?X-Amz-Signature=abc"
                answer.give(307, {"Location": there, "Content-Length": "0"})

            with between(address, elsewhere) as proxy:
                found = client.image(named(f"127.0.0.1:{proxy.port}"))
                assert copied(found.layers[0]) == kept
                assert storage == [("/bucket?X-Amz-Signature=abc", None)]
                assert proxy.seen[-1][2].startswith("Basic ")


def copied(layer: Layer) -> bytes:
    """A layer's bytes as they are stored."""
    data = bytearray()
    copy_stream(layer.open_blob(), data.extend)
    return bytes(data)
