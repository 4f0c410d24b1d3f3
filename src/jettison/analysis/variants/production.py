"""What a production overlay says of the services: secrets from outside, restarts, limits."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from jettison.patterns import regex
from jettison.record import record

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jettison.analysis.facts import Facts
    from jettison.compose import ComposeProject, Service

__all__ = ["ProductionService", "production_services", "secrets"]

_SECRET = regex(r"PASSWORD|SECRET|TOKEN|API_?KEY|PRIVATE_?KEY|CREDENTIAL", re.IGNORECASE)
_NO_SECRET = regex(r"_(FILE|PATH|URL|URI|HOST|PORT|NAME|USER|ALGORITHM)$|EXPIR|MINUTES|HOURS")
_RESERVES = regex(r"^\s*(?:reservations|mem_reservation|memswap_limit)\s*:", re.MULTILINE)
_HEAP_BY_LIMIT = regex(r"temurin|openjdk|corretto|zulu|liberica|graalvm|\bjava\b|\bjre\b|\bjdk\b")
"""Java takes a quarter of what it may have for its heap."""
_SPARE = 4
_LEAST = 256
_STEP = 64
_MB = 1 << 20
_PLAIN = regex(r"\d{1,6}|true|false|yes|no|none|null", re.IGNORECASE)


@record
class ProductionService:
    """What is said of one service; ``environment`` has variables in the place of secrets.

    ``memory`` is the limit of its memory, ``""`` for none.
    """

    service: str
    environment: tuple[tuple[str, str], ...]
    restart: bool
    memory: str = ""


def production_services(facts: Facts) -> tuple[ProductionService, ...]:
    """Every service of the Compose project, in its order."""
    compose = facts.project.compose
    if compose is None:
        return ()
    hidden = secrets(facts)
    return tuple(
        ProductionService(
            name,
            _environment(service, hidden),
            restart=_keeps_running(service, compose),
            memory=_memory(facts, service),
        )
        for name, service in compose.services.items()
    )


def secrets(facts: Facts) -> Mapping[str, str]:
    """The secret-looking variables that the Compose files set, with their present values.

    Those that come from an environment file stay there.
    """
    compose = facts.project.compose
    texts = [facts.tree.read(name) for name in facts.project.compose_names]
    written = "\n".join(source.text for source in texts if source is not None)
    found: dict[str, str] = {}
    for service in compose.services.values() if compose is not None else ():
        for key, value in service.environment.items():
            if value and key in written and _is_secret(key, value):
                found.setdefault(key, value)
    return found


def _memory(facts: Facts, service: Service) -> str:
    """The limit by what a service used in a trial; none where that tells nothing of its needs.

    That is so of databases and caches, which grow, and where a program takes its share of what it
    may have. Nothing is said of what the author decided.
    """
    used = facts.evidence.memory.get(service.name)
    target = facts.project.target_of(service.name)
    if used is None or target is None or service.limits.memory is not None:
        return ""
    texts = [facts.tree.read(name) for name in facts.project.compose_names]
    reserves = any(_RESERVES.search(source.text) for source in texts if source is not None)
    if reserves or _HEAP_BY_LIMIT.search(target.base):
        return ""
    wanted = -(-used * _SPARE // (_STEP * _MB)) * _STEP
    return f"{max(_LEAST, wanted)}M"


def _is_secret(key: str, value: str) -> bool:
    if not _SECRET.search(key) or _NO_SECRET.search(key.upper()):
        return False
    return not (value.startswith("/") or "://" in value or _PLAIN.fullmatch(value))


def _environment(service: Service, hidden: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    rows = ((key, _value(key, plain or "", hidden)) for key, plain in service.environment.items())
    return tuple((key, value) for key, value in rows if value is not None)


def _value(key: str, plain: str, hidden: Mapping[str, str]) -> str | None:
    """What production says for a variable that is a secret or has one in its URL."""
    if key in hidden:
        return f"${{{key}:?set {key}}}"
    if "://" not in plain:
        return None
    for name, value in hidden.items():
        marked = f":{value}@"
        if marked in plain:
            head, _, tail = plain.partition(marked)
            return f"{_dollars(head)}:${{{name}:?set {name}}}@{_dollars(tail)}"
    return None


def _dollars(text: str) -> str:
    return text.replace("$", "$$")


def _keeps_running(service: Service, compose: ComposeProject) -> bool:
    """Whether a service is one to be started again; nothing is said of what the author decided.

    A job that others wait for to complete, and what neither publishes a port nor has a check, may
    be meant to end.
    """
    if service.restart is not None or service.profiles:
        return False
    if any(
        other.depends_on.get(service.name) == "service_completed_successfully"
        for other in compose.services.values()
    ):
        return False
    return bool(service.ports) or (
        service.healthcheck is not None and not service.healthcheck.disabled
    )
