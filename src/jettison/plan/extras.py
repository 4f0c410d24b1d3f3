"""What a team keeps beside its Dockerfiles: Makefile targets and the size check."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from jettison.plan.model import PlannedFile
from jettison.plan.rendering import render

if TYPE_CHECKING:
    from pathlib import Path

    from jettison.analysis import Project

_TARGETS = ("docker-sizes", "docker-build-optimized", "docker-cleanup", "docker-reset")
_MARK = "# --- Jettison: image sizes and clean-up"


def plan_makefile(project: Project) -> PlannedFile:
    """The Makefile with the four targets; one that the project has already is left as it is."""
    path = project.root / "Makefile"
    present = path.read_text("utf-8", "surrogateescape") if path.is_file() else ""
    present = present.partition(_MARK)[0].rstrip("\n")
    missing = [t for t in _TARGETS if not re.search(rf"^{t}\s*:", present, re.MULTILINE)]
    added = render("Makefile.j2", mark=_MARK, targets=missing, compose=project.compose_names[0])
    text = f"{present}\n\n{added}" if present else added
    return PlannedFile("Makefile", text, "targets " + ", ".join(missing))


def plan_size_check(project: Project) -> PlannedFile:
    """``scripts/check_image_sizes.py``: measured before and after, and what the engine has now."""
    services = {run.service: target.service for target in project.targets for run in target.runs}
    text = render("check_image_sizes.py.j2", services=services)
    path = "scripts/check_image_sizes.py"
    return PlannedFile(path, text, "table of image sizes", executable=True)


def results_path(root: Path) -> str:
    """Where the results document goes: the documentation folder where there is one."""
    return "docs/docker-optimization.md" if (root / "docs").is_dir() else "DOCKER_OPTIMIZATION.md"
