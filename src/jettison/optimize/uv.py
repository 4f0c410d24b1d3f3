"""Pin requirements with uv, which reads package indexes and runs nothing of any package."""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from packaging.utils import canonicalize_name
from uv import find_uv_bin

if TYPE_CHECKING:
    from collections.abc import Sequence

_SECONDS = 120
_PINNED = re.compile(r"^[A-Za-z0-9][A-Za-z0-9._-]*(\[[^\]]*\])?==\S+")


_NO_WHEEL = re.compile(r"[Ww]heels are required for `([^`]+)`")
_MOST_WITHOUT_WHEEL = 8


class UvResolver:
    """A resolver that asks uv for the versions that pip would choose on Linux."""

    def lock(
        self, wanted: Sequence[str], constraints: Sequence[str], python: str, folder: Path
    ) -> tuple[str, ...] | None:
        """The wanted requirements with all they depend on, pinned, or ``None`` when uv cannot.

        ``constraints`` are the project's own pins: they win wherever a package is needed at all.
        Distributions without a wheel are not built (``--no-build``), as that would run their code:
        a pinned one is listed as it is, without what it depends on.
        """
        del folder  # the requirements are handed over in files of our own
        asked = list(wanted)
        aside: list[str] = []
        for _ in range(_MOST_WITHOUT_WHEEL):
            done = _compile(asked, constraints, python)
            if done is None:
                return None
            if done.returncode == 0:
                lines = [line for line in done.stdout.splitlines() if _PINNED.match(line)]
                return tuple(sorted([*lines, *aside], key=str.lower))
            missing = _NO_WHEEL.search(done.stderr)
            name = canonicalize_name(missing[1]) if missing else ""
            found = next((line for line in asked if _name(line) == name), None)
            if found is None or not _PINNED.match(found):
                return None
            asked.remove(found)
            aside.append(found)
        return None


def _name(line: str) -> str:
    return canonicalize_name(re.split(r"[^A-Za-z0-9._-]", line, maxsplit=1)[0])


def _compile(
    wanted: Sequence[str], constraints: Sequence[str], python: str
) -> subprocess.CompletedProcess[str] | None:
    """What uv says; ``None`` when it cannot be started or does not end."""
    with tempfile.TemporaryDirectory(prefix="jettison-uv-") as name:
        work = Path(name)
        (work / "wanted.in").write_text("\n".join(wanted) + "\n", "utf-8")
        # Constraints may not have extras (pip, "Constraints Files").
        plain = [re.sub(r"\[[^\]]*\]", "", line) for line in constraints]
        (work / "constraints.txt").write_text("\n".join(plain) + "\n", "utf-8")
        argv = [find_uv_bin(), "pip", "compile", "wanted.in", "--constraints", "constraints.txt"]
        argv += ["--python-version", python, "--python-platform", "linux", "--no-build"]
        argv += ["--no-header", "--no-annotate", "--quiet", "--no-config"]
        environment = {**os.environ, "UV_SYSTEM_CERTS": "true", "UV_NATIVE_TLS": "true"}
        try:
            return subprocess.run(
                argv,
                cwd=work,
                env=environment,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                timeout=_SECONDS,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired):
            return None
