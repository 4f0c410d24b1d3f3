"""The run-time contract of targets: what a change must leave as it is unless it says otherwise."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from jettison.rules import Aspect

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from jettison.analysis import Facts, Project, Target
    from jettison.dockerfile import State
    from jettison.dockerfile.instructions import Healthcheck
    from jettison.rules import Change
    from jettison.source import SourceText

__all__ = ["broken_promise", "contract_of"]

_WITHOUT_COMMENTS = (".md", ".markdown", ".json", ".html", ".css", ".js", ".ts")


def contract_of(target: Target) -> Mapping[Aspect, object]:
    """The settings that the containers of a target get, in a form that can be compared."""
    state: State = target.state
    return {
        Aspect.USER: state.user,
        Aspect.WORKDIR: state.workdir,
        Aspect.ENTRYPOINT: state.entrypoint,
        Aspect.CMD: state.cmd,
        Aspect.ENV: dict(state.env),
        Aspect.PORTS: frozenset(state.exposed),
        Aspect.VOLUMES: frozenset(state.volumes),
        Aspect.HEALTHCHECK: _check(state.healthcheck),
        Aspect.STOPSIGNAL: state.stopsignal,
        Aspect.LABELS: dict(state.labels),
        Aspect.SHELL: state.shell,
        Aspect.BASE: target.base,
    }


def _check(check: Healthcheck | None) -> object:
    if check is None:
        return None
    settings = (check.interval, check.timeout, check.start_period, check.start_interval)
    return (check.disabled, check.argv, check.command, check.retries, *settings)


def broken_promise(before: Facts, after: Facts, changes: Sequence[Change]) -> str | None:
    """What of the contract changed that no change declares, or which comment went; else ``None``.

    Every target must still be there, with the same services.
    """
    now = {target.name: target for target in after.project.targets}
    for target in before.project.targets:
        other = now.get(target.name)
        if other is None:
            return f"the target {target.name} is gone"
        if set(other.services) != set(target.services):
            return f"other services run {target.name}"
        allowed = _declared(before.project, target, changes)
        mine, theirs = contract_of(target), contract_of(other)
        for aspect, value in mine.items():
            if aspect not in allowed and theirs[aspect] != value:
                return f"the {aspect} of {target.name} changed"
    unread = {(one.file, one.reason) for one in before.project.unread}
    for one in after.project.unread:
        if (one.file, one.reason) not in unread:
            return f"{one.file}:{one.line}: {one.reason}"
    return _lost_comment(before, after, changes)


def _declared(project: Project, target: Target, changes: Sequence[Change]) -> frozenset[Aspect]:
    """What the changes of a target, of its Dockerfile or of the whole project declare."""
    names = {one.name for one in project.sharing(target)} | {target.dockerfile_name}
    return frozenset(
        aspect for change in changes if change.key.target in names for aspect in change.alters
    )


def _lost_comment(before: Facts, after: Facts, changes: Sequence[Change]) -> str | None:
    """Which comment of an edited file is gone although no change says so."""
    allowed = {line for change in changes for line in change.drops_comments}
    for path in sorted({path for change in changes for path in change.patch.edits}):
        old, new = before.tree.read(path), after.tree.read(path)
        if old is None or path.lower().endswith(_WITHOUT_COMMENTS):
            continue
        lost = _comments(old) - (_comments(new) if new is not None else Counter())
        gone = next((line for line in lost if line not in allowed), None)
        if gone is not None:
            return f"{path} would lose the comment {gone!r}"
    return None


def _comments(source: SourceText) -> Counter[str]:
    """The comment lines of a file, stripped; those within instructions and behind YAML, too."""
    if source.name.lower().endswith((".yml", ".yaml")):
        from jettison.compose.comments import comments

        return comments(source)
    lines = (line.strip() for line in source.text.splitlines())
    return Counter(line for line in lines if line.startswith("#"))
