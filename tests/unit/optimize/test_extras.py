"""EXTRAs are tried: each ends as what was seen of it, and goes alone where it does not work."""

from __future__ import annotations

import json
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tests.serving import serving

from jettison.engine import FakeEngine
from jettison.engine.model import RunResult
from jettison.errors import EngineError, ExitCode
from jettison.optimize.request import OptimizeRequest
from jettison.optimize.run import Outcome, optimize
from jettison.report.document import to_json, to_markdown
from jettison.trial import Progress
from jettison.trial.outcomes import TrialSettings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

_FILES = {
    "compose.yaml": (
        "services:\n  api:\n    build: .\n    environment:\n      API_KEY: quite-secret\n"
        '    ports: ["8000:8000"]\n'
    ),
    "Dockerfile": (
        "FROM python:3.11-slim\nWORKDIR /srv\nCOPY requirements.txt .\n"
        "RUN pip install -r requirements.txt\nCOPY shop shop\nEXPOSE 8000\n"
        'CMD ["uvicorn", "shop.main:app"]\n'
    ),
    "requirements.txt": "uvicorn==0.30.0\n",
    "shop/main.py": "app = None\nMETRICS = '/metrics'\n",
}
_EXTRAS = "variants,proxy,monitoring,makefile,sizes,results"
_BUILD: dict[str, object] = {"context": ".", "dockerfile": "Dockerfile"}
_CHECK: dict[str, object] = {"test": ["CMD", "true"]}
_PORTS: list[dict[str, object]] = [{"target": 8000, "published": "8000", "protocol": "tcp"}]


class _Server(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200 if self.path == "/" else 404)
        self.send_header("Content-Type", "text/plain")
        self.end_headers()
        self.wfile.write(b"the shop\n")


@pytest.fixture
def address() -> Iterator[tuple[str, int]]:
    """Where something answers as the shop does, whatever is asked."""
    with serving(_Server) as where:
        yield where


@pytest.fixture
def shop(project: Callable[[dict[str, str]], Path]) -> Path:
    return project(dict(_FILES))


def _overlaid(files: Sequence[Path]) -> dict[str, dict[str, object]]:
    """What Compose makes of the shop's files and the variant that comes last."""
    text = files[-1].read_text()
    api: dict[str, object] = {"build": dict(_BUILD), "healthcheck": _CHECK}
    if "ports: !reset" not in text:
        api["ports"] = _PORTS
    for name in ("Dockerfile.dev", "Dockerfile.prod"):
        if f"dockerfile: {name}" in text:
            api["build"] = {**_BUILD, "dockerfile": name}
    if "./shop:/srv/shop" in text:
        source = str(files[-1].parent / "shop")
        api["volumes"] = [{"type": "bind", "source": source, "target": "/srv/shop"}]
    services: dict[str, dict[str, object]] = {"api": api}
    if "\n  reverse_proxy:\n" in text:
        door: list[dict[str, object]] = [{"target": 8080, "published": "80"}]
        services["reverse_proxy"] = {
            "image": "nginx:alpine",
            "ports": door,
            "depends_on": {"api": {}},
            "healthcheck": _CHECK,
        }
    for name in ("prometheus", "grafana"):
        if f"\n  {name}:\n" in text:
            services[name] = {"image": f"{name}/{name}", "healthcheck": _CHECK}
    return services


def _engine(address: tuple[str, int], **options: Any) -> FakeEngine:
    engine = FakeEngine(
        {"api": {"build": _BUILD, "healthcheck": _CHECK, "ports": _PORTS}},
        programs={"python3": RunResult(0, '[{"service": "api", "after_bytes": 1000000}]', "")},
        **{
            "ports": {"api": {8000: address}, "reverse_proxy": {8080: address}},
            "overlaid": _overlaid,
            **options,
        },
    )
    engine.logs_of = lambda _, name: _log(engine, name)
    return engine


def _log(engine: FakeEngine, name: str) -> str:
    """The source that a service has mounted: its server reloads."""
    for stack in engine.launched.values():
        volumes: Any = stack.get(name, {}).get("volumes") or ()
        for volume in volumes:
            return (Path(volume["source"]) / "main.py").read_text()
    return ""


@pytest.fixture(autouse=True)
def _hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jettison.trial.asking.services._BETWEEN_ASKINGS", 0.0)


def _run(shop: Path, engine: FakeEngine, extras: str = "variants,proxy", **options: Any) -> Outcome:
    request = OptimizeRequest(
        project=shop,
        find_engine=lambda: engine,
        extras=frozenset(extras.split(",")),
        settings=TrialSettings(timeout_seconds=2.0),
        environment={},
        **{"only": ("JT008", *(f"JT05{n}" for n in range(1, 7))), **options},
    )
    return optimize(request, Progress())


def _findings(outcome: Outcome) -> dict[str, dict[str, Any]]:
    document = json.loads(to_json(outcome.report))
    return {finding["key"]: finding for finding in document["findings"]}


def _states(outcome: Outcome) -> dict[str, str]:
    return {key: finding["state"] for key, finding in _findings(outcome).items()}


_STACK = ("JT008/api/pip", "JT051/dev", "JT051/prod", "JT052")
_ALL = {
    "JT008/api/pip": "verified",
    "JT051/dev": "verified",
    "JT051/prod": "verified",
    "JT052": "verified",
    "JT053/prometheus": "verified",
    "JT053/grafana": "verified",
    "JT054": "verified",
    "JT055": "verified",
    "JT056": "verified",
}


_SOME = {key: _ALL[key] for key in _STACK}


def test_each_is_launched_run_or_read(shop: Path, address: tuple[str, int]) -> None:
    engine = _engine(address)
    outcome = _run(shop, engine, _EXTRAS)
    assert _states(outcome) == _ALL
    assert outcome.report.exit_code is ExitCode.OK
    ups = [call.rpartition("-")[2] for call in engine.calls if call.startswith("up ")]
    assert sorted(ups) == [*["after"] * 3, *["before"] * 3, "dev", "prod"]
    found = _findings(outcome)
    assert "2 answers of api came through it" in found["JT052"]["evidence"]
    assert "api took up changed sources" in found["JT051/dev"]["evidence"]
    document = json.loads(to_json(outcome.report))
    named = {one["name"]: one for one in document["extras"]}
    assert named["production"]["services"].keys() == {
        "api",
        "reverse_proxy",
        "prometheus",
        "grafana",
    }
    assert named["development"]["reloaded"].keys() == {"api"}
    assert all(row["same"] for one in named.values() for row in one["comparisons"])
    assert "## The variant for production" in to_markdown(outcome.report)
    assert engine.images == {}
    assert engine.running == set()


def test_what_cannot_be_had_is_not_verified(shop: Path, address: tuple[str, int]) -> None:
    engine = _engine(address, absent=frozenset({"grafana/grafana"}))
    outcome = _run(shop, engine, "variants,monitoring")
    assert _states(outcome)["JT053/prometheus"] == "verified"
    assert _states(outcome)["JT053/grafana"] == "applied"
    assert "cannot be had" in _findings(outcome)["JT053/grafana"]["evidence"]
    assert outcome.report.exit_code is ExitCode.TRIAL_FAILED
    assert not outcome.report.verified


def test_a_proxy_that_does_not_come_up_goes_alone(shop: Path, address: tuple[str, int]) -> None:
    engine = _engine(address, unhealthy=frozenset({("reverse_proxy", "prod")}))
    outcome = _run(shop, engine)
    assert _states(outcome) == {**_SOME, "JT052": "reverted"}
    assert "not healthy: reverse_proxy" in _findings(outcome)["JT052"]["evidence"]
    assert "reverse_proxy" not in outcome.report.diff
    assert "docker-compose.prod.yml" in outcome.report.diff
    assert outcome.report.exit_code is ExitCode.OK
    ups = [call.rpartition("-")[2] for call in engine.calls if call.startswith("up ")]
    assert ups.count("dev") == 1, "what did not change is not tried again"


def test_a_proxy_that_passes_on_other_answers_goes_alone(
    shop: Path, address: tuple[str, int]
) -> None:
    engine = _engine(address)
    engine.ports["reverse_proxy"] = {}
    outcome = _run(shop, engine)
    assert _states(outcome) == {**_SOME, "JT052": "reverted"}
    assert "reverse_proxy: GET /" in _findings(outcome)["JT052"]["evidence"]


def test_a_proxy_beside_open_doors_goes_alone(shop: Path, address: tuple[str, int]) -> None:
    def overlaid(files: Sequence[Path]) -> dict[str, dict[str, object]]:
        services = _overlaid(files)
        services["api"]["ports"] = _PORTS
        return services

    outcome = _run(shop, _engine(address, overlaid=overlaid))
    assert _states(outcome) == {**_SOME, "JT052": "reverted"}
    assert "api: published ports: 8000" in _findings(outcome)["JT052"]["evidence"]


def test_an_image_that_cannot_be_built_goes_alone(shop: Path, address: tuple[str, int]) -> None:
    outcome = _run(shop, _engine(address, broken_builds=frozenset({"Dockerfile.prod"})))
    assert _states(outcome) == {**_SOME, "JT051/prod": "reverted"}
    assert "Dockerfile.prod:2 cannot be built" in _findings(outcome)["JT051/prod"]["evidence"]


def test_a_variant_that_runs_otherwise_goes_alone(shop: Path, address: tuple[str, int]) -> None:
    engine = _engine(address)
    missing = "ModuleNotFoundError: No module named 'shop'"

    def said(side: str, name: str) -> str:
        stacks = [one for stack, one in engine.launched.items() if stack.endswith("-prod")]
        own = side == "prod" and "-prod-" in str(stacks[0]["api"]["image"])
        return missing if own else _log(engine, name)

    engine.logs_of = said
    outcome = _run(shop, engine)
    assert _states(outcome) == {**_SOME, "JT051/prod": "reverted"}
    assert missing in _findings(outcome)["JT051/prod"]["evidence"]


def test_what_compose_does_not_take_is_found(shop: Path, address: tuple[str, int]) -> None:
    def overlaid(files: Sequence[Path]) -> dict[str, dict[str, object]]:
        if "\n  grafana:\n" in files[-1].read_text():
            raise EngineError("docker compose config failed", details="grafana is no good")
        return _overlaid(files)

    outcome = _run(shop, _engine(address, overlaid=overlaid), "variants,monitoring")
    assert _states(outcome)["JT053/prometheus"] == "verified"
    assert _states(outcome)["JT053/grafana"] == "reverted"
    assert "grafana is no good" in _findings(outcome)["JT053/grafana"]["evidence"]


def test_a_development_variant_that_does_not_come_up_goes_alone(
    shop: Path, address: tuple[str, int]
) -> None:
    engine = _engine(address, unhealthy=frozenset({("api", "dev")}))
    outcome = _run(shop, engine)
    assert _states(outcome) == {**_SOME, "JT051/dev": "reverted"}
    assert "docker-compose.dev.yml" not in outcome.report.diff


def test_a_server_that_does_not_reload_is_not_verified(
    shop: Path, address: tuple[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("jettison.trial.extras.development._SECONDS", 0.1)
    engine = _engine(address)
    engine.logs_of = lambda _, __: ""
    outcome = _run(shop, engine)
    assert _states(outcome) == {**_SOME, "JT051/dev": "built"}
    assert "api did not take up changed sources" in _findings(outcome)["JT051/dev"]["evidence"]
    assert outcome.report.exit_code is ExitCode.TRIAL_FAILED


def test_a_script_that_fails_is_taken_back(shop: Path, address: tuple[str, int]) -> None:
    engine = _engine(address)
    engine.programs["python3"] = RunResult(0, '[{"service": "api", "after_bytes": 7}]', "")
    outcome = _run(shop, engine, "sizes")
    assert _states(outcome)["JT055"] == "reverted"
    assert "wrong sizes: api" in _findings(outcome)["JT055"]["evidence"]


def test_without_a_trial_none_is_verified(shop: Path, address: tuple[str, int]) -> None:
    outcome = _run(shop, _engine(address), trial=False)
    assert set(_states(outcome).values()) == {"applied"}


def test_where_the_stack_fails_none_is_tried(shop: Path, address: tuple[str, int]) -> None:
    tries = [f"{kind}{number}" for kind in ("after", "try") for number in ("", *range(2, 9))]
    engine = _engine(address, unhealthy=frozenset(("api", one) for one in tries))
    outcome = _run(shop, engine, only=("JT051", "JT052"))
    assert "verified" not in _states(outcome).values()
    assert not any(call.startswith("up ") and call.endswith("-prod") for call in engine.calls)


def test_variants_of_a_dockerfile_that_stands_alone_are_launched(
    project: Callable[[dict[str, str]], Path], address: tuple[str, int]
) -> None:
    folder = project({name: text for name, text in _FILES.items() if name != "compose.yaml"})
    engine = _engine(address, ports={"dockerfile": {8000: address}})
    outcome = _run(folder, engine, "variants")
    assert _states(outcome) == {
        "JT008/Dockerfile/pip": "verified",
        "JT051/dev": "verified",
        "JT051/prod": "verified",
    }
    built = {call for call in engine.calls if call.startswith("build ")}
    assert {name for name in ("-dev-", "-prod-") if any(name in one for one in built)} == {
        "-dev-",
        "-prod-",
    }
