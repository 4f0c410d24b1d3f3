"""What system packages that serve building give, on Debian and on Alpine; tables of last resort."""

from __future__ import annotations

from jettison.ecosystem.debian.packages import executables_of, is_build_only, runtime_library

__all__ = [
    "COMPILING",
    "RELATED",
    "is_for_building",
    "needed_by_distribution",
    "programs_of",
    "runtime_of",
]

COMPILING = frozenset(
    "make gmake cmake configure meson ninja gcc cc g++ c++ clang clang++ gfortran cargo rustc "
    "node-gyp autoreconf autogen.sh bootstrap bootstrap.sh setup.py buildconf phpize pecl "
    "docker-php-ext-install luarocks cpan cpanm cython cythonize pyinstaller nuitka nuitka3 "
    "cxfreeze maturin R Rscript install2.r installGithub.r install.r installBioc.r mix rebar3 "
    "stack cabal ghc opam dune swift crystal shards nimble zig julia".split()
)
"""Programs that may call compilers, tools and headers of any name."""

RELATED = {
    "git": frozenset({"gitpython", "pre-commit", "dvc", "copier", "mkdocs-git-revision-date"}),
    "make": frozenset({"cmdstanpy", "pystan", "prophet"}),
    "gcc": frozenset(
        "theano aesara pytensor pymc pymc3 cmdstanpy pystan cppyy vllm triton deepspeed "
        "tensorrt pyximport".split()
    ),
    "gettext": frozenset[str](),
}
"""Python distributions that call a package's programs when they run."""

_ALPINE_TOOLS = frozenset(
    "build-base gcc g++ make musl-dev libc-dev linux-headers cmake autoconf automake libtool cargo "
    "rust python3-dev python2-dev patch pkgconf pkgconfig abuild binutils gfortran swig bison flex "
    "nasm yasm clang alpine-sdk meson samurai ninja".split()
)
_ALPINE_RUNTIME = {
    "build-base": ("libstdc++",),
    "alpine-sdk": ("libstdc++",),
    "g++": ("libstdc++",),
    "gcc": ("libgcc",),
    "gfortran": ("libgfortran",),
    "libffi-dev": ("libffi",),
    "openssl-dev": (),
    "zlib-dev": (),
    "python3-dev": (),
    "musl-dev": (),
    "libc-dev": (),
    "linux-headers": (),
    "postgresql-dev": ("libpq",),
    "libpq-dev": ("libpq",),
    "mariadb-dev": ("mariadb-connector-c",),
    "mariadb-connector-c-dev": ("mariadb-connector-c",),
    "jpeg-dev": ("libjpeg-turbo",),
    "libjpeg-turbo-dev": ("libjpeg-turbo",),
    "libxml2-dev": ("libxml2",),
    "libxslt-dev": ("libxslt",),
    "freetype-dev": ("freetype",),
    "libpng-dev": ("libpng",),
    "sqlite-dev": ("sqlite-libs",),
    "yaml-dev": ("yaml",),
    "curl-dev": ("libcurl",),
}
_OF_RUBY = {
    "libssl-dev": (),
    "libffi-dev": (),
    "zlib1g-dev": (),
    "libsqlite3-dev": ("libsqlite3-0",),
}
"""What gems need of these in the official images, whose Ruby is linked with the others itself."""
_COMPILERS = frozenset({"gcc", "g++", "build-essential", "clang", "build-base", "alpine-sdk"})
_SUITE = frozenset({"libldap-2.5-0", "libgdal32"})
_PROGRAMS = {
    "gcc": ("gcc", "cc", "c99", "c89"),
    "g++": ("g++", "c++"),
    "build-essential": ("gcc", "cc", "g++", "c++", "make", "dpkg-buildpackage"),
    "build-base": ("gcc", "cc", "g++", "c++", "make", "patch"),
    "alpine-sdk": ("gcc", "cc", "g++", "c++", "make", "patch", "git", "abuild"),
    "clang": ("clang", "clang++"),
    "gettext": ("msgfmt", "xgettext", "gettext", "envsubst", "compilemessages", "makemessages"),
    "python3-pip": ("pip", "pip3"),
    "python3-dev": ("python3-config",),
    "pkg-config": ("pkg-config", "pkgconf"),
    "pkgconf": ("pkg-config", "pkgconf"),
    "libpq-dev": ("pg_config",),
    "default-libmysqlclient-dev": ("mysql_config", "mariadb_config"),
    "libmariadb-dev": ("mysql_config", "mariadb_config"),
    "ninja-build": ("ninja",),
    "rustc": ("rustc",),
    "rust": ("rustc",),
    "binutils": ("ld", "as", "ar", "objdump", "objcopy", "strip", "nm", "readelf", "strings"),
    "libc-dev": (),
    "musl-dev": (),
}


def is_for_building(kind: str, package: str) -> bool:
    """Whether a package serves building, by its name; ``kind`` is ``debian`` or ``alpine``."""
    if package.endswith("-dev"):
        return True
    if package.startswith("python3"):
        return False
    return package in _ALPINE_TOOLS if kind == "alpine" else is_build_only(package)


def programs_of(package: str) -> tuple[str, ...]:
    """The programs by which a package would be called; its own name where no table knows it."""
    found = _PROGRAMS.get(package) or executables_of(package)
    return found or (package.partition("-")[0] if package[-1:].isdigit() else package,)


def needed_by_distribution(package: str, listed: frozenset[str]) -> str:
    """The Python distribution among ``listed`` that calls the package when it runs, or ``""``."""
    names = {"gcc", "make"} if package in ("build-essential", "build-base") else {package}
    if package == "g++":
        names.add("gcc")
    wanted = frozenset[str]().union(*(RELATED.get(name, frozenset()) for name in names))
    return min(wanted & listed, default="")


def runtime_of(
    kind: str, package: str, listed: frozenset[str], suite: str, base: str
) -> tuple[str, ...] | None:
    """What stays of a build package at run time, by the tables; ``None`` where it is not known.

    ``listed`` are the Python distributions that are named; ``suite`` is Debian's, if known.
    ``base`` is the base image's name: Node's has the compilers' libraries itself, Python's and
    Ruby's what the interpreter is linked with.
    """
    if base == "node" and package in _COMPILERS:
        return ()
    if kind == "alpine":
        if package in _ALPINE_RUNTIME:
            return _ALPINE_RUNTIME[package]
        return None if package.endswith("-dev") else ()
    if base == "ruby" and package in _OF_RUBY:
        return _OF_RUBY[package]
    if package in _COMPILERS and "lightgbm" in listed:
        return ("libgomp1",)
    if package == "gfortran":
        return ("libgfortran5",)
    if not package.endswith("-dev") and runtime_library(package) is None:
        return ()
    if package in ("libc6-dev", "libstdc++-12-dev", "linux-libc-dev", "python3-dev"):
        return ()
    role = runtime_library(package)
    if role is None:
        return None
    if role.runtime is None:
        return () if base in ("python", "node") else None
    brought = {user for user in role.users if f"{user}-binary" in listed}
    if brought and brought >= listed.intersection(role.users):
        return ()
    if role.runtime in _SUITE and suite != "bookworm":
        return None
    return (role.runtime,)
