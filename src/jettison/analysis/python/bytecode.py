"""The bytecode of the standard library that an image had, or root wrote, and nobody does any more.

Official Python images come without it. It is left in an image by what runs Python in its build as
root (pip above all), and in a container by root's first process. Where neither is so any more, each
process compiles the modules anew: about a second of a processor for a web framework.
"""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from jettison.analysis.package_runs import sharing
from jettison.analysis.running.started import started
from jettison.dockerfile import Run
from jettison.ecosystem.python.places import source_of
from jettison.patterns import regex
from jettison.record import record
from jettison.shell import is_shell, parse_commands

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from jettison.analysis.evidence import ImageEvidence, StandardModule
    from jettison.analysis.facts import Facts
    from jettison.analysis.project import Target
    from jettison.dockerfile import Instruction, Step

__all__ = ["MissingBytecode", "caches_bytecode", "missing_bytecode"]

_SWITCHES = ("PYTHONDONTWRITEBYTECODE", "PYTHONPYCACHEPREFIX")
_PYTHON = regex(r"(?:python|pip)[\d.]*|pipenv|poetry|pdm|flask|django-admin|alembic|celery")
_SCRIPTED = regex(r"python[\d.]*|sh|bash|exec|set|echo|cd|export|")
_WARMING = regex(r"python -c \"import [^\";]*\"")
_LEAST_BYTES = 500_000
_LEAST_SHARE = 0.01
_ROOT = frozenset({"", "root", "0"})


@record
class MissingBytecode:
    """The modules whose bytecode is not there; ``imports`` are those that load nearly all of them.

    ``seen`` tells that services were seen to open them, otherwise the image had their bytecode.
    ``size_bytes`` is that of the sources. ``why`` is for a person.
    """

    modules: frozenset[str]
    imports: tuple[str, ...]
    seen: bool
    size_bytes: int
    why: str


def missing_bytecode(facts: Facts, target: Target) -> MissingBytecode | None:
    """What a target's image lacks that its services load; ``None`` where nothing is lost.

    Only an image that was built before any change tells, and only one that wants bytecode at all.
    """
    image = facts.evidence.image(target.name)
    if image is None or not image.standard or any(target.state.env.get(s) for s in _SWITCHES):
        return None
    if not _is_root_at_start(target) or any(map(_caches, target.steps)):
        return None
    had = frozenset(name for name, one in image.standard.items() if one.cached)
    was_root = _user(image.user) in _ROOT
    if not had and not (was_root and _user(target.state.user or "") not in _ROOT):
        return None
    if not had and not _starts_again(facts, target):
        return None
    opened = _opened(facts, target, image)
    wanted = opened or had
    size = sum(image.standard[name].size_bytes for name in wanted)
    if size < _LEAST_BYTES:
        return None
    why = (
        "the bytecode stays in the stage that installs packages"
        if had
        else "an ordinary user cannot cache the bytecode, as root did at the first start"
    )
    return MissingBytecode(wanted, _covering(image.standard, wanted), bool(opened), size, why)


def caches_bytecode(instruction: Instruction) -> bool:
    """Whether a RUN does nothing but load modules, so that their bytecode is in the image."""
    return isinstance(instruction, Run) and bool(_WARMING.fullmatch(instruction.command.strip()))


def _user(text: str) -> str:
    return text.partition(":")[0]


def _is_root_at_start(target: Target) -> bool:
    """Whether root and a usual shell run the first RUN of the final stage."""
    steps = target.all_steps[target.stage.index]
    before = next((s.before for s in steps if s.instruction in target.stage.instructions), None)
    return before is not None and _user(before.user or "") in _ROOT and is_shell(before.shell)


def _caches(step: Step) -> bool:
    """Whether a RUN runs Python as root, so that what it loads is compiled in the image."""
    run = step.instruction
    if not isinstance(run, Run) or _user(step.before.user or "") not in _ROOT:
        return False
    if run.argv is not None:
        return any(_PYTHON.fullmatch(posixpath.basename(word)) for word in run.argv[:1])
    text = run.script.text if run.script else run.command
    names = (posixpath.basename(one.name) for one in parse_commands(text).commands)
    return any(_PYTHON.fullmatch(name) for name in names)


def _starts_again(facts: Facts, target: Target) -> bool:
    """Whether a container starts Python more than once, so that a later process finds bytecode.

    A service is started again in its container: one that serves a port, checks its health, or is no
    plain script. What root's first process has cached of a script that runs once goes with its
    container: it compiles all there is each time, whoever its user is.
    """
    for one in sharing(facts, target):
        commands = facts.of(started, one).at_run_time
        python = {c.words for c in commands if _PYTHON.fullmatch(c.program)}
        checked = any("health check" in command.origin for command in commands)
        if checked or len(python) > 1 or one.state.exposed or any(run.ports for run in one.runs):
            return True
        if any(not _SCRIPTED.fullmatch(command.program) for command in commands):
            return True
    return False


def _opened(facts: Facts, target: Target, image: ImageEvidence) -> frozenset[str]:
    """The modules that services of the same Dockerfile opened, as source or as bytecode."""
    paths = {
        source_of(path) or path
        for one in sharing(facts, target)
        for path in facts.evidence.opened.get(one.name, ())
    }
    return frozenset(name for name, one in image.standard.items() if one.path in paths)


def _covering(library: Mapping[str, StandardModule], wanted: frozenset[str]) -> tuple[str, ...]:
    """The fewest public modules that load the wanted ones, but for what hardly weighs anything."""
    public = sorted(n for n in wanted if not any(p.startswith("_") for p in n.split(".")))
    reach = {name: _reached(library, name, wanted) for name in public}
    left = {name: library[name].size_bytes for name in wanted}
    least = _LEAST_SHARE * sum(left.values())
    found: list[str] = []
    while reach and sum(left.values()) > least:
        gains = {name: sum(left.get(n, 0) for n in names) for name, names in reach.items()}
        # Of several that load as much the one that people know: the package, not a part of it.
        best = max(gains, key=lambda n: (gains[n], -n.count("."), [-ord(c) for c in n]))
        if not gains[best]:
            break
        found.append(best)
        for name in reach.pop(best):
            left.pop(name, None)
    return tuple(sorted(found))


def _reached(
    library: Mapping[str, StandardModule], name: str, wanted: frozenset[str]
) -> frozenset[str]:
    """A module, the packages that it is in, and all of the wanted that these load.

    What is not wanted was not loaded, so nothing was loaded by it.
    """
    found: set[str] = set()
    waiting: list[str] = [name]
    while waiting:
        one = waiting.pop()
        if one in found or one not in wanted:
            continue
        found.add(one)
        waiting += library[one].loads
        waiting += _above(one)
    return frozenset(found)


def _above(name: str) -> Iterable[str]:
    above = name.rpartition(".")[0]
    return (above,) if above else ()
