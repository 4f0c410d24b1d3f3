"""What a RUN calls, and in which folder."""

from __future__ import annotations

import posixpath
from string import Template
from typing import TYPE_CHECKING

from jettison.shell import unwrap

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jettison.analysis.package_runs import PackageRun

__all__ = ["calls_of"]


def calls_of(run: PackageRun) -> Iterator[tuple[str, tuple[str, ...], str]]:
    """The programs by their names, with their arguments and the folder of the image they run in.

    Variables are put in, and ``cd`` leads to the folder of what comes after it.
    """
    folder = run.step.before.workdir
    values = run.step.before.variables
    for command in run.commands:
        words = tuple(Template(one.unquoted).safe_substitute(values) for one in unwrap(command))
        if not words:
            continue
        name = posixpath.basename(words[0])
        yield name, words[1:], folder
        if name == "cd" and len(words) == 2:
            folder = posixpath.normpath(posixpath.join(folder, words[1]))
