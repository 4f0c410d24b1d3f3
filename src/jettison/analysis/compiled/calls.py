"""What RUNs call, and in which folder; what those that start an image are told."""

from __future__ import annotations

import posixpath
import re
from string import Template
from typing import TYPE_CHECKING

from jettison.analysis.package_runs import sharing
from jettison.analysis.running.started import started
from jettison.shell import unwrap

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from jettison.analysis.facts import Facts
    from jettison.analysis.package_runs import PackageRun
    from jettison.analysis.project import Target
    from jettison.analysis.running.started import StartedCommand

__all__ = ["calls_of", "words_told"]


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


def words_told(
    facts: Facts, target: Target, *besides: Callable[[Facts, Target], Iterable[StartedCommand]]
) -> Iterator[str]:
    """The words of commands, checks and settings of all targets that share the image.

    ``besides`` are facts that tell of other commands.
    """
    for one in sharing(facts, target):
        others = (command for told in besides for command in facts.of(told, one))
        for command in (*facts.of(started, one).at_run_time, *others):
            yield from command.words
        for run in one.runs:
            for text in (*run.argv, *run.check, *(v or "" for v in run.environment.values())):
                yield from re.split(r"[\s=,;:'\"]+", text)
                yield text
        yield from one.state.env.values()
