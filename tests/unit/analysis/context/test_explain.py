"""What a Dockerfile is said to do."""

from __future__ import annotations

import pytest

from jettison.analysis.context.explain import (
    ContextTake,
    ExplainedInstruction,
    Explanation,
    InlineTake,
    RemoteTake,
    StageTake,
    Value,
    explain,
)
from jettison.dockerfile import parse_text
from jettison.dockerfile.context import Context, ContextFile, Excluded, Kind
from jettison.dockerfile.ignore import IgnoreFile
from jettison.errors import DockerfileError, UsageError


def context(*paths: str, excluded: dict[str, str] | None = None) -> Context:
    """Files of ten bytes each with the folders they are in; ``excluded`` paths by pattern."""
    folders = {"/".join(p.split("/")[:n]) for p in paths for n in range(1, p.count("/") + 1)}
    entries = [ContextFile(name, 0, Kind.DIR, 0o755) for name in folders]
    entries += [ContextFile(name, 10, Kind.FILE, 0o644) for name in paths]
    out = [
        Excluded(path, Kind.FILE, 10, IgnoreFile.of_patterns([pattern]).patterns[0])
        for path, pattern in (excluded or {}).items()
    ]
    return Context(tuple(sorted(entries, key=lambda one: one.path)), tuple(out))


def at(explanation: Explanation, line: int) -> ExplainedInstruction:
    return next(one for s in explanation.stages for one in s.instructions if one.line == line)


def messages(explanation: Explanation) -> list[tuple[int | None, str]]:
    return [(one.line, one.message) for one in explanation.notices]


STAGES = """\
ARG PY=3.12
FROM python:$PY AS base
FROM base AS builder
FROM nginx AS web
COPY --from=builder /a /b
FROM base AS app
COPY --from=builder /venv /venv
RUN --mount=type=bind,from=busybox:1,source=/bin,target=/b true
"""


def test_stages_and_what_they_need() -> None:
    found = explain(parse_text(STAGES))
    assert [stage.built for stage in found.stages] == [True, True, False, True]
    assert [(n.line, n.keyword, n.name, n.stage) for n in found.stages[3].needs] == [
        (6, "FROM", "base", 0),
        (7, "COPY", "builder", 1),
        (8, "RUN", "busybox:1", None),
    ]
    assert [need.name for need in found.stages[0].needs] == ["python:3.12"]
    assert at(found, 2).values == (Value("PY", "3.12"),)


def test_target() -> None:
    found = explain(parse_text(STAGES), target="BUILDER")
    assert found.target.index == 1
    assert [stage.built for stage in found.stages] == [True, True, False, False]
    with pytest.raises(UsageError, match="no stage bilder"):
        explain(parse_text(STAGES), target="bilder")


def test_takes_from_everywhere() -> None:
    text = (
        "FROM a AS one\nFROM b\nCOPY src *.md ./\nCOPY --from=one /x /y\nCOPY --from=img /x /y\n"
        "ADD https://example.org/x.tgz local.tgz /\nCOPY <<A <<B /d/\nhi\nA\nthere\nB\n"
        "RUN --mount=type=bind,target=/src --mount=type=cache,target=/c make\n"
    )
    files = context("src/a.py", "src/b/c.py", "README.md", "local.tgz")
    found = explain(parse_text(text), context=files)
    (copied,) = at(found, 3).takes
    assert isinstance(copied, ContextTake)
    assert (copied.files, copied.size, copied.unmatched) == (3, 30, ())
    assert at(found, 4).takes == (StageTake("one", 0, ("/x",)),)
    assert at(found, 5).takes == (StageTake("img", None, ("/x",)),)
    local, remote = at(found, 6).takes
    assert isinstance(local, ContextTake)
    assert local.files == 1
    assert remote == RemoteTake(("https://example.org/x.tgz",))
    assert at(found, 7).takes == (InlineTake(("A", "B"), 9),)
    (mounted,) = at(found, 12).takes
    assert isinstance(mounted, ContextTake)
    assert (mounted.files, mounted.wanted.mounted) == (4, True)
    assert found.notices == ()


def test_sources_that_match_nothing_are_warned_of() -> None:
    text = "FROM scratch\nCOPY gone a.md logs *.txt ./\nCOPY a.py /\n"
    files = context("a.py", excluded={"a.md": "*.md", "logs/x": "logs/*"})
    files = Context((*files.files, ContextFile("logs", 0, Kind.DIR, 0o755)), files.excluded)
    assert messages(explain(parse_text(text), context=files)) == [
        (2, "gone is not in the context: the build stops here"),
        (2, "a.md matches nothing: line 1 of the ignore file, *.md, keeps it out"),
        (2, "logs matches nothing: line 1 of the ignore file, logs/*, keeps it out"),
        (2, "*.txt matches no file of the context"),
    ]


def test_a_wrong_context_is_suspected() -> None:
    found = explain(parse_text("FROM a\nCOPY app /app\n"), context=context("Dockerfile"))
    assert (None, "no file that is named is in the context: is that another folder?") in messages(
        found
    )


def test_no_context_is_asked_for_nothing() -> None:
    found = explain(parse_text("FROM a\nCOPY gone /app\n"))
    assert at(found, 2).takes == ()
    assert found.notices == ()


def test_values() -> None:
    text = (
        "FROM a\nARG V=1\nARG W\nENV HOME=/h P=$HOME/bin:$PATH\nWORKDIR $HOME/$NONE\n"
        "RUN for x in 1 2; do x=$x echo $V ${HOME%h} $x '$PATH' $OTHER; done\nCMD echo \"$P$V\"\n"
    )
    found = explain(parse_text(text), build_args={"V": "2"})
    default = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
    assert at(found, 2).values == (Value("V", "2"),)
    assert at(found, 3).values == (Value("W", None),)
    assert at(found, 4).values == (
        Value("HOME", None),
        Value("PATH", default, assumed=True),
    )
    assert at(found, 5).values == (Value("HOME", "/h"), Value("NONE", None))
    assert at(found, 6).values == (
        Value("V", "2", by_shell=True),
        Value("HOME", "/h", by_shell=True),
        Value("PATH", default, assumed=True, by_shell=True),
    )
    assert at(found, 7).values == (Value("P", f"/bin:{default}", by_shell=True),)


def test_other_shells_are_left_alone() -> None:
    text = '# escape=`\nFROM w\nENV X=1\nSHELL ["powershell", "-Command"]\nRUN echo $X\n'
    assert at(explain(parse_text(text)), 5).values == ()


def test_onbuild_runs_in_the_stage_above() -> None:
    text = "FROM a AS one\nONBUILD COPY x /x\nFROM one\nUSER u\n"
    found = explain(parse_text(text), context=context("x"))
    first, triggered, _ = found.stages[1].instructions
    assert not first.triggered
    assert (triggered.line, triggered.triggered) == (2, True)
    assert len(triggered.takes) == 1
    assert all(not one.takes for one in found.stages[0].instructions)


def test_settings_at_the_end() -> None:
    text = (
        "FROM a AS one\nENV A=1\nUSER u\nFROM one\nWORKDIR x\n"
        'ENTRYPOINT ["/e"]\nEXPOSE 80\nFROM one AS empty\nFROM scratch AS none\n'
    )
    found = explain(parse_text(text))
    ending = found.stages[1].ending
    assert ending is not None
    assert ending.base_image == "a"
    assert ending.known >= {"USER", "WORKDIR", "ENTRYPOINT", "CMD"}
    assert not ending.known & {"SHELL", "HEALTHCHECK"}
    assert ending.env == {"A": "1"}
    assert (ending.state.user, ending.state.workdir) == ("u", "/x")
    assert ending.state.entrypoint == ("/e",)
    empty, none = found.stages[2].ending, found.stages[3].ending
    assert empty is not None
    assert (empty.state.user, empty.env) == ("u", {"A": "1"})
    assert none is not None
    assert none.known >= {"USER", "SHELL", "HEALTHCHECK"}


def test_a_failure_counts_only_where_it_is_built() -> None:
    text = "FROM a AS bad\nENV X=${A?gone}\nFROM b AS good\nUSER u\n"
    found = explain(parse_text(text))
    assert found.stages[0].ending is None
    assert messages(found) == [(2, "a build of this stage would fail: A: gone")]
    with pytest.raises(DockerfileError, match="Dockerfile:2:5: A: gone"):
        explain(parse_text(text), target="bad")


def test_other_warnings() -> None:
    text = "FROM a AS one\nCOPY --from=two / /\nFROM $GONE AS two\n"
    found = explain(parse_text(text), build_args={"NOPE": "1", "HTTP_PROXY": "p"})
    assert messages(found) == [
        (None, "no ARG takes the build argument NOPE"),
        (2, "two is a later stage, which is not built by then"),
        (3, "$GONE names no image: its variables have no value"),
    ]
