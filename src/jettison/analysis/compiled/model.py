"""What a compiled language tells of a service."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jettison.record import record

if TYPE_CHECKING:
    import re
    from collections.abc import Callable

    from jettison.analysis.compiled.at_start import AtStart
    from jettison.analysis.facts import Facts
    from jettison.analysis.package_runs import PackageRun
    from jettison.analysis.project import Target

__all__ = ["Code", "Language", "Product", "Runtime"]


@record
class Product:
    """What a build makes: absolute at ``source`` where it builds, at ``place`` where it runs.

    ``tool`` tells that it only matters if the service starts it, ``new`` that the build does not
    make it yet.
    """

    source: str
    place: str
    tool: bool = False
    new: bool = False


@record
class Runtime:
    """The image that the service can run in.

    ``debian`` tells that it is Debian's own slim image, ``alpine`` that it is Alpine's: these have
    fewer programs than the image that compiled. ``stated`` tells that the Dockerfile or the built
    image says so, ``read`` that the built image does. ``reason`` is for a person.
    """

    image: str
    stated: bool
    debian: bool = False
    alpine: bool = False
    read: bool = False
    workdir: str = "/"
    """The folder in which the image that compiles works where no WORKDIR says another."""
    reason: str = ""
    programs: frozenset[str] = frozenset({"git"})
    """The packages of programs that the compiler's image of Alpine has, and this one has not."""
    packages: tuple[str, ...] = ()
    """System packages that the compiler's image has, and that programs need in this one."""
    settings: tuple[str, ...] = ()
    """Variables that the compiler's image sets, and this one does not: ``NAME=value``."""
    same: bool = False


@record
class Code:
    """What the code of a service says.

    ``strings`` may name files, ``programs`` are words by which it may start programs. ``secure``
    tells that it may make TLS connections, ``zones`` that it asks for time zones. ``whole`` tells
    that it reads the working folder as a whole, ``folders`` are those that a framework reads by
    convention. ``refusal`` says why it needs the compiler's image.
    """

    strings: frozenset[str]
    programs: frozenset[str] = frozenset()
    secure: bool = True
    zones: bool = False
    whole: bool = False
    folders: frozenset[str] = frozenset()
    refusal: str = ""


@record
class Language:
    """A language whose compiler is not needed at run time.

    ``runtime`` gives the image to run in, a reason why there is none, or ``None`` where the target
    does not start from an image of this language. ``products`` gives what a RUN makes, a reason why
    that is not known, or ``None`` where it calls no build. ``sources`` matches the paths of the
    context that only the build reads, ``variables`` the names of such variables, ``compilers`` are
    programs that only the compiler's image has, ``packages`` system packages that only its build
    wants; ``needs_compiler`` tells of a command that calls
    one of them whether it needs that image, where one of them runs what was built, too. ``started``
    gives the products that the commands of the services name, where these say more than the
    build's, ``at_start`` a build in place of a command that builds, or a reason why it cannot be
    built before.
    """

    name: str
    runtime: Callable[[Facts, Target], Runtime | str | None]
    products: Callable[[Facts, Target, PackageRun], tuple[Product, ...] | str | None]
    code: Callable[[Facts, Target], Code]
    sources: re.Pattern[str]
    variables: re.Pattern[str]
    compilers: frozenset[str]
    started: Callable[[Facts, Target], tuple[Product, ...] | str] | None = None
    at_start: Callable[[Facts, Target], AtStart | str | None] | None = None
    needs_compiler: Callable[[tuple[str, ...]], bool] | None = None
    packages: frozenset[str] = frozenset()
