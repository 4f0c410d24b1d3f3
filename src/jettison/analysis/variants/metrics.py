"""Which services answer ``/metrics``, and what the project has for Prometheus and Grafana."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

from jettison.analysis.landing import landings, project_path
from jettison.analysis.package_runs import feeding_stages
from jettison.dockerfile.context import Kind
from jettison.patterns import regex
from jettison.record import record

if TYPE_CHECKING:
    from collections.abc import Iterable

    from jettison.analysis.facts import Facts
    from jettison.analysis.project import Target
    from jettison.compose import Service

__all__ = ["Monitoring", "monitoring", "scraped_services"]

_CODE = (".py", ".js", ".ts", ".mjs", ".cjs", ".go", ".rb", ".php", ".java", ".kt", ".rs", ".cs")
_METRICS = regex(r"""["'`]/metrics/?["'`]""")
_TESTS = regex(r"(^|/)(tests?|e2e|node_modules|site-packages|docs?)/|(^|/)test_|\.(test|spec)\.")
_MOST_FILES = 3000
_BIGGEST = 512 * 1024
_PROMETHEUS = ("monitoring/prometheus", "prometheus", "monitoring", "deploy/prometheus", "")
_GRAFANA = ("monitoring/grafana", "grafana", "deploy/grafana")


@record
class Monitoring:
    """The project's own files, ``""`` and ``()`` where there are none.

    ``prometheus`` is its configuration, ``rules`` what lies beside and is named in it.
    ``provisioning`` is Grafana's folder; ``dashboards`` one with dashboards and where the
    provisioning wants it.
    """

    prometheus: str = ""
    rules: tuple[str, ...] = ()
    provisioning: str = ""
    dashboards: tuple[str, str] | None = None


def monitoring(facts: Facts) -> Monitoring:
    """What the project has for monitoring."""
    config = _first(
        facts,
        (
            posixpath.join(folder, f"prometheus.{e}")
            for folder in _PROMETHEUS
            for e in ("yml", "yaml")
        ),
    )
    source = facts.tree.read(config) if config else None
    named = _values(source.text if source else "", "rule_files")
    folder = posixpath.dirname(config)
    rules = [posixpath.normpath(posixpath.join(folder, name)) for name in named if name[0] != "/"]
    provisioning = ""
    dashboards = None
    root = facts.project.root
    for grafana in _GRAFANA:
        here = posixpath.join(grafana, "provisioning")
        place = here if (root / here).is_dir() else grafana
        if (root / place / "datasources").is_dir() or (root / place / "dashboards").is_dir():
            provisioning = place
            dashboards = _dashboards(facts, grafana, place)
            break
    return Monitoring(
        config, tuple(rule for rule in rules if facts.tree.has(rule)), provisioning, dashboards
    )


def _first(facts: Facts, paths: Iterable[str]) -> str:
    return next((path for path in paths if facts.tree.has(path)), "")


def _values(text: str, key: str) -> list[str]:
    """The plain items of a block or flow list in a YAML text."""
    found = re.search(
        rf"^[ \t]*{key}:[ \t]*(\[[^\]]*\])?((?:\n[ \t]*-[^\n]*)*)", text, re.MULTILINE
    )
    if found is None:
        return []
    inner = (found[1] or "").strip("[]").split(",") + [
        line.strip().removeprefix("-") for line in (found[2] or "").splitlines()
    ]
    return [word for one in inner if (word := one.strip().strip("'\""))]


def _dashboards(facts: Facts, grafana: str, provisioning: str) -> tuple[str, str] | None:
    """A folder with dashboards in JSON, and the path at which a provider looks for them."""
    root = facts.project.root
    folder = posixpath.join(grafana, "dashboards")
    if folder == posixpath.join(provisioning, "dashboards") or not (root / folder).is_dir():
        return None
    for provider in sorted((root / provisioning / "dashboards").glob("*.y*ml")):
        source = facts.tree.read(provider.relative_to(root).as_posix())
        found = re.search(
            r"^\s*path:\s*['\"]?(/[^\s'\"]+)", source.text if source else "", re.MULTILINE
        )
        if found is not None:
            return folder, found[1]
    return None


def scraped_services(facts: Facts) -> tuple[tuple[Service, int], ...]:
    """The services whose own code answers ``/metrics``, with their ports."""
    compose = facts.project.compose
    found = []
    for target in facts.targets:
        if compose is None or not facts.of(_answers_metrics, target):
            continue
        for run in target.runs:
            ports = [port.target for port in run.ports if port.protocol == "tcp"]
            wanted = {int(p.partition("/")[0]) for p in target.state.exposed if p.endswith("/tcp")}
            fitting = [port for port in ports if port in wanted] or (ports if not wanted else [])
            if fitting and run.service:
                found.append((compose.services[run.service], fitting[0]))
                break
    return tuple(found)


def _answers_metrics(facts: Facts, target: Target) -> bool:
    stages = sorted(feeding_stages(target.dockerfile, target.stage.index))
    steps = tuple(step for stage in stages for step in target.all_steps[stage])
    taken = landings(target, steps)
    code = [
        file.path
        for file in target.files.files
        if file.kind is Kind.FILE
        and file.path.endswith(_CODE)
        and file.size <= _BIGGEST
        and not _TESTS.search(file.path)
        and any(one.image_path(file.path) is not None for one in taken)
    ]
    for path in code[:_MOST_FILES]:
        source = facts.tree.read(project_path(target, path))
        if source is not None and _METRICS.search(source.text):
            return True
    return False
