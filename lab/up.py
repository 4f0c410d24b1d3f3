"""Bring the lab up: engine, registry, base images, each as early as it can be."""

import os
import shutil
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial

from lab.apt import (
    ENGINE_NEIGHBOURS,
    ENGINE_PACKAGES,
    PEER_PACKAGES,
    REGISTRY_PACKAGES,
    STAND_IN_PACKAGES,
    Apt,
    installed,
    require_debian,
)
from lab.bases.catalog import BASES, ON_DEMAND, fingerprint
from lab.bases.recipe import Base
from lab.engine import (
    SOCKET,
    Engine,
    NoEngine,
    UnfitEngine,
    find_engine,
    inspect_images,
    load,
    pull,
    remove_image,
    start_engine,
)
from lab.errors import LabError, Missing
from lab.folders import Folders
from lab.hub import hub_answers
from lab.images import Image, docker_archive, forget_others, recall, remember, write_image
from lab.layers import Blobs
from lab.machine import Machine, inspect_machine
from lab.progress import Step, run_steps, say
from lab.registry import Registry
from lab.state import Known, read_known, write_known
from lab.workshop import Workshop


def up(folders: Folders, more: Sequence[str] = ()) -> None:
    """Make sure that all of the lab is there; changes nothing that already is.

    `more` are references of base images that not every lab has.
    """
    unknown = set(more) - {base.reference for base in (*BASES, *ON_DEMAND)}
    if unknown:
        raise LabError(f"no recipe for {', '.join(sorted(unknown))}; lab/bases/catalog.py has them")
    found = find_engine(folders)
    if isinstance(found, UnfitEngine):
        raise Missing(f"{found.reason}.\nInstall it, or stop that engine, and run this again.")
    machine = inspect_machine()
    if isinstance(found, NoEngine):
        if SOCKET.exists() and not os.access(SOCKET, os.W_OK):
            raise Missing(
                f"{SOCKET} is there, but this user may not use it.\nJoin the group docker and log "
                "in again, or run this as root."
            )
        require_debian(machine, "No container engine answers")
    with folders.lock():
        folders.prepare()
        folders.empty_work()
        workshop = Workshop(folders, machine, Blobs(folders.cache / "blobs"))
        engine = found if isinstance(found, Engine) else None
        try:
            _Up(folders, machine, workshop, engine, frozenset(more)).bring()
        finally:
            folders.empty_work()


@dataclass(slots=True)
class _Up:
    """One run of `up`."""

    folders: Folders
    machine: Machine
    workshop: Workshop
    engine: Engine | None
    more: frozenset[str]
    known: dict[str, Known] = field(default_factory=dict)
    steps: list[Step] = field(default_factory=list)
    record: threading.Lock = field(default_factory=threading.Lock)

    def bring(self) -> None:
        """Plan the steps, and run them."""
        self.known = read_known(self.folders.root)
        registry = Registry(self.folders)
        port = registry.choose_port()
        lacking = self._lacking()
        real = bool(lacking) and hub_answers()
        made = {base.reference: self._made(base) for base in lacking}
        to_make = [] if real else [base for base in lacking if made[base.reference] is None]
        if to_make:
            require_debian(self.machine, "Docker Hub does not answer, and stand-ins are not made")
        with_registry = self._wants_registry(registry)
        served = with_registry or registry.running()
        self._plan_packages(with_registry=with_registry, stand_ins=bool(to_make))
        if self.engine is None:
            self._add("engine", lambda: self._start_engine(port), "engine packages")
        if with_registry:
            self._add("registry", registry.start, "registry packages", "engine packages")
        self._plan_stocks({stock for base in to_make for stock in base.stocks})
        for base in lacking:
            if not real:
                self._plan_stand_in(base, registry if served else None, made)
            else:
                self._add(base.reference, partial(self._pull, base), "engine")
        run_steps(self.steps)
        if to_make:
            forget_others(self.folders.cache / "images", self.workshop.blobs)
        if not self.steps:
            say("everything is there")

    def _add(self, name: str, do: Callable[[], str | None], *needs: str) -> None:
        """Plan a step; needs that nobody planned are met already."""
        planned = {step.name for step in self.steps}
        self.steps.append(Step(name, do, tuple(need for need in needs if need in planned)))

    def _lacking(self) -> list[Base]:
        """The base images that the engine lacks, or has from an older recipe of the lab's."""
        wanted = [*BASES, *(base for base in ON_DEMAND if base.reference in self.more)]
        if self.engine is None:
            return wanted
        present = inspect_images(self.engine, [base.reference for base in wanted])
        lacking = []
        for base in wanted:
            image, known = present.get(base.reference), self.known.get(base.reference)
            ours = image and known and known.identifier == image.identifier
            recipe = known.fingerprint if known else ""
            if image is None or (ours and recipe not in {"", fingerprint(base, self.workshop)}):
                lacking.append(base)
        return lacking

    def _made(self, base: Base) -> Image | None:
        """The finished stand-in in the cache."""
        recipe = fingerprint(base, self.workshop)
        return recall(base.reference, recipe, self.folders.cache / "images", self.workshop.blobs)

    def _wants_registry(self, registry: Registry) -> bool:
        """Whether a registry has to be started, and can be."""
        if registry.running():
            return False
        can = installed(REGISTRY_PACKAGES) or (self.machine.root and self.machine.debian)
        if not can:
            say("no local registry: the package docker-registry is missing, and this is not root")
        return can

    def _plan_packages(self, *, with_registry: bool, stand_ins: bool) -> None:
        """Plan the installation of what is not installed yet."""
        apt = Apt(self.folders, self.machine)
        builders = STAND_IN_PACKAGES if stand_ins and not installed(STAND_IN_PACKAGES) else ()
        engine = self.engine is None and not installed([*ENGINE_PACKAGES, *ENGINE_NEIGHBOURS])
        server = REGISTRY_PACKAGES if with_registry and not installed(REGISTRY_PACKAGES) else ()
        more = (*server, *self._peers())
        if builders or engine or more:
            self._add("package lists", apt.update)
        if builders:
            self._add("builder packages", lambda: apt.install(builders), "package lists")
        needs = ("package lists", "builder packages")
        if engine:
            packages = (*ENGINE_NEIGHBOURS, *more)
            self._add("engine packages", lambda: apt.install(packages, ENGINE_PACKAGES), *needs)
        elif more:
            self._add("registry packages", lambda: apt.install(more), *needs)

    def _peers(self) -> tuple[str, ...]:
        """The packages of the tests' peers that are absent, where they can be installed."""
        if not (self.machine.root and self.machine.debian):
            return ()
        return tuple(name for name in PEER_PACKAGES if not shutil.which(name))

    def _start_engine(self, port: int) -> str:
        """Start the engine, unless installing it already did."""
        found = find_engine(self.folders)
        if not isinstance(found, Engine):
            found = start_engine(self.folders, port)
        self.engine = found
        return f"version {found.version}"

    def _plan_stocks(self, stocks: set[str]) -> None:
        """Plan what recipes work with."""
        shop = self.workshop
        if not stocks:
            return
        if not shop.root.exists():
            self._add("debian root", shop.make_root, "builder packages")
        if "cpython" in stocks and not shop.cpython.exists():
            self._add("cpython", shop.make_cpython, "debian root")
        if "npm" in stocks and not shop.npm.exists():
            self._add("npm", shop.make_npm, "debian root")
        if "pool" in stocks:
            self._add("pool", shop.make_pool, "debian root")

    def _plan_stand_in(
        self, base: Base, registry: Registry | None, made: dict[str, Image | None]
    ) -> None:
        """Plan making a stand-in, if need be, and putting it into registry and engine."""
        name = base.reference
        if made[name] is None:
            prepare = base.prepare
            if prepare:
                self._add(f"prepare {name}", lambda: prepare(self.workshop), "debian root")

            def make() -> str:
                made[name] = image = self._make(base)
                return f"{image.uncompressed_size / 1e6:.0f} MB"

            stocks = [stock.replace("debian", "debian root") for stock in base.stocks]
            self._add(f"make {name}", make, "debian root", f"prepare {name}", *stocks)

        def deliver() -> str:
            image = made[name]
            if image is None:
                raise LabError(f"{name} was not made")
            return self._deliver(base, image, registry)

        self._add(f"deliver {name}", deliver, f"make {name}", "engine", "registry")

    def _make(self, base: Base) -> Image:
        """Make a stand-in and record it."""
        recipe = base.make(self.workshop)
        image = write_image(
            (base.reference, fingerprint(base, self.workshop)),
            recipe.layers,
            recipe.settings,
            self.workshop.blobs,
            self.machine.architecture,
        )
        remember(image, self.folders.cache / "images")
        return image

    def _deliver(self, base: Base, image: Image, registry: Registry | None) -> str:
        """Put a stand-in into the registry and the engine."""
        engine = self._engine()
        if not base.of_hub:  # the engine has the registry as its mirror of the Hub alone
            registry = None
        if registry and not registry.has(image):
            registry.push(image, self.workshop.blobs)
        log = self.workshop.log("deliver")
        before = inspect_images(engine, [base.reference]).get(base.reference)
        known = self.known.get(base.reference)
        if before and not engine.ours and (not known or known.identifier != before.identifier):
            return "the engine has one already"
        if engine.ours and registry:
            pull(engine, base.reference, log)
        else:
            load(engine, docker_archive(image, self.workshop.blobs), log)
        after = inspect_images(engine, [base.reference]).get(base.reference)
        if after is None or after.identifier != image.config:
            raise LabError(f"{base.reference}: the engine has another image than the one made")
        if before and before.identifier != after.identifier:
            remove_image(engine, before.identifier)
        self._remember(Known(base.reference, after.identifier, image.fingerprint))
        return "stand-in"

    def _pull(self, base: Base) -> str:
        """Pull the real image."""
        engine = self._engine()
        pull(engine, base.reference, self.workshop.log("deliver"))
        image = inspect_images(engine, [base.reference])[base.reference]
        self._remember(Known(base.reference, image.identifier, ""))
        return "real"

    def _remember(self, known: Known) -> None:
        """Record what was put into the engine."""
        with self.record:
            self.known[known.reference] = known
            write_known(self.folders.root, self.known)

    def _engine(self) -> Engine:
        """The engine, which is up by now."""
        if self.engine is None:
            raise LabError("the engine is not up")
        return self.engine
