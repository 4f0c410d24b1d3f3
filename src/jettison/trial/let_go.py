"""What changes let go of packages that stay: named where it is missed, or not tried."""

from __future__ import annotations

from collections import Counter
from dataclasses import field
from types import MappingProxyType
from typing import TYPE_CHECKING

from jettison.ecosystem.python.places import tail_of
from jettison.record import record

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from jettison.analysis.evidence import ImageEvidence

__all__ = ["NOTHING", "LetGo"]


@record
class LetGo:
    """Folders of images, with a slash at the end, and the key of the change that let each go.

    It excuses nothing: what a service opened there, or its code imports, is missed all the same.
    """

    folders: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    def of_path(self, path: str) -> str:
        """The words for a file that is not there any more: whose change it was, or ``""``."""
        key = next((key for one, key in self.folders.items() if path.startswith(one)), "")
        return f" (let go by {key})" if key else ""

    def of_module(self, name: str) -> str:
        """The same for a dotted module of Python."""
        for folder, key in self.folders.items():
            if f"{name}.".startswith(f"{_dotted(folder)}."):
                return f" (let go by {key})"
        return ""

    def notes(self, images: Mapping[str, ImageEvidence]) -> Iterator[tuple[str, str]]:
        """What was not tried, as (service, sentence); ``images`` are those before, by service."""
        for service, image in images.items():
            counts: dict[str, Counter[str]] = {}
            for path in image.files if self.folders else ():
                if not path.endswith((".py", ".so")):
                    continue
                for folder, key in self.folders.items():
                    if path.startswith(folder):
                        package = _dotted(folder).partition(".")[0]
                        counts.setdefault(key, Counter())[package] += 1
            for key, found in counts.items():
                some = ", ".join(f"{number} of {name}" for name, number in sorted(found.items()))
                yield service, f"Python modules that {key} let go, none imported: {some}"


NOTHING = LetGo()


def _dotted(folder: str) -> str:
    return tail_of(folder).removeprefix("site/").rstrip("/").replace("/", ".")
