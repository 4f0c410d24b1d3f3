"""Pin requirements with uv, which reads package indexes and runs nothing of any package."""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from uv import find_uv_bin

if TYPE_CHECKING:
    from collections.abc import Sequence

_SECONDS = 120
_PINNED = re.compile(r"^[A-Za-z0-9][A-Za-z0-9._-]*(\[[^\]]*\])?==\S+")


class UvResolver:
    """A resolver that asks uv for the versions that pip would choose on Linux."""

    def lock(
        self, wanted: Sequence[str], constraints: Sequence[str], python: str, folder: Path
    ) -> tuple[str, ...] | None:
        """The wanted requirements with all they depend on, pinned, or ``None`` when uv cannot.

        ``constraints`` are the project's own pins: they win wherever a package is needed at all.
        Distributions without a wheel are not built (``--no-build``), as that would run their code:
        then there is no answer.
        """
        del folder  # the requirements are handed over in files of our own
        with tempfile.TemporaryDirectory(prefix="jettison-uv-") as name:
            work = Path(name)
            (work / "wanted.in").write_text("\n".join(wanted) + "\n", "utf-8")
            # Constraints may not have extras (pip, "Constraints Files").
            plain = [re.sub(r"\[[^\]]*\]", "", line) for line in constraints]
            (work / "constraints.txt").write_text("\n".join(plain) + "\n", "utf-8")
            argv = [find_uv_bin(), "pip", "compile", "wanted.in", "--constraints"]
            argv += ["constraints.txt", "--python-version", python, "--python-platform", "linux"]
            argv += ["--no-build", "--no-header", "--no-annotate", "--quiet", "--no-config"]
            environment = {**os.environ, "UV_SYSTEM_CERTS": "true", "UV_NATIVE_TLS": "true"}
            try:
                done = subprocess.run(
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
        if done.returncode:
            return None
        return tuple(line for line in done.stdout.splitlines() if _PINNED.match(line))
