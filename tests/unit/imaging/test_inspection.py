"""An image taken apart: layers, base, lines, waste, places and advice."""

from __future__ import annotations

from tests.unit.imaging.samples import files, image_of, inspected

from jettison.dockerfile import parse_text
from jettison.imaging import Category, advise
from jettison.oci import BaseBasis, LayerBuilder

BASE = files({"bin/sh": b"s" * 1000, "etc/os-release": b"o"})
STEPS = (
    "RUN base",
    'CMD ["sh"]',
    "WORKDIR /app",
    "COPY requirements.txt . # buildkit",
    "RUN |1 V=2 /bin/sh -c pip install   -r requirements.txt # buildkit",
    "RUN /bin/sh -c chown -R 7:7 /srv # buildkit",
)
DOCKERFILE = """\
FROM python AS base
WORKDIR $HOME_DIR

FROM base
ARG V=2
COPY --chown=1:1 requirements.txt .
RUN --mount=type=cache,target=/x pip install \\
    -r requirements.txt
ENV A=b
RUN chown -R 7:7 /srv
"""


def _layers() -> list[LayerBuilder]:
    return [
        BASE,
        LayerBuilder().directory("app"),
        files({"app/requirements.txt": b"flask\n", "srv/big": b"b" * 300_000}),
        files({"root/.cache/pip/w.bin": b"w" * 200_000}),
        files({"srv/big": b"b" * 300_000}),
    ]


def test_layers_have_instructions_lines_and_waste() -> None:
    image = image_of(*_layers(), steps=STEPS)
    known = {"python:slim": image.config.diff_ids[:1], "same": image.config.diff_ids}
    inspection = inspected(image, known=known, dockerfile=parse_text(DOCKERFILE))
    assert inspection.base.name == "python:slim"
    assert inspection.base.basis is BaseBasis.SHARED_LAYERS
    assert [layer.line for layer in inspection.layers] == [None, 2, 6, 7, 10]
    assert [layer.is_base for layer in inspection.layers] == [True, False, False, False, False]
    assert [layer.waste_bytes for layer in inspection.layers] == [0, 0, 300_000, 0, 0]
    assert inspection.base_bytes == 1001
    assert inspection.base_bytes + inspection.own_bytes == inspection.layer_bytes
    assert inspection.layer_bytes == inspection.tree_bytes + 300_000
    assert inspection.waste.rewritten_bytes == 300_000
    assert inspection.compressed_bytes is None


def test_the_history_tells_a_base_that_nobody_knows() -> None:
    inspection = inspected(image_of(*_layers(), steps=STEPS))
    assert inspection.base.basis is BaseBasis.HISTORY
    assert inspection.base.layers == 1


def test_advice_is_of_the_largest_first_and_names_rules() -> None:
    inspection = inspected(image_of(*_layers(), steps=STEPS))
    advice = advise(inspection)
    assert [(one.about_bytes, one.rule) for one in advice] == [(300_000, ""), (200_000, "JT008")]
    assert "COPY --chown" in advice[0].remedy
    assert advice[1].what == "of pip cache"
    assert "--no-cache-dir" in advice[1].remedy


def test_advice_on_what_is_not_needed_to_run() -> None:
    site = "usr/lib/python3/site-packages"
    layer = {
        "app/.env": b"TOKEN=1",
        "app/.git/objects/x": b"g" * 500_000,
        "usr/lib/gcc/cc1": b"c" * 900_000,
        f"{site}/pytest.py": b"p" * 400_000,
        f"{site}/pytest-8.0.dist-info/RECORD": b"pytest.py,,\n",
        "app/node_modules/typescript/package.json": b'{"version": "5.0.0"}',
        "app/node_modules/typescript/tsc.js": b"t" * 300_000,
        "app/old": b"o" * 700_000,
    }
    inspection = inspected(image_of(layer, LayerBuilder().whiteout("app/old")))
    advice = advise(inspection, most=10)
    assert [(one.about_bytes // 1000, one.rule) for one in advice] == [
        (0, "JT005"),
        (900, "JT002"),
        (700, ""),
        (500, "JT005"),
        (400, "JT003"),
        (300, "JT004"),
    ]
    assert "app/.env" in advice[0].what
    assert "/app/old of layer 0 by layer 1" in advice[2].what
    assert "typescript" in advice[5].what
    assert len(advise(inspection)) == 6


def test_the_base_is_not_advised_about_as_if_it_were_ones_own() -> None:
    lower = files({"usr/lib/gcc/cc1": b"c" * 900_000, "root/.npm/x": b"n" * 900_000})
    image = image_of(lower, {"app/x": b"x"})
    inspection = inspected(image, known={"debian:12": image.config.diff_ids[:1]})
    (only,) = advise(inspection)
    assert "debian:12" in only.what
    cache = next(s for s in inspection.parts.categories if s.key is Category.CACHE)
    assert (cache.total_bytes, cache.own_bytes) == (900_000, 0)


def test_places_do_not_overlap_and_add_up() -> None:
    layer = {f"usr/lib/many/{n}/x": b"x" * 100 for n in range(50)}
    layer |= {"opt/venv/lib/big/a": b"a" * 50_000, "opt/venv/lib/b": b"b" * 20_000, "top": b"t"}
    inspection = inspected(image_of(layer))
    assert sum(place.total_bytes for place in inspection.places) == inspection.tree_bytes
    assert sum(place.files for place in inspection.places) == len(inspection.listing)
    by_path = {place.path: place for place in inspection.places}
    assert by_path["opt/venv/lib/big"].total_bytes == 50_000
    assert by_path["opt/venv/lib"].rest
    assert by_path["usr/lib/many"].total_bytes == 5000


def test_an_image_without_files() -> None:
    inspection = inspected(image_of(LayerBuilder().directory("empty")))
    assert inspection.tree_bytes == 0
    assert [place.total_bytes for place in inspection.places] == [0]
    assert advise(inspection) == ()


def test_without_digests_there_are_no_duplicates() -> None:
    image = image_of({"a": b"x" * 1000, "b": b"x" * 1000})
    assert inspected(image).waste.duplicated_bytes == 1000
    assert inspected(image, digests=False).waste.duplicated_bytes == 0


def test_a_secret_that_was_deleted_is_still_there() -> None:
    inspection = inspected(
        image_of({"app/.env": b"TOKEN=1"}, LayerBuilder().whiteout("app/.env"), {"app/x": b""})
    )
    (only,) = advise(inspection)
    assert "app/.env of layer 0" in only.what
    assert only.rule == "JT005"
    assert [one.path for one in inspection.hidden_secrets] == ["app/.env"]


def test_lines_where_the_history_has_other_words() -> None:
    steps = ("WORKDIR /srv/app", "COPY a b /srv/app/ # buildkit", "COPY x.py /app", "RUN other")
    dockerfile = parse_text(
        'FROM x\nWORKDIR app\nCOPY ["a", "b", "./"]\nCOPY $FILE /app\nRUN echo $FILE\n'
    )
    image = image_of(*({f"f{n}": b"x"} for n in range(4)), steps=steps)
    inspection = inspected(image, dockerfile=dockerfile)
    assert [layer.line for layer in inspection.layers] == [2, 3, 4, None]


def test_the_dockerfile_tells_the_base() -> None:
    image = image_of(*_layers(), steps=STEPS)
    dockerfile = parse_text(DOCKERFILE)
    ids = image.config.diff_ids
    for known, name, basis in (
        ({"app:old": ids[:3]}, "python", BaseBasis.DOCKERFILE),
        ({"app:old": ids[:3], "some": ids[:1]}, "some", BaseBasis.SHARED_LAYERS),
        ({"app:old": ids[:3], "docker.io/library/python": ids[:1]}, "", BaseBasis.SHARED_LAYERS),
    ):
        found = inspected(image, known=known, dockerfile=dockerfile)
        assert (found.base.layers, found.base.basis) == (1, basis)
        assert found.base.name == name or not name
        assert [layer.line for layer in found.layers] == [None, 2, 6, 7, 10]


def test_only_settings_on_top_of_a_base() -> None:
    image = image_of({"a": b"x"}, steps=("RUN a", "CMD [sh]", "ENV A=b"))
    known = {"base:1": image.config.diff_ids, "same": image.config.diff_ids}
    found = inspected(image, known=known, dockerfile=parse_text("FROM base:1\nENV A=b\n"))
    assert (found.base.name, found.base.layers, found.own_bytes) == ("base:1", 1, 0)
    assert inspected(image, known=known).base.basis is BaseBasis.UNKNOWN
    varied = parse_text("ARG B=base:1\nFROM $B\nENV A=b\n")
    other = inspected(image, known={"base:1": ()}, dockerfile=varied).base
    assert (other.name, other.layers, other.basis) == ("", 1, BaseBasis.DOCKERFILE)
