"""Layers, the steps that made them, and the base, in the words of every builder."""

from __future__ import annotations

import pytest

from jettison.oci import (
    BaseBasis,
    BasicImage,
    ConfigChange,
    Digest,
    History,
    LayerBuilder,
    change_config,
    find_base,
    instruction_of,
    origins,
)
from jettison.oci import build_image as built
from jettison.oci.attribution import BASE_NAME

SHA = "a" * 64


def image_with(*history: History) -> BasicImage:
    made = sum(not item.empty_layer for item in history)
    return built([LayerBuilder().file(f"f{n}", b"x") for n in range(made)], history=list(history))


def empty(created_by: str, comment: str = "", created: str = "") -> History:
    return History(created_by, created=created, comment=comment, empty_layer=True)


@pytest.mark.parametrize(
    ("created_by", "comment", "instruction"),
    [
        ('/bin/bash -o pipefail -c #(nop)  CMD ["a" "b c"]', "", 'CMD ["a", "b c"]'),
        ("/bin/bash -o pipefail -c #(nop) COPY file:1 in /a ", "", "COPY file:1 in /a"),
        ("/bin/sh -c #(nop)  SHELL [/bin/sh -c]", "", 'SHELL ["/bin/sh", "-c"]'),
        ("VOLUME [/a /b]", "", "VOLUME /a /b"),
        ("EXPOSE map[80/tcp:{}]", "", "EXPOSE 80/tcp"),
        (
            '/bin/sh -c #(nop)  HEALTHCHECK &{["CMD-SHELL" "true"] "3s" "0s" "0s" "0s" \'\\x00\'}',
            "",
            "HEALTHCHECK --interval=3s CMD true",
        ),
        (
            "RUN |1 A=/bin/sh /bin/bash -o pipefail -c a; /bin/sh -c b # buildkit",
            "",
            "RUN a; /bin/sh -c b",
        ),
        ("RUN |1 A=1 /bin/bash -euxo pipefail -c make # buildkit", "", "RUN make"),
        ("RUN |2 A=1 B=2 npm ci # buildkit", "", "RUN npm ci"),
        ("|3 V=1 W=x y /bin/sh -c make", "FROM 123456789abc", "RUN make"),
        ('/bin/sh -c ["npm", "ci"]', "FROM 123456789abc", 'RUN ["npm", "ci"]'),
        (
            "/bin/sh -c --mount=type=tmpfs,target=/x make",
            "",
            "RUN --mount=type=tmpfs,target=/x make",
        ),
        ("RUN /bin/sh -c a\nb\n # buildkit", "", "RUN <<EOF\na\nb\nEOF"),
        (
            "RUN /bin/sh -c cat <<X\nEOF\nX\nEOF\n # buildkit",
            "",
            "RUN <<EOF_\ncat <<X\nEOF\nX\nEOF\nEOF_",
        ),
        ("RUN /bin/sh -c /dev/pipes/END # buildkit", "", "RUN <<END"),
        ("RUN /bin/sh -c python <<E\nx\nE # buildkit", "", "RUN python <<E\nx\nE"),
        ("mount / from exec /bin/sh -c make", "buildkit.exporter.image.v0", "RUN make"),
        ("RUN --mount=type=cache,target=/x make", "", "RUN --mount=type=cache,target=/x make"),
        ("run make", "", "RUN make"),
        ("cmd /S /C dir", "", "RUN dir"),
        ("npm ci", "", "RUN npm ci"),
        (
            "# debian.sh --arch 'amd64' out/ 'bookworm'",
            "debuerreotype 0.15",
            "# debian.sh --arch 'amd64' out/ 'bookworm'",
        ),
        ("jib-maven-plugin:3.4.0", "dependencies", "jib-maven-plugin:3.4.0 (dependencies)"),
        (
            "ko build ko://x/y",
            "go build output, at /ko-app/y",
            "ko build ko://x/y (go build output, at /ko-app/y)",
        ),
        ("", "store paths: ['/nix/store/a']", "store paths: ['/nix/store/a']"),
        ("", f"merge sha256:{SHA} to sha256:{SHA}", f"merge sha256:{SHA} to sha256:{SHA}"),
        ("Buildpacks Launcher Config", "", "Buildpacks Launcher Config"),
        ("", "buildkit.exporter.image.v0", ""),
    ],
)
def test_every_builder_s_words(created_by: str, comment: str, instruction: str) -> None:
    assert instruction_of(created_by, comment) == instruction


def test_a_shell_of_ones_own_is_told_by_the_history() -> None:
    image = image_with(
        empty("SHELL [/opt/nu --login -c]"),
        History("RUN |1 A=b c /opt/nu --login -c ls # buildkit"),
    )
    assert origins(image.config).layers[0].instruction == "RUN ls"


def test_one_layer_for_a_stage() -> None:
    """As buildah makes it without ``--layers``: only the last step has a comment and a layer."""
    image = image_with(
        History("ADD rootfs /"),
        empty("/bin/sh -c #(nop) WORKDIR /app"),
        empty("/bin/sh -c make"),
        empty(f"/bin/sh -c #(nop) COPY file:{SHA} in /a "),
        History('/bin/sh -c #(nop) CMD ["q"]', comment="FROM localhost/debian:12"),
        empty("/bin/sh -c true"),
        History("/bin/sh -c #(nop) USER 1", comment="FROM 123456789abc"),
    )
    found = origins(image.config).layers
    assert found[1].instruction == f"RUN make\nCOPY file:{SHA} in /a"
    assert found[2].instruction == "RUN true"
    base = find_base(image.config, {})
    assert (base.layers, base.basis, base.name) == (1, BaseBasis.HISTORY, "localhost/debian:12")


def test_a_stage_in_one_layer_as_newer_buildah_notes_it() -> None:
    """buildah 1.39 without ``--layers``: the comment is the stage's first step's."""
    image = image_with(
        History("ADD rootfs /"),
        empty('/bin/sh -c #(nop) CMD ["sh"]'),
        empty("/bin/sh -c #(nop) ENV A=b", comment="FROM localhost/debian:12"),
        empty("/bin/sh -c make"),
        empty(f"/bin/sh -c #(nop) COPY file:{SHA} in /a "),
        History('/bin/sh -c #(nop) CMD ["q"]'),
    )
    found = origins(image.config).layers
    assert found[1].instruction == f"RUN make\nCOPY file:{SHA} in /a"
    assert not found[1].has_base
    base = find_base(image.config, {})
    assert (base.layers, base.basis, base.name) == (1, BaseBasis.HISTORY, "localhost/debian:12")


def test_everything_in_one_layer() -> None:
    image = image_with(
        empty("/bin/sh -c make"), History("/bin/sh -c #(nop) USER 1", comment="FROM debian:12")
    )
    (only,) = origins(image.config).layers
    assert only.has_base
    assert only.instruction == "FROM debian:12\nRUN make"
    assert (find_base(image.config, {}).layers, find_base(image.config, {}).name) == (
        0,
        "debian:12",
    )


def test_steps_without_layers_go_with_the_layer_above() -> None:
    image = image_with(empty("ENV A=b"), History("RUN a"), empty("USER 1"), empty('CMD ["q"]'))
    (only,) = origins(image.config).layers
    assert [item.created_by for item in only.before] == ["ENV A=b"]
    assert [item.created_by for item in only.after] == ["USER 1", 'CMD ["q"]']


def test_the_name_of_the_base() -> None:
    image = image_with(History("ADD rootfs /"), History("RUN a"), History("RUN b"))
    ids = image.config.diff_ids
    known = {
        "python:3.12.1-slim": ids[:2],
        "python:3.12-slim": ids[:2],
        "<none>:<none>": ids[:2],
        "sha256:1": ids[:2],
        "debian:12": ids[:1],
        "longer": (*ids, Digest.of(b"more")),
    }
    found = find_base(image.config, known)
    assert (found.layers, found.basis, found.name) == (
        2,
        BaseBasis.SHARED_LAYERS,
        "python:3.12-slim",
    )
    labels = {BASE_NAME: "docker.io/library/python:3.12.1-slim"}
    labelled = change_config(image, ConfigChange(labels=labels)).config
    assert find_base(labelled, known).name == "python:3.12.1-slim"


def test_the_base_that_the_file_names() -> None:
    image = image_with(History("ADD rootfs /"), History("RUN a"))
    ids = image.config.diff_ids
    known = {"app:old": ids, "localhost/debian:12": ids[:1], "other": (Digest.of(b"x"),)}
    assert find_base(image.config, known, "debian:12").name == "localhost/debian:12"
    assert find_base(image.config, known, "app:old").layers == 2
    assert find_base(image.config, known, "gone:1").name == "app:old"
    assert find_base(image.config, {"other": known["other"]}, "other").basis is BaseBasis.UNKNOWN


def test_a_cmd_before_a_run_of_the_same_build_ends_no_image() -> None:
    """BuildKit gives steps before its first layer that layer's time, moby its own."""
    old, new, soon = (f"2026-01-0{day}T00:00:0{s}.5Z" for day, s in ((1, 0), (2, 0), (2, 1)))
    steps = (
        History("ADD rootfs /", created=old),
        empty('CMD ["sh"]', created=old),
        History("RUN a", created=new),
        empty('CMD ["app"]', created=new),
        History("RUN b", created=new),
    )
    assert find_base(image_with(*steps).config, {}).layers == 1
    later = (*steps[:-1], History("RUN b", created=soon))
    assert find_base(image_with(*later).config, {}).layers == 2
