"""What package managers leave behind in a RUN, and the edits with which they do not."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from jettison.analysis.package_runs import has_cache_mount
from jettison.analysis.stages.gems import elsewhere
from jettison.analysis.system.kept_lists import apk_index, apt_lists
from jettison.analysis.system.leftover import (
    CANNOT_APPEND,
    Leftover,
    appended_to,
    may_append,
    sudo_of,
)
from jettison.ecosystem.ruby.images import GEMS, official_ruby
from jettison.record import record
from jettison.shell import Manager, Verb

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from jettison.analysis.package_runs import PackageRun
    from jettison.shell import PackageCall

__all__ = ["leftovers"]

_MB = 1_000_000


def leftovers(
    run: PackageRun, later: tuple[PackageRun, ...], hidden: int = 0
) -> Iterator[Leftover]:
    """What the managers of a RUN leave behind; ``later`` are the RUNs that see its layer.

    ``hidden`` is the line of one that installs from its lists without a call that is read.
    """
    flagged, appended = map(_flagged, _FLAGS), map(_appended, _APPENDS)
    for look in (apt_lists, apk_index, *flagged, *appended):
        found = look(run, later)
        if found is not None and hidden and run.of(found.manager, Verb.UPDATE):
            reason = f"the RUN on line {hidden} installs from these lists"
            found = replace(found, edits=(), refusal=reason)
        if found is not None:
            yield found


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
        refusal = "" if may_append(run) else CANNOT_APPEND
        text = row.command.format(calls[-1].program_name)
        if row.manager is Manager.GEM and official_ruby(_base(run)):
            text = f"rm -rf {GEMS}/cache"
        command = sudo_of(calls[-1]) + text
        seeds = row.manager is Manager.PIPENV and not all(c.flag("--system") for c in calls)
        command += f" {_SEEDS}" if seeds else ""
        return Leftover(
            row.manager,
            row.what,
            f"run {command} in the same layer",
            () if refusal else appended_to(run, command),
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
