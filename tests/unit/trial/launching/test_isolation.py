"""A project's model made safe to run beside anything else."""

from __future__ import annotations

import os
import socket
from typing import TYPE_CHECKING, Any

import pytest

from jettison.trial.launching.isolation import Isolated, Wishes, isolate, start_budget, without
from jettison.trial.launching.mounts import Binds

if TYPE_CHECKING:
    from pathlib import Path

_MODEL: dict[str, Any] = {
    "name": "shop",
    "services": {
        "web": {
            "build": {"context": "/x"},
            "image": "shop-web",
            "container_name": "shop_web",
            "restart": "always",
            "ports": [{"target": 80, "published": "8080", "protocol": "tcp", "mode": "ingress"}],
            "healthcheck": {"test": ["CMD", "true"], "interval": "5m0s"},
            "labels": {"traefik.enable": "true"},
            "networks": {"inner": {"ipv4_address": "172.28.0.5"}},
        },
        "db": {
            "image": "postgres",
            "healthcheck": {"disable": True},
            "networks": {"inner": {"ipv4_address": "172.28.0.6"}},
        },
        "worker": {
            "image": "shop-web",
            "environment": {"DB": "postgres://u@172.28.0.6:5432/x", "OTHER": "172.28.0.60"},
            "network_mode": "host",
            "depends_on": {"db": {"condition": "service_started"}},
        },
    },
    "networks": {
        "inner": {"name": "shop_inner", "ipam": {"config": [{"subnet": "172.28.0.0/16"}]}},
        "outer": {"name": "o", "external": True},
    },
    "volumes": {
        "data": {"name": "precious", "external": True},
        "bound": {"driver_opts": {"type": "none", "o": "bind", "device": "/srv/shop"}},
    },
}


@pytest.fixture
def binds(tmp_path: Path) -> Binds:
    tree, root = tmp_path / "work" / "tree", tmp_path / "project"
    tree.mkdir(parents=True)
    root.mkdir()
    return Binds(tree=tree, root=root, folder=tmp_path / "work" / "outside")


def _isolated(binds: Binds, model: dict[str, Any] = _MODEL, **wishes: Any) -> Isolated:
    wishes = {"images": {"web": "jettison-trial:1"}, "label": "run=1", **wishes}
    return isolate(model, "trial", Wishes(**wishes), binds)


def _mounted(binds: Binds, source: Path | str, place: str = "/data", **more: Any) -> Isolated:
    volume = {"type": "bind", "source": str(source), "target": place, **more}
    return _isolated(binds, {"services": {"web": {"image": "x", "volumes": [volume]}}})


def test_nothing_of_the_project_itself_is_touched(binds: Binds) -> None:
    made = _isolated(binds).model
    web = made["services"]["web"]
    assert made["name"] == "trial"
    assert web["image"] == "jettison-trial:1"
    assert not {"build", "container_name"} & web.keys()
    assert made["volumes"]["data"] == {"labels": {"run": "1"}}
    assert made["volumes"]["bound"] == {"labels": {"run": "1"}}
    assert made["networks"]["inner"] == {"labels": {"run": "1"}}
    assert made["networks"]["default"] == {"labels": {"run": "1"}}
    assert "external" not in made["networks"]["outer"]


def test_labels_that_other_programs_act_on_are_left_out(binds: Binds) -> None:
    assert _isolated(binds).model["services"]["web"]["labels"] == {"run": "1"}
    assert _MODEL["services"]["web"]["labels"] == {"traefik.enable": "true"}


def test_ports_are_the_engines_choice_on_loopback(binds: Binds) -> None:
    made = _isolated(binds)
    web = made.model["services"]["web"]
    assert web["ports"] == [{"target": 80, "protocol": "tcp", "host_ip": "127.0.0.1"}]
    assert made.names == {("web", 80): 8080}


def test_a_containers_name_is_kept_as_a_name_in_its_network(binds: Binds) -> None:
    web = _isolated(binds).model["services"]["web"]
    assert web["networks"] == {"inner": {"aliases": ["shop_web"]}}


def test_fixed_addresses_become_names(binds: Binds) -> None:
    worker = _isolated(binds).model["services"]["worker"]
    assert worker["environment"] == {"DB": "postgres://u@db:5432/x", "OTHER": "172.28.0.60"}
    assert worker["networks"] == {"default": {}}


def test_health_is_asked_often_only_while_starting(binds: Binds) -> None:
    made = _isolated(binds).model["services"]
    assert made["web"]["healthcheck"]["start_interval"] == "500ms"
    assert made["web"]["healthcheck"]["interval"] == "30s"
    assert made["db"]["healthcheck"] == {"disable": True}


def test_a_health_check_has_as_long_as_the_project_grants() -> None:
    assert start_budget({"interval": "1s", "retries": 1}, 300) == 60
    assert start_budget({"interval": "30s", "retries": 5, "start_period": "1m0s"}, 300) == 210
    assert start_budget({"interval": "30s", "retries": 50}, 300) == 300


def test_a_restart_policy_only_helps_while_things_start(binds: Binds) -> None:
    made = _isolated(binds).model["services"]
    assert made["web"]["restart"] == "on-failure:8"
    assert "restart" not in made["db"]


@pytest.mark.parametrize(
    "wish",
    [
        {"privileged": True},
        {"pid": "host"},
        {"devices": ["/dev/kvm"]},
        {"cap_add": ["SYS_ADMIN"]},
        {"cap_add": ["cap_all"]},
    ],
)
def test_what_wants_power_over_the_machine_is_left_out(
    binds: Binds, wish: dict[str, object]
) -> None:
    model = {
        "services": {
            "web": {"image": "x", **wish},
            "job": {"image": "y", "depends_on": {"web": {"condition": "service_started"}}},
        }
    }
    made = _isolated(binds, model)
    assert "it wants" in made.left_out["web"]
    assert set(made.model["services"]) == {"job"}
    assert made.model["services"]["job"]["depends_on"] == {}
    assert not _isolated(binds, model, allow=frozenset({"privileged"})).left_out


def test_the_hosts_own_services_are_out_of_reach_unless_allowed(binds: Binds) -> None:
    hosts = ["db.example=10.0.0.1", "host.docker.internal=host-gateway"]
    model = {"services": {"web": {"image": "x", "extra_hosts": hosts}}}
    made = _isolated(binds, model)
    assert made.model["services"]["web"]["extra_hosts"] == ["db.example=10.0.0.1"]
    assert "web does not reach the host's own services" in made.notes[0]
    allowed = _isolated(binds, model, allow=frozenset({"host"}))
    assert allowed.model["services"]["web"]["extra_hosts"] == hosts


def test_the_engines_socket_by_another_name_is_refused(binds: Binds) -> None:
    model = {"services": {"web": {"image": "x", "use_api_socket": True}}}
    assert "socket" in _isolated(binds, model).left_out["web"]
    assert not _isolated(binds, model, allow=frozenset({"socket"})).left_out


def test_volumes_of_a_service_that_is_left_out_are_not_asked_for(binds: Binds) -> None:
    model = {
        "services": {
            "web": {"image": "x", "privileged": True},
            "job": {"image": "y", "volumes_from": ["web:ro", "container:mine", "containers"]},
            "containers": {"image": "z"},
        }
    }
    made = _isolated(binds, model)
    assert made.model["services"]["job"]["volumes_from"] == ["containers"]


def test_what_the_copy_goes_without_is_taken_from_the_project_where_it_is_small(
    binds: Binds,
) -> None:
    (binds.root / "data").mkdir()
    (binds.root / "data" / "app.conf").write_text("1")
    made = _mounted(binds, binds.tree / "data" / "app.conf", "/etc/app.conf")
    (mount,) = made.model["services"]["web"]["volumes"]
    assert mount["source"] == str(binds.folder / "0" / "app.conf")


def test_a_large_folder_is_not_copied_and_that_is_said(binds: Binds, tmp_path: Path) -> None:
    large = tmp_path / "srv" / "media"
    large.mkdir(parents=True)
    for number in range(2):
        (large / str(number)).write_bytes(os.urandom(1 << 20) * 40)
    made = _mounted(binds, large)
    assert made.model["services"]["web"]["volumes"] == [{"type": "volume", "target": "/data"}]
    assert "larger than 64 MB" in made.notes[0]


def test_a_mount_reaches_nothing_beyond_its_folder(binds: Binds) -> None:
    (binds.tree / "data").mkdir()
    wish = {"propagation": "rshared", "selinux": "z"}
    made = _mounted(binds, binds.tree / "data", bind=wish, read_only=True)
    (mount,) = made.model["services"]["web"]["volumes"]
    assert mount == {
        "type": "bind",
        "source": str(binds.tree / "data"),
        "target": "/data",
        "read_only": True,
        "bind": {"selinux": "z"},
    }


def test_a_bind_of_the_copy_is_kept(binds: Binds) -> None:
    (binds.tree / "data").mkdir()
    (mount,) = _mounted(binds, binds.tree / "data").model["services"]["web"]["volumes"]
    assert mount["source"] == str(binds.tree / "data")


def test_a_bind_of_the_machine_is_a_copy(binds: Binds, tmp_path: Path) -> None:
    real = tmp_path / "srv" / "data"
    real.mkdir(parents=True)
    (real / "orders.db").write_text("precious")
    made = _mounted(binds, real)
    (mount,) = made.model["services"]["web"]["volumes"]
    assert mount["source"] != str(real)
    assert (binds.folder / "0" / "data" / "orders.db").read_text() == "precious"
    assert (real / "orders.db").stat().st_nlink == 1
    assert "copy" in made.notes[0]


def test_a_link_in_the_copy_that_leads_out_of_it_is_not_followed(
    binds: Binds, tmp_path: Path
) -> None:
    real = tmp_path / "srv" / "data"
    real.mkdir(parents=True)
    (binds.tree / "data").symlink_to(real)
    (mount,) = _mounted(binds, binds.tree / "data").model["services"]["web"]["volumes"]
    assert mount == {"type": "volume", "target": "/data"}


def test_a_bind_of_the_folder_above_is_taken_from_beside_the_project(
    binds: Binds, tmp_path: Path
) -> None:
    (tmp_path / "hostdata").mkdir()
    (tmp_path / "hostdata" / "a").write_text("1")
    source = binds.tree.parent / "hostdata"  # what Compose makes of ../hostdata in the copy
    (mount,) = _mounted(binds, source).model["services"]["web"]["volumes"]
    assert mount["source"] == str(binds.folder / "0" / "hostdata")


@pytest.mark.parametrize("source", ["/", "/proc", "/etc", "/no/such/folder"])
def test_a_bind_of_what_cannot_be_copied_is_an_empty_volume(binds: Binds, source: str) -> None:
    made = _mounted(binds, source)
    assert made.model["services"]["web"]["volumes"] == [{"type": "volume", "target": "/data"}]
    assert "empty volume" in made.notes[0]


def test_a_socket_is_refused_unless_allowed(binds: Binds, tmp_path: Path) -> None:
    place = tmp_path / "engine.sock"
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(place))
        assert "socket" in _mounted(binds, place).left_out["web"]
        binds.sockets = True
        assert not _mounted(binds, place).left_out
    assert (
        "socket"
        in _mounted(Binds(binds.tree, binds.root, binds.folder), "/x/docker.sock").left_out["web"]
    )


def test_mounts_decided_before_are_removed_by_path(binds: Binds) -> None:
    (binds.tree / "app").mkdir()
    model = {
        "services": {
            "web": {
                "image": "x",
                "volumes": [
                    {"type": "bind", "source": str(binds.tree / "app"), "target": "/app"},
                    {"type": "bind", "source": str(binds.tree / "app"), "target": "/app-data"},
                ],
            }
        }
    }
    (binds.tree / "app" / ".env").write_text("A=1")
    kept = {("web", "/app"): frozenset({".env"})}
    made = _isolated(binds, model, removed=kept)
    places = [v["target"] for v in made.model["services"]["web"]["volumes"]]
    assert places == ["/app/.env", "/app-data"]
    assert made.removed == kept


def test_a_service_that_is_left_out_is_left_out_everywhere() -> None:
    model = {
        "services": {
            "a": {},
            "b": {"depends_on": {"a": {}}, "network_mode": "service:a", "links": ["a:x"]},
        }
    }
    assert without(model, {"a": "why"})["services"] == {"b": {"depends_on": {}, "links": []}}
