"""Facts about this machine: its Debian release, package sources, certificates and rights."""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from lab.commands import answers

KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"
_TRIPLETS = {"amd64": "x86_64-linux-gnu", "arm64": "aarch64-linux-gnu"}
_APT_OPTIONS = ("Acquire::Check-", "Acquire::Max-", "Acquire::http::", "Acquire::https::")
_PASSED_ON = ("http_proxy", "https_proxy", "no_proxy", "PIP_INDEX_URL", "npm_config_registry")


@dataclass(frozen=True, slots=True)
class Source:
    """One place to get Debian packages from."""

    uris: str
    suites: tuple[str, ...]
    components: str
    signed_by: str

    def moved(self, old: str, new: str) -> "Source":
        """The same place for another release."""
        suites = tuple(new + suite.removeprefix(old) for suite in self.suites)
        return Source(self.uris, suites, self.components, self.signed_by)

    def stanza(self, *, kinds: str = "deb", signed_by: str | None = None) -> str:
        """The source in the deb822 format."""
        return (
            f"Types: {kinds}\nURIs: {self.uris}\nSuites: {' '.join(self.suites)}\n"
            f"Components: {self.components}\nSigned-By: {signed_by or self.signed_by}\n"
        )


@dataclass(frozen=True, slots=True)
class Machine:
    """What the lab wants to know about the machine it runs on."""

    root: bool
    distribution: str
    codename: str
    architecture: str
    sources: tuple[Source, ...]
    apt_options: tuple[str, ...]
    certificates: tuple[Path, ...]
    """The machine's own extra CA certificates."""

    @property
    def debian(self) -> bool:
        """Whether the lab can install packages here."""
        return self.distribution == "debian" and self.codename in {"bookworm", "trixie"}

    @property
    def triplet(self) -> str:
        """The name of the architecture in library paths."""
        return _TRIPLETS.get(self.architecture, f"{self.architecture}-linux-gnu")

    def bookworm_sources(self) -> tuple[Source, ...]:
        """The machine's package sources, for Debian 12 whatever the machine has."""
        return tuple(source.moved(self.codename, "bookworm") for source in self.sources)

    def passed_on(self) -> dict[str, str]:
        """Variables of the network set-up that programs in a chroot need, too."""
        names = [*_PASSED_ON, *(name.upper() for name in _PASSED_ON)]
        return {name: os.environ[name] for name in names if name in os.environ}


def inspect_machine() -> Machine:
    """Look at this machine."""
    release = _os_release()
    codename = release.get("VERSION_CODENAME", "")
    certificates = Path("/usr/local/share/ca-certificates")
    return Machine(
        root=os.geteuid() == 0,
        distribution=release.get("ID", ""),
        codename=codename,
        architecture=answers(["dpkg", "--print-architecture"]) or "",
        sources=tuple(_debian_sources(Path("/etc/apt"), codename)),
        apt_options=_apt_options(),
        certificates=tuple(sorted(certificates.rglob("*.crt"))),
    )


def _os_release() -> dict[str, str]:
    """The fields of /etc/os-release."""
    path = Path("/etc/os-release")
    if not path.exists():
        return {}
    pairs = (line.split("=", 1) for line in path.read_text().splitlines() if "=" in line)
    return {key: value.strip('"') for key, value in pairs}


def _apt_options() -> tuple[str, ...]:
    """The machine's apt options about getting files: proxies and checks of dates."""
    dump = answers(["apt-config", "dump", "Acquire"]) or ""
    return tuple(
        line
        for line in dump.splitlines()
        if line.startswith(_APT_OPTIONS) and not line.endswith(' "";')
    )


def _debian_sources(folder: Path, codename: str) -> Iterator[Source]:
    """The machine's sources of Debian itself, without other publishers' sources."""
    parts = folder / "sources.list.d"
    found = [
        *(s for path in sorted(parts.glob("*.sources")) for s in _deb822(path.read_text())),
        *(
            s
            for path in [folder / "sources.list", *sorted(parts.glob("*.list"))]
            if path.exists()
            for s in _one_line(path.read_text())
        ),
    ]
    suites = {codename, *(f"{codename}-{part}" for part in ("updates", "security"))}
    for source in found:
        debian = "debian-archive" in source.signed_by or not source.signed_by
        if debian and "main" in source.components.split() and suites.issuperset(source.suites):
            keyring = source.signed_by or KEYRING
            yield Source(source.uris, source.suites, "main", keyring)


def _deb822(text: str) -> Iterator[Source]:
    """The binary package sources in a `.sources` file."""
    for stanza in re.split(r"\n\s*\n", text):
        lines = [line for line in stanza.splitlines() if not line.startswith("#")]
        pairs = re.findall(r"^([\w-]+):((?:.*)(?:\n[ \t].*)*)", "\n".join(lines), re.MULTILINE)
        fields = {key.lower(): " ".join(value.split()) for key, value in pairs}
        if "deb" in fields.get("types", "").split() and fields.get("enabled", "yes") != "no":
            yield Source(
                fields.get("uris", ""),
                tuple(fields.get("suites", "").split()),
                fields.get("components", ""),
                fields.get("signed-by", ""),
            )


def _one_line(text: str) -> Iterator[Source]:
    """The binary package sources in a `.list` file."""
    for line in text.splitlines():
        match = re.match(r"deb\s+(?:\[([^]]*)\]\s+)?(\S+)\s+(\S+)\s+(.+)", line.strip())
        if match:
            options = dict(re.findall(r"([\w-]+)=(\S+)", match[1] or ""))
            components = match[4].partition("#")[0].strip()
            yield Source(match[2], (match[3],), components, options.get("signed-by", ""))
