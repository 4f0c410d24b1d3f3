"""Which files of a context a COPY or ADD takes.

Source: ``convert_copy.go`` of moby/buildkit and ``copy/copy.go`` of tonistiigi/fsutil.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from jettison.dockerfile.context.model import Context, ContextFile, Kind
from jettison.dockerfile.ignore.file import IgnoreFile, Inherited
from jettison.dockerfile.ignore.paths import BadPattern, clean, glob_matches, has_wildcard

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["copy_sources", "missing_sources"]

_MOST_LINKS = 255


def copy_sources(
    context: Context, sources: Sequence[str], *, exclude: Sequence[str] = (), parents: bool = False
) -> tuple[ContextFile, ...]:
    """The entries that a COPY or ADD of ``sources`` takes, each once, in the context's order.

    A source is clamped to the context whatever its slashes and dots say. Links in it are followed
    inside the context, links below it are taken as links. Of a folder everything below it is
    taken, not the folder itself. ``exclude`` and ``parents`` are the flags of those names; what
    ``exclude`` says is relative to each source. Sources that are not there give nothing: see
    :func:`missing_sources`. URLs, repositories and heredocs are not sources of a context.
    """
    excludes = IgnoreFile.of_patterns(exclude) if exclude else None
    taken: dict[str, ContextFile] = {}
    for source in sources:
        for file in _take(context, source, excludes, parents=parents):
            taken[file.path] = file
    return tuple(sorted(taken.values(), key=lambda file: _walk_order(file.path)))


def missing_sources(
    context: Context, sources: Sequence[str], *, parents: bool = False
) -> tuple[str, ...]:
    """The sources for which the build stops: no such entry, or a link that leads nowhere.

    Wildcards that match nothing are fine, but not in a folder that is not there.
    """
    return tuple(source for source in sources if not _is_there(context, source, parents=parents))


def _is_there(context: Context, source: str, *, parents: bool) -> bool:
    base, pattern = _pivot(source) if parents else (source, "")
    base = _clamp(base)
    if has_wildcard(base):
        folder, _ = _split_wildcards(base)
        inside = resolve_links(context, folder)
        if inside is None or (inside and not _is_folder(context, inside)):
            return False
        return all(_exists(context, root) for root in _roots(context, base))
    return _exists(context, base if has_wildcard(pattern) else _clamp(f"{base}/{pattern}"))


def _is_folder(context: Context, path: str) -> bool:
    file = context.get(path)
    return file is not None and file.kind is Kind.DIR


def _exists(context: Context, path: str) -> bool:
    found = resolve_links(context, path)
    return found == "" or (found is not None and context.get(found) is not None)


def _take(
    context: Context, source: str, excludes: IgnoreFile | None, *, parents: bool
) -> Iterator[ContextFile]:
    base, pattern = _pivot(source) if parents else (source, "")
    includes = IgnoreFile.of_patterns([pattern]) if parents else None
    for root in _roots(context, _clamp(base)):
        path = resolve_links(context, root)
        if path is None:
            continue
        file = context.get(path)
        if file is not None and file.kind is not Kind.DIR:
            yield file
        else:
            yield from _below(context, path, includes, excludes)


def _pivot(source: str) -> tuple[str, str]:
    """Where the copied paths begin with ``--parents``, and what is wanted below."""
    base, found, pattern = source.partition("/./")
    return (base, _clamp(pattern)) if found else ("", _clamp(source))


def _clamp(path: str) -> str:
    """The path inside the context; ``""`` is the context itself."""
    return clean(f"/{path}")[1:]


def _roots(context: Context, source: str) -> Iterator[str]:
    """The paths that a source names: itself, or what its wildcards match."""
    folder, pattern = _split_wildcards(source)
    if not pattern:
        yield source
        return
    base = resolve_links(context, folder)
    if base is None:
        return
    todo = [*reversed(context.entries(base))]
    while todo:
        file = todo.pop()
        if _matches(pattern, file.path[len(base) + 1 if base else 0 :]):
            yield file.path
        elif file.kind is Kind.DIR:
            todo += reversed(context.entries(file.path))


def _split_wildcards(source: str) -> tuple[str, str]:
    """The folder in which wildcards are looked for, and the part from the first of them on."""
    parts = source.split("/")
    fixed = next((n for n, part in enumerate(parts) if has_wildcard(part)), len(parts))
    return "/".join(parts[:fixed]), "/".join(parts[fixed:])


def _matches(pattern: str, path: str) -> bool:
    try:
        return glob_matches(pattern, path)
    except BadPattern:
        return False


def _below(
    context: Context, folder: str, includes: IgnoreFile | None, excludes: IgnoreFile | None
) -> Iterator[ContextFile]:
    """What of a folder is taken; the flags' patterns see paths relative to it."""
    skip = len(folder) + 1 if folder else 0
    start = (includes.root if includes else None, excludes.root if excludes else None)
    todo = [(file, start) for file in reversed(context.entries(folder))]
    while todo:
        file, (wanted, barred) = todo.pop()
        path = file.path[skip:]
        wanted = includes.descend(path, wanted) if includes and wanted else None
        barred = excludes.descend(path, barred) if excludes and barred else None
        if _passes(wanted, barred):
            yield file
        if file.kind is Kind.DIR:
            todo += [(below, (wanted, barred)) for below in reversed(context.entries(file.path))]


def _passes(wanted: Inherited | None, barred: Inherited | None) -> bool:
    if barred is not None and barred.decision.excluded:
        return False
    return wanted is None or wanted.decision.excluded


def resolve_links(context: Context, path: str) -> str | None:
    """The path with every link in it followed inside the context; ``None`` for a ring of links.

    Parts that are not there are kept as they are.
    """
    done: list[str] = []
    todo = [*reversed(path.split("/"))] if path else []
    links = 0
    while todo:
        part = todo.pop()
        if part in ("", "."):
            continue
        if part == "..":
            del done[-1:]
            continue
        done.append(part)
        file = context.get("/".join(done))
        if file is None or file.target is None:
            continue
        links += 1
        if links > _MOST_LINKS:
            return None
        if file.target.startswith("/"):
            done.clear()
        else:
            done.pop()
        todo += reversed(file.target.split("/"))
    return "/".join(done)


def _walk_order(path: str) -> list[bytes]:
    return [part.encode("utf-8", "surrogateescape") for part in path.split("/")]
