"""What a part of an analysis says may leave an image: development packages, and how."""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING

from jettison.analysis.package_runs import run_name, under_condition
from jettison.record import record
from jettison.source import Patch

if TYPE_CHECKING:
    from collections.abc import Iterable

    from jettison.analysis.package_runs import PackageRun
    from jettison.analysis.project import Target
    from jettison.analysis.python.needs import Need
    from jettison.shell import PackageCall
    from jettison.source import TextEdit

__all__ = ["CONDITIONAL", "Leaving", "least_basis", "of_install", "optional_of"]

CONDITIONAL = "a condition in the RUN decides what is installed"


@record
class Leaving:
    """Packages that need not be installed, found at ``file:line`` (from 1), and the patch.

    ``subject`` is that of the key. ``packages`` are written ``KIND:NAME``. ``basis`` is the name
    of a :class:`~jettison.rules.Basis`. Of ``refusal`` and ``wants`` at most one is set: why
    nothing can be done, or the key of the change that must come first (with ``why``).
    ``size_bytes`` is what they weigh with all that only they need, ``None`` if that is not known.
    ``optional`` are those that were opened while the image ran, only as what stays loads them where
    they are there. ``brought`` are those that only they need, where a lock file says so.
    ``advice`` is for a person, where no patch can do it.
    """

    target: Target
    subject: str
    file: str
    line: int
    message: str
    title: str
    basis: str
    packages: frozenset[str]
    patch: Patch = field(default_factory=Patch)
    evidence: tuple[str, ...] = ()
    refusal: str = ""
    wants: str = ""
    why: str = ""
    drops_comments: frozenset[str] = frozenset()
    size_bytes: int | None = None
    optional: frozenset[str] = frozenset()
    brought: frozenset[str] = frozenset()
    advice: str = ""


def of_install(
    target: Target,
    run: PackageRun,
    call: PackageCall,
    *,
    message: str,
    title: str,
    packages: frozenset[str],
    edits: tuple[TextEdit, ...] = (),
    evidence: str = "",
    refusal: str = "",
) -> Leaving:
    """What an install brings that a manifest declares for development, found at its RUN.

    Where there is a ``refusal``, or the RUN installs under a condition, nothing is edited.
    """
    if under_condition(run, call):
        refusal = CONDITIONAL
    return Leaving(
        target,
        run_name(target, run, call.manager),
        target.dockerfile_name,
        run.run.line,
        message,
        title,
        "DECLARED",
        packages,
        Patch() if refusal or not edits else Patch.of(target.dockerfile_name, edits),
        (evidence,) if evidence else (),
        refusal,
    )


def optional_of(needs: Iterable[Need]) -> frozenset[str]:
    """What kept code only loads where it is there, of several verdicts, for ``optional``."""
    return frozenset(f"python:{name}" for need in needs for name in need.optional)


def least_basis(needs: Iterable[Need]) -> str:
    """The weakest of the bases on which verdicts were given."""
    found = {need.basis for need in needs}
    return next(name for name in ("GUESSED", "DECLARED", "READ", "OBSERVED") if name in found)
