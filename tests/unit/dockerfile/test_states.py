"""The settings at each instruction; whole images are held against BuildKit's elsewhere."""

from __future__ import annotations

from itertools import pairwise

import pytest

from jettison.dockerfile import (
    DEFAULT_PATH,
    Copy,
    Settings,
    State,
    all_states,
    final_state,
    parse_text,
    platform_args,
    states,
)
from jettison.errors import DockerfileError


def end(text: str, **build_args: str) -> State:
    file = parse_text(text)
    return final_state(file, file.target, build_args=build_args)


def env(text: str, **build_args: str) -> dict[str, str]:
    return {k: v for k, v in end(text, **build_args).env.items() if k != "PATH"}


def test_before_and_after() -> None:
    file = parse_text("FROM a\nENV A=1\nUSER u\nWORKDIR /w\nCOPY $A .\n")
    steps = states(file, file.target)
    assert [step.instruction.keyword for step in steps] == ["ENV", "USER", "WORKDIR", "COPY"]
    assert dict(steps[0].before.env) == {"PATH": DEFAULT_PATH}
    assert [step.before.user for step in steps] == ["", "", "u", "u"]
    assert [step.after.workdir for step in steps] == ["/", "/", "/w", "/w"]
    assert all(one.after is two.before for one, two in pairwise(steps))
    copy = steps[-1].expanded
    assert isinstance(copy, Copy)
    assert copy.sources == ("1",)


def test_a_default_of_arg_and_a_build_argument() -> None:
    text = "FROM a\nARG V=1\nENV A=$V"
    assert env(text) == {"A": "1"}
    assert env(text, V="2") == {"A": "2"}
    assert env("FROM a\nENV A=$V", V="2") == {"A": ""}
    assert env("FROM a\nARG V\nENV A=${V-unset}") == {"A": "unset"}


def test_a_build_argument_is_not_expanded() -> None:
    assert env("FROM a\nARG X=1\nARG V\nENV A=$V", V="$X") == {"A": "$X"}


def test_global_arguments_need_to_be_declared() -> None:
    assert env("ARG V=1\nFROM a\nENV A=$V") == {"A": ""}
    assert env("ARG V=1\nFROM a\nARG V\nENV A=$V") == {"A": "1"}
    assert env("ARG V=1\nFROM a\nARG V=2\nENV A=$V") == {"A": "2"}
    assert env("ARG B=x V=$B-y\nFROM a\nARG V\nENV A=$V", B="z") == {"A": "z-y"}


def test_platform_arguments() -> None:
    file = parse_text("FROM a\nARG TARGETARCH TARGETVARIANT BUILDPLATFORM TARGETSTAGE\nENV A=1")
    settings = Settings(platform="linux/arm/v7", build_platform="linux/amd64")
    args = final_state(file, file.target, settings=settings).args
    assert dict(args) == {
        "TARGETARCH": "arm",
        "TARGETVARIANT": "v7",
        "BUILDPLATFORM": "linux/amd64",
        "TARGETSTAGE": "default",
    }
    assert platform_args("linux/arm64")["TARGETVARIANT"] == ""


def test_the_later_of_arg_and_env_wins() -> None:
    assert env("FROM a\nARG V=arg\nENV V=env\nENV A=$V") == {"V": "env", "A": "env"}
    assert env("FROM a\nENV V=env\nARG V=arg\nENV A=$V") == {"V": "env", "A": "arg"}


def test_variables_of_one_instruction_do_not_see_each_other() -> None:
    assert env("FROM a\nENV A=1\nENV A=2 B=$A") == {"A": "2", "B": "1"}
    assert dict(end("FROM a\nARG A=1 B=$A").args) == {"A": "1", "B": "1"}


def test_a_stage_inherits() -> None:
    state = end(
        "FROM a AS p\nARG V=arg\nENV E=env\nUSER u\nWORKDIR /p\nLABEL l=1\nEXPOSE 1\nVOLUME /v\n"
        'SHELL ["bash","-c"]\nSTOPSIGNAL 9\nHEALTHCHECK CMD x\nCMD run\n'
        "FROM p\nWORKDIR c\nENV F=$V$E\nEXPOSE 2"
    )
    assert (state.user, state.workdir, state.shell) == ("u", "/p/c", ("bash", "-c"))
    assert (state.env["F"], dict(state.labels)) == ("argenv", {"l": "1"})
    assert state.exposed == {"1/tcp", "2/tcp"}
    assert state.volumes == {"/v"}
    assert (state.stopsignal, state.cmd) == ("9", ("bash", "-c", "run"))
    assert state.healthcheck is not None


def test_the_image_wins_over_an_inherited_argument() -> None:
    assert env("FROM a AS p\nENV V=env\nARG V=arg\nFROM p\nENV A=$V") == {"V": "env", "A": "env"}


@pytest.mark.parametrize(
    ("text", "entrypoint", "cmd"),
    [
        ("CMD a", None, ("/bin/sh", "-c", "a")),
        ("ENTRYPOINT a", ("/bin/sh", "-c", "a"), None),
        ('ENTRYPOINT ["a"]\nCMD ["b"]', ("a",), ("b",)),
        ('CMD ["b"]\nENTRYPOINT ["a"]', ("a",), ("b",)),
        ('ENTRYPOINT ["a"]\nENTRYPOINT []', None, None),
        ('CMD ["b"]\nFROM p\nENTRYPOINT ["a"]', ("a",), None),
        ('CMD ["b"]\nFROM p\nCMD ["c"]\nENTRYPOINT ["a"]', ("a",), ("c",)),
        ('SHELL ["bash"]\nCMD a\nSHELL ["ash"]', None, ("bash", "a")),
        ("CMD []", None, ()),
    ],
)
def test_commands(
    text: str, entrypoint: tuple[str, ...] | None, cmd: tuple[str, ...] | None
) -> None:
    state = end(f"FROM a AS p\n{text}")
    assert (state.entrypoint, state.cmd) == (entrypoint, cmd)


@pytest.mark.parametrize(
    ("paths", "workdir"),
    [
        (["/a"], "/a"),
        (["a"], "/a"),
        (["/a", "b"], "/a/b"),
        (["/a", "b/../c/./d/"], "/a/c/d"),
        (["/a", "../.."], "/"),
        (["/a/../b/"], "/a/../b/"),
        (["/a", "$NONE"], "/a"),
        (["//a", "b"], "/a/b"),
    ],
)
def test_workdir(paths: list[str], workdir: str) -> None:
    assert end("FROM a\n" + "\n".join(f"WORKDIR {path}" for path in paths)).workdir == workdir


def test_onbuild() -> None:
    file = parse_text("FROM a AS p\nONBUILD ENV A=$B\nENV B=1\nFROM p AS c\nENV C=$A\nFROM c")
    assert [one.keyword for one in final_state(file, file.stage("p")).onbuild] == ["ENV"]
    steps = states(file, file.stage("c"))
    assert [(step.triggered, step.instruction.line) for step in steps] == [(True, 2), (False, 5)]
    assert steps[-1].after.env["C"] == "1"
    assert [step.triggered for step in states(file, file.target)] == []
    assert final_state(file, file.target).onbuild == ()


def test_a_base_image() -> None:
    file = parse_text("FROM a\nENV PATH=/x:$PATH")
    with_env = final_state(file, file.target, base_env={"PATH": "/bin", "LANG": "C"})
    assert dict(with_env.env) == {"PATH": "/x:/bin", "LANG": "C"}
    base = State(env={"A": "1"}, user="u", workdir="/w", cmd=("sh",))
    state = final_state(file, file.target, settings=Settings(base=base))
    assert (state.user, state.workdir, state.cmd, state.env["A"]) == ("u", "/w", ("sh",), "1")


def test_triggers_of_a_base_image() -> None:
    trigger = parse_text("FROM a\nENV T=1").instructions[1]
    base = State(triggers={0: trigger})
    file = parse_text("FROM a")
    (step,) = states(file, file.target, settings=Settings(base=base))
    assert (step.triggered, step.after.env["T"]) == (True, "1")


def test_heredocs_are_expanded_without_quotes() -> None:
    file = parse_text("FROM a\nENV V=1\nCOPY <<A <<'B' /\n$V \"$V\" \\$V\nA\n$V\nB")
    copy = states(file, file.target)[-1].expanded
    assert isinstance(copy, Copy)
    assert [heredoc.content for heredoc in copy.heredocs] == ['1 "1" $V\n', "$V\n"]


def test_excludes_are_not_expanded() -> None:
    file = parse_text("FROM a\nENV V=1\nCOPY --exclude=$V --chown=$V --chmod=$V $V $V")
    copy = states(file, file.target)[-1].expanded
    assert isinstance(copy, Copy)
    assert (copy.exclude, copy.chown, copy.chmod) == (("$V",), "1", "1")


@pytest.mark.parametrize(
    ("text", "place", "message"),
    [
        ("FROM a\nENV A=${B:?missing}", (2, 5), "B: missing"),
        ("FROM a\nUSER 'x", (2, 6), "looking for matching '"),
        ("FROM a\nEXPOSE http", (2, 8), "http is not a port"),
        ("FROM a\nSTOPSIGNAL HARD", (2, 12), "HARD is not a signal"),
        ("FROM a\nVOLUME $NONE", (2, 8), "a volume without a path"),
        ("FROM a AS b\nONBUILD USER ${X?}\nFROM b", (3, 1), "X: is not allowed to be unset"),
        ("FROM a\nENV A=ab\n" + "ENV A=$A$A\n" * 40, (19, 5), "too long together"),
    ],
)
def test_errors(text: str, place: tuple[int, int], message: str) -> None:
    file = parse_text(text)
    with pytest.raises(DockerfileError) as caught:
        states(file, file.target)
    assert (caught.value.line, caught.value.column) == place
    assert message in str(caught.value)


def test_a_file_cannot_exhaust_the_machine() -> None:
    text = "FROM a AS b\n" + "ONBUILD ENV A=1\n" * 3000 + "FROM b\n" * 3000
    with pytest.raises(DockerfileError, match="too long together"):
        all_states(parse_text(text))


def test_all_states_are_the_states_of_each() -> None:
    file = parse_text("FROM a AS p\nENV A=1\nFROM p\nENV B=$A\nFROM p\nUSER x")
    for stage, steps in zip(file.stages, all_states(file), strict=True):
        assert steps == states(file, stage)
