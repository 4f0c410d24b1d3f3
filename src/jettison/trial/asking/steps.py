"""Requests that the settings ask for, in their order: with a method, a body, headers and a log-in.

They may change something, so each side is asked once. What one answer gives can be saved and used
in those that follow; cookies are kept.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from jettison.patterns import regex
from jettison.trial.asking.requests import client, request
from jettison.trial.model import Answer, Probe

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from jettison.config.settings import Step
    from jettison.trial.launching.reach import Address

__all__ = ["ask_steps", "ignored_parts", "step_notes"]

_NAME = regex(r"\$\{(\w+)\}")


def ask_steps(
    addresses: Mapping[tuple[str, int], Address], steps: Sequence[Step], seconds: float
) -> dict[Probe, Answer]:
    """The answers to all steps; one whose service cannot be reached answers with an error.

    An answer may keep one waiting for ``seconds``.
    """
    answers: dict[Probe, Answer] = {}
    values: dict[str, str] = {}
    if not steps:
        return answers
    with client(seconds) as session:
        for number, step in enumerate(steps, 1):
            port, address = _place(addresses, step)
            probe = Probe(step.service, port, step.path, step.method, number)
            if address is None:
                answers[probe] = Answer(None, "", "", 0.0, "no port of it answers")
                continue
            headers = {name: _filled(text, values) for name, text in step.headers.items()}
            body = None if step.body is None else _filled(step.body, values).encode()
            answer, data = request(
                session,
                address,
                _filled(step.path, values),
                method=step.method,
                headers=headers,
                content=body,
            )
            answers[probe] = answer
            values |= dict(_saved(step, data))
    return answers


def _place(addresses: Mapping[tuple[str, int], Address], step: Step) -> tuple[int, Address | None]:
    """The port of a step and where it is reached: the first of the service if none is given."""
    ports = [port for service, port in addresses if service == step.service]
    port = step.port or (ports[0] if ports else 0)
    return port, addresses.get((step.service, port))


def _filled(text: str, values: Mapping[str, str]) -> str:
    return _NAME.sub(lambda found: values.get(found[1], found[0]), text)


def _saved(step: Step, data: bytes) -> Iterator[tuple[str, str]]:
    """What a step saves of its answer's JSON, by dotted path; nothing that is not there."""
    if not step.save:
        return
    try:
        document = json.loads(data)
    except (ValueError, RecursionError):
        return
    for name, path in step.save.items():
        value = document
        for part in path.split("."):
            if isinstance(value, dict):
                value = value.get(part)
            elif isinstance(value, list) and part.isdigit() and int(part) < len(value):
                value = value[int(part)]
            else:
                value = None
        if isinstance(value, str | int | float):
            yield name, str(value)


def ignored_parts(
    answers: Mapping[Probe, Answer], steps: Sequence[Step]
) -> dict[Probe, frozenset[str]]:
    """The parts of the steps' answers that the settings say are not to be compared."""
    found = {}
    for probe, answer in answers.items():
        ignore = steps[probe.step - 1].ignore if probe.step else ()
        found[probe] = frozenset(
            part for part in answer.parts if any(_below(part, path) for path in ignore)
        ) | frozenset(ignore)
    return {probe: parts for probe, parts in found.items() if parts}


def _below(part: str, path: str) -> bool:
    return part == path or part.startswith((f"{path}.", f"{path}["))


def step_notes(answers: Mapping[Probe, Answer]) -> Iterator[tuple[str, str]]:
    """The steps that had no answer before, as (service, sentence)."""
    for probe, answer in answers.items():
        if probe.step and answer.status is None:
            yield probe.service, f"{probe.asked} had no answer before: {answer.error}"
