"""The lists that apt and apk fetch, and leave in the layer of a RUN."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jettison.analysis.package_runs import built_from, has_cache_mount
from jettison.analysis.system.leftover import (
    CANNOT_APPEND,
    Leftover,
    appended_to,
    may_append,
    sudo_of,
)
from jettison.analysis.system.lone_updates import (
    fetches_by_script,
    merged_update,
    only_updates,
    uses_lists,
)
from jettison.shell import Manager, Verb

if TYPE_CHECKING:
    from jettison.analysis.package_runs import PackageRun
    from jettison.shell import PackageCall
    from jettison.source import TextEdit

__all__ = ["apk_index", "apt_lists"]

_MB = 1_000_000
_FETCHING_INDEX = ("--no-cache", "-U", "--update", "--update-cache")


def apt_lists(run: PackageRun, later: tuple[PackageRun, ...]) -> Leftover | None:
    """The lists that apt keeps; ``later`` are the RUNs that see the layer."""
    updates = run.of(Manager.APT, Verb.UPDATE)
    if not updates and fetches_by_script(run) is not None:
        updates = run.of(Manager.APT, Verb.INSTALL)
    if not updates or run.removes("/var/lib/apt") or has_cache_mount(run.run, "/var/lib/apt"):
        return None
    if any("dist" in call.subcommand_name for call in run.of(Manager.APT, Verb.CLEAN)):
        return None
    refusal = "" if may_append(run) else CANNOT_APPEND
    user = next((one for one in later if uses_lists(one)), None)
    if only_updates(run):
        alone = _alone(run, later)
        if alone is not None:
            return alone
    if user is not None:
        refusal = f"the RUN on line {user.run.line} installs from these lists"
    command = f"{sudo_of(updates[0])}rm -rf /var/lib/apt/lists/*"
    return Leftover(
        Manager.APT,
        "apt's package lists",
        "remove apt's package lists in the same layer",
        () if refusal else appended_to(run, command),
        ("/var/lib/apt/lists/",),
        (15 * _MB, 40 * _MB),
        singular=False,
        refusal=refusal,
    )


def _alone(run: PackageRun, later: tuple[PackageRun, ...]) -> Leftover | None:
    """The lists of a RUN that does nothing else: fetched where they are used, or not at all."""
    users = []
    others: set[int] = set()  # the stages whose RUNs see newer lists
    for one in later:
        if one.stage not in others and uses_lists(one):
            users.append(one)
        if one.of(Manager.APT, Verb.UPDATE):
            others |= {one.stage} | built_from(one.editor.editor.file, one.stage)
    edits = merged_update(run, users, _tidied)
    if edits is None:
        return None
    editor = run.editor.editor
    return Leftover(
        Manager.APT,
        "apt's package lists",
        "fetch apt's lists in the RUN that installs, and remove them there"
        if users
        else "leave out lists that nothing installs from",
        edits,
        ("/var/lib/apt/lists/",),
        (15 * _MB, 40 * _MB),
        singular=False,
        drops_comments=frozenset() if users else editor.comments([run.run]),
    )


def _tidied(run: PackageRun, command: str) -> tuple[TextEdit, ...] | None:
    """The edits that run a command at the end of a RUN, none where it already does so."""
    if run.removes("/var/lib/apt"):
        return ()
    fits = may_append(run)
    return appended_to(run, command) if fits else None


def apk_index(run: PackageRun, later: tuple[PackageRun, ...]) -> Leftover | None:
    """The index that apk keeps; ``later`` are the RUNs that see the layer."""
    calls = run.of(Manager.APK)
    updates = [call for call in calls if call.verb is Verb.UPDATE]
    adds = [call for call in calls if call.verb in (Verb.INSTALL, Verb.UPGRADE)]
    keeping = [call for call in adds if call.flag("--no-cache", "--no-network") is None]
    cleaned = run.removes("/var/cache/apk", "/etc/apk/cache") or has_cache_mount(run.run, "apk")
    if updates and len(updates) == len(run.commands) and not cleaned:
        return None if any(map(_uses_index, later)) else _idle_index(run)
    # An index that is fetched once more by each --no-cache is no problem by itself.
    if cleaned or not (keeping or (updates and (adds or not later))):
        return None
    if any(call.flag("--cache-dir", "--root", "-p") for call in calls):
        return None
    dropped = [] if run.editor.chain is None else [call.command for call in updates]
    if updates and (not adds or run.editor.chain is None):
        return None
    edits = run.editor.drop_commands(dropped) if dropped else ()
    for call in keeping:
        stale = [flag for flag in call.flags if flag.name in ("-U", "--update", "--update-cache")]
        if stale and stale[0].span.start == call.end_of_subcommand + 1:
            # In its place, so that the two edits do not meet.
            edits += run.editor.drop_words(stale[1:]) if stale[1:] else ()
            edits += _replace_word(run, call, stale[0].span.start, stale[0].span.end, "--no-cache")
        else:
            edits += run.editor.drop_words(stale) if stale else ()
            edits += run.editor.add_flag(call, "--no-cache")
    return Leftover(
        Manager.APK,
        "apk's package index",
        "let apk keep no index",
        edits,
        ("/var/cache/apk/",),
        (2 * _MB, 5 * _MB),
    )


def _uses_index(run: PackageRun) -> bool:
    """Whether a RUN installs with apk from an index that it does not fetch itself."""
    for call in run.of(Manager.APK):
        if call.verb is Verb.UPDATE:
            return False
        if call.verb is not Verb.REMOVE and not call.flag(*_FETCHING_INDEX):
            return True
    return False


def _idle_index(run: PackageRun) -> Leftover:
    """The index of a RUN that does nothing but fetch it, for nobody."""
    editor = run.editor.editor
    return Leftover(
        Manager.APK,
        "apk's package index",
        "leave out an index that nothing installs from",
        editor.delete(run.run),
        ("/var/cache/apk/",),
        (2 * _MB, 5 * _MB),
        drops_comments=editor.comments([run.run]),
    )


def _replace_word(
    run: PackageRun, call: PackageCall, start: int, end: int, text: str
) -> tuple[TextEdit, ...]:
    command = call.command
    script = run.editor.script.text
    written = script[command.span.start : start] + text + script[end : command.span.end]
    return run.editor.replace_command(command, written)
