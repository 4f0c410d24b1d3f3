"""Packages that no service uses are installed for production.

## What it does
Finds requirement files, installed in the final stage, that list development tools (test runners,
linters, type checkers) or distributions that nothing which runs imports, starts or names.

## Why it matters
They take space, start-up time and attention: every one of them is patched, scanned and audited
although no service loads it.

## Fix safety
Unsafe: a distribution may be loaded in a way that the code does not show (a plug-in found by its
entry point). The fix is kept only when a trial verified it.

## Saving
Heuristic: 1 to 10 MB a distribution; known exactly only after the build.

## References
* pip documentation, "Requirements File Format"
* Python Packaging User Guide, "Dependency groups" (PEP 735)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from jettison.analysis.needs import Verdict
from jettison.rules.model import Applicability, Basis, Example, Finding, Rule, Saving

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jettison.analysis import Analysis

CODE, NAME = "JT003", "development-packages-in-image"

_FILES = {
    "compose.yaml": "services:\n  api:\n    build: .\n",
    "Dockerfile": "FROM python:3.11-slim\nWORKDIR /app\nCOPY requirements.txt .\n"
    "RUN pip install -r requirements.txt\nCOPY main.py .\nCMD python main.py\n",
    "main.py": "import flask\n",
}
VALID = (Example("all are used", {**_FILES, "requirements.txt": "flask==3.0\n"}),)
INVALID = (
    Example(
        "a test runner beside the framework",
        {**_FILES, "requirements.txt": "flask==3.0\npytest==8.0\n"},
        expected=("requirements.txt:2",),
    ),
)


def check(analysis: Analysis) -> Iterator[Finding]:
    """A finding for every installed requirement file that lists more than the services use."""
    for image in analysis.python_images:
        tools = [need for need in image.dropped if need.verdict is Verdict.DEVELOPMENT]
        unused = [need for need in image.dropped if need.verdict is Verdict.UNUSED]
        if not tools:
            continue
        yield Finding(
            code=CODE,
            name=NAME,
            message=f"{len(image.dropped)} of {len(image.needs)} listed distributions are named by "
            f"nothing that runs, {len(tools)} of them development tools",
            file=tools[0].file,
            line=tools[0].line,
            services=tuple(run.service for run in image.target.runs),
            applicability=Applicability.UNSAFE,
            saving=Saving(1_000_000 * len(tools), 10_000_000 * len(image.dropped), Basis.HEURISTIC),
            evidence=tuple(f"{n.text}: {n.verdict} ({n.reason})" for n in (*tools, *unused)),
        )


RULE = Rule(
    code=CODE,
    name=NAME,
    summary="Packages that no service uses are installed for production.",
    since="0.1.0",
    applicability=Applicability.UNSAFE,
    see_also=(),
    check=check,
    valid=VALID,
    invalid=INVALID,
)
