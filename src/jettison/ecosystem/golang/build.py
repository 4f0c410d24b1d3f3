"""What a call of ``go`` makes, by its words and by ``go.mod``.

Source: "go help build", "go help install", "go help environment".
"""

from __future__ import annotations

import posixpath
import re

from jettison.patterns import regex
from jettison.record import record

__all__ = [
    "BUILD_VARIABLES",
    "Output",
    "compiles",
    "module_name",
    "outputs",
    "program_name",
    "run_call",
]

_MODULE = regex(r'^\s*module\s+"?([^\s"]+)"?', re.MULTILINE)
_MAJOR = regex(r"v[0-9]+")
_VALUED = frozenset(
    "-o -ldflags -tags -gcflags -asmflags -mod -modfile -p -buildmode -compiler -C -installsuffix "
    "-pkgdir -overlay -toolexec -covermode -coverpkg -pgo -gccgoflags".split()
)
_LIBRARIES = frozenset({"archive", "c-archive", "c-shared", "shared", "plugin"})
BUILD_VARIABLES = regex(
    r"GO(OS|ARCH|ARM|ARM64|AMD64|386|MIPS|PATH|ROOT|BIN|CACHE|MODCACHE|FLAGS|PROXY|PRIVATE|NOPROXY"
    r"|NOSUMDB|SUMDB|INSECURE|ENV|TOOLCHAIN|WORK|EXPERIMENT|111MODULE|VCS|TMPDIR)"
    r"|GO111MODULE|CGO_[A-Z_]+|CC|CXX|CFLAGS|CXXFLAGS|LDFLAGS|PKG_CONFIG|PKG_CONFIG_PATH"
)
"""Variables that only ``go`` and the compilers read ("go help environment")."""


@record
class Output:
    """A program that a call makes at an absolute path; ``folder`` for a folder of programs.

    ``tool`` tells that it is one of another module, or that it may be made: of several packages
    none is written, but a pattern may stand for a single one.
    """

    path: str
    folder: bool = False
    tool: bool = False


def module_name(text: str) -> str:
    """The module that a ``go.mod`` names, ``""`` where it names none."""
    found = _MODULE.search(text)
    return found[1] if found else ""


def compiles(words: tuple[str, ...]) -> bool:
    """Whether the words after ``go`` are of a call that makes programs."""
    return bool(words) and words[0] in ("build", "install", "get")


def outputs(
    words: tuple[str, ...], folder: str, module: str, gobin: str
) -> tuple[Output, ...] | str:
    """What ``go`` with these words makes when it runs in ``folder``; or why it is not known.

    ``module`` is the name of the package in that folder, ``""`` where it is not known; ``gobin`` is
    where ``go install`` puts programs.
    """
    options, packages = _read(words[1:])
    if options.get("-buildmode") in _LIBRARIES:
        return "it builds a library"
    if words[0] == "get":
        return ()
    if words[0] == "install":
        return tuple(_installed(packages, module, gobin))
    target = options.get("-o", "")
    many = any("..." in one for one in packages) or (
        len(packages) > 1 and not all(one.endswith(".go") for one in packages)
    )
    if "$" in target or "`" in target:
        return "the name of the program is put together when it is built"
    if target == "/dev/null":
        return ()
    if target:
        path = posixpath.normpath(posixpath.join(folder, target))
        if many and not target.endswith("/"):
            return (Output(path, folder=True),)
        if target.endswith("/"):
            names = [_name(one, module) for one in packages or ["."]]
            if many or not all(names):
                return (Output(path, folder=True),)
            return tuple(Output(posixpath.join(path, name)) for name in names)
        return (Output(path),)
    if many:
        name = _name(".", module)
        return (Output(posixpath.join(folder, name), tool=True),) if name else ()
    name = _name(packages[0] if packages else ".", module)
    if not name:
        return "the name of the program is that of the module, which is not known"
    return (Output(posixpath.join(folder, name)),)


def _read(words: tuple[str, ...]) -> tuple[dict[str, str], list[str]]:
    """The options with their values, and the packages."""
    options: dict[str, str] = {}
    packages: list[str] = []
    waiting = ""
    for word in words:
        if waiting:
            options[waiting] = word
            waiting = ""
        elif word.startswith("-") and not packages:
            name, equals, value = word.partition("=")
            name = name[1:] if name.startswith("--") else name
            options[name] = value
            waiting = name if not equals and name in _VALUED else ""
        else:
            packages.append(word)
    return options, packages


def _name(package: str, module: str) -> str:
    """The name of the program of a package: the last part of its path that is no version."""
    if package.endswith(".go"):
        return posixpath.basename(package).removesuffix(".go")
    if package.startswith(("./", "../", "/")) or package == ".":
        inner = posixpath.normpath(package)
        if inner.startswith("..") or (inner in (".", "/") and not module):
            return ""
        path = posixpath.join(module, inner.lstrip("/")) if inner != "." else module
    else:
        path = package.partition("@")[0]
    parts = [part for part in path.split("/") if part]
    if len(parts) > 1 and _MAJOR.fullmatch(parts[-1]):
        parts.pop()
    return parts[-1] if parts else ""


def _installed(packages: list[str], module: str, gobin: str) -> list[Output]:
    found = []
    for package in packages or ["."]:
        name = _name(package, module)
        if "..." in package or not name:
            return [Output(gobin, folder=True)]
        found.append(Output(posixpath.join(gobin, name), tool="@" in package))
    return found


def run_call(words: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[str, ...], int] | None:
    """The options and packages of ``go run``, and how many words come before the arguments.

    ``words`` begin with ``go``; ``None`` for another call, or a program of another module.
    """
    if words[:2] != ("go", "run"):
        return None
    at = 2
    while at < len(words) and words[at].startswith("-"):
        valued = words[at].partition("=")[0] in _VALUED and "=" not in words[at]
        at += 2 if valued else 1
    options = words[2:at]
    first = at
    while at < len(words) and words[at].endswith(".go"):
        at += 1
    if at == first:
        at += 1
    packages = words[first:at]
    if not packages or any("@" in one or "$" in one for one in (*packages, *options)):
        return None
    return options, packages, at


def program_name(packages: tuple[str, ...], module: str) -> str:
    """What the program of packages would be called; ``""`` where it is not known."""
    return _name(packages[0], module)
