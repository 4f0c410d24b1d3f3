"""Turn a project's Compose model into one that can run beside anything else on the machine.

Own project name, own networks and volumes, ports chosen by the engine, no restarts, and health
checks that ask often while a service starts (Engine 25 and newer, ``start_interval``), so that
the time to healthy is measured to half a second whatever interval the project chose.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

_START_INTERVAL = "500ms"
_START_PERIOD = "300s"
_INTERVAL = "30s"
_DROPPED = ("build", "container_name", "pull_policy", "restart", "deploy", "profiles")


def isolate(
    model: Mapping[str, Any], name: str, images: Mapping[str, str], *, label: str
) -> dict[str, Any]:
    """The Compose model to launch: ``images`` gives the tag of each service that was built.

    ``label`` (``key=value``) marks everything that will be started.
    """
    services = {
        service: _service(spec, images.get(service), label)
        for service, spec in model["services"].items()
    }
    isolated: dict[str, Any] = {"name": name, "services": services}
    for kind in ("networks", "volumes"):
        isolated[kind] = {key: _own(value, label) for key, value in model.get(kind, {}).items()}
    for kind in ("secrets", "configs"):
        if kind in model:
            isolated[kind] = model[kind]
    return isolated


def _service(spec: Mapping[str, Any], image: str | None, label: str) -> dict[str, Any]:
    service = {key: value for key, value in spec.items() if key not in _DROPPED}
    if image is not None:
        service["image"] = image
    key, _, value = label.partition("=")
    service["labels"] = {**(spec.get("labels") or {}), key: value}
    service["ports"] = [
        {"target": port["target"], "protocol": port.get("protocol", "tcp"), "host_ip": "127.0.0.1"}
        for port in spec.get("ports") or ()
    ]
    check = spec.get("healthcheck")
    if check and not check.get("disable") and check.get("test"):
        service["healthcheck"] = {
            **check,
            "interval": _INTERVAL,
            "start_period": _START_PERIOD,
            "start_interval": _START_INTERVAL,
        }
    return service


def _own(spec: Mapping[str, Any] | None, label: str) -> dict[str, Any]:
    """A network or volume of the stack's own in place of one shared with other stacks."""
    key, _, value = label.partition("=")
    kept = {k: v for k, v in (spec or {}).items() if k not in ("name", "external", "ipam")}
    return {**kept, "labels": {**(kept.get("labels") or {}), key: value}}
