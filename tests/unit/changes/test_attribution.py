"""Whose the bytes are: each part by itself, and that they add up whatever the images hold."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st
from tests.unit.imaging.samples import files, image_of, inspected

from jettison.changes.attribution import Attribution, PartKind, attribute
from jettison.dockerfile import parse
from jettison.rules import Basis, Change, Claim, Grade, Key
from jettison.source import Patch, SourceText

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jettison.oci import BasicImage

DOCKERFILE = "FROM debian\nRUN make\nCOPY . .\n"
STEPS = ("base", "RUN /bin/sh -c make # buildkit", "COPY . . # buildkit")


def _python(name: str, size: int) -> dict[str, bytes]:
    folder = f"usr/local/lib/python3.11/site-packages/{name}"
    record = (
        f"{name}/__init__.py,,\n{name}-1.0.dist-info/RECORD,,\n{name}-1.0.dist-info/METADATA,,\n"
    )
    info = f"{folder}-1.0.dist-info"
    return {
        f"{folder}/__init__.py": b"x" * size,
        f"{info}/METADATA": f"Name: {name}\nVersion: 1.0\n\n".encode(),
        f"{info}/RECORD": record.encode(),
    }


def _change(subject: str, claim: Claim) -> Change:
    key = Key("JT990", "api", subject)
    return Change(key, subject, Patch(), Grade.SAFE, Basis.READ, claim=claim)


def _attributed(before: BasicImage, after: BasicImage, *changes: Change) -> Attribution:
    dockerfile = parse(SourceText("Dockerfile", DOCKERFILE))
    one, other = (inspected(image, dockerfile=dockerfile) for image in (before, after))
    return attribute("api", one, other, changes, dockerfile="Dockerfile")


def _adds_up(found: Attribution) -> bool:
    return sum(part.saved_bytes for part in found.parts) == found.saved_bytes


def _image(
    base: Mapping[str, bytes], made: Mapping[str, bytes], copied: Mapping[str, bytes]
) -> BasicImage:
    return image_of(files(base), files(made), files(copied), steps=STEPS)


def test_each_claim_gets_its_files() -> None:
    base = {"usr/share/doc/x": b"d" * 70, "etc/os": b"1"}
    before = _image(
        base,
        {"opt/cache/a": b"c" * 500, **_python("wide", 300)},
        {"app/main.py": b"m", "app/tests/t.py": b"t" * 40},
    )
    after = _image({"etc/os": b"1"}, {"etc/x": b"1"}, {"app/main.py": b"m"})
    found = _attributed(
        before,
        after,
        _change("tests", Claim(paths=("/app/tests/",))),
        _change("line", Claim(lines=(("Dockerfile", 2),))),
        _change("wide", Claim(packages=frozenset({"python:wide"}))),
        _change("docs", Claim(paths=("/usr/share/",), base=True)),
    )
    by_change = found.by_change()
    assert by_change["JT990/api/tests"] == 40
    assert by_change["JT990/api/line"] == 500
    assert by_change["JT990/api/wide"] > 300
    assert by_change["JT990/api/docs"] == 70
    assert _adds_up(found)


def test_the_base_is_claimed_only_by_those_that_say_so() -> None:
    before = _image({"usr/share/doc/x": b"d" * 70}, {"a": b"1"}, {"b": b"2"})
    after = _image({"etc/os": b"1"}, {"a": b"1"}, {"b": b"2"})
    found = _attributed(before, after, _change("docs", Claim(paths=("/usr/share/",))))
    assert found.by_change() == {}
    assert _adds_up(found)


def test_a_package_that_moved_saves_nothing() -> None:
    package = _python("wide", 300)
    moved = {path.replace("usr/local", "opt/venv"): data for path, data in package.items()}
    before = _image({"etc/os": b"1"}, package, {"b": b"2"})
    after = _image({"etc/os": b"1"}, moved, {"b": b"2"})
    found = _attributed(before, after, _change("wide", Claim(packages=frozenset({"python:wide"}))))
    assert found.by_change() == {}
    assert found.saved_bytes == 0
    assert _adds_up(found)


def test_what_layers_hide_and_tar_needs_are_parts_of_their_own() -> None:
    before = _image({"etc/os": b"1"}, {"app/x": b"1" * 1000}, {"app/x": b"2" * 10})
    after = _image({"etc/os": b"1"}, {"app/y": b""}, {"app/x": b"2" * 10})
    dockerfile = parse(SourceText("Dockerfile", DOCKERFILE))
    one, other = (inspected(image, dockerfile=dockerfile) for image in (before, after))
    found = attribute("api", one, other, (), dockerfile="Dockerfile", measured=(10_000, 5_000))
    parts = {part.kind: part.saved_bytes for part in found.parts}
    assert parts == {PartKind.SHADOWED: 1000, PartKind.OVERHEAD: 4000}
    assert _adds_up(found)


_PATHS = st.sampled_from(
    ["app/a", "app/b", "app/tests/c", "opt/cache/d", *_python("wide", 1), *_python("thin", 1)]
)
_LAYER = st.dictionaries(_PATHS, st.binary(max_size=40), max_size=6)
_CLAIMS = st.lists(
    st.builds(
        Claim,
        packages=st.frozensets(st.sampled_from(["python:wide", "python:thin"])),
        paths=st.sampled_from([(), ("/app/",), ("/app/tests/", "/opt/cache/d"), ("/",)]),
        lines=st.sampled_from([(), (("Dockerfile", 2),), (("Dockerfile", 3), ("other", 2))]),
        base=st.booleans(),
    ),
    max_size=4,
)


@given(
    before=st.tuples(_LAYER, _LAYER, _LAYER),
    after=st.tuples(_LAYER, _LAYER, _LAYER),
    claims=_CLAIMS,
)
def test_the_parts_add_up(
    before: tuple[dict[str, bytes], ...], after: tuple[dict[str, bytes], ...], claims: list[Claim]
) -> None:
    changes = [_change(str(number), claim) for number, claim in enumerate(claims)]
    one = image_of(*(files(layer) for layer in before), steps=STEPS)
    other = image_of(*(files(layer) for layer in after), steps=STEPS)
    found = _attributed(one, other, *changes)
    assert _adds_up(found)
    stored = [
        sum(len(data) for layer in image for data in layer.values()) for image in (before, after)
    ]
    assert (found.before_bytes, found.after_bytes) == tuple(stored)
    assert all(part.saved_bytes for part in found.parts)


def test_folders_within_a_package_that_stays_are_the_changes() -> None:
    folder = "usr/local/lib/python3.11/site-packages/wide"
    tests = {f"{folder}/tests/a.py": b"t" * 70, f"{folder}/io/a.py": b"i" * 7}
    record = _python("wide", 300)
    info = next(path for path in record if path.endswith("/RECORD"))
    record[info] += b"wide/tests/a.py,,\nwide/io/a.py,,\n"
    before = _image({}, {**record, **tests}, {})
    after = _image({}, {**record, f"{folder}/__init__.py": b"x" * 290}, {})
    claim = Claim(within=(f"/{folder}/tests/",))
    found = _attributed(before, after, _change("tests", claim))
    assert found.by_change() == {"JT990/api/tests": 70}
    assert sum(p.saved_bytes for p in found.parts if p.kind is PartKind.LINE) == 10 + 7
    assert _adds_up(found)
