"""What a project's example of a ``.env`` file says where there is no such file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from jettison.compose.dotenv import parse_dotenv
from jettison.errors import JettisonError
from jettison.patterns import regex
from jettison.record import record
from jettison.source import SourceText

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

__all__ = ["EXAMPLE_NAMES", "ExampleValues", "beside", "example_of", "example_values"]

EXAMPLE_NAMES: Final = (
    ".env.example",
    ".env.sample",
    ".env.template",
    ".env.dist",
    ".env-example",
    ".env-sample",
    "example.env",
    "env.example",
    "env-example",
    "sample.env",
)
_SUFFIXES: Final = (".example", ".sample", ".template", ".dist", "-example", "-sample")
_MOST_BYTES: Final = 1 << 20
_USED: Final = regex(r"(?<!\$)(?:\$\$)*\$(?:\{([A-Za-z_]\w*)([^}]*)|([A-Za-z_]\w*))")


@record
class ExampleValues:
    """Values of the example file ``file`` that stand in for those that ``.env`` does not give.

    ``without_file`` tells that there is no ``.env`` at all. ``used`` are those of ``values`` that
    the Compose files mention, sorted. The values are as written, placeholders too.
    """

    file: Path
    values: Mapping[str, str]
    used: tuple[str, ...]
    without_file: bool


def example_values(
    texts: Sequence[str], folder: Path, root: Path, known: Mapping[str, str]
) -> ExampleValues | None:
    """The example's values that a project lacks, or ``None`` where there is no example.

    ``texts`` are the Compose files', in ``folder``; ``known`` is the environment. Given are the
    values of variables that ``.env`` does not set, or would set if it were there, and that the
    Compose files use without a default of their own: Compose itself takes the defaults.
    """
    own = folder / ".env"
    file = example_of(folder, own) or example_of(root, root / ".env")
    if file is None:
        return None
    there = own.exists()
    values = {name: value for name, value in _read(file).items() if name not in known}
    used, lacking = _used(texts)
    wanted = lacking - (_read(own).keys() if there else set())
    values = {name: value for name, value in values.items() if name in wanted and value}
    if not values:
        return None
    return ExampleValues(file, values, tuple(sorted(used & values.keys())), not there)


def example_of(folder: Path, wanted: Path) -> Path | None:
    """The example file for an environment file in a folder."""
    own = beside(wanted) if wanted.parent == folder else ()
    candidates: list[Path] = [*own, *(folder / name for name in EXAMPLE_NAMES)]
    for path in candidates:
        try:
            if path.is_file() and not path.is_symlink() and path.stat().st_size <= _MOST_BYTES:
                return path
        except OSError:
            continue
    return None


def beside(path: Path) -> Iterator[Path]:
    """Where the example of a file may be: ``token.txt.example``, ``token.example.txt``."""
    for suffix in _SUFFIXES:
        yield path.with_name(path.name + suffix)
        yield path.with_name(f"{path.stem}{suffix}{path.suffix}")


def _read(file: Path) -> dict[str, str]:
    try:
        text = file.read_text("utf-8", "replace")
        return parse_dotenv(SourceText(str(file), text), lambda _: None)
    except (JettisonError, OSError):
        return {}


def _used(texts: Sequence[str]) -> tuple[set[str], set[str]]:
    """The variables that the texts mention, and those of them without a default."""
    used: set[str] = set()
    lacking: set[str] = set()
    for text in texts:
        for match in _USED.finditer(text):
            name = match[1] or match[3]
            used.add(name)
            if not (match[2] or "").lstrip(":").startswith(("-", "+")):
                lacking.add(name)
    return used, lacking
