"""``RUN apt-get update`` by itself: its lists are a layer, and as old as the build cache."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jettison.shell import Manager, Verb
from jettison.source import Span, TextEdit

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from jettison.analysis.package_runs import PackageRun
    from jettison.shell import PackageCall

__all__ = ["fetches_by_script", "merged_update", "only_updates", "update_for", "uses_lists"]

_SCRIPT = "deb.nodesource.com/setup_"
_USING = (Verb.INSTALL, Verb.UPGRADE, Verb.DOWNLOAD)


def only_updates(run: PackageRun) -> bool:
    """Whether a RUN does nothing but fetch apt's lists, once."""
    updates = run.of(Manager.APT, Verb.UPDATE)
    return len(updates) == 1 == len(run.commands) and run.run.script is None


def fetches_by_script(run: PackageRun) -> int | None:
    """Where a RUN starts a script of NodeSource's, which fetches apt's lists; or ``None``."""
    for command in run.commands:
        if any(_SCRIPT in word.unquoted for word in command.words):
            return command.span.start
    return None


def uses_lists(run: PackageRun) -> bool:
    """Whether a RUN installs with apt from lists that it did not fetch itself."""
    script = fetches_by_script(run)
    for call in run.of(Manager.APT):
        fetched = script is not None and script < call.command.span.start
        if call.verb is Verb.UPDATE or fetched:
            return False
        if call.verb in _USING:
            return True
    return False


def update_for(run: PackageRun, runs: Sequence[PackageRun]) -> PackageRun | None:
    """The RUN that only fetches the lists from which ``run`` alone of ``runs`` installs.

    ``runs`` are in order, those of the image's own stages.
    """
    before = [one for one in runs if one.run.span.end <= run.run.span.start]
    fetching = [one for one in before if one.of(Manager.APT, Verb.UPDATE)][-1:]
    if not uses_lists(run) or not fetching or not only_updates(fetching[0]):
        return None
    for one in runs[runs.index(fetching[0]) + 1 :]:
        if one.of(Manager.APT, Verb.UPDATE):
            break
        if uses_lists(one) and one.run.span != run.run.span:
            return None
    return fetching[0] if fetching[0].stage == run.stage else None


def merged_update(
    run: PackageRun,
    users: Sequence[PackageRun],
    cleaned: Callable[[PackageRun, str], tuple[TextEdit, ...] | None],
) -> tuple[TextEdit, ...] | None:
    """The edits that put the update into the RUNs that install from its lists, and out of its own.

    ``cleaned`` gives the edits that run a command at a RUN's end, ``None`` where that cannot be.
    ``None`` if one of the ``users`` cannot be edited.
    """
    (update,) = run.of(Manager.APT, Verb.UPDATE)
    span = update.command.span
    words = run.editor.script.text[span.start : span.end]
    sudo = "sudo " if update.command.name == "sudo" else ""
    edits = list(_without_run(run, comments=not users))
    for user in users:
        call = _first_use(user)
        tidied = cleaned(user, f"{sudo}rm -rf /var/lib/apt/lists/*")
        if call is None or call.command.nesting or user.run.script is not None or tidied is None:
            return None
        at = user.editor.base + call.command.span.start
        edits.append(TextEdit(Span(at, at), f"{words} && "))
        edits += tidied
    return tuple(edits)


def _first_use(run: PackageRun) -> PackageCall | None:
    return next((call for call in run.calls if call.verb in _USING), None)


def _without_run(run: PackageRun, *, comments: bool) -> tuple[TextEdit, ...]:
    """Cuts the RUN; its comments tell of the installs too, and stay unless ``comments`` go."""
    editor, one = run.editor.editor, run.run
    block = editor.block(one).span
    if comments or not editor.comments([one]):
        return editor.delete(one)
    start = editor.text.rfind("\n", 0, one.span.start) + 1
    return (TextEdit(Span(start, block.end), ""),)
