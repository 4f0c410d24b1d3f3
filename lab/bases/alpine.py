"""What the stand-ins of alpine tags have in common: busybox, the core libraries, accounts."""

import shutil
from dataclasses import dataclass
from pathlib import Path

from lab.commands import run
from lab.layers import Layer, pack
from lab.stage import Stage
from lab.workshop import FILES, Workshop

HISTORY = "# busybox, C library, OpenSSL, zlib, CA certificates"

_NO_APPLETS = {"busybox", "dpkg", "dpkg-deb", "rpm", "rpm2cpio", "run-init", "svc", "svok"}
_FOLDERS = (
    *("dev", "etc", "home", "media", "mnt", "opt", "proc", "run", "srv", "sys", "tmp"),
    *("usr/bin", "usr/lib", "usr/lib64", "usr/sbin", "usr/local/bin", "usr/local/lib"),
    *("usr/share", "var/cache", "var/lib", "var/log", "var/spool", "var/tmp", "root"),
)
_ACCOUNTS = (
    ("root", 0, 0, "/root", "/bin/sh"),
    ("bin", 1, 1, "/bin", "/sbin/nologin"),
    ("daemon", 2, 2, "/sbin", "/sbin/nologin"),
    ("mail", 8, 12, "/var/mail", "/sbin/nologin"),
    ("nobody", 65534, 65534, "/", "/sbin/nologin"),
)
_GROUPS = (
    *(("root", 0), ("bin", 1), ("daemon", 2), ("sys", 3), ("adm", 4), ("tty", 5), ("disk", 6)),
    *(("mail", 12), ("www-data", 82), ("users", 100), ("nogroup", 65533), ("nobody", 65534)),
)
_OS_RELEASE = """\
NAME="Jettison lab"
ID=jettison-lab
ID_LIKE=alpine
VERSION_ID=1
PRETTY_NAME="Stand-in for an Alpine image"
"""
_PROFILE = """\
export PATH="/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
export PAGER=less
umask 022
"""


@dataclass(frozen=True, slots=True)
class Account:
    """A user with a group of the same name and number."""

    name: str
    number: int
    home: str
    shell: str = "/sbin/nologin"


def layer(workshop: Workshop) -> Layer:
    """The layer that every stand-in of an alpine tag begins with."""
    return workshop.shared_layer("alpine", lambda: _tree(workshop))


def stage(workshop: Workshop, name: str) -> Stage:
    """An empty stage for what goes on top of the common layer."""
    below = (
        path.relative_to(base).as_posix() for base in [_tree(workshop)] for path in base.rglob("*")
    )
    tree = workshop.folders.scratch(f"stage-{name}")
    tree.chmod(0o755)
    return Stage(tree, [workshop.pool, workshop.root], workshop.machine.triplet, below)


def finish(workshop: Workshop, top: Stage) -> Layer:
    """Pack a stage and delete its tree."""
    result = pack(top.tree, workshop.blobs)
    shutil.rmtree(top.tree)
    return result


def accounts(top: Stage, *added: Account) -> None:
    """Write the account files with further users."""
    users = [*_ACCOUNTS, *((a.name, a.number, a.number, a.home, a.shell) for a in added)]
    groups = [*_GROUPS, *((a.name, a.number) for a in added)]
    lines = [f"{n}:x:{uid}:{gid}:{n}:{home}:{shell}\n" for n, uid, gid, home, shell in users]
    top.write("etc/passwd", "".join(lines))
    top.write("etc/group", "".join(f"{name}:x:{gid}:\n" for name, gid in groups))
    shadow = [f"{name}:{'*' if name == 'root' else '!'}::0:::::\n" for name, *_ in users]
    top.write("etc/shadow", "".join(shadow), 0o640)


def own_files(top: Stage, name: str) -> None:
    """Copy the files that the lab itself brings for an image; scripts become executable."""
    folder = FILES / name
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            text = path.read_text()
            top.write(
                path.relative_to(folder).as_posix(), text, 0o755 if "#!" in text[:2] else 0o644
            )


def _tree(workshop: Workshop) -> Path:
    """The tree of the common layer, made once per run."""
    return workshop.shared_tree("alpine", lambda tree: _fill(workshop, tree))


def _fill(workshop: Workshop, tree: Path) -> None:
    """Fill the tree of the common layer."""
    base = Stage(tree, [workshop.pool, workshop.root], workshop.machine.triplet)
    for name in _FOLDERS:
        base.folder(name)
    for name in ("tmp", "var/tmp"):
        base.folder(name, 0o1777)
    base.folder("root", 0o700)
    for name in ("bin", "sbin", "lib", "lib64"):
        (tree / name).symlink_to(f"usr/{name}")
    base.link("var/run", "/run")
    _busybox(workshop, base)
    base.take("usr/lib/ssl", "etc/ssl/openssl.cnf")
    for library in ("libssl.so.3", "libcrypto.so.3", "libz.so.1"):
        base.take(f"usr/lib/{workshop.machine.triplet}/{library}")
    base.take("etc/protocols", "etc/services")
    base.folder("etc/ssl/certs")
    base.write("etc/ssl/certs/ca-certificates.crt", workshop.certificate_bundle())
    base.link("etc/ssl/cert.pem", "certs/ca-certificates.crt")
    accounts(base)
    base.write("etc/os-release", _OS_RELEASE)
    base.write("etc/profile", _PROFILE)
    base.write("etc/shells", "/bin/sh\n/bin/ash\n")
    base.write(
        "etc/nsswitch.conf", "passwd: files\ngroup: files\nshadow: files\nhosts: files dns\n"
    )
    own_files(base, "alpine")
    for name in ("addgroup", "deluser", "delgroup"):
        base.link(f"usr/sbin/{name}", "adduser")


def _busybox(workshop: Workshop, base: Stage) -> None:
    """Install busybox and a link for each of its programs."""
    base.take("bin/busybox")
    listing = run([workshop.pool / "usr/bin/busybox", "--list-full"])
    for applet in listing.split():
        if Path(applet).name not in _NO_APPLETS:
            base.link(applet, "/bin/busybox")
    base.link("sbin/nologin", "/bin/busybox")
