"""What the full official images of Python and Node have that the slim ones lack (Debian)."""

from __future__ import annotations

from jettison.patterns import regex

__all__ = [
    "BUILDPACK",
    "COMPILED",
    "COMPILING_THEMSELVES",
    "LIBRARIES",
    "PROGRAMS",
    "SPAWNING",
    "in_slim",
    "slim_tag",
]

_SUITE = r"bookworm|trixie|bullseye|buster|stretch"
_PYTHON = regex(rf"(latest|\d+(?:\.\d+){{0,2}})(-(?:{_SUITE}))?")
_NODE = regex(rf"(latest|lts|current|\d+(?:\.\d+){{0,2}})(-(?:{_SUITE}))?")

PROGRAMS = {
    "curl": "curl",
    "wget": "wget",
    "git": "git",
    "hg": "mercurial",
    "svn": "subversion",
    "ssh": "openssh-client",
    "scp": "openssh-client",
    "gpg": "gnupg",
    "unzip": "unzip",
    "ps": "procps",
    "pgrep": "procps",
    "pkill": "procps",
    "top": "procps",
    "convert": "imagemagick",
    "identify": "imagemagick",
    "magick": "imagemagick",
    "mogrify": "imagemagick",
    "file": "file",
    "xz": "xz-utils",
    "bzip2": "bzip2",
    "patch": "patch",
    "make": "make",
    "gcc": "gcc",
    "cc": "gcc",
    "g++": "g++",
    "pg_config": "libpq-dev",
    "mysql_config": "default-libmysqlclient-dev",
    "sq": "sq",
}
"""Programs of the full images that the slim ones lack, and their packages."""

BUILDPACK = frozenset(
    "autoconf automake build-essential bzip2 curl default-libmysqlclient-dev dpkg-dev file g++ gcc "
    "git gnupg imagemagick libbz2-dev libc6-dev libcurl4-openssl-dev libdb-dev libevent-dev "
    "libffi-dev libgdbm-dev libglib2.0-dev libgmp-dev libjpeg-dev libkrb5-dev liblzma-dev "
    "libmagickcore-dev libmagickwand-dev libmaxminddb-dev libncurses5-dev libncursesw5-dev "
    "libpng-dev libpq-dev libreadline-dev libsqlite3-dev libssl-dev libtool libwebp-dev "
    "libxml2-dev libxslt-dev libyaml-dev make mercurial openssh-client patch procps subversion "
    "unzip wget xz-utils zlib1g-dev".split()
)
"""What the full images have of Debian's packages, or all that such a package would bring.

Source: docker-library/buildpack-deps, the Dockerfiles of Debian.
"""

COMPILED = frozenset(
    "psycopg2 psycopg-c mysqlclient python-ldap pycairo xmlsec python3-saml uwsgi pygobject "
    "dbus-python pycups pyaudio pygraphviz gdal python-snappy pysqlite3 pykerberos gssapi "
    "dlib pyicu fasttext annoy hnswlib llama-cpp-python systemd-python netifaces "
    "m2crypto pyodbc pycurl regex-posix mod-wsgi".split()
)
"""Distributions without wheels for Linux, or that link to the system's libraries."""

LIBRARIES = {
    "python-magic": ("libmagic1",),
    "lightgbm": ("libgomp1",),
    "psycopg": ("libpq5",),
    "cairocffi": ("libcairo2",),
    "cairosvg": ("libcairo2",),
    "opencv-python": ("libglib2.0-0",),
    "opencv-contrib-python": ("libglib2.0-0",),
    "weasyprint": ("libpango-1.0-0", "libpangoft2-1.0-0", "libharfbuzz-subset0"),
    "wand": ("imagemagick",),
}
"""What distributions load by name from the full images."""

COMPILING_THEMSELVES = frozenset(
    "node-sass ffi-napi sqlite3 better-sqlite3 bcrypt argon2 bufferutil fibers".split()
)
"""Packages of npm that compile themselves where what was built for them cannot be had."""
SPAWNING = COMPILING_THEMSELVES | frozenset(
    "prisma @prisma/client puppeteer playwright simple-git gm imagemagick fluent-ffmpeg nodegit "
    "node-pty canvas execa cross-spawn shelljs zx isomorphic-git child-process-promise "
    "oracledb ibm_db".split()
)
"""Packages of npm that start programs, load libraries of the system, or compile themselves."""

_STEM = regex(r"[-.]?\d[\d.\-]*(t64)?$")
_SLIM = frozenset(
    "adduser apt base-files base-passwd bash bsdutils ca-certificates coreutils dash debconf "
    "debian-archive-keyring debianutils diffutils dpkg e2fsprogs findutils gpgv grep gzip "
    "hostname init-system-helpers libacl libapt-pkg libattr libaudit libaudit-common libblkid "
    "libbz libc libc-bin libcap libcap-ng libcom-err libcrypt libdb libdebconfclient libexpat "
    "libext2fs libffi libgcc-s libgcrypt libgdbm libgmp libgnutls libgpg-error libhogweed libidn "
    "liblz liblzma libmd libmount libncursesw libnettle libp11-kit libpam libpam0g libpam-modules "
    "libpam-modules-bin libpam-runtime libpcre libreadline libseccomp libselinux libsemanage "
    "libsemanage-common libsepol libsmartcols libsqlite libss libssl libstdc++ libsystemd libtasn "
    "libtinfo libudev libunistring libuuid libxxhash libzstd login logsave mawk mount "
    "ncurses-base ncurses-bin netbase openssl passwd perl-base readline-common sed "
    "sysvinit-utils tar tzdata usr-is-merged util-linux util-linux-extra zlib1g".split()
)


def in_slim(package: str) -> bool:
    """Whether the slim images of Python have a Debian package, whatever its version."""
    stem = package
    while (shorter := _STEM.sub("", stem)) != stem and shorter:
        if stem in _SLIM:
            return True
        stem = shorter
    return stem in _SLIM


def slim_tag(name: str, tag: str) -> str | None:
    """The tag of the slim image beside a full one; ``None`` where it is none of these.

    ``name`` is ``python`` or ``node``; ``tag`` is ``""`` where none was given.
    """
    pattern = {"python": _PYTHON, "node": _NODE}.get(name)
    found = pattern.fullmatch(tag or "latest") if pattern is not None else None
    if found is None:
        return None
    version, suite = found[1], found[2] or ""
    if version == "latest":
        return f"{suite[1:]}-slim" if suite and name == "node" else f"slim{suite}"
    return f"{version}-slim{suite}" if name == "python" else f"{version}{suite}-slim"
