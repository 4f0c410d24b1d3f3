"""Text from the templates beside this module."""

from __future__ import annotations

import json
from functools import cache
from typing import TYPE_CHECKING

import jinja2

if TYPE_CHECKING:
    from collections.abc import Iterable


@cache
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("jettison.plan"),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,  # noqa: S701  (Dockerfiles and YAML, not HTML)
    )
    environment.filters["exec_form"] = exec_form
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


def exec_form(words: Iterable[str]) -> str:
    """Words as a JSON array on one line: a Dockerfile's exec form, a YAML flow sequence."""
    return json.dumps(list(words), ensure_ascii=False)
