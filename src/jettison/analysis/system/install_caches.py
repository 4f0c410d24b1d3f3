"""What package managers leave behind in a RUN, and the edits with which they do not."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from jettison.analysis.package_runs import built_from, has_cache_mount
from jettison.analysis.stages.gems import elsewhere
from jettison.analysis.system.lone_updates import (
    fetches_by_script,
    merged_update,
    only_updates,
    uses_lists,
)
from jettison.ecosystem.ruby.images import GEMS, official_ruby
from jettison.record import record
from jettison.shell import Manager, Verb
from jettison.shell.edit import top_commands
from jettison.source import Span, TextEdit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from jettison.analysis.package_runs import PackageRun
    from jettison.shell import PackageCall

__all__ = ["Leftover", "leftovers"]

_MB = 1_000_000
_FETCHING_INDEX = ("--no-cache", "-U", "--update", "--update-cache")
_CANNOT_APPEND = "the RUN does not end in a plain command, behind which another could stand"


@record
class Leftover:
    """What one manager leaves in a RUN; ``refusal`` says why ``edits`` cannot mend it.

    ``drops_comments`` are the comment lines that go with it; ``subject`` tells what a manager
    leaves twice apart.
    """

    manager: Manager
    what: str
    title: str
    edits: tuple[TextEdit, ...]
    paths: tuple[str, ...]
    saving: tuple[int, int]
    singular: bool = True
    refusal: str = ""
    drops_comments: frozenset[str] = frozenset()
    subject: str = ""


def leftovers(
    run: PackageRun, later: tuple[PackageRun, ...], hidden: int = 0
) -> Iterator[Leftover]:
    """What the managers of a RUN leave behind; ``later`` are the RUNs that see its layer.

    ``hidden`` is the line of one that installs from its lists without a call that is read.
    """
    for look in (_apt, _apk, *(_flagged(one) for one in _FLAGS), *(_appended(o) for o in _APPENDS)):
        found = look(run, later)
        if found is not None and hidden and run.of(found.manager, Verb.UPDATE):
            reason = f"the RUN on line {hidden} installs from these lists"
            found = replace(found, edits=(), refusal=reason)
        if found is not None:
            yield found


def _apt(run: PackageRun, later: tuple[PackageRun, ...]) -> Leftover | None:
    updates = run.of(Manager.APT, Verb.UPDATE)
    if not updates and fetches_by_script(run) is not None:
        updates = run.of(Manager.APT, Verb.INSTALL)
    if not updates or run.removes("/var/lib/apt") or has_cache_mount(run.run, "/var/lib/apt"):
        return None
    if any("dist" in call.subcommand_name for call in run.of(Manager.APT, Verb.CLEAN)):
        return None
    refusal = "" if _appendable(run) or _ends_in_semicolon(run) else _CANNOT_APPEND
    user = next((one for one in later if uses_lists(one)), None)
    if only_updates(run):
        alone = _alone(run, later)
        if alone is not None:
            return alone
    if user is not None:
        refusal = f"the RUN on line {user.run.line} installs from these lists"
    command = f"{_sudo(updates[0])}rm -rf /var/lib/apt/lists/*"
    return Leftover(
        Manager.APT,
        "apt's package lists",
        "remove apt's package lists in the same layer",
        () if refusal else _appended_to(run, command),
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
    fits = _appendable(run) or _ends_in_semicolon(run)
    return _appended_to(run, command) if fits else None


def _apk(run: PackageRun, later: tuple[PackageRun, ...]) -> Leftover | None:
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


@record
class _FlagRow:
    """A manager that keeps nothing with ``flag``; ``has`` are other words that say the same."""

    manager: Manager
    flag: str
    has: tuple[str, ...]
    verbs: tuple[Verb, ...]
    what: str
    variables: tuple[str, ...]
    places: tuple[str, ...]
    saving: tuple[int, int]


_FLAGS = (
    _FlagRow(
        Manager.PIP,
        "--no-cache-dir",
        ("--no-cache-dir", "--no-cache", "--cache-dir"),
        (Verb.INSTALL, Verb.DOWNLOAD, Verb.BUILD),
        "pip's cache",
        ("PIP_NO_CACHE_DIR",),
        (".cache", "/pip"),
        (1 * _MB, 200 * _MB),
    ),
    _FlagRow(
        Manager.UV,
        "--no-cache",
        ("--no-cache", "--no-cache-dir", "-n", "--cache-dir"),
        (Verb.INSTALL,),
        "uv's cache",
        ("UV_NO_CACHE",),
        (".cache", "/uv"),
        (1 * _MB, 200 * _MB),
    ),
    _FlagRow(
        Manager.GEM,
        "--no-document",
        ("--no-document", "-N", "--no-ri", "--no-rdoc", "--document"),
        (Verb.INSTALL,),
        "the gems' documentation",
        (),
        ("/doc",),
        (1 * _MB, 20 * _MB),
    ),
)


def _flagged(row: _FlagRow) -> Callable[[PackageRun, tuple[PackageRun, ...]], Leftover | None]:
    def look(run: PackageRun, _: tuple[PackageRun, ...]) -> Leftover | None:
        if row.manager is Manager.GEM and official_ruby(_base(run)):
            return None  # Its settings leave out the documentation.
        calls = [c for c in run.of(row.manager, *row.verbs) if c.flag(*row.has) is None]
        # pip and uv take any value of their variables for a yes, "off" among them.
        calls = [c for c in calls if not any(run.variable(v, c) for v in row.variables)]
        calls = [c for c in calls if not (c.manager is Manager.UV and c.subcommand_name == "add")]
        cleaned = run.removes(*row.places) or run.of(row.manager, Verb.CLEAN)
        if not calls or cleaned or has_cache_mount(run.run, *row.places):
            return None
        return Leftover(
            row.manager,
            row.what,
            f"install with {row.flag}",
            tuple(edit for call in calls for edit in run.editor.add_flag(call, row.flag)),
            ("/root/.cache/",) if row.manager is not Manager.GEM else (),
            row.saving,
        )

    return look


@record
class _AppendRow:
    """A manager behind whose installs ``command`` is run, with its program put in for ``{}``."""

    manager: Manager
    command: str
    what: str
    places: tuple[str, ...]
    paths: tuple[str, ...]
    saving: tuple[int, int]


_APPENDS = (
    _AppendRow(
        Manager.NPM,
        "npm cache clean --force",
        "npm's cache",
        (".npm", "npm-cache", "_cacache", "npm/cache"),
        ("/root/.npm/",),
        (5 * _MB, 200 * _MB),
    ),
    _AppendRow(
        Manager.YARN,
        "yarn cache clean",
        "Yarn's cache",
        ("yarn", ".cache"),
        ("/usr/local/share/.cache/yarn/", "/root/.yarn/berry/cache/"),
        (5 * _MB, 300 * _MB),
    ),
    _AppendRow(
        Manager.PNPM,
        "pnpm store prune",
        "what pnpm's store no longer needs",
        ("pnpm", ".cache"),
        ("/root/.local/share/pnpm/store/",),
        (0, 50 * _MB),
    ),
    _AppendRow(
        Manager.CONDA,
        "{} clean -afy",
        "Conda's store of packages",
        ("/pkgs", "conda"),
        ("/opt/conda/pkgs/",),
        (50 * _MB, 800 * _MB),
    ),
    _AppendRow(
        Manager.DNF,
        "{} clean all",
        "the package manager's cache",
        ("/var/cache/dnf", "/var/cache/yum", "/var/cache/libdnf5", "/var/cache/tdnf", "/var/cache"),
        ("/var/cache/dnf/", "/var/cache/yum/"),
        (20 * _MB, 200 * _MB),
    ),
    _AppendRow(
        Manager.ZYPPER,
        "zypper clean --all",
        "zypper's cache",
        ("/var/cache/zypp", "/var/cache"),
        ("/var/cache/zypp/",),
        (20 * _MB, 100 * _MB),
    ),
    _AppendRow(
        Manager.COMPOSER,
        "{} clear-cache",
        "Composer's cache",
        (".composer", "composer/cache", ".cache"),
        ("/root/.composer/cache/", "/root/.cache/composer/"),
        (5 * _MB, 100 * _MB),
    ),
    _AppendRow(
        Manager.BUNDLE,
        f"rm -rf {GEMS}/cache",
        "the gems as they were fetched",
        (f"{GEMS}/cache", "/cache"),
        (f"{GEMS}/cache/",),
        (5 * _MB, 100 * _MB),
    ),
    _AppendRow(
        Manager.GEM,
        'rm -rf "$({} env gemdir)/cache"',
        "the gems as they were fetched",
        (f"{GEMS}/cache", "/cache"),
        (f"{GEMS}/cache/",),
        (1 * _MB, 50 * _MB),
    ),
    _AppendRow(
        Manager.POETRY,
        "rm -rf ~/.cache/pypoetry/cache ~/.cache/pypoetry/artifacts",
        "Poetry's cache",
        ("pypoetry", ".cache", "poetry"),
        ("/root/.cache/pypoetry/cache/", "/root/.cache/pypoetry/artifacts/"),
        (5 * _MB, 300 * _MB),
    ),
    _AppendRow(
        Manager.PIPENV,
        "rm -rf ~/.cache/pipenv",
        "Pipenv's cache",
        ("pipenv", ".cache"),
        ("/root/.cache/pipenv/",),
        (1 * _MB, 200 * _MB),
    ),
)
_FETCHING = {
    Manager.CONDA: (Verb.UPGRADE,),
    Manager.DNF: (Verb.UPGRADE, Verb.UPDATE),
    Manager.ZYPPER: (Verb.UPGRADE, Verb.UPDATE),
}
"""What else than an install fetches what these keep."""
_SEEDS = "~/.cache/virtualenv"
"""Where virtualenv keeps what it puts into the environments that it makes."""
_OWN_CACHE = {
    Manager.POETRY: ("POETRY_CACHE_DIR", "POETRY_NO_CACHE"),
    Manager.PIPENV: ("PIPENV_CACHE_DIR", "XDG_CACHE_HOME"),
    Manager.NPM: ("npm_config_cache", "NPM_CONFIG_CACHE"),
    Manager.YARN: ("YARN_CACHE_FOLDER",),
    Manager.COMPOSER: ("COMPOSER_CACHE_DIR", "COMPOSER_NO_CACHE"),
}


def _appended(row: _AppendRow) -> Callable[[PackageRun, tuple[PackageRun, ...]], Leftover | None]:
    def look(run: PackageRun, _: tuple[PackageRun, ...]) -> Leftover | None:
        verbs = (Verb.INSTALL, *_FETCHING.get(row.manager, ()))
        calls = [c for c in run.of(row.manager, *verbs) if _fills_cache(run, c)]
        if not calls or run.of(row.manager, Verb.CLEAN) or run.removes(*row.places):
            return None
        if has_cache_mount(run.run, *row.places):
            return None
        if any(run.variable(name, calls[-1]) for name in _OWN_CACHE.get(row.manager, ())):
            return None
        refusal = "" if _appendable(run) or _ends_in_semicolon(run) else _CANNOT_APPEND
        text = row.command.format(calls[-1].program_name)
        if row.manager is Manager.GEM and official_ruby(_base(run)):
            text = f"rm -rf {GEMS}/cache"
        command = _sudo(calls[-1]) + text
        seeds = row.manager is Manager.PIPENV and not all(c.flag("--system") for c in calls)
        command += f" {_SEEDS}" if seeds else ""
        return Leftover(
            row.manager,
            row.what,
            f"run {command} in the same layer",
            () if refusal else _appended_to(run, command),
            (*row.paths, f"/root/{_SEEDS[2:]}/") if seeds else row.paths,
            row.saving,
            singular=not row.what.startswith("the gems"),
            refusal=refusal,
            subject="-cache" if row.manager is Manager.GEM else "",
        )

    return look


def _fills_cache(run: PackageRun, call: PackageCall) -> bool:
    if call.manager is Manager.BUNDLE:
        known = official_ruby(_base(run)) and not run.variable("BUNDLE_PATH", call)
        return bool(known) and not elsewhere(run, call)
    if call.manager is Manager.GEM:
        named = {package.name for package in call.packages}
        other = call.flag("-i", "--install-dir", "--user-install")
        return other is None and named != {"bundler"}  # which is small
    if call.manager is Manager.PIPENV and call.flag("--system"):
        return not run.variable("PIP_NO_CACHE_DIR", call)
    if call.flag("--no-cache", "--cache", "--cache-dir", "--cache-folder", "--cacheonly"):
        return False
    return not (call.manager is Manager.NPM and call.program_name != "npm")


def _base(run: PackageRun) -> str:
    """The image from elsewhere that a RUN's stage starts from."""
    stages = run.editor.editor.file.stages
    stage = stages[run.stage]
    while stage.base_stage is not None:
        stage = stages[stage.base_stage]
    return str(stage.base_name or stage.base)


def _appendable(run: PackageRun) -> bool:
    """Whether ``&& command`` behind a RUN is run when all of it went well, whatever it holds."""
    last = top_commands(run.editor.script)[-1:]
    if not last or last[0].name in ("exit", "exec", ""):
        return False
    if run.run.script is not None:
        # A line of its own hides how the line before it ended, where no error stops the script.
        return run.editor.chain is not None
    return bool(run.editor.append("true")) and not _tail(run)


def _ends_in_semicolon(run: PackageRun) -> bool:
    """Whether the RUN is a list that ends in a semicolon, behind which more can stand."""
    chain = run.editor.chain
    return bool(chain) and run.editor.script.stops_on_error and _tail(run) == ";"


def _tail(run: PackageRun) -> str:
    """What stands behind the last command of a RUN, without blanks and continuations."""
    text = run.editor.script.text
    last = max((command.span.end for command in run.commands), default=0)
    return text[last:].replace(run.editor.editor.escape, "").strip()


def _appended_to(run: PackageRun, command: str) -> tuple[TextEdit, ...]:
    if run.run.script is not None or not _tail(run):
        return run.editor.append(command)
    editor = run.editor.editor
    start, end = run.run.span.start, run.run.span.end
    at = start + len(editor.text[start:end].rstrip(" \t"))
    if not run.editor.multiline:
        return (TextEdit(Span(at, end), f" {command}"),)
    last = editor.text[start:end].splitlines()[-1]
    indent = last[: len(last) - len(last.lstrip())]
    return (TextEdit(Span(at, end), f" {editor.escape}{editor.newline}{indent}{command}"),)


def _sudo(call: PackageCall) -> str:
    return "sudo " if call.command.name == "sudo" else ""
