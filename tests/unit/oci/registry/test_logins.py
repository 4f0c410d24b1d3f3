"""Who to be for a registry: the files of Docker and Podman, and helpers that misbehave."""

from __future__ import annotations

import base64
import json
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from jettison.engine import credentials as engine_credentials
from jettison.engine.credentials import docker_config, registry_settings
from jettison.errors import ImageError
from jettison.oci import MalformedImage, RegistryError
from jettison.oci.registry import RegistryClient
from jettison.oci.registry.credentials import Credentials, DockerConfig

if TYPE_CHECKING:
    from collections.abc import Callable

    Helper = Callable[[str], None]


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home where nobody is logged in."""
    for name in ("DOCKER_CONFIG", "DOCKER_AUTH_CONFIG", "REGISTRY_AUTH_FILE", "XDG_CONFIG_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / "run"))
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    return tmp_path


@pytest.fixture
def helper(home: Path) -> Helper:
    """Writes the helper for everything, a shell script."""

    def write(script: str) -> None:
        program = home / "docker-credential-any"
        program.write_text(f"#!/bin/sh\n{script}\n")
        program.chmod(0o755)
        save(home / ".docker/config.json", {"credsStore": "any"})

    return write


def save(path: Path, content: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content))


def entry(user: str) -> dict[str, object]:
    return {"auth": base64.b64encode(f"{user}:pw".encode()).decode()}


def test_nobody_is_logged_in() -> None:
    assert docker_config().credentials("a.test") is None


def test_files_in_their_order(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    save(
        home / ".config/containers/auth.json",
        {"auths": {"a.test": entry("4"), "b.test": entry("4")}},
    )
    save(home / "run/containers/auth.json", {"auths": {"a.test": entry("3")}})
    assert docker_config().credentials("a.test") == Credentials("3", "pw")
    save(home / ".docker/config.json", {"auths": {"a.test": entry("2")}})
    assert docker_config().credentials("a.test") == Credentials("2", "pw")
    save(home / "named.json", {"auths": {"a.test": entry("1")}})
    monkeypatch.setenv("REGISTRY_AUTH_FILE", str(home / "named.json"))
    assert docker_config().credentials("a.test") == Credentials("1", "pw")
    monkeypatch.setenv("DOCKER_AUTH_CONFIG", json.dumps({"auths": {"a.test": entry("0")}}))
    assert docker_config().credentials("a.test") == Credentials("0", "pw")
    assert docker_config().credentials("b.test") == Credentials("4", "pw")


def test_entries_for_namespaces() -> None:
    auths = {"q.test": entry("host"), "q.test/org": entry("org"), "q.test/org/app": entry("app")}
    config = DockerConfig.parse(json.dumps({"auths": auths}).encode())
    for repository, user in (("org/app", "app"), ("org/b/c", "org"), ("x", "host"), ("", "host")):
        assert config.credentials("q.test", repository) == Credentials(user, "pw")
    assert config.credentials("org", "app") is None


@pytest.mark.parametrize(
    "key", ["https://index.docker.io/v1/", "docker.io", "index.docker.io", "docker.io/library"]
)
def test_keys_for_docker_hub(key: str) -> None:
    config = DockerConfig.parse(json.dumps({"auths": {key: entry("u")}}).encode())
    assert config.credentials("docker.io", "library/debian") == Credentials("u", "pw")
    assert config.credentials("hub.test", "library/debian") is None


def test_tokens_of_both_kinds() -> None:
    auths = {"a.test": {"identitytoken": "i", **entry("u")}, "b.test": {"registrytoken": "r"}}
    config = DockerConfig.parse(json.dumps({"auths": auths}).encode())
    assert config.credentials("a.test") == Credentials(identity_token="i")
    assert config.credentials("b.test") == Credentials(registry_token="r")


def test_secrets_are_never_shown(home: Path) -> None:
    auths = {"a.test": {"auth": base64.b64encode(b"me:pa55").decode(), "identitytoken": "t0ken"}}
    save(home / ".docker/config.json", {"auths": auths})
    settings = registry_settings()
    assert settings.credentials is not None
    shown = repr((settings, docker_config(), settings.credentials("a.test", "")))
    assert not [word for word in ("pa55", auths["a.test"]["auth"], "t0ken") if word in shown]


@pytest.mark.parametrize("auth", [base64.b64encode(b"no colon").decode(), "?"])
def test_a_broken_entry_is_named_but_not_quoted(home: Path, auth: str) -> None:
    save(home / ".docker/config.json", {"auths": {"a.test": {"auth": auth}}})
    with pytest.raises(MalformedImage, match=r"config\.json\.auths\.a\.test\.auth: no") as caught:
        docker_config().credentials("a.test")
    assert auth not in str(caught.value)
    assert docker_config().credentials("b.test") is None


def test_a_config_that_cannot_be_read(home: Path) -> None:
    (home / ".docker/config.json").mkdir(parents=True)
    with pytest.raises(ImageError, match="cannot read"):
        docker_config()


@pytest.mark.parametrize(
    ("script", "problem"),
    [
        ("echo 'credentials not found in native keychain'; exit 1", ""),
        ("echo s3cret; echo s3cret >&2; exit 2", "docker-credential-any failed with status 2"),
        ("echo '[s3cret'", "docker-credential-any answered something else than JSON"),
        ('echo \'{"Username": 1, "Secret": "s3cret"}\'', "something else than JSON"),
        ('echo \'{"Username": "", "Secret": ""}\'', ""),
        ("exec sleep 60", "docker-credential-any did not answer within 0.3 seconds"),
        ("sleep 2 & wait", "docker-credential-any did not answer within 0.3 seconds"),
    ],
)
def test_helpers_that_misbehave(
    helper: Helper, monkeypatch: pytest.MonkeyPatch, script: str, problem: str
) -> None:
    monkeypatch.setattr(engine_credentials, "_HELPER_SECONDS", 0.3)
    helper(script)
    logins, began = docker_config(), time.monotonic()
    assert logins.credentials("a.test") is None
    assert time.monotonic() - began < 10
    assert problem in logins.problem("a.test")
    assert bool(problem) == bool(logins.problem("a.test"))
    assert "s3cret" not in logins.problem("a.test")


def test_a_helper_that_is_missing(home: Path) -> None:
    save(home / ".docker/config.json", {"credHelpers": {"a.test": "gone"}})
    logins = docker_config()
    assert logins.credentials("a.test") is None
    assert logins.problem("a.test") == "docker-credential-gone: No such file or directory"
    assert logins.problem("b.test") == ""


def test_a_helper_is_told_the_server(helper: Helper) -> None:
    helper('read server\necho "{\\"Username\\": \\"$server\\", \\"Secret\\": \\"p\\"}"')
    logins = docker_config()
    assert logins.credentials("a.test:5000") == Credentials("a.test:5000", "p")
    assert logins.credentials("docker.io") == Credentials("https://index.docker.io/v1/", "p")


def test_what_the_engine_says_comes_first(home: Path) -> None:
    save(home / ".docker/daemon.json", {"registry-mirrors": ["https://second.test"]})
    program = home / "docker"
    said = {"Mirrors": ["http://first.test/"], "IndexConfigs": {"p.test": {"Secure": False}}}
    program.write_text(f"#!/bin/sh\necho '{json.dumps(said)}'\n")
    program.chmod(0o755)
    settings = registry_settings(str(program))
    assert settings.mirrors is not None
    urls = [mirror.url for mirror in settings.mirrors["docker.io"]]
    assert urls[:2] == ["http://first.test/", "https://second.test"]
    assert "p.test" in settings.plain_http
    program.write_text("#!/bin/sh\nexit 1\n")
    assert registry_settings(str(program)).mirrors == registry_settings().mirrors


def test_a_proxy_that_cannot_be_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALL_PROXY", "gopher://me:pa55@proxy.test")
    with pytest.raises(RegistryError, match="proxy cannot be used") as caught:
        RegistryClient()
    assert "pa55" not in str(caught.value)


def test_a_user_without_a_home(monkeypatch: pytest.MonkeyPatch) -> None:
    def nowhere() -> Path:
        raise RuntimeError

    monkeypatch.setattr(Path, "home", nowhere)
    assert docker_config().credentials("a.test") is None
    registry_settings()
