"""The fixpoint, with small rules of its own."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from jettison.changes import Plan, Policy, plan
from jettison.dockerfile import Run, User
from jettison.dockerfile.editor import DockerfileEditor
from jettison.rules import (
    Aspect,
    Basis,
    Blocked,
    Change,
    Claim,
    Finding,
    Grade,
    Key,
    Kind,
    Refused,
    Rule,
)
from jettison.source import Patch, TextTree

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from jettison.analysis import Facts
    from jettison.rules import Remedy

DOCKERFILE = "# the base\nFROM debian\n# say it\nRUN echo one && echo two\nCMD ['x']\n"


def finding(code: str, target: str, remedy: Remedy, subject: str = "") -> Finding:
    return Finding(Key(code, target, subject), code.lower(), "it", "Dockerfile", 1, (), remedy)


def change(code: str, target: str, patch: Patch, **more: Any) -> Change:
    fields = {"grade": Grade.SAFE, "basis": Basis.DECLARED, **more}
    return Change(Key(code, target), "t", patch, **fields)


def adds_user(facts: Facts) -> Iterator[Finding]:
    """Adds USER app at the end, once."""
    for target in facts.targets:
        if any(isinstance(step.instruction, User) for step in target.steps):
            continue
        editor = DockerfileEditor(target.dockerfile)
        patch = Patch.of(target.dockerfile_name, editor.append("USER app\n"))
        alters = frozenset({Aspect.USER})
        yield finding("T01", target.name, change("T01", target.name, patch, alters=alters))


def cuts_run(facts: Facts) -> Iterator[Finding]:
    """Cuts every RUN with its comments, without saying so."""
    for target in facts.targets:
        for step in target.steps:
            if isinstance(step.instruction, Run):
                editor = DockerfileEditor(target.dockerfile)
                patch = Patch.of(target.dockerfile_name, editor.delete(step.instruction))
                yield finding("T02", target.name, change("T02", target.name, patch))


def waits(facts: Facts) -> Iterator[Finding]:
    """Wants a stage to be named, then adds a label... a comment."""
    for target in facts.targets:
        if target.stage.name is None:
            yield finding("T03", target.name, Blocked(f"T04/{target.name}", "it needs a name"))
        elif "# done" not in target.dockerfile.text:
            editor = DockerfileEditor(target.dockerfile)
            patch = Patch.of(target.dockerfile_name, editor.append("# done\n"))
            yield finding("T03", target.name, change("T03", target.name, patch))


def names_stage(facts: Facts) -> Iterator[Finding]:
    """An enabler that names the stage."""
    for target in facts.targets:
        if target.stage.name is None:
            editor = DockerfileEditor(target.dockerfile)
            patch = Patch.of(target.dockerfile_name, editor.name_stage(target.stage, "base"))
            yield finding("T04", target.name, change("T04", target.name, patch))


def refuses(facts: Facts) -> Iterator[Finding]:
    for target in facts.targets:
        yield finding("T04", target.name, Refused("it cannot be named", 2))


def rule(
    code: str,
    check: Callable[[Facts], Iterator[Finding]],
    kind: Kind = Kind.PROBLEM,
    extra: str = "",
) -> Rule:
    return Rule(code, code.lower(), "s", "0.1.0", Grade.SAFE, check, kind, extra=extra)


USER = rule("T01", adds_user)
CUT = rule("T02", cuts_run)
WAIT = rule("T03", waits)
NAME = rule("T04", names_stage, Kind.ENABLER)


@pytest.fixture
def tree(tmp_path: Path) -> TextTree:
    (tmp_path / "Dockerfile").write_text(DOCKERFILE)
    return TextTree(tmp_path)


def run(tree: TextTree, *rules: Rule, policy: Policy | None = None) -> Plan:
    return plan(tree, {}, rules=rules, policy=policy)


def test_a_finding_that_is_gone_is_mended(tree: TextTree) -> None:
    made = run(tree, USER)
    assert [str(one.key) for one in made.applied] == ["T01/Dockerfile"]
    assert made.left == ()
    assert made.mended == made.found
    assert made.tree.diff().splitlines()[-1] == "+USER app"


def test_a_second_run_proposes_nothing(tree: TextTree) -> None:
    made = run(tree, USER, WAIT, NAME)
    for path, (_, now) in made.tree.changed().items():
        (tree.root / path).write_bytes(now.encode())
    again = run(TextTree(tree.root), USER, WAIT, NAME)
    assert again.applied == ()
    assert again.tree.diff() == ""


def test_the_order_of_the_rules_does_not_matter(tree: TextTree) -> None:
    one = run(tree, USER, WAIT, NAME)
    other = run(TextTree(tree.root), NAME, WAIT, USER)
    assert one.tree.diff() == other.tree.diff()
    assert [c.key for c in one.applied] == [c.key for c in other.applied]


def test_what_loses_a_comment_without_saying_so_is_dropped(tree: TextTree) -> None:
    made = run(tree, CUT, USER)
    assert [str(one.key) for one in made.applied] == ["T01/Dockerfile"]
    assert "would lose the comment '# say it'" in made.dropped[Key("T02", "Dockerfile")]


def test_what_changes_the_contract_without_saying_so_is_dropped(tree: TextTree) -> None:
    def silent(facts: Facts) -> Iterator[Finding]:
        for found in adds_user(facts):
            assert isinstance(found.remedy, Change)
            yield replace(found, remedy=replace(found.remedy, alters=frozenset()))

    made = run(tree, rule("T01", silent))
    assert made.applied == ()
    assert made.dropped == {Key("T01", "Dockerfile"): "the user of Dockerfile changed"}
    assert made.left == made.found


def test_an_enabler_is_applied_only_when_something_waits_for_it(tree: TextTree) -> None:
    assert run(tree, NAME).applied == ()
    made = run(tree, NAME, WAIT)
    assert [str(one.key) for one in made.applied] == ["T04/Dockerfile", "T03/Dockerfile"]


def test_an_enabler_that_helped_nobody_is_not_in_the_plan(tree: TextTree) -> None:
    def never(facts: Facts) -> Iterator[Finding]:
        for target in facts.targets:
            wants = Blocked(f"T04/{target.name}", "it needs a name")
            named = target.stage.name is not None
            yield finding("T03", target.name, Refused("no") if named else wants)

    made = run(tree, NAME, rule("T03", never))
    assert made.applied == ()
    assert made.tree.diff() == ""


def test_what_waits_for_a_refused_change_is_refused_for_its_reason(tree: TextTree) -> None:
    made = run(tree, WAIT, rule("T04", refuses, Kind.ENABLER))
    assert [one.remedy for one in made.left] == [Refused("it needs a name: it cannot be named", 2)]


def test_a_key_that_was_taken_back_falls_with_what_needs_it(tree: TextTree) -> None:
    policy = Policy(excluded=frozenset({"T04/Dockerfile"}))
    made = run(tree, WAIT, NAME, USER, policy=policy)
    assert [str(one.key) for one in made.applied] == ["T01/Dockerfile"]
    assert made.dropped[Key("T04", "Dockerfile")] == "taken back"


@pytest.mark.parametrize(
    ("policy", "applied"),
    [
        (Policy(only=("T01",)), ["T01"]),
        (Policy(only=("T03",)), ["T04", "T03"]),
        (Policy(skip=("T01/Dockerfile",)), ["T04", "T03"]),
        (Policy(grades=frozenset()), []),
        (Policy(least=Basis.READ), []),
    ],
)
def test_the_policy_says_what_may_be_applied(
    tree: TextTree, policy: Policy, applied: list[str]
) -> None:
    made = run(tree, USER, WAIT, NAME, policy=policy)
    assert [one.key.rule for one in made.applied] == applied


def test_an_extra_comes_last_and_only_when_asked_for(tree: TextTree) -> None:
    def extra(facts: Facts) -> Iterator[Finding]:
        if not facts.tree.has("extra.txt"):
            text = facts.targets[0].dockerfile.text
            yield finding(
                "T51", "Dockerfile", change("T51", "Dockerfile", Patch({}, {"extra.txt": text}))
            )

    rules = (USER, rule("T51", extra, Kind.EXTRA, "copy"))
    assert [c.key.rule for c in run(tree, *rules).applied] == ["T01"]
    made = run(tree, *rules, policy=Policy(extras=frozenset({"copy"})))
    assert [c.key.rule for c in made.applied] == ["T01", "T51"]
    copied = made.tree.read("extra.txt")
    assert copied is not None
    assert copied.text.endswith("USER app\n")


def test_a_change_that_does_not_mend_its_finding_is_not_applied_twice(tree: TextTree) -> None:
    def forever(facts: Facts) -> Iterator[Finding]:
        target = facts.targets[0]
        editor = DockerfileEditor(target.dockerfile)
        patch = Patch.of("Dockerfile", editor.append("# more\n"))
        yield finding("T05", target.name, change("T05", target.name, patch))

    made = run(tree, rule("T05", forever))
    assert len(made.applied) == 1
    assert made.mended == ()


def test_findings_that_share_a_key_are_all_mended(tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text("FROM debian\nRUN a\nRUN b\nRUN c\nCMD ['x']\n")
    made = run(TextTree(tmp_path), CUT)
    assert len(made.found) == 3
    now = made.tree.read("Dockerfile")
    assert now is not None
    assert now.text == "FROM debian\nCMD ['x']\n"
    assert (made.left, made.dropped) == ((), {})
    without = run(TextTree(tmp_path), CUT, policy=Policy(excluded=frozenset({"T02/Dockerfile"})))
    assert without.applied == ()


def test_a_late_rule_sees_what_the_others_leave_and_what_they_let_go(tree: TextTree) -> None:
    def drops(facts: Facts) -> Iterator[Finding]:
        if not facts.gone:
            target = facts.targets[0]
            patch = Patch.of("Dockerfile", DockerfileEditor(target.dockerfile).append("# less\n"))
            claim = Claim(packages=frozenset({"python:black"}))
            yield finding("T07", target.name, change("T07", target.name, patch, claim=claim))

    def looks(facts: Facts) -> Iterator[Finding]:
        target = facts.targets[0]
        if "# gone" not in target.dockerfile.text:
            text = f"# gone: {', '.join(facts.gone)}\n"
            patch = Patch.of("Dockerfile", DockerfileEditor(target.dockerfile).append(text))
            yield finding("T06", target.name, change("T06", target.name, patch))

    late = replace(rule("T06", looks), late=True)
    made = run(tree, late, USER, rule("T07", drops))
    assert [c.key.rule for c in made.applied][-1] == "T06"
    now = made.tree.read("Dockerfile")
    assert now is not None
    assert "# gone: python:black\n" in now.text
    assert not made.dropped
