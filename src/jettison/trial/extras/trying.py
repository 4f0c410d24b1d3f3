"""Try every EXTRA of a plan that can be launched, run or read, each variant once."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from jettison.analysis.variants.development import development_runs
from jettison.analysis.variants.overlays import overlay
from jettison.analysis.variants.production import secrets
from jettison.changes.verdicts import Reached, State
from jettison.rules import Kind, all_rules
from jettison.trial.extras.development import try_development
from jettison.trial.extras.files import try_makefile, try_script
from jettison.trial.extras.launching import variant_stack
from jettison.trial.extras.model import ExtraTrial, Judged
from jettison.trial.extras.production import Parts, try_production
from jettison.trial.launching.stack import assemble

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from jettison.changes import Plan
    from jettison.rules import Change
    from jettison.trial.extras.launching import Bench
    from jettison.trial.launching.stack import Stack

__all__ = ["Known", "extras_of", "try_extras"]

Known = dict[tuple[str, str], Judged]
"""What was tried before, by its name and the texts of its files."""


def extras_of(plan: Plan) -> tuple[tuple[str, Change], ...]:
    """The applied changes of EXTRA rules, each with the name that it was asked for by."""
    names = {rule.code: rule.extra for rule in all_rules() if rule.kind is Kind.EXTRA}
    return tuple((names[c.key.rule], c) for c in plan.applied if c.key.rule in names)


def try_extras(bench: Bench, plan: Plan, measured: Callable[[], str], known: Known) -> ExtraTrial:
    """How far each EXTRA of ``plan`` came; ``bench`` has a copy of its tree.

    ``measured`` gives the report in JSON for what shows figures. What is in ``known`` with the same
    texts is not tried again, and what is tried is added to it.
    """
    found = ExtraTrial()
    changes = extras_of(plan)
    production = [one for one in changes if _is_production(*one)]

    def once(name: str, parts: list[Change], run: Callable[[], Judged]) -> None:
        paths = sorted({path for change in parts for path in change.patch.paths})
        texts = [source.text for path in paths if (source := plan.tree.read(path)) is not None]
        mark = (name, "\0".join((*(str(c.key) for c in parts), *paths, *texts)))
        if mark not in known:
            known[mark] = run()
        found.add(known[mark])

    if production:
        once("production", [c for _, c in production], lambda: _production(bench, plan, production))
    for name, change in changes:
        if (name, change) in production:
            continue
        match name:
            case "variants":
                once("development", [change], partial(_development, bench, plan, change))
            case "makefile":
                found.add(try_makefile(bench, change, plan.tree))
            case "sizes":
                found.add(try_script(bench, change, measured()))
            case "results":
                done = Reached(State.VERIFIED, "written: it holds what this run measured")
                found.add(Judged(reached={str(change.key): done}))
            case _:
                untried = Reached(State.APPLIED, "not tried: there is no trial for it")
                found.add(Judged(reached={str(change.key): untried}))
    return found


def _is_production(name: str, change: Change) -> bool:
    variant = name == "variants" and change.key.subject == "prod"
    return variant or name in ("proxy", "monitoring")


def _production(bench: Bench, plan: Plan, changes: list[tuple[str, Change]]) -> Judged:
    def first(wanted: str) -> Change | None:
        return next((change for name, change in changes if name == wanted), None)

    others = tuple(change for name, change in changes if name == "monitoring")
    parts = Parts(first("variants"), first("proxy"), others)
    stack, files = _stack(bench, plan, "prod", parts.variant, secrets(plan.after))
    return try_production(bench, parts, stack, files)


def _development(bench: Bench, plan: Plan, change: Change) -> Judged:
    stack, files = _stack(bench, plan, "dev", change, {})
    facts = plan.after
    runs = [run for target in facts.targets for run in facts.of(development_runs, target)]
    promised = frozenset(run.service for run in runs if run.environment)
    return try_development(bench, change, stack, files, promised)


def _stack(
    bench: Bench, plan: Plan, variant: str, change: Change | None, environment: Mapping[str, str]
) -> tuple[Stack, tuple[str, ...]]:
    """The stack of a variant, and the files that it is made from.

    Without Compose these are the variant's Dockerfiles in the place of the project's own.
    """
    names = bench.project.compose_names
    if names:
        there = overlay(plan.after, variant).path
        return variant_stack(bench, there, environment), (*names, there)
    stack = assemble(bench.engine, bench.project, bench.tree, bench.settings)
    made = change.patch.files if change is not None else {}
    used = {}
    for service, target in stack.targets.items():
        head = f"{target.dockerfile_name}."
        own = [n for n in made if n.startswith(head) and not n.endswith(".dockerignore")]
        if own:
            spec = stack.model["services"][service]
            spec["build"] = {**spec["build"], "dockerfile": str(bench.tree / own[0])}
            used[service] = own[0]
    services = stack.model["services"]
    stack.model["services"] = {name: services[name] for name in used}
    return stack, tuple(used.values())
