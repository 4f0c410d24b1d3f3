"""What stands before the end of a build, and the stage that runs has to have, too."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from jettison.analysis.compiled.checks import REPEATED, sets_time_zone
from jettison.analysis.compiled.packages import (
    lacking_programs,
    needed_libraries,
    runtime_packages,
)
from jettison.dockerfile import DockerfileEditor
from jettison.dockerfile.instructions import (
    Arg,
    Cmd,
    Entrypoint,
    Env,
    Expose,
    Healthcheck,
    Label,
    Maintainer,
    Stopsignal,
    Volume,
    Workdir,
)
from jettison.shell import Manager, Verb, unwrap

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from jettison.analysis.compiled.model import Code, Language, Product, Runtime
    from jettison.analysis.facts import Facts
    from jettison.analysis.package_runs import PackageRun
    from jettison.analysis.project import Target
    from jettison.dockerfile import Instruction, Step

__all__ = ["SETTINGS", "Carrier", "install"]

SETTINGS = (Label, Maintainer, Expose, Volume, Stopsignal, Healthcheck, Entrypoint, Cmd)
"""Instructions that no build reads: they move to the stage that runs."""


@dataclass(slots=True)
class Carrier:
    """Writes what is repeated, and notes what moves; ``runs`` are the RUNs by their step's number.

    ``environment`` tells that variables of the compiler's are left out.
    """

    facts: Facts
    target: Target
    language: Language
    runtime: Runtime
    code: Code
    runs: Mapping[int, PackageRun]
    products: Sequence[Product]
    gone: list[Instruction] = field(default_factory=list)
    environment: bool = False

    @property
    def editor(self) -> DockerfileEditor:
        """The editor of the target's Dockerfile."""
        return DockerfileEditor(self.target.dockerfile)

    def lines(self, steps: Sequence[Step], end: int) -> Iterator[str]:
        """What the last stage repeats of what stands before the build's end, or takes over."""
        kept = [*steps[end + 1 :], *(s for s in steps[:end] if _is_setting(s.instruction))]
        rest = " ".join(self.text_of(step.instruction) for step in kept)
        packages = dict.fromkeys(self._packages())
        if packages:
            alpine = self.runtime.alpine or (self.runtime.same and self._by_apk())
            yield self.editor.render(install(alpine, tuple(packages)))
        if self.runtime.settings:
            self.environment = True
            yield self.editor.render("ENV " + " ".join(self.runtime.settings))
        folders = [s for s in steps[: end + 1] if isinstance(s.instruction, Workdir)]
        if not any(self._repeated(run) for run in self.runs.values()):
            folders = [] if _sets_folder(steps[end + 1 :]) else folders[-1:]
        start = steps[0].before.workdir
        if start != "/" and not folders and not _sets_folder(steps[end + 1 :]):
            yield self.editor.render(f"WORKDIR {start}")  # as the image that builds says
        for at, step in enumerate(steps[: end + 1]):
            one = step.instruction
            if isinstance(one, SETTINGS):
                self.gone.append(one)
                yield self.editor.block_text(one)
            elif isinstance(one, Env):
                yield from self._env(one)
            elif isinstance(one, Arg):
                if any(re.search(rf"\$\{{?{re.escape(pair.key)}\b", rest) for pair in one.pairs):
                    yield self.text_of(one) + self.editor.newline
            elif step in folders and step.after.workdir != "/":
                yield self.editor.render(f"WORKDIR {step.after.workdir}")
            elif at in self.runs:
                yield self._repeated(self.runs[at])

    def _packages(self) -> Iterator[str]:
        """The system packages that the last stage has to have."""
        yield from self.runtime.packages
        for run in self.runs.values():
            copied = self.runtime.debian and self.code.secure
            for package in runtime_packages(self.facts, self.target, self.code, run, copied=copied):
                if package not in self.language.packages:
                    yield package
        yield from lacking_programs(self.facts, self.target, self.code, self.runtime)
        yield from needed_libraries(self.facts, self.target, self.products, self.runtime)

    def _by_apk(self) -> bool:
        return any(run.of(Manager.APK, Verb.INSTALL) for run in self.runs.values())

    def _env(self, one: Env) -> Iterator[str]:
        gone = [pair for pair in one.pairs if self.language.variables.fullmatch(pair.key)]
        if len(gone) == len(one.pairs):
            self.environment = True
            return
        if gone:
            self.environment = True
            text = self.editor.text
            kept = [text[p.span.start : p.span.end] for p in one.pairs if p not in gone]
            yield self.editor.render("ENV " + " ".join(kept))
            return
        yield self.text_of(one) + self.editor.newline

    def _repeated(self, run: PackageRun) -> str:
        """What of a RUN before the end of the build the last stage has to have, too."""
        if self.runtime.debian and sets_time_zone(run):
            return self.text_of(run.run) + self.editor.newline
        if self.language.products(self.facts, self.target, run) is not None:
            return ""
        kept = [
            command
            for command in run.commands
            if (words := unwrap(command)) and posixpath.basename(words[0].unquoted) in REPEATED
        ]
        made = {word.unquoted for command in kept for word in command.words}
        here = f"{self.target.state.workdir}/"
        if all(word in ("mkdir", "-p") or here.startswith(f"{word}/") for word in made):
            return ""
        if any(command.nesting for command in kept):
            return ""
        return run.editor.text_of(kept) + self.editor.newline

    def text_of(self, one: Instruction) -> str:
        """An instruction as it is written."""
        return self.editor.text[one.span.start : one.span.end]


def _is_setting(one: Instruction) -> bool:
    return isinstance(one, (Env, *SETTINGS))


def _sets_folder(steps: Sequence[Step]) -> bool:
    """Whether the folder is set before anything else needs it."""
    for step in steps:
        if isinstance(step.instruction, Workdir):
            return step.instruction.path.startswith("/")
        if not _is_setting(step.instruction):
            break
    return False


def install(alpine: bool, packages: Sequence[str]) -> str:
    """The RUN that installs system packages."""
    names = " ".join(packages)
    if alpine:
        return f"RUN apk add --no-cache {names}"
    return (
        f"RUN apt-get update && apt-get install -y --no-install-recommends {names} "
        "&& rm -rf /var/lib/apt/lists/*"
    )
