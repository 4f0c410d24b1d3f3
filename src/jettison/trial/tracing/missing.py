"""Which files that a service opened before the change it can no longer open after it.

Pure over what was opened on both sides and what both images hold. In doubt a file counts as lost:
but what only moved, what is made anew by the program, and what went with something that a change
lets go on purpose is none.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from jettison.ecosystem.python.places import installed_by, metadata_of, source_of, tail_of
from jettison.patterns import regex
from jettison.record import record

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from jettison.analysis.evidence import ImageEvidence
    from jettison.trial.tracing.opened import Running

__all__ = ["Held", "Missing", "missing_files", "runs_another"]

_WORDS = regex(r"[\s'\"`;&|()=<>]+")
_VERSION = regex(r"[-.\d]+$")
_SHARED = regex(r"\.so(\.[\d.]+)?$")
_SYSTEM = regex(
    r"^/(?:bin|sbin|lib\w*|etc|usr/(?:bin|sbin|lib\w*|share)|var/(?:lib|cache)|"
    r"usr/local/(?:bin|lib|share))/"
)
_TRUST = "/etc/ssl/"
# What Java starts programs by; it finds it in its own folder (jdk.lang.Process.launchMechanism).
_OF_JAVA = "jspawnhelper"
# What Node keeps of modules that it compiled (Node.js documentation, "Module compile cache").
_COMPILE_CACHE = regex(r"/node-compile-cache/v[^/]+/[0-9a-f]+$")
# Bundlers put a hash of what a file holds into its name: esbuild, Rollup, webpack.
_HASHED = regex(r"^(.*/[^/]*?)[-._]([0-9A-Za-z_-]{8,})((?:\.[a-z0-9]+)+)$")
_NODE_PACKAGE = regex(r".*/node_modules/((?:@[^/]+/)?[^/]+)/")


@dataclass(slots=True)
class Held:
    """The files of the image after: ``exists`` follows links, ``sizes`` are the regular files."""

    exists: Callable[[str], bool]
    sizes: Mapping[str, int]
    tails: set[str] = field(default_factory=set)
    distributions: set[str] = field(default_factory=set)
    names: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))

    def __post_init__(self) -> None:
        for path in self.sizes:
            if tail := tail_of(path):
                self.tails.add(tail)
            if name := installed_by(path):
                self.distributions.add(name)
            self.names[path.rpartition("/")[2]].append(path)

    @property
    def musl(self) -> bool:
        """Whether its programs use another C library than Debian's do."""
        return any(name.startswith("ld-musl-") for name in self.names)


@record
class Missing:
    """Of ``compared`` files of the image before those that are ``lost``, and those ``let_go``.

    ``let_go`` has the paths by the reason why they may be gone.
    """

    compared: int = 0
    lost: tuple[str, ...] = ()
    let_go: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def incomparable(before: Running, after: Running) -> str:
    """Why it is not compared what a service opened, ``""`` where it is."""
    if before.opened.method is not after.opened.method:
        return "the two sides were not watched alike"
    if runs_another(before, after):
        runs = " instead of ".join(
            one.opened.program.rpartition("/")[2] or "nothing known" for one in (after, before)
        )
        return f"it runs {runs}"
    return ""


def runs_another(before: Running, after: Running) -> bool:
    """Whether a service's command is another, and starts another program."""
    executed = {_plain(path) for path in after.opened.executed}
    return before.command != after.command and _plain(before.opened.program) not in executed


def missing_files(
    before: Running,
    image: ImageEvidence,
    after: Running,
    held: Held,
    unmissed: frozenset[str] = frozenset(),
) -> Missing:
    """What became of the files that a service opened before; ``image`` is the one before.

    ``unmissed`` are packages and paths that it need not find again.
    """
    changed = before.command != after.command
    judge = _Judge(before, image, after, held, changed=changed, unmissed=unmissed)
    lost: dict[str, None] = {}
    let_go: dict[str, list[str]] = {}
    compared = 0
    for path in sorted(before.opened.files):
        if path not in image.files:
            continue
        compared += 1
        reason = judge.reason(path)
        if reason is None:
            lost[source_of(path) or path] = None
        elif reason:
            let_go.setdefault(reason, []).append(path)
    kept = {reason: tuple(paths) for reason, paths in let_go.items()}
    return Missing(compared, tuple(lost), kept)


class _Judge:
    def __init__(
        self,
        before: Running,
        image: ImageEvidence,
        after: Running,
        held: Held,
        *,
        changed: bool,
        unmissed: frozenset[str],
    ) -> None:
        self.before, self.image, self.after, self.held = before, image, after, held
        self.changed, self.unmissed = changed, unmissed
        self.unmissed_folders = tuple(one for one in unmissed if one.endswith("/"))
        self.rebased = before.base != after.base
        self.executed_after = {_plain(path) for path in after.opened.executed}
        new = (_hashed(path) for path in after.opened.files if path not in image.files)
        self.hashed = Counter(alike for alike in new if alike)
        gone = _words(before) - _words(after)
        self.without = {
            program
            for program in before.opened.executed
            if gone.intersection(program.split("/")) and program not in after.opened.executed
        }

    def reason(self, path: str) -> str | None:
        """``""`` for a file that is still there, else why it may be gone; ``None`` for a loss."""
        if self._is_there(path):
            return ""
        if metadata_of(path) or path.endswith(".pth"):
            return "a distribution's metadata"
        if _COMPILE_CACHE.search(path):
            return "of Node's compile cache, which Node makes anew"
        if self._built_anew(path):
            return "of a build, which gives another hash to the name"
        if path in self.unmissed or path.startswith(self.unmissed_folders):
            return "settings that it is given as variables, or that only another start reads"
        package = _NODE_PACKAGE.search(path)
        if package is not None and f"npm:{package[1]}" in self.unmissed:
            return f"of {package[1]}, which was dropped: kept code loads it only where it is there"
        if self._only_by_gone(path):
            return "what a command or a health check ran that is another now"
        if path in self.before.opened.executed:
            return None
        distributions = self.image.distributions_at(path)
        gone = distributions - self.held.distributions
        if gone:
            return self._dropped(path, gone)
        if self.rebased and _SYSTEM.match(path) and not tail_of(path):
            return self._of_base(path)
        return None

    def _is_there(self, path: str) -> bool:
        held = self.held
        for one in (path, source_of(path)):
            if not one:
                continue
            if held.exists(one) or one in self.after.opened.files or tail_of(one) in held.tails:
                return True
            if one.endswith(".py") and held.exists(f"{one}c"):
                return True
        return self._moved(path)

    def _moved(self, path: str) -> bool:
        """Whether the program opened the same elsewhere, or ran it there."""
        name = path.rpartition("/")[2]
        if path in self.before.opened.executed and _plain(path) in self.executed_after:
            return True
        if (name == _OF_JAVA or _SHARED.search(name)) and name in self.held.names:
            return True
        near = "/".join(path.split("/")[-2:])
        size = self.image.files[path]
        return any(
            other.endswith(f"/{near}")
            and self.held.sizes[other] == size
            and other in self.after.opened.files
            for other in self.held.names.get(name, ())
        )

    def _built_anew(self, path: str) -> bool:
        """Whether the program opened, under another hash, what a build calls alike; each once."""
        alike = _hashed(path)
        if alike is None or self.hashed[alike] < 1:
            return False
        self.hashed[alike] -= 1
        return True

    def _only_by_gone(self, path: str) -> bool:
        programs = self.before.opened.files[path]
        return bool(programs) and programs <= self.without

    def _dropped(self, path: str, gone: frozenset[str]) -> str | None:
        """Whether code of a distribution that is gone was opened for nothing."""
        said = f"of {', '.join(sorted(gone))}, which was dropped"
        if all(f"python:{name}" in self.unmissed for name in gone):
            return f"{said}: kept code loads it only where it is there"
        if self.changed:
            return f"{said}: the command is another"
        if all(self.image.is_start_hook(name, path) for name in gone):
            return f"{said}: Python loads it at every start"
        return None

    def _of_base(self, path: str) -> str | None:
        if self.held.musl:
            return "of the base image, which is of another kind now"
        if _SHARED.search(path) or path.startswith(_TRUST):
            return None
        return "of the base image, which is another now"


def _hashed(path: str) -> tuple[str, int, str] | None:
    """What stays of a path that has a hash in its name; ``None`` for another."""
    name = _HASHED.match(path)
    return (name[1], len(name[2]), name[3]) if name else None


def _plain(path: str) -> str:
    """A program's name without its version."""
    return _VERSION.sub("", path.rpartition("/")[2])


def _words(running: Running) -> set[str]:
    return set(_split((*running.command, *running.check)))


def _split(texts: Iterable[str]) -> Iterator[str]:
    for text in texts:
        for word in _WORDS.split(text):
            if word:
                yield word.rpartition("/")[2]
