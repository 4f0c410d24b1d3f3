"""Where the lab keeps its state and caches."""

import fcntl
import json
import os
import re
import shutil
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from lab.errors import LabError

MARKER = ".jettison-lab"


@dataclass(frozen=True, slots=True)
class Folders:
    """The lab's folder and the places in it."""

    root: Path

    @classmethod
    def from_environment(cls) -> "Folders":
        """The folder named by JETTISON_LAB_DIR, else `~/.cache/jettison-lab`."""
        named = os.environ.get("JETTISON_LAB_DIR")
        return cls(Path(named).resolve() if named else Path.home() / ".cache" / "jettison-lab")

    @property
    def run(self) -> Path:
        """Process ids of what the lab started."""
        return self.root / "run"

    @property
    def log(self) -> Path:
        """One log file per step and per daemon."""
        return self.root / "log"

    @property
    def cache(self) -> Path:
        """Finished results, each written elsewhere and then renamed into place."""
        return self.root / "cache"

    @property
    def work(self) -> Path:
        """Half-done results; emptied at the start of every `up`."""
        return self.root / "work"

    @property
    def engine(self) -> Path:
        """The data root of the engine that the lab started."""
        return self.root / "docker"

    @property
    def registry(self) -> Path:
        """Configuration and data of the local registry."""
        return self.root / "registry"

    @property
    def apt(self) -> Path:
        """A private apt configuration, so that the machine's own stays as it is."""
        return self.root / "apt"

    def prepare(self) -> None:
        """Create the folders that are missing."""
        for folder in (self.root, self.run, self.log, self.cache, self.work):
            folder.mkdir(parents=True, exist_ok=True)
        (self.root / MARKER).touch()

    def empty_work(self) -> None:
        """Remove what an interrupted run left half done."""
        shutil.rmtree(self.work, ignore_errors=True)
        self.work.mkdir(parents=True, exist_ok=True)

    def scratch(self, name: str) -> Path:
        """A new empty folder for half-done results."""
        return Path(tempfile.mkdtemp(prefix=f"{name}-", dir=self.work))

    def purge(self) -> None:
        """Delete the whole folder, only if it is a lab's folder and nothing is mounted in it."""
        if not self.root.exists():
            return
        if not (self.root / MARKER).exists():
            raise LabError(f"{self.root} does not look like a lab's folder; not deleted")
        inside = self.mounts(self.root)
        if any(mount != str(self.root) for mount in inside):
            raise LabError(f"still mounted, not deleted: {', '.join(inside)}")
        if not inside:
            shutil.rmtree(self.root)
            return
        for entry in self.root.iterdir():  # the folder itself is a mount point, as a volume is
            if entry.is_dir() and not entry.is_symlink():
                shutil.rmtree(entry)
            else:
                entry.unlink()

    @staticmethod
    def mounts(folder: Path) -> list[str]:
        """What is mounted on a folder and below it. Source: proc_pid_mountinfo(5)."""
        lines = Path("/proc/self/mountinfo").read_text().splitlines()
        places = (re.sub(r"\\(\d{3})", _character, line.split()[4]) for line in lines)
        return [place for place in places if Path(place).is_relative_to(folder)]

    @contextmanager
    def lock(self) -> Generator[None]:
        """Hold the lab for one command that changes it; others wait."""
        self.root.mkdir(parents=True, exist_ok=True)
        with (self.root / "lock").open("w") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                print("another lab command is at work; waiting for it", flush=True)
                fcntl.flock(file, fcntl.LOCK_EX)
            yield


def _character(match: re.Match[str]) -> str:
    """The character of an octal escape."""
    return chr(int(match[1], 8))


def write_atomically(path: Path, text: str) -> None:
    """Write a file so that a reader sees the old text or the new one, never a part."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    with os.fdopen(handle, "w") as file:
        file.write(text)
    Path(name).replace(path)


def read_json(path: Path) -> dict[str, object]:
    """The object in a JSON file; empty when there is no such file."""
    if not path.exists():
        return {}
    content = json.loads(path.read_text())
    if not isinstance(content, dict):
        raise LabError(f"{path}: not a JSON object")
    return content
