"""Ask a launched side's services, and run the commands that tell of them."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from jettison.trial.commands import command_rows, found_commands, run_commands
from jettison.trial.comparing import varying_parts
from jettison.trial.launch import addresses
from jettison.trial.learned import Command
from jettison.trial.probes import ask, choose_probes, health_paths
from jettison.trial.steps import ask_steps, ignored_parts

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jettison.engine import ContainerState
    from jettison.trial.learned import Ran
    from jettison.trial.outcomes import Observation
    from jettison.trial.reach import Addresses
    from jettison.trial.sides import Side, Watched

__all__ = ["ask_services", "run_in_services", "where_of"]

_BETWEEN_ASKINGS = 1.2


def ask_services(
    side: Side,
    watched: Watched,
    states: Mapping[str, ContainerState],
    before: Observation | None,
) -> None:
    """Asks the services and notes what they answer.

    Without ``before`` requests are chosen and asked twice; with it the same are asked, and once
    more where the answer differs. Those of the settings that may change something are asked once.
    """
    places = where_of(side, watched, states)
    _ask_harmless(side, watched, states, places, before)
    answers = ask_steps(places, side.settings.steps)
    watched.answers.update(answers)
    watched.varying.update(ignored_parts(answers, side.settings.steps))


def _ask_harmless(
    side: Side,
    watched: Watched,
    states: Mapping[str, ContainerState],
    places: Addresses,
    before: Observation | None,
) -> None:
    """Asks what changes nothing, as often as it takes."""
    if before is None:
        health = {
            name: [path for _, path in health_paths(_check_words(side, name))] for name in states
        }
        chosen = choose_probes(places, health, side.settings.requests)
        watched.answers, watched.unasked = chosen.answers, chosen.unasked
        if watched.answers:
            time.sleep(_BETWEEN_ASKINGS)
            again = ask(places, watched.answers)
            watched.varying = {
                probe: parts
                for probe, answer in watched.answers.items()
                if (parts := varying_parts(answer, again[probe]))
            }
        return
    asked = {probe: answer for probe, answer in before.trial.answers.items() if not probe.step}
    watched.answers = ask(places, asked)
    differing = [
        probe
        for probe, answer in watched.answers.items()
        if set(asked[probe].differing(answer)) - before.varying.get(probe, frozenset())
    ]
    if differing:
        time.sleep(_BETWEEN_ASKINGS)
        watched.answers.update(ask(places, differing))


def run_in_services(
    side: Side,
    watched: Watched,
    states: Mapping[str, ContainerState],
    before: Observation | None,
) -> dict[Command, Ran]:
    """How the commands end that the settings name, and those of the services' frameworks.

    With ``before`` only those that ended well there are run, once more where they end otherwise.
    """
    side.progress.status("running commands in the services")
    asked = [Command.asked(service, words) for service, words in side.settings.commands]
    ended = {} if before is None else {c: ran for c, ran in before.ran.items() if not c.test}
    found: dict[tuple[str, str], Command] = {}
    for service in side.built.tags:
        if _is_up(watched, service) and service in side.images:
            lines, imports = watched.words.get(service, ()), watched.imports.get(service, ())
            image = side.images[service].image_id
            for one in found_commands(service, lines, imports):
                found.setdefault((image, one.name), one)
    if before is None:
        return run_commands(side.engine, states, (*asked, *found.values()), twice=True)
    own = {command: command for command in (*ended, *asked, *found.values())}
    wanted = [own[command] for command, ran in ended.items() if ran.exit_code == 0]
    ran = run_commands(side.engine, states, wanted, twice=False)
    again = [row.what for row in command_rows(ended, ran) if not row.same]
    wanted = [one for one in wanted if one.what in again]
    return {**ran, **run_commands(side.engine, states, wanted, twice=False)}


def _check_words(side: Side, name: str) -> tuple[str, ...]:
    spec = side.stack.model["services"].get(name) or {}
    test = (spec.get("healthcheck") or {}).get("test") or ()
    image = side.images.get(name)
    words = (test,) if isinstance(test, str) else tuple(str(word) for word in test)
    return words or (image.healthcheck if image is not None else ())


def where_of(side: Side, watched: Watched, states: Mapping[str, ContainerState]) -> Addresses:
    """The addresses of services that are up; services that publish nothing are looked into."""
    up = {
        name: state
        for name, state in states.items()
        if state.status == "running" and _is_up(watched, name)
    }
    listening = {
        name: side.engine.listening(state.container_id)
        for name, state in up.items()
        if name in side.built.tags and not state.ports
    }
    return addresses(up, watched.isolated.names, listening)


def _is_up(watched: Watched, service: str) -> bool:
    health = watched.health.get(service)
    return health is not None and health.healthy
