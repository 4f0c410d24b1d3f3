"""A project's model made safe to run beside anything else."""

from __future__ import annotations

from typing import Any

from jettison.trial.isolation import isolate

_MODEL: dict[str, Any] = {
    "name": "shop",
    "services": {
        "web": {
            "build": {"context": "/x"},
            "image": "shop-web",
            "container_name": "web",
            "restart": "always",
            "ports": [{"target": 80, "published": "80", "protocol": "tcp", "mode": "ingress"}],
            "healthcheck": {"test": ["CMD", "true"], "interval": "5m0s"},
            "labels": {"a": "b"},
        },
        "db": {"image": "postgres", "healthcheck": {"disable": True}},
    },
    "networks": {"default": {"name": "shop_default"}, "outer": {"name": "o", "external": True}},
    "volumes": {"data": {"name": "precious", "external": True}},
}


def test_nothing_of_the_project_itself_is_touched() -> None:
    made = isolate(_MODEL, "trial", {"web": "jettison-trial:1"}, label="run=1")
    web = made["services"]["web"]
    assert made["name"] == "trial"
    assert web["image"] == "jettison-trial:1"
    assert not {"build", "container_name", "restart"} & web.keys()
    assert made["volumes"]["data"] == {"labels": {"run": "1"}}
    assert made["networks"]["default"] == {"labels": {"run": "1"}}
    assert "external" not in made["networks"]["outer"]


def test_ports_are_the_engines_choice_on_loopback() -> None:
    web = isolate(_MODEL, "trial", {}, label="run=1")["services"]["web"]
    assert web["ports"] == [{"target": 80, "protocol": "tcp", "host_ip": "127.0.0.1"}]


def test_health_is_asked_often_only_while_starting() -> None:
    made = isolate(_MODEL, "trial", {}, label="run=1")["services"]
    assert made["web"]["healthcheck"]["start_interval"] == "500ms"
    assert made["web"]["healthcheck"]["interval"] == "30s"
    assert made["db"]["healthcheck"] == {"disable": True}


def test_everything_is_labelled_and_the_input_is_left_alone() -> None:
    made = isolate(_MODEL, "trial", {}, label="run=1")
    assert made["services"]["web"]["labels"] == {"a": "b", "run": "1"}
    assert _MODEL["services"]["web"]["labels"] == {"a": "b"}
