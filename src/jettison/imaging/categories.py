"""What a file is for, by where it is and what it is called."""

from __future__ import annotations

from enum import StrEnum

from jettison.imaging.caches import cache_at


class Category(StrEnum):
    """What a file is for. Every file has one category, the first that fits."""

    CACHE = "package caches"
    VCS = "version control"
    SECRET = "secrets"  # noqa: S105 - a category's name
    LOG = "logs"
    TEMPORARY = "temporary files"
    BYTECODE = "bytecode"
    DEBUG = "debug symbols"
    COMPILER = "compilers"
    HEADER = "headers"
    STATIC_LIBRARY = "static libraries"
    TEST = "tests"
    MAN = "man pages"
    DOCUMENTATION = "documentation"
    LOCALE = "locales"
    SOURCE = "sources"
    PACKAGE_DATA = "package databases"
    LIBRARY = "shared libraries"
    CODE = "program text"
    PROGRAM = "programs"
    OTHER = "other"


# Everything below such a folder is of the category, whatever it is called.
_STRONG_NAMES = {
    ".git": Category.VCS,
    ".hg": Category.VCS,
    ".svn": Category.VCS,
    ".bzr": Category.VCS,
}
_STRONG_PATHS = {
    "tmp": Category.TEMPORARY,
    "var/tmp": Category.TEMPORARY,
    "var/log": Category.LOG,
    "usr/lib/debug": Category.DEBUG,
    "usr/share/man": Category.MAN,
    "usr/local/share/man": Category.MAN,
    "usr/local/man": Category.MAN,
    "usr/man": Category.MAN,
    "usr/share/doc": Category.DOCUMENTATION,
    "usr/share/doc-base": Category.DOCUMENTATION,
    "usr/share/gtk-doc": Category.DOCUMENTATION,
    "usr/share/info": Category.DOCUMENTATION,
    "usr/local/share/doc": Category.DOCUMENTATION,
    "usr/share/locale": Category.LOCALE,
    "usr/share/i18n": Category.LOCALE,
    "usr/lib/locale": Category.LOCALE,
    "usr/include": Category.HEADER,
    "usr/local/include": Category.HEADER,
    "usr/src": Category.SOURCE,
    "usr/lib/gcc": Category.COMPILER,
    "usr/libexec/gcc": Category.COMPILER,
    "usr/local/go": Category.COMPILER,
    "usr/local/rustup": Category.COMPILER,
    "root/.rustup": Category.COMPILER,
    "var/lib/dpkg": Category.PACKAGE_DATA,
    "lib/apk/db": Category.PACKAGE_DATA,
    "usr/lib/apk/db": Category.PACKAGE_DATA,
    "var/lib/rpm": Category.PACKAGE_DATA,
    "usr/lib/sysimage/rpm": Category.PACKAGE_DATA,
}
# Files below such a folder are of the category unless their own name says more.
_WEAK_NAMES = {
    "test": Category.TEST,
    "tests": Category.TEST,
    "__tests__": Category.TEST,
    "doc": Category.DOCUMENTATION,
    "docs": Category.DOCUMENTATION,
    "locale": Category.LOCALE,
    "locales": Category.LOCALE,
    "__pycache__": Category.BYTECODE,
}
_SUFFIXES = {
    suffix: category
    for category, suffixes in (
        (Category.BYTECODE, "pyc pyo"),
        (Category.DEBUG, "debug map pdb dwo dwp"),
        (Category.HEADER, "h hh hpp hxx h++ inl"),
        (Category.STATIC_LIBRARY, "a la lib o"),
        (Category.LOCALE, "mo po pot gmo"),
        (Category.DOCUMENTATION, "md markdown rst adoc"),
        (Category.SOURCE, "c cc cpp cxx rs go ts tsx mts cts java kt pyx pxd pyi f f90 s asm"),
        (Category.SOURCE, "coffee scss sass less flow swift zig"),
        (Category.LOG, "log"),
        (Category.TEMPORARY, "tmp swp swo bak orig rej"),
        (Category.LIBRARY, "so node dll dylib wasm"),
        (Category.CODE, "py js mjs cjs jsx rb pl pm php lua sh bash tcl r jar class war css html"),
    )
    for suffix in suffixes.split()
}
_DOCUMENTS = frozenset(
    "readme changelog changes history authors license licence copying notice news todo "
    "contributing copyright".split()
)
_SECRETS = frozenset(
    "id_rsa id_dsa id_ecdsa id_ed25519 .env .netrc .pypirc .git-credentials .htpasswd "
    ".pgpass .my.cnf .vault-token credentials.json service-account.json".split()
)
_SECRET_SUFFIXES = frozenset("p12 pfx jks keystore kdbx ppk".split())
_ENV_SAMPLES = ("example", "sample", "template", "dist", "test")
_COMPILERS = frozenset(
    "gcc g++ cc c++ cpp clang clang++ ld ld.bfd ld.gold ld.lld as rustc cargo go gofmt javac "
    "make cmake ninja gfortran ar ranlib objdump cc1 cc1plus collect2 lto1 lto-dump".split()
)


def category_of_folder(path: str, above: Category | None) -> tuple[Category | None, bool]:
    """The category that a folder gives what is in it, and whether names cannot change it.

    ``above`` is its parent's, which holds for it too unless it has one of its own.
    """
    name = path.rpartition("/")[2]
    strong = _STRONG_NAMES.get(name) or _STRONG_PATHS.get(path)
    if strong is None and (path.startswith("usr/lib/llvm-") and path.count("/") == 2):
        strong = Category.COMPILER
    if strong is None and cache_at(path) is not None:
        strong = Category.CACHE
    if strong is not None:
        return strong, True
    return _WEAK_NAMES.get(name) or above, False


def category_of_file(name: str, folder: Category | None, *, executable: bool) -> Category:
    """The category of a file in a folder whose own category does not decide."""
    if is_secret(name):
        return Category.SECRET
    suffix = suffix_of(name)
    found = _SUFFIXES.get(suffix)
    if folder is not None and found in (None, Category.CODE, Category.SOURCE, Category.LIBRARY):
        return folder
    if found is not None:
        return found
    if executable and _tool(name) in _COMPILERS:
        return Category.COMPILER
    if name.partition(".")[0].lower() in _DOCUMENTS:
        return Category.DOCUMENTATION
    return Category.PROGRAM if executable else Category.OTHER


def suffix_of(name: str) -> str:
    """A name's suffix in lower case without its dot, ``so`` for versioned ones, ``""`` for none."""
    stem, dot, suffix = name.rpartition(".")
    if not dot or not stem:
        return ""
    suffix = suffix.lower()
    if suffix.isdigit():
        return "so" if ".so." in name else ""
    return suffix if suffix.isalnum() and len(suffix) <= 10 else ""


def is_secret(name: str) -> bool:
    """Whether a file of this name is likely to hold a password or a key."""
    if name in _SECRETS:
        return True
    if name.startswith(".env."):
        return not name.endswith(_ENV_SAMPLES)
    return name.rpartition(".")[2] in _SECRET_SUFFIXES


def _tool(name: str) -> str:
    """A tool's bare name: ``x86_64-linux-gnu-gcc-12`` is ``gcc``."""
    stem, dash, version = name.rpartition("-")
    if dash and version.replace(".", "").isdigit():
        name = stem
    return name.rpartition("-")[2]
