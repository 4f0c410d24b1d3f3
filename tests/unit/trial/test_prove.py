"""The search for what breaks a stack, against trials that are told what breaks them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.trial.planned import files_of, left, replanner, rule

from jettison.analysis import NO_EVIDENCE
from jettison.changes.verdicts import State, Verdict, judge
from jettison.errors import ExitCode
from jettison.trial import Progress, Side, Trial
from jettison.trial.outcomes import (
    Attempt,
    Differs,
    Observation,
    Passed,
    Row,
    Unbuildable,
    Unhealthy,
)
from jettison.trial.prove import Proof, describe, prove
from jettison.trial.reached import exit_code, reached

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from jettison.changes import Plan

TRIAL = Trial(Side.AFTER, (), (), {}, 0, {}, 0, 0, 0.0)
GOOD = (Row("api", "GET /", "200", "200", same=True), Row("web", "GET /", "200", "200", same=True))


@dataclass
class Stack:
    """A stack that fails unless these letters are still echoed."""

    needs: str = ""
    fails: Callable[[str], Attempt] = field(
        default=lambda _: Differs((Row("api", "GET /", "200", "500", same=False),), TRIAL)
    )
    rows: tuple[Row, ...] = GOOD
    without: dict[str, str] = field(default_factory=dict)
    asked: list[tuple[str, bool]] = field(default_factory=list)

    def attempt(self, made: Plan, measure: bool) -> Attempt:
        there = left(made)
        self.asked.append((there, measure))
        missing = "".join(letter for letter in self.needs if letter not in there)
        return self.fails(missing) if missing else Passed(TRIAL, self.rows, self.without)


def _verdicts(proof: Proof) -> tuple[Verdict, ...]:
    observation = Observation(TRIAL, NO_EVIDENCE)
    return judge(proof.first, proof.plan, reached(proof, observation), proof.reverted)


def _proof(root: Path, stack: Stack, unsafe: str = "", most_attempts: int = 24) -> Proof:
    replan = replanner(root, rule(unsafe))
    return prove(
        replan(frozenset()), replan, stack.attempt, Progress(), most_attempts=most_attempts
    )


def test_a_plan_that_passes_is_tried_once_and_verified(
    project: Callable[[dict[str, str]], Path],
) -> None:
    stack = Stack()
    proof = _proof(project(files_of("abc")), stack)
    assert stack.asked == [("", True)]
    assert {v.state for v in _verdicts(proof)} == {State.VERIFIED}
    assert exit_code(proof, _verdicts(proof)) is ExitCode.OK


@pytest.mark.parametrize("culprit", list("abcdefgh"))
def test_the_culprit_alone_is_taken_back(
    project: Callable[[dict[str, str]], Path], culprit: str
) -> None:
    stack = Stack(needs=culprit)
    proof = _proof(project(files_of("abcdefgh")), stack)
    assert left(proof.plan) == culprit
    assert left(proof.plan, "web") == ""
    assert list(proof.reverted) == [f"JT990/api/{culprit}"]
    assert "GET /" in proof.reverted[f"JT990/api/{culprit}"]
    assert stack.asked[-1] == (culprit, True), "what is kept is measured"
    assert len(stack.asked) <= 6
    states = {str(v.finding.key): v.state for v in _verdicts(proof)}
    assert states.pop(f"JT990/api/{culprit}") is State.REVERTED
    assert set(states.values()) == {State.VERIFIED}
    assert exit_code(proof, _verdicts(proof)) is ExitCode.OK


def test_what_is_unsafe_is_suspected_first(project: Callable[[dict[str, str]], Path]) -> None:
    stack = Stack(needs="f")
    proof = _proof(project(files_of("abcdefgh")), stack, unsafe="f")
    assert left(proof.plan) == "f"
    assert len(stack.asked) == 3, "the whole, without the only unsafe one, and that measured"


@settings(max_examples=15)
@given(
    letters=st.text("abcdefgh", min_size=1, max_size=3).map(lambda t: "".join(sorted(set(t)))),
    unsafe=st.text("abcdefgh", max_size=3),
)
def test_several_culprits_are_each_found(
    tmp_path_factory: pytest.TempPathFactory, letters: str, unsafe: str
) -> None:
    root = tmp_path_factory.mktemp("project")
    for name, text in files_of("abcdefgh").items():
        (root / name).parent.mkdir(exist_ok=True)
        (root / name).write_text(text)
    proof = _proof(root, Stack(needs=letters), unsafe, most_attempts=60)
    assert left(proof.plan) == letters
    assert isinstance(proof.attempt, Passed)


def test_what_fails_at_one_start_only_blames_no_change(
    project: Callable[[dict[str, str]], Path],
) -> None:
    stack = Stack("c")
    chances = [Unhealthy(("api",), "api had no memory")]
    passed = Passed(TRIAL, GOOD, {})
    stack.fails = lambda _: chances.pop() if chances else passed
    proof = _proof(project(files_of("abc")), stack)
    assert stack.asked == [("", True), ("", False), ("", True)]
    assert not proof.reverted
    assert proof.passed
    assert len(proof.notes) == 1
    assert "api had no memory" in proof.notes[0]


def test_the_line_that_cannot_be_built_names_its_change(
    project: Callable[[dict[str, str]], Path],
) -> None:
    stack = Stack("c", lambda _: Unbuildable("api/Dockerfile", 1, "RUN x", "no such file", "api"))
    proof = _proof(project(files_of("abcdefgh")), stack)
    assert left(proof.plan) == "c"
    assert "api/Dockerfile:1 cannot be built" in proof.reverted["JT990/api/c"]
    assert "no such file" in proof.reverted["JT990/api/c"]


def test_a_step_that_fails_tells_what_it_printed() -> None:
    log = (
        "> ng build\nInlining of fonts failed.\nDockerfile:7\n-----\n   7 | >>> RUN npm run build\n"
        "-----\nERROR: exit code: 127\nexit code: 127"
    )
    said = describe(Unbuildable("Dockerfile", 7, "RUN npm run build", log, "web"))
    assert said == (
        "Dockerfile:7 cannot be built: RUN npm run build\n> ng build\nInlining of fonts failed."
    )
    silent = log[log.index("Dockerfile:7") :]
    assert "exit code: 127" in describe(Unbuildable("Dockerfile", 7, "RUN x", silent, "web"))


def test_several_differences_are_each_shown_in_short() -> None:
    rows = tuple(
        Row("web", f"GET /{n}", "", "", same=False, difference="a\nb\nc\nd\ne") for n in range(8)
    )
    lines = describe(Differs(rows, TRIAL)).splitlines()
    first = ["web: GET /0: a", "  b", "  … 2 more lines", "  e", "web: GET /1: a"]
    assert lines[:5] == first
    assert lines[-1] == "2 more differences"
    assert describe(Differs(rows[:1], TRIAL)) == "web: GET /0: a\n  b\n  c\n  d\n  e"


def test_a_stack_trace_hides_no_error() -> None:
    trace = "Error: Build failed with errors.\n" + "    at run (/app/a.js:2:1)\n" * 20
    log = f"[eslint] No Babel config file detected\n{trace}    ... 9 more\n"
    said = describe(Unbuildable("Dockerfile", 7, "RUN x", log, "web"))
    assert said.splitlines()[1:] == [
        "[eslint] No Babel config file detected",
        "Error: Build failed with errors.",
    ]


def test_a_group_falls_together(project: Callable[[dict[str, str]], Path]) -> None:
    replan = replanner(project(files_of("abcd")), rule(groups={"b": "g", "d": "g"}))
    proof = prove(replan(frozenset()), replan, Stack("b").attempt, Progress())
    assert left(proof.plan) == "bd"
    assert set(proof.reverted) == {"JT990/api/b", "JT990/api/d"}


def test_another_service_that_fails_with_it_does_not_mislead(
    project: Callable[[dict[str, str]], Path],
) -> None:
    stack = Stack("b", lambda _: Unhealthy(("web",), "web cannot reach api"))
    proof = _proof(project(files_of("abc", "xyz")), stack)
    assert left(proof.plan) == "b"
    assert left(proof.plan, "web") == ""


def test_when_attempts_run_out_all_suspects_are_taken_back(
    project: Callable[[dict[str, str]], Path],
) -> None:
    stack = Stack("bdf")
    proof = _proof(project(files_of("abcdefgh")), stack, most_attempts=2)
    assert isinstance(proof.attempt, Passed)
    assert left(proof.plan) == "abcdefgh"
    assert left(proof.plan, "web") == ""
    assert "one of 8 changes" in proof.reverted["JT990/api/a"]


def test_nothing_compared_has_its_own_exit_code(
    project: Callable[[dict[str, str]], Path],
) -> None:
    stack = Stack(rows=(), without={"api": "no port", "web": "no port"})
    proof = _proof(project(files_of("a")), stack)
    verdicts = _verdicts(proof)
    assert {v.state for v in verdicts} == {State.BUILT}
    assert "no port" in verdicts[0].evidence
    assert "requests" in verdicts[0].evidence, "how to add a probe"
    assert exit_code(proof, verdicts) is ExitCode.UNCOMPARED


def test_of_a_log_the_last_word_says_why_nothing_is_compared(
    project: Callable[[dict[str, str]], Path],
) -> None:
    log = "--- api (exited, exit code 1; judged by exit code)\n[Traceback:\n  a\nImportError: b\n]"
    proof = _proof(project(files_of("a")), Stack())
    seen = Observation(TRIAL, NO_EVIDENCE, built_only={"api": log})
    evidence = reached(proof, seen)["api"].evidence
    assert evidence == "api: exited, exit code 1; judged by exit code: ImportError: b"


def test_one_service_without_comparison_is_only_built(
    project: Callable[[dict[str, str]], Path],
) -> None:
    stack = Stack(rows=GOOD[:1], without={"web": "no port"})
    proof = _proof(project(files_of("a")), stack)
    states = {str(v.finding.key): v.state for v in _verdicts(proof)}
    assert states == {"JT990/api/a": State.VERIFIED, "JT990/web/z": State.BUILT}
    assert exit_code(proof, _verdicts(proof)) is ExitCode.TRIAL_FAILED


def test_when_all_is_taken_back_nothing_is_left_to_verify(
    project: Callable[[dict[str, str]], Path],
) -> None:
    fails = Stack("az", lambda _: Unhealthy(("api", "web"), "both are down"))
    fails.needs = "a!"
    proof = _proof(project(files_of("a")), fails)
    assert proof.plan.applied == ()
    assert proof.attempt is None
    assert {v.state for v in _verdicts(proof)} == {State.REVERTED}
    assert exit_code(proof, _verdicts(proof)) is ExitCode.TRIAL_FAILED


def test_nothing_to_change_is_no_failure(project: Callable[[dict[str, str]], Path]) -> None:
    stack = Stack()
    proof = _proof(project(files_of("", "")), stack)
    assert stack.asked == []
    assert exit_code(proof, _verdicts(proof)) is ExitCode.OK


@pytest.mark.parametrize("letters", ["a", "abcd"])
@pytest.mark.parametrize("taught", [True, False])
def test_a_project_that_differs_from_itself_blames_no_change(
    project: Callable[[dict[str, str]], Path], letters: str, *, taught: bool
) -> None:
    asked = []
    stack = Stack(needs="x")  # which nothing echoes: every attempt fails

    def control() -> bool:
        asked.append(len(stack.asked))
        stack.needs = "" if taught else stack.needs
        return taught

    replan = replanner(project(files_of(letters)), rule(""))
    proof = prove(replan(frozenset()), replan, stack.attempt, Progress(), control=control)
    assert len(asked) == 1
    assert (proof.passed is not None) is taught
    assert bool(proof.reverted) is not taught


def test_the_project_is_not_built_again_where_a_change_is_told_apart(
    project: Callable[[dict[str, str]], Path],
) -> None:
    stack = Stack(needs="c")
    replan = replanner(project(files_of("abcd")), rule(""))

    def control() -> bool:
        pytest.fail("the rest passes without the change")

    proof = prove(replan(frozenset()), replan, stack.attempt, Progress(), control=control)
    assert list(proof.reverted) == ["JT990/api/c"]
