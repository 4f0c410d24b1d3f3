"""Turn a project's Compose model into one that can run beside anything else on the machine.

Own project name, own networks and volumes, ports chosen by the engine, no labels that other
programs act on, nothing mounted that is the user's, and health checks that ask often while a
service starts (Engine 25 and newer, ``start_interval``), so that the time to healthy is measured
to half a second whatever interval the project chose.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from jettison.patterns import regex
from jettison.record import record
from jettison.trial.launching.mounts import Refused

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from jettison.trial.launching.mounts import Binds

__all__ = ["Isolated", "Wishes", "isolate", "start_budget", "without"]

_START_INTERVAL = "500ms"
_INTERVAL = "30s"
_LEAST_START = 60.0
_DEFAULT_RETRIES = 3
_DEFAULT_INTERVAL = 30.0
_RESTARTS = "on-failure:8"
_DROPPED = frozenset(
    """
    build container_name pull_policy restart deploy profiles ports labels env_file logging develop
    scale network_mode networks mac_address external_links runtime gpus cgroup_parent
    isolation blkio_config cpu_rt_period cpu_rt_runtime oom_score_adj attach volumes healthcheck
    annotations label_file provider cgroup uts pid ipc userns_mode volumes_from extra_hosts
    use_api_socket post_start pre_stop credential_spec storage_opt
    """.split()
)
_PRIVILEGES = {
    "pid": "host",
    "ipc": "host",
    "uts": "host",
    "userns_mode": "host",
    "cgroup": "host",
}
_CAPABILITIES = frozenset(
    """
    ALL SYS_ADMIN SYS_MODULE SYS_RAWIO SYS_PTRACE SYS_BOOT SYS_TIME DAC_READ_SEARCH NET_ADMIN
    SYSLOG BPF PERFMON MAC_ADMIN MAC_OVERRIDE LINUX_IMMUTABLE AUDIT_CONTROL
    """.split()
)
_GATEWAY = "host-gateway"
_DURATION = regex(r"([0-9.]+)(ms|us|µs|ns|h|m|s)")
_UNITS = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 1e-3, "us": 1e-6, "µs": 1e-6, "ns": 1e-9}


@record
class Wishes:
    """What is known beside the model.

    ``images`` give the tag of each service that was built, ``checked`` the services whose image
    has a health check of its own, ``ports`` the ports that images expose. ``hides`` tells whether
    a mount of a service (source, place) hides the image's code: ``None`` for no, else the names of
    the settings files in it that the image does not have. ``removed`` are those for which that is
    decided. ``label`` (``key=value``) marks everything that will be started. ``allow`` is that of
    :class:`~jettison.trial.outcomes.TrialSettings`.
    """

    images: Mapping[str, str]
    label: str
    checked: frozenset[str] = frozenset()
    ports: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    hides: Callable[[str, str, str], frozenset[str] | None] = field(
        default=lambda _s, _source, _place: None
    )
    removed: Mapping[tuple[str, str], frozenset[str]] = field(default_factory=dict)
    allow: frozenset[str] = frozenset()
    timeout_seconds: float = 300.0


@dataclass(slots=True)
class Isolated:
    """The model to launch, and what became of the project's own.

    ``left_out`` are services that are not started, with the reason, ``removed`` the mounts that
    were taken out (service and place) with the files that stay mounted one by one. ``names`` gives
    the published port of a service's container port, where the project fixes one.
    """

    model: dict[str, Any]
    notes: list[str] = field(default_factory=list)
    left_out: dict[str, str] = field(default_factory=dict)
    removed: dict[tuple[str, str], frozenset[str]] = field(default_factory=dict)
    names: dict[tuple[str, int], int] = field(default_factory=dict)


def isolate(model: Mapping[str, Any], name: str, wishes: Wishes, binds: Binds) -> Isolated:
    """The Compose model to launch under a project name."""
    made = Isolated({"name": name, "services": {}})
    for service, spec in model["services"].items():
        try:
            made.model["services"][service] = _service(service, spec, wishes, binds, made)
        except Refused as reason:
            made.left_out[service] = str(reason)
    for kind in ("networks", "volumes"):
        made.model[kind] = {
            key: _own(kind, key, value, wishes, made)
            for key, value in (_implied(kind) | (model.get(kind) or {})).items()
        }
    for kind in ("secrets", "configs"):
        if model.get(kind):
            made.model[kind] = {k: dict(v or {}) for k, v in model[kind].items()}
    made.model = without(made.model, made.left_out)
    _replace_addresses(made.model, _addresses(model))
    made.notes += [note for note in binds.notes if note not in made.notes]
    return made


def without(model: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    """The model without some services and without what others say of these."""
    services: dict[str, Any] = {}
    for service, spec in model["services"].items():
        if service in names:
            continue
        kept = dict(spec)
        needed = kept.get("depends_on") or {}
        kept["depends_on"] = {k: v for k, v in needed.items() if k not in names}
        for key in ("links", "volumes_from"):
            if kept.get(key):
                kept[key] = [one for one in kept[key] if one.partition(":")[0] not in names]
        mode = str(kept.get("network_mode", ""))
        if mode.removeprefix("service:") in names:
            del kept["network_mode"]
        services[service] = kept
    return {**model, "services": services}


def start_budget(check: Mapping[str, Any] | None, most: float) -> float:
    """How long a service may take until its health check passes: what the project grants it."""
    check = check or {}
    retries = int(check.get("retries") or _DEFAULT_RETRIES)
    interval = _seconds(check.get("interval")) or _DEFAULT_INTERVAL
    granted = _seconds(check.get("start_period")) + retries * interval
    return min(most, max(_LEAST_START, granted))


def _service(
    name: str, spec: Mapping[str, Any], wishes: Wishes, binds: Binds, made: Isolated
) -> dict[str, Any]:
    _refuse_privileges(spec, wishes)
    service = {key: value for key, value in spec.items() if key not in _DROPPED}
    service["image"] = wishes.images.get(name) or spec.get("image")
    key, _, value = wishes.label.partition("=")
    service["labels"] = {key: value}
    service["logging"] = {"driver": "json-file"}
    service["ports"] = _ports(name, spec, wishes, made)
    service["volumes"] = [
        mount
        for one in spec.get("volumes") or ()
        for mount in _mount(name, one, wishes, binds, made)
    ]
    service.update(_network(name, spec))
    hosts = _hosts(name, spec, wishes, made)
    if hosts:
        service["extra_hosts"] = hosts
    limits = ((spec.get("deploy") or {}).get("resources") or {}).get("limits")
    if limits:
        service["deploy"] = {"resources": {"limits": limits}}
    _note_dropped(name, spec, made)
    if str(spec.get("restart", "no")) not in ("no", "none", "") or "restart_policy" in (
        spec.get("deploy") or {}
    ):
        service["restart"] = _RESTARTS
    check = _health_check(name, spec, wishes)
    if check is not None:
        service["healthcheck"] = check
    if spec.get("volumes_from"):
        service["volumes_from"] = [
            v for v in spec["volumes_from"] if not v.startswith("container:")
        ]
    return service


def _refuse_privileges(spec: Mapping[str, Any], wishes: Wishes) -> None:
    if spec.get("use_api_socket") and "socket" not in wishes.allow:
        raise Refused("it wants the engine's socket, which a trial does not give")
    if "privileged" in wishes.allow:
        return
    if spec.get("privileged"):
        raise Refused("it wants to be privileged")
    for key, value in _PRIVILEGES.items():
        if str(spec.get(key, "")) == value:
            raise Refused(f"it wants the host's {key.removesuffix('_mode')} name space")
    if spec.get("devices") or spec.get("device_cgroup_rules"):
        raise Refused("it wants devices of the host")
    if any("systempaths" in str(one) for one in spec.get("security_opt") or ()):
        raise Refused("it wants the kernel's files unmasked")
    wanted = {str(one).upper().removeprefix("CAP_") for one in spec.get("cap_add") or ()}
    if wanted & _CAPABILITIES:
        raise Refused(f"it wants the capability {min(wanted & _CAPABILITIES)}")


def _hosts(name: str, spec: Mapping[str, Any], wishes: Wishes, made: Isolated) -> list[str]:
    """The further names of hosts, without those of the engine's host: it may run a database."""
    hosts = spec.get("extra_hosts") or ()
    if isinstance(hosts, dict):
        hosts = [f"{key}={one}" for key, value in hosts.items() for one in _listed(value)]
    kept = [str(one) for one in hosts if _GATEWAY not in str(one) or "host" in wishes.allow]
    if len(kept) < len(hosts):
        made.notes.append(f"{name} does not reach the host's own services (--allow host)")
    return kept


def _listed(value: object) -> list[object]:
    return value if isinstance(value, list) else [value]


def _note_dropped(name: str, spec: Mapping[str, Any], made: Isolated) -> None:
    deploy = spec.get("deploy") or {}
    reserved = (deploy.get("resources") or {}).get("reservations") or {}
    if reserved.get("devices") or spec.get("gpus") or spec.get("runtime"):
        made.notes.append(f"{name} is tried without the GPU or runtime that it asks for")
    if int(deploy.get("replicas") or spec.get("scale") or 1) > 1:
        made.notes.append(f"{name} is tried once, not {deploy.get('replicas')} times")
    if str(spec.get("network_mode", "")) == "host":
        made.notes.append(f"{name} is tried in a network of the trial's, not the host's")


def _ports(
    name: str, spec: Mapping[str, Any], wishes: Wishes, made: Isolated
) -> list[dict[str, Any]]:
    """Every port that may answer, on a loopback port of the engine's choice."""
    found: dict[tuple[int, str], None] = {}
    for port in spec.get("ports") or ():
        target = int(port["target"])
        found[target, str(port.get("protocol") or "tcp")] = None
        published = str(port.get("published") or "")
        if published.isdigit():
            made.names[name, target] = int(published)
    for text in spec.get("expose") or ():
        exposed, _, protocol = str(text).partition("/")
        if exposed.isdigit():
            found[int(exposed), protocol or "tcp"] = None
    for number in wishes.ports.get(name, ()):
        found[number, "tcp"] = None
    if str(spec.get("network_mode", "")).startswith(("service:", "none")):
        return []
    return [{"target": n, "protocol": p, "host_ip": "127.0.0.1"} for n, p in found]


def _mount(
    name: str, volume: Mapping[str, Any], wishes: Wishes, binds: Binds, made: Isolated
) -> list[dict[str, Any]]:
    """The mounts to make instead of one; none where the image's own files are to be tried."""
    kind, place = volume.get("type"), str(volume.get("target"))
    if kind in ("npipe", "cluster"):
        raise Refused(f"it wants a mount of the kind {kind}")
    if kind != "bind":
        return [dict(volume)]
    source = str(volume.get("source"))
    kept = wishes.removed.get((name, place))
    kept = wishes.hides(name, source, place) if kept is None else kept
    if kept is None:
        return [binds.decide(name, volume)]
    made.removed[name, place] = kept
    only = f"; {', '.join(sorted(kept))} stay, as no COPY brings them" if kept else ""
    made.notes.append(
        f"{name}: the sources are not mounted at {place}, so that the image is what is tried{only}"
    )
    return [
        binds.decide(
            name,
            {"type": "bind", "source": f"{source}/{file}", "target": f"{place.rstrip('/')}/{file}"},
        )
        for file in sorted(kept)
    ]


def _network(name: str, spec: Mapping[str, Any]) -> dict[str, Any]:
    mode = str(spec.get("network_mode") or "")
    if mode.startswith("service:") or mode == "none":
        return {"network_mode": mode}
    alias = spec.get("container_name")
    wanted = {} if mode else dict(spec.get("networks") or {})
    networks: dict[str, Any] = {}
    for key, value in (wanted or {"default": None}).items():
        kept = {k: v for k, v in (value or {}).items() if k in ("aliases", "priority")}
        if alias and alias != name:
            kept["aliases"] = [*(kept.get("aliases") or ()), alias]
        networks[key] = kept
    return {"networks": networks}


def _health_check(name: str, spec: Mapping[str, Any], wishes: Wishes) -> dict[str, Any] | None:
    check = spec.get("healthcheck")
    if check and (check.get("disable") or check.get("test") == ["NONE"]):
        return {"disable": True}
    if not (check and check.get("test")) and name not in wishes.checked:
        return None
    return {
        **(check or {}),
        "interval": _INTERVAL,
        "start_period": f"{start_budget(check, wishes.timeout_seconds):.0f}s",
        "start_interval": _START_INTERVAL,
    }


def _own(
    kind: str, key: str, spec: Mapping[str, Any] | None, wishes: Wishes, made: Isolated
) -> dict[str, Any]:
    """A network or volume of the stack's own in place of one shared with others or the host's."""
    label, _, value = wishes.label.partition("=")
    spec = spec or {}
    what = kind.removesuffix("s")
    if spec.get("external"):
        made.notes.append(f"the external {what} {key} is a new, empty one of the trial's")
    elif (spec.get("driver_opts") or {}) and kind == "volumes":
        made.notes.append(f"the volume {key} is a new, empty one, not what its driver options name")
    kept = {"labels": {label: value}}
    return {**kept, "internal": True} if spec.get("internal") else dict(kept)


def _implied(kind: str) -> dict[str, None]:
    """The network that Compose makes unasked, so that it gets our label too."""
    return {"default": None} if kind == "networks" else {}


def _addresses(model: Mapping[str, Any]) -> dict[str, str]:
    """Fixed addresses, with the service that has each."""
    found: dict[str, str] = {}
    for service, spec in model["services"].items():
        for network in (spec.get("networks") or {}).values():
            for key in ("ipv4_address", "ipv6_address"):
                if (network or {}).get(key):
                    found[str(network[key])] = service
    return found


def _replace_addresses(model: dict[str, Any], addresses: Mapping[str, str]) -> None:
    """Writes services' names where their fixed addresses stood, in settings and commands."""
    if not addresses:
        return
    pattern = re.compile(
        r"(?<![\d.])(" + "|".join(re.escape(one) for one in addresses) + r")(?![\d.])"
    )

    def replaced(value: object) -> object:
        if isinstance(value, str):
            return pattern.sub(lambda found: addresses[found[1]], value)
        if isinstance(value, list):
            return [replaced(one) for one in value]
        if isinstance(value, dict):
            return {key: replaced(one) for key, one in value.items()}
        return value

    for spec in model["services"].values():
        for key in ("environment", "command", "entrypoint", "healthcheck"):
            if spec.get(key):
                spec[key] = replaced(spec[key])


def _seconds(text: object) -> float:
    """A duration of Compose (``1m30s``) in seconds; 0 for none."""
    found = _DURATION.findall(str(text or ""))
    return sum(float(number) * _UNITS[unit] for number, unit in found)
