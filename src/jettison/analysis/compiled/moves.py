"""Where a build's RUNs put what was built, and files that they copy."""

from __future__ import annotations

import posixpath
from dataclasses import replace
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from jettison.shell import unwrap

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from jettison.analysis.compiled.model import Product
    from jettison.analysis.package_runs import PackageRun

__all__ = ["PLACING", "moved", "only_places"]

PLACING = frozenset({"cp", "mv", "install"})
_BESIDE = frozenset("strip upx rm mkdir chmod ls cd echo set test true : du file".split())
_FOLDERS = frozenset(
    "/usr/bin /usr/local/bin /bin /usr/sbin /usr/local/sbin /sbin /go/bin /opt /app / . ..".split()
)


def only_places(run: PackageRun) -> bool:
    """Whether a RUN does nothing but put files elsewhere, or make them smaller."""
    names = {name for name, _ in _commands(run)}
    return bool(names & (PLACING | {"strip", "upx"})) and names <= PLACING | _BESIDE


def moved(
    products: Sequence[Product], run: PackageRun
) -> tuple[tuple[Product, ...], tuple[str, ...]]:
    """The products where they are after a RUN, and the places of other files that it copies."""
    found = list(products)
    others: list[str] = []
    folder = run.step.before.workdir
    for name, words in _commands(run):
        if name == "cd" and len(words) == 1:
            folder = posixpath.normpath(posixpath.join(folder, words[0]))
        if name not in PLACING:
            continue
        plain = [word for word in words if not word.startswith("-")]
        if len(plain) < 2:
            continue
        target = posixpath.normpath(posixpath.join(folder, plain[-1]))
        into = plain[-1].endswith("/") or plain[-1] in _FOLDERS or len(plain) > 2
        into = into or target in (folder, run.step.before.workdir)
        for source in plain[:-1]:
            path = posixpath.normpath(posixpath.join(folder, source))
            place = posixpath.join(target, posixpath.basename(path)) if into else target
            mine = [one for one in found if fnmatchcase(one.source, path) or one.source == place]
            if not mine:
                others.append(place)
            for one in mine:
                at = place
                if into and one.source != place:
                    at = posixpath.join(target, posixpath.basename(one.source))
                found[found.index(one)] = replace(one, source=at, place=at)
    return tuple(found), tuple(others)


def _commands(run: PackageRun) -> Iterator[tuple[str, list[str]]]:
    for command in run.commands:
        words = [word.unquoted for word in unwrap(command)]
        if words:
            yield posixpath.basename(words[0]), words[1:]
