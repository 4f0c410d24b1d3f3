"""What of the system's packages may leave, told by the built image."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.unit.rules.planning import planned

from jettison.analysis import Evidence, discover
from jettison.analysis.evidence import Distribution, ImageEvidence, SystemPackage
from jettison.changes import Policy, plan
from jettison.rules import Basis, Blocked, find_rule
from jettison.source import TextTree

if TYPE_CHECKING:
    from pathlib import Path

    from jettison.changes import Plan

PIP = "COPY requirements.txt .\nRUN pip install -r requirements.txt\nCOPY . .\n"


def _package(
    name: str,
    *depends: str,
    sonames: tuple[str, ...] = (),
    in_base: bool = False,
    files: tuple[str, ...] = (),
) -> SystemPackage:
    return SystemPackage(
        "debian",
        name,
        "1",
        frozenset(depends),
        frozenset(sonames),
        frozenset(),
        in_base,
        5_000_000,
        files=frozenset(files),
    )


def _distribution(name: str, *sonames: str, compiled: bool = False) -> Distribution:
    none = frozenset[str]()
    return Distribution(name, "1", none, none, none, compiled, frozenset(sonames), 1000)


def _planned(
    folder: Path,
    dockerfile: str,
    packages: list[SystemPackage],
    distributions: list[Distribution],
    *only: str,
    opened: tuple[str, ...] = (),
) -> Plan:
    (folder / "Dockerfile").write_text(dockerfile)
    (folder / "requirements.txt").write_text("acme==1\n")
    image = ImageEvidence(
        "before",
        distributions={one.name: one for one in distributions},
        packages={one.name: one for one in packages},
        python="/usr/local/lib/python3.11/site-packages",
    )
    tree = TextTree(folder)
    (target,) = discover(tree, {}).targets
    seen = {target.name: frozenset(opened)} if opened else {}
    evidence = Evidence(images={target.name: image}, opened=seen)
    return plan(tree, {}, evidence=evidence, policy=Policy(only=only, inert=True))


def _text(made: Plan) -> str:
    source = made.tree.read("Dockerfile")
    assert source is not None
    return source.text


def test_library_that_a_distribution_needs_takes_the_place_of_its_headers(tmp_path: Path) -> None:
    text = f"FROM python:3.11-slim\nRUN apt-get update && apt-get install -y gcc libacme-dev\n{PIP}"
    packages = [
        _package("libc6", in_base=True),
        _package("gcc", "libgomp1"),
        _package("libgomp1"),
        _package("libacme-dev", "libacme7", "libother2"),
        _package("libacme7", sonames=("libacme.so.7",)),
        _package("libother2", sonames=("libother.so.2",)),
    ]
    made = _planned(tmp_path, text, packages, [_distribution("acme", "libacme.so.7")], "JT002")
    first = _text(made).split("\n\n")[0]
    assert first.endswith("RUN apt-get update && apt-get install -y libacme7")
    assert "apt-get install -y gcc libacme-dev &&" in _text(made)
    assert {c.basis for c in made.applied if c.key.rule == "JT002"} == {Basis.READ}
    assert not [f for f in made.left if f.code in ("JT002", "JT013")]


def test_library_in_the_base_image_is_not_named(tmp_path: Path) -> None:
    text = f"FROM python:3.11-slim\nRUN apt-get update && apt-get install -y gcc curl\n{PIP}"
    packages = [
        _package("libc6", sonames=("libc.so.6",), in_base=True),
        _package("gcc"),
        _package("curl"),
    ]
    made = _planned(tmp_path, text, packages, [_distribution("acme", "libc.so.6")], "JT002")
    assert "apt-get install -y curl\n" in _text(made)


def test_slim_image_gets_the_libraries_of_the_full_one_by_name(tmp_path: Path) -> None:
    packages = [
        _package("libc6", sonames=("libc.so.6",), in_base=True),
        _package("libpq5", sonames=("libpq.so.5",), in_base=True),
    ]
    distributions = [_distribution("acme", "libpq.so.5", "libc.so.6")]
    made = _planned(tmp_path, f"FROM python:3.11\n{PIP}", packages, distributions, "JT012")
    assert _text(made).startswith(
        "FROM python:3.11-slim\n"
        "RUN apt-get update && apt-get install -y --no-install-recommends libpq5 &&"
    )


def test_what_is_compiled_is_built_from_the_full_image(tmp_path: Path) -> None:
    packages = [_package("libc6", sonames=("libc.so.6",), in_base=True)]
    distributions = [_distribution("acme", "libc.so.6", compiled=True)]
    made = _planned(tmp_path, f"FROM python:3.11\nENV A=1\n{PIP}", packages, distributions, "JT012")
    assert _text(made) == (
        "FROM python:3.11-slim AS base\nENV A=1\n\n"
        "FROM python:3.11 AS build\nENV A=1\nCOPY requirements.txt .\n"
        "RUN pip install --prefix=/install -r requirements.txt\n\n"
        "FROM base\nCOPY --from=build /install /usr/local\nCOPY . .\n"
    )


def test_headers_on_a_full_base_tell_that_something_is_compiled() -> None:
    headers = "RUN apt-get update && apt-get install -y libffi-dev\n"
    files = {"Dockerfile": f"FROM python:3.11\n{headers}{PIP}", "requirements.txt": "acme==1\n"}
    (finding,) = planned(find_rule("JT012"), files).found
    assert isinstance(finding.remedy, Blocked)
    assert "line 2 installs libffi-dev for what is compiled" in finding.remedy.why


def test_what_a_comment_says_of_run_time_stays() -> None:
    said = "# The simulator calls g++ and make on every /run.\n"
    text = (
        "FROM python:3.11-slim\n{}RUN apt-get update && apt-get install -y g++ make\n"
        f"WORKDIR /app\n{PIP}CMD python main.py\n"
    )
    files = {"requirements.txt": "flask\n", "main.py": "import flask\n"}
    rule = find_rule("JT002")
    found = planned(rule, {**files, "Dockerfile": text.format(said)}).found
    assert "a comment says that g++ serves at run time" in str(found)
    other = "# g++ and make: not needed at runtime\n"
    found = planned(rule, {**files, "Dockerfile": text.format(other)}).found
    assert found
    assert "a comment says" not in str(found)


def test_package_of_which_a_file_was_opened_is_named_when_its_headers_leave(
    tmp_path: Path,
) -> None:
    text = f"FROM python:3.11-slim\nRUN apt-get update && apt-get install -y gcc libacme-dev\n{PIP}"
    packages = [
        _package("gcc", "libgomp1"),
        _package("libgomp1", files=("/usr/lib/libgomp.so.1",)),
        _package("libacme-dev", "gir-acme", "libacme7", files=("/usr/include/acme.h",)),
        _package("libacme7", sonames=("libacme.so.7",), files=("/usr/lib/libacme.so.7",)),
        _package("gir-acme", "libgir", files=("/usr/lib/girepository-1.0/Acme.typelib",)),
        _package("libgir", "gir-acme", files=("/usr/lib/libgir.so",)),
    ]
    opened = (
        "/usr/lib/libacme.so.7",
        "/usr/lib/girepository-1.0/Acme.typelib",
        "/usr/lib/libgir.so",
    )
    uses = [_distribution("acme", "libacme.so.7", compiled=True)]
    made = _planned(tmp_path, text, packages, uses, "JT002", opened=opened)
    first = _text(made).split("\n\n")[0]
    assert first.endswith("apt-get install -y libacme7 libgir")
    made = _planned(tmp_path, text, packages, uses, "JT002")
    assert _text(made).split("\n\n")[0].endswith("apt-get install -y libacme7")
