"""Debian 12's required packages and apt in a folder, as slim as the official slim image."""

import shutil
from pathlib import Path

from lab.commands import run
from lab.layers import EPOCH
from lab.machine import KEYRING, Machine
from lab.roots import write_file

_PATH_EXCLUDES = """\
# The slim variant: no documentation, no translations; copyright files stay.
path-exclude /usr/share/doc/*
path-include /usr/share/doc/*/copyright
path-exclude /usr/share/groff/*
path-exclude /usr/share/info/*
path-exclude /usr/share/linda/*
path-exclude /usr/share/lintian/*
path-exclude /usr/share/locale/*
path-exclude /usr/share/man/*
"""
_CLEAN = (
    "rm -f /var/cache/apt/archives/*.deb /var/cache/apt/archives/partial/*.deb "
    "/var/cache/apt/*.bin || true"
)
_APT = {
    "docker-autoremove-suggests": 'Apt::AutoRemove::SuggestsImportant "false";\n',
    "docker-clean": (
        f'DPkg::Post-Invoke {{ "{_CLEAN}"; }};\n'
        f'APT::Update::Post-Invoke {{ "{_CLEAN}"; }};\n'
        'Dir::Cache::pkgcache "";\nDir::Cache::srcpkgcache "";\n'
    ),
    "docker-gzip-indexes": 'Acquire::GzipIndexes "true";\n',
    "docker-no-languages": 'Acquire::Languages "none";\n',
}


def settings(machine: Machine) -> str:
    """The machine's part in the root: package sources, apt options, certificates."""
    certificates = [path.read_text() for path in machine.certificates]
    return "\n".join([_sources(machine), *machine.apt_options, *certificates])


def build(machine: Machine, out: Path, sources: Path, log: Path) -> None:
    """Install the packages into a folder; the package sources are written to `sources` for it."""
    sources.write_text(_sources(machine))
    options = [
        *("--mode=root", "--variant=minbase", "--format=directory"),
        f"--architectures={machine.architecture}",
        # Without these, perl comes along to move /bin and /lib below /usr.
        "--hook-dir=/usr/share/mmdebstrap/hooks/merged-usr",
        "--include=usr-is-merged",
        "--dpkgopt=force-unsafe-io",
        *(f"--aptopt={option}" for option in machine.apt_options),
    ]
    own_namespaces = ["unshare", "--mount", "--pid", "--fork", "--kill-child"]
    run(
        [*own_namespaces, "mmdebstrap", *options, "bookworm", str(out), str(sources)],
        log=log,
        environment={"SOURCE_DATE_EPOCH": str(EPOCH)},
    )
    _slim(out)
    _settle(machine, out)


def _slim(root: Path) -> None:
    """Delete what the path-excludes would have kept out, which takes apt twice as long."""
    share = root / "usr/share"
    for name in ("groff", "info", "linda", "lintian", "locale", "man"):
        for path in (share / name).glob("*"):
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink()
    for package in (share / "doc").iterdir():
        if package.is_symlink():
            continue
        for path in sorted(package.rglob("*"), reverse=True):
            if path.is_dir() and not path.is_symlink():
                path.rmdir()
            elif path.name != "copyright":
                path.unlink()


def _settle(machine: Machine, root: Path) -> None:
    """Give a fresh root the settings of the official image and the machine's sources."""
    etc = root / "etc"
    for path in [*etc.glob("apt/sources.list*"), *etc.glob("apt/sources.list.d/*")]:
        if path.is_file():
            path.unlink()
    for path in [*etc.glob("*/*/*mmdebstrap"), etc / "hostname", etc / "resolv.conf"]:
        path.unlink(missing_ok=True)
    write_file(etc / "apt/sources.list.d/debian.sources", _sources(machine))
    for name, text in _APT.items():
        write_file(etc / "apt/apt.conf.d" / name, text)
    if machine.apt_options:
        text = "".join(f"{option}\n" for option in machine.apt_options)
        write_file(etc / "apt/apt.conf.d/99-lab-machine", text)
    write_file(etc / "dpkg/dpkg.cfg.d/docker", _PATH_EXCLUDES)
    write_file(etc / "dpkg/dpkg.cfg.d/docker-apt-speedup", "force-unsafe-io\n")
    write_file(root / "usr/sbin/policy-rc.d", "#!/bin/sh\nexit 101\n", 0o755)
    for certificate in machine.certificates:
        place = root / "usr/local/share/ca-certificates" / certificate.name
        write_file(place, certificate.read_text())
    if any("https:" in source.uris for source in machine.sources):
        bundle = Path("/etc/ssl/certs/ca-certificates.crt")
        if bundle.exists():
            write_file(root / "etc/ssl/certs/ca-certificates.crt", bundle.read_text())


def _sources(machine: Machine) -> str:
    """The machine's package sources for Debian 12."""
    sources = machine.bookworm_sources()
    return "\n".join(source.stanza(signed_by=KEYRING) for source in sources)
