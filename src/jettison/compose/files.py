"""Which files a Compose project may make us read, and how much of them.

An included, extended or environment file must lie in the repository that holds the project: the
nearest folder at or above the project's with a ``.git``, or else the project's own folder, with
links resolved. Compose itself reads any path; a tool that is pointed at other people's repositories
must not. Number and size of what is read are bounded as well, so that files that include each other
a thousand times over end in an error.
"""

from __future__ import annotations

import stat
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from jettison.compose.dotenv import parse_dotenv
from jettison.compose.tree import MAX_TEXT
from jettison.compose.values import Place, Table, convert
from jettison.record import record
from jettison.source import SourceText, Span
from jettison.source.real import real

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


@record
class Lack:
    """Something that a project names and does not have: a file, or a variable's value.

    ``path`` is the file's, ``variable`` the name; the other one is ``None``. Both are for a port
    of which nothing is known, and for a file that is there and is not read, of which ``remedy``
    says what to do.
    """

    place: Place
    reason: str
    path: Path | None = None
    variable: str | None = None
    remedy: str = ""


MAX_OPENED = 2_000
MAX_BYTES = 16 * 1024 * 1024


@dataclass(slots=True)
class Files:
    """Reads files at or below ``root``; ``read`` has those read so far, in order, once each.

    ``laid`` are texts that stand for those on the disk. With ``lacking``, an environment file that
    is not there is noted in it and read as empty; without, it is an error.
    """

    root: Path
    laid: Mapping[Path, str] = field(default_factory=dict)
    lacking: list[Lack] | None = None
    read: dict[Path, None] = field(default_factory=dict)
    _opened: int = 0
    _bytes: int = 0
    _parsed: dict[Path, tuple[Table, ...]] = field(default_factory=dict)

    @classmethod
    def of_project(
        cls,
        folder: Path,
        laid: Mapping[Path, str] | None = None,
        lacking: list[Lack] | None = None,
    ) -> Files:
        """The files that the project in ``folder`` may use."""
        resolved = real(folder)
        holders = (one for one in (resolved, *resolved.parents) if (one / ".git").exists())
        return cls(next(holders, resolved), laid or {}, lacking)

    def text(self, file: Path, asked: Place | None) -> SourceText:
        """The text of ``file``, which ``asked`` mentions (``None``: the user named it)."""
        at = asked or Place(SourceText(str(file), ""), Span(0, 0))
        self.read[file] = None
        self._opened += 1
        if self._opened > MAX_OPENED:
            raise at.error(f"more than {MAX_OPENED} files are read")
        try:
            if asked is not None and not real(file).is_relative_to(self.root):
                raise at.error(
                    f"{file} lies outside {self.root} and is not read",
                    remedy="keep the files of a project in its repository",
                )
            if file in self.laid:
                return SourceText(str(file), self.laid[file])
            status = file.stat()
            if not stat.S_ISREG(status.st_mode):
                raise at.error(f"{file} is not a regular file")
            self._bytes += status.st_size
            if status.st_size > MAX_TEXT or self._bytes > MAX_BYTES:
                raise at.error(f"{file} is too large to be read")
            return SourceText.read(file)
        except (OSError, RuntimeError, ValueError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            raise at.error(f"cannot read {file}: {reason}") from None

    def documents(self, file: Path, asked: Place | None) -> tuple[Table, ...]:
        """The documents of a Compose file as they are written, parsed once."""
        source = self.text(file, asked)
        if file not in self._parsed:
            from jettison.compose.parsing import parse_yaml

            values = [convert(source, node) for node in parse_yaml(source)]
            for value in values:
                if not isinstance(value, Table):
                    raise value.place.error("the top level of a compose file must be a mapping")
            self._parsed[file] = tuple(one for one in values if isinstance(one, Table))
        return self._parsed[file]

    def variables(
        self, file: Path, asked: Place | None, known: Mapping[str, str]
    ) -> dict[str, str]:
        """The variables that the environment file sets; ``known`` ones go before its own."""
        if self.lacking is not None and asked is not None:
            lack = self._lack_of(file, asked)
            if lack is not None:
                self.lacking.append(lack)
                return {}
        return parse_dotenv(self.text(file, asked), known.get)

    def _lack_of(self, file: Path, asked: Place) -> Lack | None:
        """Why an environment file is not read, or ``None``."""
        if not file.exists():
            return Lack(asked, f"{file.name} is not there", path=file)
        if not real(file).is_relative_to(self.root):
            reason = f"{file} lies outside {self.root} and is not read"
            return Lack(asked, reason, remedy="Keep the files of a project in its repository.")
        if not file.is_file():
            reason = f"{file} is not a regular file"
            return Lack(asked, reason, remedy="Name a file; a variable in its name may be unset.")
        return None

    def beside(self, folder: Path, known: Mapping[str, str]) -> dict[str, str]:
        """The variables of the ``.env`` in ``folder``; none without one."""
        file = folder / ".env"
        if not file.is_file():
            return {}
        return self.variables(file, Place(SourceText(str(file), ""), Span(0, 0)), known)
