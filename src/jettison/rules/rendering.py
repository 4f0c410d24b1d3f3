"""Text of new files from the templates beside this module."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import jinja2

__all__ = ["Texts", "render"]


@cache
def _environment() -> jinja2.Environment:
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("jettison.rules"),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,  # noqa: S701  (Makefiles and YAML, not HTML)
    )
    environment.filters["quoted"] = lambda value: json.dumps(value, ensure_ascii=False)
    return environment


def render(template: str, **values: object) -> str:
    """A template's text, with runs of blank lines closed up."""
    text = _environment().get_template(template).render(**values)
    lines: list[str] = []
    for line in text.splitlines():
        bare = line.rstrip()
        if bare or (lines and lines[-1]):
            lines.append(bare)
    return "\n".join(lines).rstrip("\n") + "\n"


class Texts(Mapping[str, str]):
    """Texts by path that are made when somebody reads them: rules are loaded without templates."""

    def __init__(self, makers: Mapping[str, str | Callable[[], str]]) -> None:
        self._makers = dict(makers)

    def __getitem__(self, path: str) -> str:
        maker = self._makers[path]
        return maker if isinstance(maker, str) else maker()

    def __iter__(self) -> Iterator[str]:
        return iter(self._makers)

    def __len__(self) -> int:
        return len(self._makers)
