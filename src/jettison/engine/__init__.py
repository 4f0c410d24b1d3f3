"""Ask a container engine to build, inspect, run, launch and measure."""

from jettison.engine.docker import DockerEngine
from jettison.engine.fake import FakeEngine
from jettison.engine.find import find_engine
from jettison.engine.layers import LayerBytes
from jettison.engine.model import (
    BuildRequest,
    BuildResult,
    BuildStep,
    ContainerState,
    Engine,
    EngineInfo,
    ImageInfo,
    Leftover,
    RunResult,
    Sandbox,
    StackRequest,
    Starting,
)

__all__ = [
    "BuildRequest",
    "BuildResult",
    "BuildStep",
    "ContainerState",
    "DockerEngine",
    "Engine",
    "EngineInfo",
    "FakeEngine",
    "ImageInfo",
    "LayerBytes",
    "Leftover",
    "RunResult",
    "Sandbox",
    "StackRequest",
    "Starting",
    "find_engine",
]
