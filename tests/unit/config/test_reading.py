"""Settings files: what they say, and where a mistake in one is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from jettison.config import Settings, read_settings
from jettison.errors import SourceError

if TYPE_CHECKING:
    from pathlib import Path

WHOLE = """\
only = ["JT002", "JT008/api"]
skip = []
level = "error"
extras = ["monitoring"]

[trial]
timeout = 90
starts = 5
requests = ["http://api:8000/items"]
environment = { TOKEN = "x" }
"""


def test_no_file_is_no_setting(tmp_path: Path) -> None:
    assert read_settings(tmp_path) == Settings()


def test_own_file(tmp_path: Path) -> None:
    (tmp_path / "jettison.toml").write_text(WHOLE)
    settings = read_settings(tmp_path)
    assert settings.file == "jettison.toml"
    assert settings.only == ("JT002", "JT008/api")
    assert (settings.level, settings.extras) == ("error", ("monitoring",))
    assert settings.trial.timeout_seconds == 90.0
    assert settings.trial.starts == 5
    assert settings.trial.requests == ("http://api:8000/items",)
    assert settings.trial.environment == {"TOKEN": "x"}


def test_requests_with_a_method_and_commands(tmp_path: Path) -> None:
    (tmp_path / "jettison.toml").write_text(
        "[trial]\nrequests = [\n"
        '  "/plain",\n'
        '  { service = "api", method = "post", path = "/login", json = { user = "a" }, '
        'save = { token = "access.token" } },\n'
        '  { service = "api", path = "/me", headers = { Authorization = "Bearer ${token}" } },\n]\n'
        'commands = ["api: manage.py check --tag x", { service = "w", command = ["a", "b c"] }]\n'
        'tests = ["api: pytest -q"]\n'
    )
    trial = read_settings(tmp_path).trial
    assert trial.requests == ("/plain",)
    login, me = trial.steps
    assert (login.method, login.body) == ("POST", '{"user": "a"}')
    assert login.headers == {"Content-Type": "application/json"}
    assert login.save == {"token": "access.token"}
    assert (me.method, me.path, me.body) == ("GET", "/me", None)
    assert trial.commands == (("api", ("manage.py", "check", "--tag", "x")), ("w", ("a", "b c")))
    assert trial.tests == (("api", ("pytest", "-q")),)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('requests = "/x"', "not a list"),
        ("requests = [3]", "a string or a table"),
        ('requests = [{ path = "/x" }]', "no service"),
        ('requests = [{ service = "a", path = "x" }]', "path is 'x'"),
        ('requests = [{ service = "a", path = "/", verb = "GET" }]', "unknown key verb"),
        ('requests = [{ service = "a", path = "/", body = 3 }]', "body"),
        ('requests = [{ service = "a", path = "/", port = "x" }]', "port"),
        ('commands = ["ls"]', "not a command of a service"),
        ('tests = ["pytest -q"]', "not a test of a service"),
        ('commands = [{ service = "a" }]', "not a command of a service"),
    ],
)
def test_mistakes_in_requests_and_commands(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "jettison.toml").write_text(f"[trial]\n{text}\n")
    with pytest.raises(SourceError, match=said) as caught:
        read_settings(tmp_path)
    assert caught.value.line == 2


def test_shared_file(tmp_path: Path) -> None:
    text = '[project]\nname = "x"\n[tool.jettison]\nskip = ["JT006"]\n[tool.jettison.trial]\n'
    (tmp_path / "pyproject.toml").write_text(text + "timeout = 5\n")
    settings = read_settings(tmp_path)
    assert settings.file == "pyproject.toml"
    assert (settings.skip, settings.trial.timeout_seconds) == (("JT006",), 5.0)


def test_a_shared_file_about_other_things_is_not_even_parsed(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.black\n")
    assert read_settings(tmp_path) == Settings()


@pytest.mark.parametrize(
    ("name", "text", "line", "said", "remedy"),
    [
        ("jettison.toml", "\nonyl = []\n", 2, "unknown key onyl", "only"),
        ("jettison.toml", "[trial]\ntimeout = 1\ntimeot = 2\n", 3, "timeot", "timeout"),
        ("jettison.toml", "[trail]\n", 1, "unknown key trail", "trial"),
        ("jettison.toml", 'skip = "JT001"\n', 1, "not a list", "skip ="),
        ("jettison.toml", "only = [\n  1,\n]\n", 1, "not a list", "only ="),
        ("jettison.toml", 'level = "bad"\n', 1, "'bad'", "note, warning, error"),
        ("jettison.toml", "[trial]\ntimeout = true\n", 2, "no time", "300"),
        ("jettison.toml", "[trial]\nstarts = 0\n", 2, "no number", "starts = 3"),
        ("jettison.toml", "[trial.environment]\nA = 'x'\nB = 1\n", 3, "B is not", "B ="),
        ("jettison.toml", "trial = 3\n", 1, "not a table", "[trial]"),
        ("jettison.toml", "only = [\n", 2, "", ""),
        ("pyproject.toml", "[tool]\njettison = 3\n", 2, "not a table", "[tool.jettison]"),
        ("pyproject.toml", "[a]\nonly = 1\n[tool.jettison]\nx = 1\n", 4, "unknown key x", ""),
        ("pyproject.toml", "[a]\n[tool.jettison.trial]\nx = 1\n", 3, "unknown key x", ""),
    ],
)
def test_mistakes_have_a_place(
    *, tmp_path: Path, name: str, text: str, line: int, said: str, remedy: str
) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(SourceError) as caught:
        read_settings(tmp_path)
    assert (caught.value.file, caught.value.line) == (name, line)
    assert said in caught.value.reason
    assert remedy in (caught.value.remedy or "")


def test_two_files_with_settings(tmp_path: Path) -> None:
    (tmp_path / "jettison.toml").write_text("")
    (tmp_path / "pyproject.toml").write_text("[tool.jettison]\n")
    with pytest.raises(SourceError, match=r"pyproject.toml:1:1: jettison.toml has settings"):
        read_settings(tmp_path)
