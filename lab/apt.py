"""Install Debian packages through a private apt configuration; the machine's own stays as it is.

Debian 12's container engine is too old (20.10), and trixie's packages install on it without
touching its C library. So there trixie is added as a source of low priority, in a folder of the
lab's, and only the packages asked for by name come from it.
"""

import fcntl
import os
from collections.abc import Sequence

from lab.commands import answers, run
from lab.errors import Missing
from lab.folders import Folders, write_atomically
from lab.machine import Machine

ENGINE_PACKAGES = ("docker.io", "docker-cli", "docker-compose", "docker-buildx", "containerd")
ENGINE_NEIGHBOURS = ("iptables", "ca-certificates")
REGISTRY_PACKAGES = ("docker-registry",)
PEER_PACKAGES = ("podman", "crun", "skopeo", "openssl", "chromium")
"""What the end-to-end tests hold Jettison against or let it use; none of it has a daemon."""
STAND_IN_PACKAGES = ("mmdebstrap", "xz-utils")

WANTED = "Docker Engine 23 or newer with the Compose v2 and Buildx plugins"


def installed(packages: Sequence[str]) -> bool:
    """Whether all these packages are installed."""
    query = ["dpkg-query", "--show", "--showformat=${db:Status-Status}\\n", *packages]
    states = answers(query)
    return states is not None and set(states.split()) == {"installed"}


def require_debian(machine: Machine, purpose: str) -> None:
    """Fail with advice unless packages can be installed here."""
    if not machine.debian:
        raise Missing(
            f"{purpose}.\nThe lab can install what it needs on Debian 12 or 13 only. Here, install "
            f"and start {WANTED} yourself, and run this again."
        )
    if not machine.root:
        raise Missing(
            f"{purpose}.\nRun this command as root once, and the lab installs what it needs; or "
            f"install and start {WANTED}, join the group docker, and run this again."
        )
    if not machine.sources:
        raise Missing(f"{purpose}.\nNo Debian package source is configured in /etc/apt.")


class Apt:
    """The machine's apt with the lab's own sources, pins and package lists."""

    def __init__(self, folders: Folders, machine: Machine) -> None:
        self._folders = folders
        self._machine = machine
        self._environment = {
            "APT_CONFIG": str(folders.apt / "apt.conf"),
            "DEBIAN_FRONTEND": "noninteractive",
        }
        self._log = folders.log / "apt.log"

    def update(self) -> None:
        """Write the configuration and fetch the package lists."""
        root = self._folders.apt
        for folder in ("lists/partial", "archives/partial"):
            (root / folder).mkdir(parents=True, exist_ok=True)
        sources = list(self._machine.sources)
        if self._machine.codename == "bookworm":
            sources += [source.moved("bookworm", "trixie") for source in self._machine.sources]
        stanzas = "\n".join(source.stanza() for source in sources)
        write_atomically(root / "sources" / "debian.sources", stanzas)
        pin = "Package: *\nPin: release n=trixie*\nPin-Priority: 100\n"
        write_atomically(root / "pins" / "trixie", pin if self._bookworm else "")
        write_atomically(
            root / "apt.conf",
            'Dir::Etc::sourcelist "/dev/null";\n'
            f'Dir::Etc::sourceparts "{root}/sources";\n'
            f'Dir::Etc::preferencesparts "{root}/pins";\n'
            f'Dir::State::lists "{root}/lists";\n'
            'APT::Sandbox::User "root";\n'
            'Acquire::Languages "none";\n'
            'DPkg::Lock::Timeout "300";\n',
        )
        run(["apt-get", "update", "-q"], log=self._log, environment=self._environment)

    def install(self, packages: Sequence[str], newer: Sequence[str] = ()) -> None:
        """Install packages without what they merely recommend; those in `newer` from trixie."""
        suffix = "/trixie" if self._bookworm else ""
        names = [*packages, *(f"{package}{suffix}" for package in newer)]
        with (self._folders.run / "apt.lock").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            if answers(["dpkg", "--audit"]):
                run(["dpkg", "--configure", "-a"], log=self._log, finish=True)
            run(
                ["apt-get", "install", "-y", "-q", "--no-install-recommends", *names],
                log=self._log,
                environment=self._environment,
                finish=True,
            )

    @property
    def _bookworm(self) -> bool:
        """Whether the machine is Debian 12."""
        return self._machine.codename == "bookworm"


def put_usr_bin_first() -> None:
    """Let the distribution's programs win over others of the same name on PATH."""
    parts = [part for part in os.environ.get("PATH", "").split(":") if part]
    system = ["/usr/sbin", "/sbin"]
    rest = [part for part in parts if part not in {"/usr/bin", *system}]
    os.environ["PATH"] = ":".join(["/usr/bin", *rest, *system])
