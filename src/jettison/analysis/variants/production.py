"""What a production overlay says of the services: secrets from outside, restarts."""

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
_PLAIN = regex(r"\d{1,6}|true|false|yes|no|none|null", re.IGNORECASE)


@record
class ProductionService:
    """What is said of one service; ``environment`` has variables in the place of secrets."""

    service: str
    environment: tuple[tuple[str, str], ...]
    restart: bool


def production_services(facts: Facts) -> tuple[ProductionService, ...]:
    """Every service of the Compose project, in its order."""
    compose = facts.project.compose
    if compose is None:
        return ()
    hidden = secrets(facts)
    return tuple(
        ProductionService(
            name, _environment(service, hidden), restart=_keeps_running(service, compose)
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
