"""What well-known Debian packages are for (Debian bookworm's package index)."""

from __future__ import annotations

from jettison.record import record

BUILD_TOOLS = frozenset(
    """
    autoconf automake bison build-essential cargo clang cmake cpp dpkg-dev flex g++ gcc gettext
    gfortran git-core libtool llvm m4 make meson nasm ninja-build patch pkg-config pkgconf
    python3-dev python-dev-is-python3 python3-pip python3-setuptools python3-wheel rustc swig yasm
    """.split()
)

_EXECUTABLES: dict[str, tuple[str, ...]] = {
    "curl": ("curl",),
    "wget": ("wget",),
    "git": ("git",),
    "jq": ("jq",),
    "netcat-openbsd": ("nc", "netcat"),
    "netcat-traditional": ("nc", "netcat"),
    "netcat": ("nc", "netcat"),
    "postgresql-client": (
        "psql",
        "pg_dump",
        "pg_dumpall",
        "pg_restore",
        "pg_isready",
        "createdb",
        "dropdb",
        "createuser",
        "vacuumdb",
    ),
    "default-mysql-client": ("mysql", "mysqldump", "mysqladmin"),
    "mariadb-client": ("mysql", "mysqldump", "mariadb", "mariadb-dump"),
    "redis-tools": ("redis-cli", "redis-benchmark"),
    "procps": ("ps", "pgrep", "pkill", "top", "free", "kill", "uptime", "watch"),
    "iputils-ping": ("ping",),
    "dnsutils": ("dig", "nslookup"),
    "telnet": ("telnet",),
    "vim": ("vim", "vi"),
    "nano": ("nano",),
    "less": ("less",),
    "htop": ("htop",),
    "strace": ("strace",),
    "net-tools": ("netstat", "ifconfig"),
    "iproute2": ("ip", "ss"),
    "lsof": ("lsof",),
    "unzip": ("unzip",),
    "zip": ("zip",),
    "xz-utils": ("xz",),
    "openssh-client": ("ssh", "scp"),
    "rsync": ("rsync",),
    "tree": ("tree",),
    "sudo": ("sudo",),
    "gnupg": ("gpg",),
    "gnupg2": ("gpg",),
}

_RUNTIME: dict[str, Role] = {}


@record
class Role:
    """What a ``-dev`` package leaves at run time.

    ``runtime`` is the package with the shared library, ``None`` when there is none to keep.
    ``users`` are the Python distributions that load it from the system; wheels of the others
    bring their own copy (auditwheel). Empty means that any extension may.
    """

    runtime: str | None
    users: frozenset[str]


def _role(runtime: str | None, *users: str) -> Role:
    return Role(runtime, frozenset(users))


_RUNTIME.update(
    {
        "libpq-dev": _role("libpq5", "psycopg2", "psycopg", "psycopg-c", "pygresql"),
        "postgresql-server-dev-all": _role("libpq5", "psycopg2", "psycopg", "psycopg-c"),
        "default-libmysqlclient-dev": _role("libmariadb3", "mysqlclient"),
        "libmariadb-dev": _role("libmariadb3", "mysqlclient", "mariadb"),
        "libmagic-dev": _role("libmagic1", "python-magic", "file-magic"),
        "libssl-dev": _role(None, "-"),
        "libffi-dev": _role(None, "-"),
        "zlib1g-dev": _role(None, "-"),
        "libxml2-dev": _role("libxml2", "xmlsec"),
        "libxslt1-dev": _role("libxslt1.1", "xmlsec"),
        "libxslt-dev": _role("libxslt1.1", "xmlsec"),
        "libxmlsec1-dev": _role("libxmlsec1-openssl", "xmlsec", "python3-saml"),
        "libjpeg-dev": _role("libjpeg62-turbo", "pillow-simd"),
        "libjpeg62-turbo-dev": _role("libjpeg62-turbo", "pillow-simd"),
        "libpng-dev": _role("libpng16-16", "pillow-simd"),
        "libfreetype6-dev": _role("libfreetype6", "pillow-simd"),
        "libldap2-dev": _role("libldap-2.5-0", "python-ldap"),
        "libsasl2-dev": _role("libsasl2-2", "python-ldap"),
        "libcurl4-openssl-dev": _role("libcurl4", "pycurl"),
        "libsqlite3-dev": _role(None, "-"),
        "libbz2-dev": _role(None, "-"),
        "liblzma-dev": _role(None, "-"),
        "libreadline-dev": _role(None, "-"),
        "libcairo2-dev": _role("libcairo2", "pycairo", "cairocffi", "weasyprint", "cairosvg"),
        "libpango1.0-dev": _role("libpango-1.0-0", "weasyprint"),
        "libgdal-dev": _role("libgdal32", "gdal", "fiona", "rasterio", "django"),
        "libgeos-dev": _role("libgeos-c1v5", "django"),
        "libproj-dev": _role("libproj25", "django"),
        "libsnappy-dev": _role("libsnappy1v5", "python-snappy"),
        "libzmq3-dev": _role("libzmq5", "-"),
        "libyaml-dev": _role("libyaml-0-2", "-"),
        "unixodbc-dev": _role("unixodbc", "pyodbc"),
        "libkrb5-dev": _role("libgssapi-krb5-2", "gssapi", "krb5", "pykerberos"),
    }
)


def is_build_only(package: str) -> bool:
    """Whether a package serves compiling and nothing else."""
    return package in BUILD_TOOLS or package.startswith(("gcc-", "g++-", "clang-", "python3.1"))


def runtime_library(package: str) -> Role | None:
    """What stays of a ``-dev`` package at run time; ``None`` when that is not known."""
    return _RUNTIME.get(package)


def executables_of(package: str) -> tuple[str, ...]:
    """The commands that a package of tools is installed for; empty when that is not known."""
    return tuple(_EXECUTABLES.get(package, ()))
