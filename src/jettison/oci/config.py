"""An image's config: what runs, how it was built, and the diff IDs of its layers."""

from __future__ import annotations

import json
from dataclasses import field
from types import MappingProxyType
from typing import TYPE_CHECKING, cast

from jettison.oci.digest import Digest
from jettison.oci.errors import MalformedImage
from jettison.oci.fields import Fields, dump
from jettison.oci.platform import Platform
from jettison.record import record

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


@record
class History:
    """One step of the build, oldest first in the config; ``empty_layer`` steps left no layer."""

    created_by: str = ""
    created: str = ""
    comment: str = ""
    author: str = ""
    empty_layer: bool = False

    def to_json(self) -> dict[str, object]:
        """The JSON object, without empty fields."""
        found: dict[str, object] = {}
        for key in ("created", "created_by", "author", "comment"):
            if value := getattr(self, key):
                found[key] = value
        if self.empty_layer:
            found["empty_layer"] = True
        return found


@record
class Healthcheck:
    """How an engine asks whether the container is well; times in nanoseconds, 0 is "default"."""

    test: tuple[str, ...]
    interval_ns: int = 0
    timeout_ns: int = 0
    start_period_ns: int = 0
    start_interval_ns: int = 0
    retries: int = 0


@record
class ImageConfig:
    """An image's config. ``raw`` is primary: its digest is the image ID.

    Source: OCI image spec, config.md. ``None`` for ``entrypoint``, ``cmd`` and ``shell`` is
    "not set", an empty tuple is "set to nothing".
    """

    raw: bytes
    platform: Platform
    diff_ids: tuple[Digest, ...]
    history: tuple[History, ...] = ()
    created: str = ""
    author: str = ""
    user: str = ""
    env: tuple[str, ...] = ()
    entrypoint: tuple[str, ...] | None = None
    cmd: tuple[str, ...] | None = None
    working_dir: str = ""
    exposed_ports: tuple[str, ...] = ()
    volumes: tuple[str, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict, hash=False)
    stop_signal: str = ""
    shell: tuple[str, ...] | None = None
    healthcheck: Healthcheck | None = None
    on_build: tuple[str, ...] = ()

    @classmethod
    def parse(cls, raw: bytes, where: str = "config") -> ImageConfig:
        """The config that ``raw`` spells."""
        top = Fields.parse(raw, where)
        rootfs = top.child("rootfs")
        diff_ids = (rootfs.texts("diff_ids") if rootfs is not None else None) or ()
        run = top.child("config") or Fields({}, f"{where}.config")
        return cls(
            raw=raw,
            platform=Platform.from_fields(top),
            diff_ids=tuple(Digest.parse(text) for text in diff_ids),
            history=tuple(_history(item) for item in top.children("history")),
            created=top.text("created", ""),
            author=top.text("author", ""),
            user=run.text("User", ""),
            env=run.texts("Env") or (),
            entrypoint=run.texts("Entrypoint"),
            cmd=run.texts("Cmd"),
            working_dir=run.text("WorkingDir", ""),
            exposed_ports=_keys(run, "ExposedPorts"),
            volumes=_keys(run, "Volumes"),
            labels=MappingProxyType(run.text_map("Labels")),
            stop_signal=run.text("StopSignal", ""),
            shell=run.texts("Shell"),
            healthcheck=_healthcheck(run.child("Healthcheck")),
            on_build=run.texts("OnBuild") or (),
        )

    @property
    def digest(self) -> Digest:
        """The image ID: the digest of the raw bytes."""
        return Digest.of(self.raw)

    @property
    def environment(self) -> dict[str, str]:
        """The environment as a mapping; of a name set twice the last wins, as in engines."""
        pairs = (text.partition("=") for text in self.env)
        return {name: value for name, _, value in pairs}


@record
class ConfigChange:
    """What to set in a config; ``None`` keeps what is there, an empty value clears it."""

    user: str | None = None
    env: tuple[str, ...] | None = None
    entrypoint: tuple[str, ...] | None = None
    cmd: tuple[str, ...] | None = None
    working_dir: str | None = None
    exposed_ports: tuple[str, ...] | None = None
    volumes: tuple[str, ...] | None = None
    labels: Mapping[str, str] | None = field(default=None, hash=False)
    stop_signal: str | None = None
    healthcheck: Healthcheck | None = None
    created: str | None = None
    author: str | None = None


def changed(config: ImageConfig, change: ConfigChange) -> ImageConfig:
    """The config with ``change`` applied; every other field, known or not, keeps its value."""
    top = _loaded(config)
    run = cast("dict[str, object]", top.setdefault("config", {}) or {})
    top["config"] = run
    for key, value in (("created", change.created), ("author", change.author)):
        if value is not None:
            _put(top, key, value)
    lists = {"Env": change.env, "Entrypoint": change.entrypoint, "Cmd": change.cmd}
    for key, items in lists.items():
        if items is not None:
            _put(run, key, list(items))
    texts = {
        "User": change.user,
        "WorkingDir": change.working_dir,
        "StopSignal": change.stop_signal,
    }
    for key, value in texts.items():
        if value is not None:
            _put(run, key, value)
    for key, names in (("ExposedPorts", change.exposed_ports), ("Volumes", change.volumes)):
        if names is not None:
            _put(run, key, {name: {} for name in sorted(names)})
    if change.labels is not None:
        _put(run, "Labels", dict(sorted(change.labels.items())))
    if change.healthcheck is not None:
        _put(run, "Healthcheck", _healthcheck_json(change.healthcheck))
    return ImageConfig.parse(dump(top))


def with_layers(
    config: ImageConfig, diff_ids: Iterable[Digest], history: Iterable[History]
) -> ImageConfig:
    """The config with other layers and another history; everything else keeps its value."""
    top = _loaded(config)
    top["rootfs"] = {"type": "layers", "diff_ids": [str(item) for item in diff_ids]}
    top["history"] = [item.to_json() for item in history]
    return ImageConfig.parse(dump(top))


def new_config(
    platform: Platform, diff_ids: Iterable[Digest] = (), history: Iterable[History] = ()
) -> ImageConfig:
    """A config with nothing set to run."""
    top: dict[str, object] = {
        "architecture": platform.architecture,
        "os": platform.os,
        "config": {},
    }
    if platform.variant:
        top["variant"] = platform.variant
    return with_layers(ImageConfig.parse(dump(top)), diff_ids, history)


def _loaded(config: ImageConfig) -> dict[str, object]:
    return cast("dict[str, object]", json.loads(config.raw))


def _put(target: dict[str, object], key: str, value: object) -> None:
    if value in ("", [], {}):
        target.pop(key, None)
    else:
        target[key] = value


def _history(fields: Fields) -> History:
    return History(
        created_by=fields.text("created_by", ""),
        created=fields.text("created", ""),
        comment=fields.text("comment", ""),
        author=fields.text("author", ""),
        empty_layer=fields.flag("empty_layer"),
    )


def _keys(fields: Fields, key: str) -> tuple[str, ...]:
    child = fields.child(key)
    return tuple(sorted(child.mapping)) if child is not None else ()


def _healthcheck(fields: Fields | None) -> Healthcheck | None:
    if fields is None:
        return None
    check = Healthcheck(
        test=fields.texts("Test") or (),
        interval_ns=fields.number("Interval", 0),
        timeout_ns=fields.number("Timeout", 0),
        start_period_ns=fields.number("StartPeriod", 0),
        start_interval_ns=fields.number("StartInterval", 0),
        retries=fields.number("Retries", 0),
    )
    if check.retries < 0:
        raise MalformedImage(f"{fields.where}.Retries: below 0")
    return check


def _healthcheck_json(check: Healthcheck) -> dict[str, object]:
    found: dict[str, object] = {"Test": list(check.test)}
    times = {
        "Interval": check.interval_ns,
        "Timeout": check.timeout_ns,
        "StartPeriod": check.start_period_ns,
        "StartInterval": check.start_interval_ns,
        "Retries": check.retries,
    }
    found.update({key: value for key, value in times.items() if value})
    return found
