"""Libraries for GPUs are in an image that no GPU is asked for.

## What it does
Finds `torch` (and what brings it along) installed with the libraries of CUDA, where the base image
is none for GPUs and neither Compose files, scripts nor documentation ask for a GPU (`--gpus`,
`driver: nvidia`, `nvidia.com/gpu`). It is advice: who deploys the image may give it a GPU all the
same, and which build of a package is wanted is the author's to say.

## Why it matters
On PyPI the wheel of torch for Linux on x86-64 is the one for CUDA. It needs the `nvidia-...`
distributions, two gigabytes and more, which do nothing without a GPU. The build for processors
alone is on an index of its own.

## Fix safety
Nothing is changed. pip: `--extra-index-url https://download.pytorch.org/whl/cpu` and `torch==X+cpu`
in the list. uv: an index of that address with `explicit = true`, and `torch` in
`[tool.uv.sources]`. Poetry: a source of that address with `priority = "explicit"`.

## Saving
Read from the built image: the `nvidia-...` distributions; the smaller build of torch itself comes
on top. Guessed where nothing was built.

## References
* PyTorch documentation, "Start locally"; uv documentation, "Using uv with PyTorch"
"""

from __future__ import annotations

import re
from types import MappingProxyType
from typing import TYPE_CHECKING

from jettison.analysis.evidence import Distribution, ImageEvidence
from jettison.analysis.package_runs import (
    first_of,
    package_runs,
    reaching_stages,
    services_of,
)
from jettison.analysis.python.requirement_uses import requirement_uses
from jettison.analysis.workflow_files import workflow_texts
from jettison.ecosystem.python.canonical import canonicalize_name
from jettison.ecosystem.python.requirements import read_requirements
from jettison.patterns import regex
from jettison.rules.model import Advice, Basis, Example, Finding, Grade, Key, Level, Rule, Saving
from jettison.shell import Manager, Verb

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jettison.analysis import Facts, Target

CODE, NAME = "JT030", "cuda-without-gpu"

_LIBRARY = "nvidia-"
_TORCH = "torch"
_LEAST_BYTES = 50_000_000
_GUESSED = Saving(2_000_000_000, 5_000_000_000, Basis.GUESSED)
_MANAGERS = (Manager.PIP, Manager.UV, Manager.POETRY, Manager.PIPENV, Manager.PDM)
_FOR_GPUS = regex(r"cuda|nvidia|rocm|gpu|pytorch", re.IGNORECASE)
_ASKS = regex(
    r"--gpus\b|nvidia\.com/gpu|(driver|runtime)\s*[:=]\s*[\"']?nvidia"
    r"|capabilities:\s*\[[^\]]*gpu|^\s*gpus\s*:|NVIDIA_VISIBLE_DEVICES|\bnvidia-docker\b",
    re.MULTILINE,
)
_OTHER_INDEX = regex(r"whl/(cpu|nightly/cpu)|\+cpu\b")


def _one(name: str, size: int, *needs: str) -> Distribution:
    return Distribution(
        name, "2.5.0", frozenset(), frozenset(needs), frozenset(), False, frozenset(), size
    )


_IMAGE = ImageEvidence(
    "image",
    distributions=MappingProxyType(
        {
            "torch": _one("torch", 1_700_000_000, "nvidia-cublas-cu12"),
            "nvidia-cublas-cu12": _one("nvidia-cublas-cu12", 900_000_000),
        }
    ),
)
_PIP = "COPY requirements.txt .\nRUN pip install -r requirements.txt\nCMD python serve.py\n"
_FILES = {"Dockerfile": f"FROM python:3.11-slim\n{_PIP}", "requirements.txt": "torch==2.5.0\n"}
_CPU = "--extra-index-url https://download.pytorch.org/whl/cpu\ntorch==2.5.0+cpu\n"
_GPUS = "services:\n  api:\n    build: .\n    gpus: all\n"
VALID = (
    Example("the build for processors", {**_FILES, "requirements.txt": _CPU}),
    Example("a GPU is asked for", {**_FILES, "compose.yaml": _GPUS}, image=_IMAGE),
    Example(
        "a base for GPUs", {**_FILES, "Dockerfile": f"FROM nvidia/cuda:12.4.1-runtime\n{_PIP}"}
    ),
)
INVALID = (
    Example("torch as PyPI has it", _FILES, found=("requirements.txt:1",), image=_IMAGE),
    Example(
        "it comes along with another",
        {**_FILES, "requirements.txt": "flask\nsentence-transformers\n"},
        found=("Dockerfile:3",),
        image=_IMAGE,
    ),
    Example(
        "nothing was built that tells",
        {"Dockerfile": "FROM python:3.11-slim\nRUN pip install torch\nCMD python serve.py\n"},
        found=("Dockerfile:2",),
    ),
)


def check(facts: Facts) -> Iterator[Finding]:
    """A finding for every image that holds CUDA's libraries, or asks for them, and no GPU."""
    for target in facts.targets:
        if not first_of(facts, target) or _FOR_GPUS.search(target.base):
            continue
        image = facts.evidence.image(target.name)
        saving = _GUESSED if image is None else _weight(image)
        if saving is None:
            continue
        place = _listed(facts, target)
        if place is None and image is not None:
            place = _installed(facts, target)
        if place is None or _asks_for_gpu(facts, target):
            continue
        yield Finding(
            key=Key(CODE, target.name),
            name=NAME,
            message="torch brings CUDA's libraries along, and no GPU is asked for",
            file=place[0],
            line=place[1],
            services=services_of(facts, target),
            remedy=Advice(
                "Without a GPU, take torch from https://download.pytorch.org/whl/cpu "
                "(`jettison explain JT030` tells how)."
            ),
            level=Level.NOTE if image is None else Level.WARNING,
            saving=saving,
        )


def _weight(image: ImageEvidence) -> Saving | None:
    """The bytes of the libraries, ``None`` where they are not worth a word."""
    libraries = [one for name, one in image.distributions.items() if name.startswith(_LIBRARY)]
    size = sum(one.size_bytes for one in libraries)
    return Saving(size, size, Basis.READ) if size >= _LEAST_BYTES else None


def _listed(facts: Facts, target: Target) -> tuple[str, int] | None:
    """The file and line that ask for torch as PyPI has it; ``None`` where none does."""
    runs = tuple(package_runs(target))
    if any(_OTHER_INDEX.search(run.editor.script.text) for run in runs):
        return None
    for path, uses in facts.whole(requirement_uses).items():
        source = facts.tree.read(path)
        if source is None or not any(use.target.name == target.name for use in uses):
            continue
        listing = read_requirements(facts.tree.read, path)
        if listing is None or _OTHER_INDEX.search(source.text):
            continue
        for line in listing.lines:
            if line.name == _TORCH and not _OTHER_INDEX.search(line.text):
                return line.file, line.line
    for run in runs:
        for call in run.of(Manager.PIP, Verb.INSTALL) + run.of(Manager.UV, Verb.INSTALL):
            if any(canonicalize_name(one.name) == _TORCH for one in call.packages if one.known):
                return target.dockerfile_name, run.run.line
    return None


def _installed(facts: Facts, target: Target) -> tuple[str, int] | None:
    """The RUN that installs the Python packages of an image."""
    feeding = tuple(package_runs(target, reaching_stages(facts, target))) or package_runs(target)
    for run in feeding:
        if any(run.of(manager, Verb.INSTALL) for manager in _MANAGERS):
            return target.dockerfile_name, run.run.line
    return None


def _asks_for_gpu(facts: Facts, target: Target) -> bool:
    texts = [*facts.whole(workflow_texts).values(), target.dockerfile.source.text]
    for name in facts.project.compose_names:
        source = facts.tree.read(name)
        texts += [source.text] if source is not None else []
    return any(_ASKS.search(text) for text in texts)


RULE = Rule(
    code=CODE,
    name=NAME,
    summary="Libraries for GPUs are in an image that no GPU is asked for.",
    since="0.1.0",
    grade=Grade.DISPLAY_ONLY,
    check=check,
    valid=VALID,
    invalid=INVALID,
)
