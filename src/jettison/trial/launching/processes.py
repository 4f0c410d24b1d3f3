"""What the processes of a service tell of it: that it builds first, that it works, where it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jettison.patterns import regex

if TYPE_CHECKING:
    from collections.abc import Iterable

    from jettison.engine import Engine

__all__ = ["builds_first", "folder_of", "schedule_of", "worker_asks", "written_since"]

_LOOK_SECONDS = 10.0
_BUILDING = regex(
    r"plexus\.classworlds\.launcher|MavenWrapperMain|GradleWrapperMain|GradleMain|GradleDaemon"
    r"|(?:^|[\s/])(?:cargo|rustc|go (?:run|build)|dotnet (?:run|build|watch|restore)"
    r"|npm (?:ci|install|i|run build)|yarn (?:install|build)|pnpm (?:i|install|build)"
    r"|pip3? install|poetry install|bundle install|composer install)(?:\s|$)"
)
"""Maven, Gradle, compilers and installers, as command lines of processes have them."""


def builds_first(lines: Iterable[str]) -> bool:
    """Whether one of the command lines of a service builds, or fetches, what it is to run."""
    return any(_BUILDING.search(line) for line in lines)


def worker_asks(lines: Iterable[str]) -> tuple[str, ...]:
    """The command that asks a Celery worker, up to its subcommand; nothing if there is none.

    ``lines`` are command lines of a service: ``celery -A app worker …`` gives ``celery -A app``.
    """
    for line in lines:
        words = line.split()
        names = [word.rpartition("/")[2] for word in words]
        if "celery" not in names or "worker" not in names:
            continue
        if names[0] != "celery" and not names[0].startswith("python"):
            continue  # a shell that starts it, or a title that a process gave itself
        program, cut = names.index("celery"), names.index("worker")
        if cut < program:
            continue
        head = words[:cut]
        for number, word in enumerate(words[cut + 1 :], cut + 1):
            if word in ("-A", "--app") and number + 1 < len(words):
                head += words[number : number + 2]
            elif word.startswith("--app="):
                head.append(word)
        return tuple(head)
    return ()


def folder_of(engine: Engine, container_id: str) -> str:
    """The folder that a container's first process works in, ``""`` where it is not told.

    A script that starts a program may have gone to another than the image's.
    """
    done = engine.execute(container_id, ("readlink", "/proc/1/cwd"), _LOOK_SECONDS)
    told = done.stdout.strip()
    return told if done.exit_code == 0 and told.startswith("/") else ""


def schedule_of(lines: Iterable[str]) -> str:
    """The file in which Celery's scheduler keeps its times; ``""`` where none is told of.

    ``lines`` are command lines of a service. Schedulers of other packages keep them elsewhere.
    """
    for line in lines:
        words = line.split()
        names = [word.rpartition("/")[2] for word in words]
        called = "celery" in names and (names[0] == "celery" or names[0].startswith("python"))
        own = zip(names, ("", *words), strict=False)  # each with the word before it
        if not called or not any(n == "beat" and b not in ("-A", "--app") for n, b in own):
            continue
        if any(word in ("-S", "--scheduler") or word.startswith("--scheduler=") for word in words):
            return ""
        for word, after in zip(words, (*words[1:], ""), strict=True):
            if word in ("-s", "--schedule"):
                return after
            if word.startswith("--schedule="):
                return word.partition("=")[2]
        return "celerybeat-schedule"
    return ""


def written_since(engine: Engine, container_id: str, path: str, since: float) -> bool:
    """Whether a file of a container, or one of that name with an ending, was written since a time.

    ``path`` may be relative to where the first process works; ``since`` is in seconds of the epoch.
    """
    words = ("sh", "-c", 'stat -c %Y "$1" "$1".*', "sh", path)
    done = engine.execute(container_id, words, _LOOK_SECONDS, folder_of(engine, container_id))
    return any(int(one) >= int(since) for one in done.stdout.split() if one.isdigit())
