"""A conda environment file lists development tools, and the image installs it.

## What it does
Reads the environment files of `conda env create -f`, `conda env update -f` and the like of mamba
and micromamba, the names below `dependencies:` and those of `pip:` in it, and finds test runners,
linters, notebooks and other tools of development that nothing of the image uses. It is advice:
conda has no groups, so a second file must be written, and which of both a deployment installs is
the author's to say.

## Why it matters
Notebooks and linters bring a hundred packages along, and conda has no lock of what only they need.

## Fix safety
Nothing is changed. Move the lines to a second file (`environment-dev.yml`), and install that with
`conda env update -f environment-dev.yml` where development needs it.

## Saving
Not known: conda's packages are not read from images.

## References
* conda documentation, "Managing environments: creating an environment file manually"
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from jettison.analysis.package_runs import first_of, services_of
from jettison.analysis.python.conda_environments import environments_of
from jettison.analysis.python.needs import Verdict, needs_of
from jettison.rules.model import Advice, Example, Finding, Grade, Key, Level, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jettison.analysis import Facts

CODE, NAME = "JT033", "development-packages-in-conda-environment"

_MOST_NAMED = 5
_DOCKERFILE = (
    "FROM mambaorg/micromamba:1.5\nCOPY environment.yml .\n"
    "RUN micromamba create -y -f environment.yml\nCOPY . .\nCMD python serve.py\n"
)
_PLAIN = "name: app\nchannels:\n  - conda-forge\ndependencies:\n  - python=3.11\n  - flask=3.0\n"
VALID = (
    Example("nothing but what serves", {"Dockerfile": _DOCKERFILE, "environment.yml": _PLAIN}),
    Example(
        "the image runs the tests",
        {
            "Dockerfile": _DOCKERFILE.replace("python serve.py", "pytest"),
            "environment.yml": f"{_PLAIN}  - pytest\n",
        },
    ),
)
INVALID = (
    Example(
        "a linter and a test runner, one of them by pip",
        {
            "Dockerfile": _DOCKERFILE,
            "serve.py": "import flask\n",
            "environment.yml": f"{_PLAIN}  - conda-forge::black=24.4  # style\n  - pip\n"
            "  - pip:\n      - pytest==8.4.0\n",
        },
        found=("environment.yml:7",),
    ),
)


def check(facts: Facts) -> Iterator[Finding]:
    """A finding for each environment file of an image that lists tools which nothing uses."""
    told: set[str] = set()
    for target in facts.targets:
        if not first_of(facts, target):
            continue
        for path, lines in environments_of(facts, target):
            if path in told:
                continue
            needs = needs_of(facts, target, frozenset(lines))
            tools = [name for name in lines if needs[name].verdict is Verdict.TOOL]
            if not tools:
                continue
            told.add(path)
            shown = ", ".join(tools[:_MOST_NAMED])
            more = f" and {len(tools) - _MOST_NAMED} more" if len(tools) > _MOST_NAMED else ""
            yield Finding(
                key=Key(CODE, target.name, path),
                name=NAME,
                message=f"the environment has development tools: {shown}{more}",
                file=path,
                line=lines[tools[0]],
                services=services_of(facts, target),
                remedy=Advice(
                    "Move them to a second environment file that only development installs."
                ),
                level=Level.NOTE,
            )


RULE = Rule(
    code=CODE,
    name=NAME,
    summary="A conda environment file lists development tools, and the image installs it.",
    since="0.1.0",
    grade=Grade.DISPLAY_ONLY,
    check=check,
    valid=VALID,
    invalid=INVALID,
)
