"""Ask a launched side's services, and run the commands that tell of them."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from jettison.trial.asking.commands import command_rows, found_commands, run_commands
from jettison.trial.asking.pages import NAMES, find_chromium, look
from jettison.trial.asking.passed_on import prefixes_in_code, prefixes_in_mounts
from jettison.trial.asking.probes import ask, choose_probes, health_paths, linked_pages
from jettison.trial.asking.routes_in_code import routes_in_code
from jettison.trial.asking.steps import ask_steps, ignored_parts
from jettison.trial.comparing import differing, varying_parts
from jettison.trial.launching.launch import addresses
from jettison.trial.launching.reach import accepting
from jettison.trial.learned import Command

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from jettison.engine import ContainerState
    from jettison.trial.launching.reach import Addresses
    from jettison.trial.learned import Ran
    from jettison.trial.model import Answer, Probe
    from jettison.trial.outcomes import Observation
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
    up = _up(watched, states)
    silent = _silent(side, up)
    places = _addresses(side, watched, up, silent)
    if before is None:
        side.stack.notes += _unreachable(side, silent)
    _ask_harmless(side, watched, states, places, before)
    answers = ask_steps(places, side.settings.steps, side.settings.timeout_seconds)
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
        targets = side.stack.targets
        chosen = choose_probes(
            places,
            health,
            side.settings.requests,
            lambda name: routes_in_code(targets[name]) if name in targets else (),
            lambda name: (
                *prefixes_in_mounts(side.stack.model["services"].get(name) or {}),
                *(prefixes_in_code(targets[name]) if name in targets else ()),
            ),
        )
        watched.answers, watched.unasked = chosen.answers, chosen.unasked
        if watched.answers:
            again = _ask_again(side, watched, places, chosen.scripted)
            _look_once_more(side, watched, places, again)
            watched.varying = {
                probe: parts
                for probe, answer in watched.answers.items()
                if probe in again and (parts := varying_parts(answer, again[probe]))
            }
        return
    asked = {probe: answer for probe, answer in before.trial.answers.items() if not probe.step}
    watched.answers = _ask(side, watched, places, asked)
    others = [
        probe
        for probe, answer in watched.answers.items()
        if set(differing(asked[probe], answer)) - before.varying.get(probe, frozenset())
    ]
    if others:
        time.sleep(_BETWEEN_ASKINGS)
        watched.answers.update(_ask(side, watched, places, others))


def _look_once_more(
    side: Side, watched: Watched, places: Addresses, again: dict[Probe, Answer]
) -> None:
    """Lets the first look at a page go where the second saw another: it may have filled caches.

    A page that does not open each time is not compared.
    """
    pages = [p for p in watched.answers if p.in_browser]
    other = [p for p in pages if p in again and not watched.answers[p].is_like(again[p])]
    watched.answers.update({probe: again[probe] for probe in other})
    again.update(_told(_looks(side, watched, places, other, times=1)[0], again))
    for probe in pages:
        if any(
            answers.get(probe) is None or not answers[probe].status
            for answers in (watched.answers, again)
        ):
            del watched.answers[probe]


def _ask_again(
    side: Side, watched: Watched, places: Addresses, scripted: Sequence[Probe]
) -> dict[Probe, Answer]:
    """The second answers; a browser looks twice at its pages meanwhile, the first look is noted."""
    plain = dict(watched.answers)
    with ThreadPoolExecutor(1, "looking") as beside:
        looks = beside.submit(_looks, side, watched, places, scripted, times=2)
        time.sleep(_BETWEEN_ASKINGS)
        again = ask(places, plain)
        first, second = looks.result()
    watched.answers |= _told(first, plain)
    return again | _told(second, again)


def _ask(
    side: Side, watched: Watched, places: Addresses, probes: Iterable[Probe]
) -> dict[Probe, Answer]:
    """The answers to probes; none to those that a browser should open, and there is none."""
    wanted = list(probes)
    with ThreadPoolExecutor(1, "looking") as beside:
        scripted = [probe for probe in wanted if probe.in_browser]
        looks = beside.submit(_looks, side, watched, places, scripted, times=1)
        answers = ask(places, (probe for probe in wanted if not probe.in_browser))
        return answers | _told(looks.result()[0], answers)


def _looks(
    side: Side, watched: Watched, places: Addresses, scripted: Sequence[Probe], *, times: int
) -> list[dict[Probe, Answer]]:
    """What a browser shows of pages, so many times; what it does not is noted."""
    if not scripted:
        return [{} for _ in range(times)]
    program = find_chromium()
    if program is None:
        said = f"its pages need JavaScript, and there is no Chromium ({', '.join(NAMES)})"
        watched.unopened.update((probe.service, said) for probe in scripted)
        return [{} for _ in range(times)]
    side.progress.status("looking at pages in Chromium")
    # Only on the side before, which is looked at twice, pages are chosen.
    follow = linked_pages if times > 1 else lambda _: ()
    rounds = look(program, side.run_id, places, scripted, follow, times=times)
    for looked in rounds:
        failed = dict(looked.failed)
        for probe, answer in looked.answers.items():
            watched.unopened.pop(probe.service, None)
            if answer.status is None:
                failed[probe.service] = answer.error
        for service, reason in failed.items():
            watched.unopened[service] = f"a page was not looked at in Chromium: {reason}"
    return [looked.answers for looked in rounds]


def _told(looked: Mapping[Probe, Answer], answers: Mapping[Probe, Answer]) -> dict[Probe, Answer]:
    """What pages show, with what ``answers`` without a browser tell of their server."""
    return {
        probe: _told_by(answers.get(replace(probe, method="GET")), answer)
        for probe, answer in looked.items()
    }


def _told_by(plain: Answer | None, answer: Answer) -> Answer:
    """An answer in a browser, with what the ``plain`` one tells of its server."""
    if plain is None:
        return answer
    said = plain.parts.get("development")
    parts = {**answer.parts, "development": said} if said else answer.parts
    return replace(answer, parts=parts, scripted=plain.scripted)


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
    run = partial(run_commands, side.engine, states, seconds=side.settings.timeout_seconds)
    if before is None:
        return run((*asked, *found.values()), twice=True)
    own = {command: command for command in (*ended, *asked, *found.values())}
    wanted = [own[command] for command, ran in ended.items() if ran.exit_code == 0]
    ran = run(wanted, twice=False)
    again = [row.what for row in command_rows(ended, ran) if not row.same]
    wanted = [one for one in wanted if one.what in again]
    return {**ran, **run(wanted, twice=False)}


def _check_words(side: Side, name: str) -> tuple[str, ...]:
    spec = side.stack.model["services"].get(name) or {}
    test = (spec.get("healthcheck") or {}).get("test") or ()
    image = side.images.get(name)
    words = (test,) if isinstance(test, str) else tuple(str(word) for word in test)
    return words or (image.healthcheck if image is not None else ())


def _unreachable(side: Side, silent: Mapping[str, ContainerState]) -> Iterator[str]:
    """What is said of services that only their own container can reach."""
    for name, state in silent.items():
        if side.engine.listening(state.container_id):
            continue
        ports = sorted(side.engine.listening(state.container_id, inside=True))
        if ports:
            shown = ", ".join(f"127.0.0.1:{port}" for port in ports)
            yield f"{name} listens on {shown} in its container only: nothing outside can ask it"


def where_of(side: Side, watched: Watched, states: Mapping[str, ContainerState]) -> Addresses:
    """The addresses of services that are up; those none of whose ports answers are looked into."""
    up = _up(watched, states)
    return _addresses(side, watched, up, _silent(side, up))


def _addresses(
    side: Side,
    watched: Watched,
    up: Mapping[str, ContainerState],
    silent: Mapping[str, ContainerState],
) -> Addresses:
    listening = {name: side.engine.listening(state.container_id) for name, state in silent.items()}
    return addresses(up, watched.isolated.names, listening)


def _up(watched: Watched, states: Mapping[str, ContainerState]) -> dict[str, ContainerState]:
    return {
        name: state
        for name, state in states.items()
        if state.status == "running" and _is_up(watched, name)
    }


def _silent(side: Side, up: Mapping[str, ContainerState]) -> dict[str, ContainerState]:
    """The built services none of whose published ports takes a connection."""
    built = {name: state for name, state in up.items() if name in side.built.tags}
    taken = accepting({name: state.ports.values() for name, state in built.items()})
    return {name: state for name, state in built.items() if name not in taken}


def _is_up(watched: Watched, service: str) -> bool:
    health = watched.health.get(service)
    return health is not None and health.healthy
