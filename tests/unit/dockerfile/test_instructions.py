"""What each instruction's type says, and where."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import pytest

from jettison.dockerfile import (
    Add,
    Cmd,
    Copy,
    Env,
    Healthcheck,
    Instruction,
    Onbuild,
    Run,
    parse_text,
)

if TYPE_CHECKING:
    from jettison.source import Span

Kind = TypeVar("Kind", bound=Instruction)


def only(text: str, kind: type[Kind], head: str = "FROM a\n") -> Kind:
    found = parse_text(head + text).instructions[-1]
    assert isinstance(found, kind)
    return found


def shown(text: str, span: Span) -> str:
    return text[span.start : span.end]


def test_spans_of_a_run() -> None:
    text = (
        "FROM a\n# why\nRUN --mount=type=cache,target=/c apt-get \\\n  # note\n"
        "  install curl  \nUSER b\n"
    )
    run = parse_text(text).instructions[1]
    assert isinstance(run, Run)
    assert shown(text, run.span).startswith("RUN --mount")
    assert shown(text, run.span).endswith("install curl  ")
    assert shown(text, run.keyword_span) == "RUN"
    assert shown(text, run.flags[0].span) == "--mount=type=cache,target=/c"
    assert run.mounts[0].span == run.flags[0].span
    assert shown(text, run.command_span) == "apt-get \\\n  # note\n  install curl"
    assert run.operands_span == run.command_span
    assert run.command == "apt-get   install curl"
    at = run.command.index("install")
    assert shown(text, run.source_span(at, at + 7)) == "install"
    assert text[run.source_offset(at) :].startswith("install")
    assert (run.line, run.stage, run.comments) == (3, 0, ("why",))
    assert [shown(text, span) for span in run.comment_spans] == ["# why"]


def test_a_span_ends_with_the_heredoc() -> None:
    text = "FROM a\nRUN <<E\nx\nE\nUSER b\n"
    run = parse_text(text).instructions[1]
    assert isinstance(run, Run)
    assert shown(text, run.span) == "RUN <<E\nx\nE"
    assert run.script is run.heredocs[0]
    assert shown(text, run.heredocs[0].span) == "x\n"
    assert shown(text, run.heredocs[0].terminator_span) == "E"


def test_spans_of_copy() -> None:
    text = 'FROM a\nCOPY ["a b", "c", "/d/"]\nADD x \\\n  y /d/\n'
    copy, add = parse_text(text).instructions[1:]
    assert isinstance(copy, Copy)
    assert isinstance(add, Add)
    assert [shown(text, span) for span in copy.source_spans] == ['"a b"', '"c"']
    assert shown(text, copy.destination_span) == '"/d/"'
    assert [shown(text, span) for span in add.source_spans] == ["x", "y"]
    assert shown(text, add.destination_span) == "/d/"


def test_spans_of_pairs() -> None:
    text = 'FROM a\nENV A=1 \\\n    B="x y"\nLABEL c=d\n'
    env, label = parse_text(text).instructions[1:]
    assert isinstance(env, Env)
    assert [shown(text, pair.span) for pair in env.pairs] == ["A=1", 'B="x y"']
    assert label.line == 4


def test_spans_of_from() -> None:
    text = "FROM --platform=linux/arm64 alpine:3 AS Base"
    from_ = parse_text(text).stages[0].from_
    assert shown(text, from_.image_span) == "alpine:3"
    assert from_.alias_span is not None
    assert shown(text, from_.alias_span) == "Base"
    assert (from_.alias, parse_text(text).stages[0].name) == ("Base", "base")


def test_spans_of_exec_form() -> None:
    text = 'FROM a\nCMD [ "x" ,\\\n "y" ]'
    cmd = parse_text(text).instructions[1]
    assert isinstance(cmd, Cmd)
    assert cmd.argv == ("x", "y")
    assert [shown(text, span) for span in cmd.argv_spans] == ['"x"', '"y"']


def test_onbuild_spans() -> None:
    text = "FROM a\nONBUILD RUN --network=none x\n"
    onbuild = parse_text(text).instructions[1]
    assert isinstance(onbuild, Onbuild)
    assert onbuild.flags == ()
    assert shown(text, onbuild.instruction.span) == "RUN --network=none x"
    assert shown(text, onbuild.instruction.keyword_span) == "RUN"
    assert shown(text, onbuild.instruction.flags[0].span) == "--network=none"


@pytest.mark.parametrize(
    ("text", "argv", "command"),
    [
        ("RUN a", None, "a"),
        ("RUN  a  b ", None, "a  b"),
        ('RUN ["a","b"]', ("a", "b"), '["a","b"]'),
        ("RUN []", (), "[]"),
        ("RUN", None, ""),
        ('RUN ["\\ud83d\\ude00 \\ud800"]', ("😀 \ufffd",), '["\\ud83d\\ude00 \\ud800"]'),
        ('RUN ["a\\x"]', None, '["a\\x"]'),
        ('RUN ["a\tb"]', None, '["a\tb"]'),
        ("RUN [NaN]", None, "[NaN]"),
        ("RUN [1e999]", None, "[1e999]"),
        ('RUN ["a"],', None, '["a"],'),
        ('RUN ["a",]', None, '["a",]'),
        ("RUN " + "[" * 60_000, None, "[" * 60_000),
    ],
)
def test_forms(text: str, argv: tuple[str, ...] | None, command: str) -> None:
    run = only(text, Run)
    assert (run.argv, run.command) == (argv, command)


@pytest.mark.parametrize(
    ("text", "script"),
    [
        ("RUN <<E\nx\nE", True),
        ("RUN <<-E\n\tx\n\tE", True),
        ("RUN << 'E'\nx\nE", True),
        ("RUN <<E bash\nx\nE", False),
        ("RUN cat <<E\nx\nE", False),
        ("RUN x", False),
    ],
)
def test_script(text: str, script: bool) -> None:
    run = only(text, Run)
    assert (run.script is not None) == script
    if run.script is not None:
        assert run.script.text == "x\n"


def test_flag_lookup() -> None:
    run = only("RUN --mount=type=cache,target=/a --mount=type=ssh x", Run)
    mount = run.flag("mount")
    assert mount is not None
    assert mount.value == "type=cache,target=/a"
    assert run.flag("network") is None


@pytest.mark.parametrize(
    ("flag", "values"),
    [
        ("type=cache,target=/c", {"type": "cache", "target": "/c", "readonly": False}),
        ("target=/c", {"type": "bind", "target": "/c", "readonly": True}),
        ("type=bind,dst=/c,src=s,rw", {"target": "/c", "source": "s", "readonly": False}),
        ("type=CACHE,destination=/c,ro", {"type": "cache", "target": "/c", "readonly": True}),
        ("type=tmpfs,target=/t,size=1g", {"size": "1g", "readonly": False}),
        ("type=secret,id=s,required", {"id": "s", "required": True, "readonly": True}),
        ("type=secret,id=s,required=false", {"required": False}),
        ("type=secret,id=s,env", {"id": "s", "env": None}),
        ("type=$T,target=/c", {"type": "$T"}),
        ('type=bind,"target=/a,b"', {"target": "/a,b"}),
        ("type=bind,target=/a,Z,relabel=shared", {"target": "/a"}),
        ("type=cache,target=/c,mode=0700,uid=1,gid=2,sharing=private,from=b", {"mode": "0700"}),
    ],
)
def test_mounts(flag: str, values: dict[str, object]) -> None:
    if flag.endswith(",env"):
        with pytest.raises(Exception, match="env of --mount lacks a value"):
            only(f"RUN --mount={flag} x", Run)
        return
    quoted = flag.replace('"', '\\"')
    (mount,) = only(f"RUN --mount={quoted} x", Run).mounts
    assert {name: getattr(mount, name) for name in values} == values


def test_healthcheck_none_ignores_flags() -> None:
    check = only("HEALTHCHECK --foo=bar NONE", Healthcheck)
    assert check.disabled
    assert check.flags[0].name == "foo"


def test_escape_directive_counts_in_flags() -> None:
    copy = only('COPY --chown="a`"b" C:\\x D:\\', Copy, "# escape=`\nFROM a\n")
    assert (copy.chown, copy.sources, copy.destination) == ('a"b', ("C:\\x",), "D:\\")


@pytest.mark.parametrize("end", ["", "\n", "\r\n", "\n\n", "  \n"])
def test_line_ends_change_nothing(end: str) -> None:
    copy = only("COPY a b" + end, Copy, "FROM a" + (end.lstrip() or "\n"))
    assert (copy.sources, copy.destination) == (("a",), "b")


@pytest.mark.parametrize("keyword", ["RUN", "run", "Run", "rUn"])
def test_keywords_in_any_case(keyword: str) -> None:
    assert only(f"{keyword} x", Run).keyword == "RUN"


def test_letters_that_only_look_like_a_keyword() -> None:
    with pytest.raises(Exception, match="unknown instruction"):
        parse_text('FROM a\n\u017fHELL ["a"]')
