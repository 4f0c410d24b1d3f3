"""The Dockerfile's line of each layer, in histories as builders write them.

What real builders write is in ``tests/e2e/test_lines_against_engine.py``.
"""

from __future__ import annotations

import pytest
from tests.unit.imaging.samples import files

from jettison.dockerfile import parse_text
from jettison.imaging.alignment import align
from jettison.imaging.lines import FileMatch, match_file
from jettison.oci import History, build_image, origins
from jettison.sure import sure

SHA = "b" * 64
SETTINGS = ("ARG", "CMD", "ENV", "USER", "LABEL", "ONBUILD", "SHELL", "ENTRYPOINT")


def matched(
    text: str, *steps: str | History, target: str | None = None, author: str = ""
) -> FileMatch:
    """The file against a history; steps of settings have no layer."""
    history = [
        step
        if isinstance(step, History)
        else History(step, author=author, empty_layer=step.startswith(SETTINGS))
        for step in steps
    ]
    count = sum(not step.empty_layer for step in history)
    image = build_image([files({f"f{n}": b"x"}) for n in range(count)], history=history)
    return match_file(origins(image.config).layers, parse_text(text), target)


def lines(text: str, *steps: str | History, target: str | None = None) -> list[int | None]:
    """The line of each layer."""
    count = sum(isinstance(s, History) and not s.empty_layer for s in steps)
    count += sum(isinstance(s, str) and not s.startswith(SETTINGS) for s in steps)
    found = matched(text, *steps, target=target).lines
    return [found.get(number) for number in range(count)]


def test_what_others_put_on_top_does_not_use_up_the_file() -> None:
    """Walked from the end, the upper ``RUN apk update`` would take line 2 and leave no more."""
    text = "FROM x\nRUN apk update\nCOPY . /app\nRUN make\n"
    own = ("ADD rootfs /", "RUN apk update", "COPY . /app", "RUN make")
    assert lines(text, *own, "RUN apk update") == [None, 2, 3, 4, None]


def test_words_that_the_base_has_too() -> None:
    text = "FROM x\nWORKDIR /app\nCOPY . .\nRUN make\n"
    base = ("WORKDIR /app", "COPY . .", "RUN make", "CMD [sh]")
    assert lines(text, *base, "WORKDIR /app", "COPY . .", "RUN make") == [None] * 3 + [2, 3, 4]


def test_a_line_that_was_changed_since() -> None:
    text = "FROM x\nRUN one\nRUN changed\nCOPY b /\nRUN three\n"
    assert lines(text, "RUN one", "RUN two", "COPY b /", "RUN three") == [2, None, 4, 5]


def test_a_new_line_with_words_that_the_base_has() -> None:
    text = "FROM x\nWORKDIR /app\nCOPY . .\nRUN a\n"
    base = ("ADD rootfs /", "COPY . .", "RUN b", "COPY c /", "CMD [sh]")
    assert lines(text, *base, "WORKDIR /app", "RUN a") == [None] * 4 + [2, 4]


def test_the_same_words_twice() -> None:
    text = "FROM x\nRUN one\nCOPY a /\nRUN one\nCOPY a /\n"
    assert lines(text, "RUN one", "COPY a /", "RUN one", "COPY a /") == [2, 3, 4, 5]


def test_of_two_lines_that_could_be_it_neither() -> None:
    text = "FROM x\nRUN one\nRUN one\nCOPY a /\n"
    assert lines(text, "RUN one", "COPY a /") == [None, 4]
    silent = History("RUN one", empty_layer=True)
    assert lines(text, silent, "RUN one", "COPY a /") == [3, 4]
    assert lines(text, "RUN one", silent, "COPY a /") == [2, 4]


def test_settings_hold_the_rest_in_place() -> None:
    text = "FROM x\nRUN one\nENV A=b\nRUN one\nENV C=d\nRUN two\n"
    assert lines(text, "ENV A=b", "RUN one", "ENV C=d", "RUN two") == [4, 6]
    assert lines(text, "RUN one", "ENV A=b", "ENV C=d", "RUN two") == [2, 6]


@pytest.mark.parametrize(
    ("instruction", "step"),
    [
        (
            "RUN echo a && \\\n    # why\n    echo b",
            "RUN /bin/sh -c echo a &&     echo b # buildkit",
        ),
        ('RUN ["a", "b c"]', "RUN a b c # buildkit"),
        ('RUN ["a", "b c"]', "|2 V=1 W=x y a b c"),
        ('RUN ["/bin/sh", "-c", "a"]', "RUN |1 V=1 /bin/sh -c a # buildkit"),
        ('RUN ["a", "b c"]', '/bin/sh -c ["a", "b c"]'),
        ("RUN a", "RUN |1 V=/bin/sh /bin/bash -o pipefail -c a # buildkit"),
        ("RUN --network=none --mount=type=cache,target=/c a", "RUN /bin/sh -c a # buildkit"),
        (
            "RUN --mount=type=bind,target=/c a",
            f"/bin/sh -c --mount=type=bind,target=/c a:dir:{SHA}",
        ),
        ("RUN <<EOF\na\n  b\nEOF", "RUN /bin/sh -c a\n  b\n # buildkit"),
        ("RUN <<-EOF\n\ta\nEOF", "RUN /bin/sh -c a\n # buildkit"),
        ("RUN <<EOF python\na\nEOF", "RUN /bin/sh -c <<EOF python\na\nEOF # buildkit"),
        ("RUN <<EOF\n#!/bin/x\na\nEOF", "RUN /bin/sh -c /dev/pipes/EOF # buildkit"),
        ("RUN <<EOF\na\nb\nEOF", "/bin/sh -c <<EOF\na\nb"),
        ("RUN a <<A && b <<B\n1\nA\n2\nB", "RUN /bin/sh -c a <<A && b <<B\n1\nA\n2\nB # buildkit"),
        ("run a", "run a"),
        ("COPY --from=q --link a b /c/", "COPY a b /c/ # buildkit"),
        ("COPY --from=q a b /c/", "COPY --from=q a b /c/"),
        ('COPY ["a b", "/c/"]', "COPY a b /c/ # buildkit"),
        ("ENV D=/d\nCOPY a $D/c", "COPY a /d/c # buildkit"),
        ("COPY a $UNKNOWN/c", "COPY a /d/c # buildkit"),
        ("COPY a b $UNKNOWN/c/", f"/bin/bash -ec #(nop) COPY multi:{SHA} in /d/c/ "),
        ("COPY a $UNKNOWN/c", f"/bin/sh -c #(nop) COPY file:{SHA} in $UNKNOWN/c "),
        ("WORKDIR /d\nCOPY a c", f"/bin/sh -c #(nop) COPY file:{SHA} in /d/c "),
        ("COPY --chown=1 a /c", f"/bin/sh -c #(nop) COPY --chown=1 file:{SHA} in /c "),
        ("ADD https://x/y /c", f"/bin/sh -c #(nop) ADD {SHA} in /c "),
        ("COPY <<EOF <<'F' /c/\n1\nEOF\n2\nF", "COPY <<EOF <<F /c/ # buildkit"),
        ("ENV D=/d\nWORKDIR $D/e/", "WORKDIR /d/e"),
        ("WORKDIR sub", "/bin/sh -c #(nop) WORKDIR /unknown/sub"),
    ],
)
def test_one_instruction_in_a_builder_s_words(instruction: str, step: str) -> None:
    text = f"FROM x\n{instruction}\n"
    line = 3 if instruction.startswith(("ENV", "WORKDIR /d\n")) else 2
    found = [line] if "\n" not in text.removesuffix("\n")[7:] else [line, 2]
    assert lines(text, step)[0] in found
    crlf = "# escape=`\n" + text.replace("\\\n", "`\n")
    assert lines(crlf.replace("\n", "\r\n"), step)[0] == sure(lines(text, step)[0]) + 1


@pytest.mark.parametrize(
    ("instruction", "step"),
    [
        ("RUN a", "RUN /bin/sh -c b a # buildkit"),
        ('RUN ["a"]', "|1 V=1 /bin/sh -c b a"),
        ("RUN a", "COPY a"),
        ("COPY a /c", f"/bin/sh -c #(nop) COPY multi:{SHA} in /c "),
        ("COPY a b /c/", f"/bin/sh -c #(nop) COPY file:{SHA} in /c/ "),
        ("COPY a .", f"/bin/sh -c #(nop) COPY file:{SHA} in /usr/local/bin/ "),
        ("COPY $A /c", "COPY x /d # buildkit"),
        ("WORKDIR sub", "WORKDIR /other"),
    ],
)
def test_another_instruction_is_not_taken_for_it(instruction: str, step: str) -> None:
    assert lines(f"FROM x\n{instruction}\n", step) == [None]


STAGES = """\
FROM debian AS build
RUN make
COPY a /a
FROM build AS test
RUN check
FROM alpine
COPY --from=build /app /app
"""


def test_the_stage_that_fits_is_the_target() -> None:
    base = ("ADD rootfs /", "CMD [sh]")
    last = matched(STAGES, *base, "COPY /app /app")
    assert (last.stage.index, last.lines, last.base_name) == (2, {1: 7}, "alpine")
    test = matched(STAGES, *base, "RUN make", "COPY a /a", "RUN check")
    assert (test.stage.index, test.lines) == (1, {1: 2, 2: 3, 3: 5})
    assert matched(STAGES, *base, "RUN make", "COPY a /a").stage.index == 0
    assert matched(STAGES, *base, "RUN else").stage.index == 2
    assert lines(STAGES, *base, "RUN make", "COPY a /a", target="build") == [None, 2, 3]


def test_triggers() -> None:
    text = "FROM x AS one\nONBUILD RUN t\nRUN a\nFROM one\nRUN b\n"
    assert lines(text, "RUN a", "RUN t", "RUN b") == [3, 2, 5]
    base = ("ADD rootfs /", "ONBUILD RUN t", "ONBUILD ENV A=b", "CMD [sh]")
    found = matched("FROM x\nRUN b\n", *base, "RUN t", "ENV A=b", "RUN b")
    assert (found.lines, found.base_layers) == ({2: 2}, 1)


def test_the_layers_below_the_files_own() -> None:
    text = "FROM x:1\nENV A=b\nRUN a\nCOPY c /\n"
    base = ("ADD rootfs /", "RUN a", "CMD [sh]")
    found = matched(text, *base, "ENV A=b", "RUN a", "COPY c /")
    assert (found.base_name, found.base_layers) == ("x:1", 2)
    assert matched(text, *base, "RUN a", "RUN other", "COPY c /").base_layers is None
    assert matched(text, *base, "RUN a").base_layers is None
    assert matched(text, *base, "RUN a", "COPY c /", "RUN on top").base_layers is None
    assert matched("FROM x\nENV A=b\n", *base, "ENV A=b").base_layers == 2
    assert matched("FROM x\nENV A=b\n", *base, "ENV A=c").base_layers is None
    assert matched("FROM scratch\nCOPY c /\n", "COPY c /").base_layers == 0
    assert matched("FROM x\nWORKDIR /a\nRUN a\n", *base, "RUN a").base_layers is None
    kaniko = matched("FROM x\nWORKDIR /a\nRUN b\n", *base, "RUN b", author="kaniko")
    assert kaniko.base_layers == 2


def test_one_layer_of_several_instructions_has_no_line() -> None:
    text = "FROM x\nRUN a\nCOPY b /b\nCMD q\n"
    silent = [History(f"/bin/sh -c {step}", empty_layer=True) for step in ("a", "#(nop) USER 1")]
    copy = History(f"/bin/sh -c #(nop) COPY file:{SHA} in /b ", empty_layer=True)
    last = History("/bin/sh -c #(nop) CMD q", comment="FROM docker.io/library/x:latest")
    assert lines(text, "ADD rootfs /", *silent, copy, last) == [None, None]
    assert lines(text, "ADD rootfs /", silent[1], copy, last) == [None, 3]
    assert lines(text, copy, last) == [None]


def test_kanikos_single_snapshot() -> None:
    text = "FROM x\nRUN a\nCOPY b /b\nRUN c\n"
    assert matched(text, "ADD rootfs /", "RUN c", author="kaniko").lines == {}
    steps = ("ADD rootfs /", "RUN a", "COPY b /b", "RUN c")
    assert matched(text, *steps, author="kaniko").lines == {1: 2, 2: 3, 3: 4}


def test_an_image_without_history() -> None:
    image = build_image([files({"a": b"x"})], history=[])
    assert match_file(origins(image.config).layers, parse_text("FROM x\nRUN a\n")).lines == {}
    squashed = History("", comment=f"merge sha256:{SHA} to sha256:{SHA}")
    silent = History("RUN a", empty_layer=True)
    assert lines("FROM x\nRUN a\n", "ADD rootfs /", silent, squashed) == [None, None]


def test_a_file_that_cannot_be_expanded() -> None:
    assert lines("FROM x\nENV A=${B:?no}\nRUN a\n", "ENV A=1", "RUN a") == [3]


def test_alignment() -> None:
    words = ("a", "b", "c", "b")
    other = "xabcabc"
    pairs = align(4, [0] * 7, lambda row, column: int(words[row] == other[column]))
    assert [(row, column) for row, column, _ in pairs] == [(0, 1), (1, 2), (2, 3), (3, 5)]
    costly = align(4, [5] * 7, lambda row, column: 4 * (words[row] == other[column]))
    assert [(row, column) for row, column, _ in costly] == [(0, 4), (1, 5), (2, 6)]
    assert align(0, [0] * 3, max) == ()
    assert align(1000, [0] * 1000, max) == ()
