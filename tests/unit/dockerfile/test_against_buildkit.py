"""Our reading of Dockerfiles against answers that BuildKit gave; see tests/golden/buildkit."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tests.unit.dockerfile.plain import args_of, comparable, flags_of

from jettison.dockerfile import (
    CommandInstruction,
    Dockerfile,
    Env,
    ExpansionError,
    FileInstruction,
    Healthcheck,
    Instruction,
    Label,
    Lexer,
    Onbuild,
    Settings,
    final_state,
    parse_text,
    states,
)
from jettison.dockerfile.durations import duration
from jettison.errors import JettisonError

RECORDED = Path(__file__).parents[2] / "golden" / "buildkit"

Case = dict[str, Any]


def cases(name: str) -> list[Any]:
    lines = (RECORDED / name).read_text("utf-8").split("\n")
    return [pytest.param(json.loads(line), id=str(n)) for n, line in enumerate(lines, 1) if line]


@pytest.mark.parametrize("case", cases("expansion.jsonl"))
def test_expansion(case: Case) -> None:
    options = ("keep_quotes", "keep_escapes", "ignore_quotes", "keep_unset")
    given = {option: bool(case.get(option)) for option in options}
    lexer = Lexer(escape=case["escape"], **given)
    answer = case["answer"]
    if "word" in answer:
        assert lexer.expand(case["text"], case["env"]) == answer["word"]
    else:
        with pytest.raises(ExpansionError):
            lexer.expand(case["text"], case["env"])
    if "words" in answer:
        assert list(lexer.words(case["text"], case["env"])) == answer["words"]


@pytest.mark.parametrize("case", cases("instructions.jsonl"))
def test_instructions(case: Case) -> None:
    answer = case["answer"]
    if "error" in answer:
        with pytest.raises(JettisonError):
            parse_text(case["text"])
        return
    dockerfile = parse_text(case["text"])
    assert dockerfile.directives.escape == answer["escape"]
    assert len(dockerfile.instructions) == len(answer["instructions"])
    for ours, theirs in zip(dockerfile.instructions, answer["instructions"], strict=True):
        check_instruction(dockerfile, ours, theirs)


def check_instruction(dockerfile: Dockerfile, ours: Instruction, theirs: Case) -> None:
    first = dockerfile.source.position(ours.span.start).line
    last = dockerfile.source.position(ours.span.end).line
    assert (ours.keyword.lower(), first) == (theirs["keyword"].lower(), theirs["lines"][0])
    assert last <= theirs["lines"][1]
    if isinstance(ours, Onbuild):
        inner = theirs["inner"] | {"heredocs": theirs.get("heredocs", [])}
        assert ours.instruction.keyword.lower() == inner["keyword"].lower()
        check_operands(ours.instruction, inner)
    else:
        check_operands(ours, theirs)


def check_operands(ours: Instruction, theirs: Case) -> None:
    assert flags_of(ours) == theirs.get("flags", [])
    heredocs = [[h.name, h.expand, h.chomp, h.content] for h in getattr(ours, "heredocs", ())]
    assert heredocs == theirs.get("heredocs", [])
    args = theirs["args"]
    if isinstance(ours, Env | Label):
        assert set(args[2::3]) == {"" if ours.old_form else "="}
        args = [arg for n, arg in enumerate(args) if n % 3 != 2]
    assert args_of(ours) == comparable(ours, args)
    if isinstance(ours, CommandInstruction):
        assert (ours.argv is not None) == theirs.get("json", False)
    if isinstance(ours, FileInstruction):
        assert ours.json == theirs.get("json", False)


@pytest.mark.parametrize("case", cases("images.jsonl"))
def test_images(case: Case) -> None:
    if "error" in case["answer"]:
        with pytest.raises(JettisonError):
            image_config(case)
        return
    theirs = case["answer"]["config"]
    ours = image_config(case)
    for key in ours.keys() | (theirs.keys() - {"ArgsEscaped", "OnBuild"}):
        assert ours.get(key) == theirs.get(key), key


def image_config(case: Case) -> Case:
    """The image's settings as the image keeps them; nothing that is empty."""
    build_args = case.get("env", {})
    dockerfile = parse_text(case["text"], build_args=build_args)
    target = dockerfile.stage(case["target"]) if "target" in case else dockerfile.target
    settings = Settings(build_args=build_args, target=case.get("target"))
    for stage in dockerfile.closure(target):
        states(dockerfile, stage, settings=settings)
    state = final_state(dockerfile, target, settings=settings)
    config: Case = {
        "Env": [f"{name}={value}" for name, value in state.env.items()],
        "User": state.user,
        "WorkingDir": state.workdir,
        "Cmd": list(state.cmd or ()),
        "Entrypoint": list(state.entrypoint or ()),
        "ExposedPorts": {port: {} for port in state.exposed},
        "Volumes": {path: {} for path in state.volumes},
        "Labels": dict(state.labels),
        "StopSignal": state.stopsignal,
        "Shell": None if state.shell == ("/bin/sh", "-c") else list(state.shell),
        "Healthcheck": health_config(state.healthcheck),
    }
    return {key: value for key, value in config.items() if value}


def health_config(check: Healthcheck | None) -> Case:
    if check is None:
        return {}
    if check.disabled:
        return {"Test": ["NONE"]}
    test = ["CMD-SHELL", check.command] if check.argv is None else ["CMD", *check.argv]
    times = {
        "Interval": check.interval,
        "Timeout": check.timeout,
        "StartPeriod": check.start_period,
        "StartInterval": check.start_interval,
    }
    lengths = {name: duration(value) for name, value in times.items() if value}
    retries = {"Retries": int(check.retries)} if check.retries else {}
    return {"Test": test} | {name: n for name, n in (lengths | retries).items() if n}
