"""What of the lab is there."""

from dataclasses import dataclass

from lab.bases.catalog import BASES, ON_DEMAND
from lab.engine import Engine, EngineImage, NoEngine, UnfitEngine, find_engine, inspect_images
from lab.folders import Folders
from lab.registry import Registry


@dataclass(frozen=True, slots=True)
class Status:
    """The engine, the registry, and the base images in the engine."""

    engine: Engine | NoEngine | UnfitEngine
    registry: str | None
    """Its address, if it runs."""
    bases: dict[str, EngineImage | None]

    @property
    def complete(self) -> bool:
        """Whether the engine runs and has all base images."""
        return isinstance(self.engine, Engine) and all(self.bases.values())

    def as_json(self) -> dict[str, object]:
        """The status as a JSON object."""
        engine: dict[str, object] | None = None
        if isinstance(self.engine, Engine):
            engine = {name: getattr(self.engine, name) for name in Engine.__dataclass_fields__}
        return {
            "complete": self.complete,
            "engine": engine,
            "problem": self.engine.reason if isinstance(self.engine, UnfitEngine) else None,
            "registry": self.registry,
            "bases": [
                {
                    "reference": reference,
                    "image_id": image.identifier if image else None,
                    "uncompressed_size": image.uncompressed_size if image else None,
                    "stand_in": image.stand_in if image else None,
                }
                for reference, image in self.bases.items()
            ],
        }


def survey(folders: Folders) -> Status:
    """Look at what is there; changes nothing."""
    engine = find_engine(folders)
    every = [base.reference for base in (*BASES, *ON_DEMAND)]
    images = inspect_images(engine, every) if isinstance(engine, Engine) else {}
    always = {base.reference for base in BASES}
    references = [name for name in every if name in always or name in images]
    registry = Registry(folders)
    return Status(
        engine,
        registry.address if registry.running() else None,
        {reference: images.get(reference) for reference in references},
    )


def render(status: Status) -> str:
    """The status for people."""
    lines: list[str]
    match status.engine:
        case Engine() as engine:
            owner = "started by the lab" if engine.ours else "not the lab's"
            first = f"engine    Docker {engine.version}, {engine.storage_driver}, {owner}"
            second = f"          Compose {engine.compose}, Buildx {engine.buildx}, {engine.client}"
            lines = [first, second]
        case UnfitEngine(reason):
            lines = [f"engine    unfit: {reason}"]
        case NoEngine():
            lines = ["engine    none"]
    lines.append(f"registry  {status.registry or 'none'}")
    lines.append("bases     uncompressed")
    for reference, image in status.bases.items():
        size = f"{image.uncompressed_size / 1e6:8.1f} MB" if image else "    missing"
        kind = "" if image is None else "  stand-in" if image.stand_in else "  real"
        lines.append(f"  {size}  {reference}{kind}")
    return "\n".join(lines)
