"""RUNs that install system packages where no call of a manager is read: exec form, scripts."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from jettison.analysis.landing import brought_from, landings, project_path, steps_before
from jettison.analysis.package_runs import built_from
from jettison.dockerfile import Run
from jettison.patterns import regex
from jettison.shell import parse_commands
from jettison.sure import sure_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jettison.analysis.facts import Facts
    from jettison.analysis.package_runs import PackageRun
    from jettison.analysis.project import Target
    from jettison.dockerfile import Step

__all__ = ["hidden_install"]

_CALL = regex(r"\b(?:apt|apt-get|aptitude|apk)\s[^\n;&|]*\b(?P<verb>update|install|add)\b")


def hidden_install(facts: Facts, target: Target, run: PackageRun) -> int:
    """The line of a RUN behind another that installs from its lists out of sight; 0 for none."""
    for stage in sorted({run.stage} | built_from(target.dockerfile, run.stage)):
        for step in target.all_steps[stage]:
            one = step.instruction
            if not isinstance(one, Run) or one.line <= run.run.line:
                continue
            for text in _texts(facts, target, stage, step):
                found = _CALL.search(text)
                if found is not None and found["verb"] != "update":
                    return one.line
    return 0


def _texts(facts: Facts, target: Target, stage: int, step: Step) -> Iterator[str]:
    """What a RUN in exec form says, and the files of the context that any RUN names."""
    run = sure_of(Run, step.instruction)
    if run.argv is not None:
        yield " ".join(run.argv)
        words = set(run.argv)
    else:
        script = parse_commands(run.script.text if run.script else run.command)
        words = {word.unquoted for command in script.commands for word in command.words}
    landed = landings(target, steps_before(target, stage, run.line))
    for word in sorted(words):
        if not word.strip("./") or "$" in word or "://" in word:
            continue
        path = brought_from(target, landed, posixpath.join(step.before.workdir, word))
        source = facts.tree.read(project_path(target, path)) if path else None
        if source is not None:
            yield source.text
