"""Run scripts in a Debian root folder, on top of it, without leaving a mount or a process behind.

A session is an overlay whose lowest folder is the Debian root, in a mount and process namespace of
its own: when the script ends, or is killed, the kernel takes its mounts and processes away.
"""

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from lab.commands import run
from lab.folders import Folders

_SESSION = r"""
set -eu
mount -t overlay overlay -o "lowerdir=$LOWER,upperdir=$UPPER,workdir=$WORK,$OPTIONS" "$MERGED"
mount -t proc proc "$MERGED/proc"
mount --rbind /dev "$MERGED/dev"
[ -z "$EXCHANGE" ] || mount --bind "$EXCHANGE" "$MERGED/mnt"
for file in resolv.conf hosts; do
    [ -e "/etc/$file" ] || continue
    [ -e "$MERGED/etc/$file" ] || : > "$MERGED/etc/$file"
    mount --bind "$(readlink -f "/etc/$file")" "$MERGED/etc/$file"
done
exec chroot "$MERGED" /bin/sh -euc "$SCRIPT"
"""
_ENVIRONMENT = {
    "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    "HOME": "/root",
    "LANG": "C.UTF-8",
    "TZ": "UTC",
    "DEBIAN_FRONTEND": "noninteractive",
}


@dataclass(frozen=True, slots=True)
class Overlay:
    """A writable folder over others; `upper` holds what was changed."""

    lowers: tuple[Path, ...]
    """Highest first."""
    place: Path

    @property
    def upper(self) -> Path:
        """What differs from the folders below."""
        return self.place / "upper"

    def trees(self) -> tuple[Path, ...]:
        """All folders, highest first."""
        return (self.upper, *self.lowers)

    def run(
        self,
        script: str,
        log: Path,
        *,
        exchange: Path | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> str:
        """Run a shell script as root in the overlay; `exchange` appears there as /mnt."""
        for name in ("upper", "work", "merged"):
            (self.place / name).mkdir(exist_ok=True)
        self.place.chmod(0o755)
        variables = {
            **_ENVIRONMENT,
            **(environment or {}),
            "LOWER": ":".join(str(lower) for lower in self.lowers),
            "UPPER": str(self.upper),
            "WORK": str(self.place / "work"),
            "MERGED": str(self.place / "merged"),
            "OPTIONS": "redirect_dir=off,metacopy=off,index=off",
            "EXCHANGE": str(exchange or ""),
            "SCRIPT": script,
        }
        unshare = ["unshare", "--mount", "--pid", "--ipc", "--fork", "--kill-child"]
        settings = [f"{key}={value}" for key, value in variables.items()]
        return run(["env", "-i", *settings, *unshare, "/bin/sh", "-c", _SESSION], log=log)

    def discard(self) -> None:
        """Delete what was changed."""
        shutil.rmtree(self.place)


def overlay(folders: Folders, name: str, lowers: Sequence[Path]) -> Overlay:
    """A new overlay over folders, highest first."""
    return Overlay(tuple(lowers), folders.scratch(name))


def write_file(path: Path, text: str, mode: int = 0o644) -> None:
    """Write a file with exactly that mode."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(mode)
