"""``jettison check`` as it is typed, and the pages of the rules."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

import pytest
from tests.unit.cli.running import Run, in_process, run

from jettison.errors import ExitCode
from jettison.rules import all_rules

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Made = Callable[[dict[str, str]], Path]

DOCKERFILE = "FROM debian\nRUN apt-get update && apt-get install -y curl\nUSER 1000\n"


@pytest.fixture
def call(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs a command in this process."""
    return in_process([], monkeypatch, capsys)


def _codes(out: str) -> set[str]:
    return {finding["rule"] for finding in json.loads(out)["findings"]}


def test_findings_are_told_and_make_it_fail(project: Made, call: Run) -> None:
    done = call("check", str(project({"Dockerfile": DOCKERFILE})))
    assert done.code == 1
    assert "JT008 install-cache-kept" in done.out
    assert max(len(line) for line in done.out.splitlines()) <= 80


def test_what_serves_development_is_named(project: Made, call: Run) -> None:
    text = f"FROM debian AS base\n{DOCKERFILE.partition(chr(10))[2]}FROM base AS dev\nRUN x\n"
    folder = str(project({"Dockerfile": text}))
    done = call("check", folder)
    assert done.code == 0
    assert "Left alone\n  Dockerfile:1: it serves development only: its last" in done.out
    assert done.out.endswith("no findings in 0 images.\n")
    (image,) = json.loads(call("check", folder, "--json").out)["images"]
    assert (image["development"], image["why"]) == (True, "its last stage is dev")
    diff = call("optimize", folder, "--diff")
    assert (diff.code, diff.out) == (0, "")
    assert diff.err.startswith("Nothing to change")


def test_level_of_the_option_wins_over_the_settings(project: Made, call: Run) -> None:
    files = {"Dockerfile": DOCKERFILE, "jettison.toml": 'level = "error"\n'}
    folder = str(project(files))
    assert call("check", folder).code == 0
    assert call("check", folder, "--level", "warning").code == 1


def test_only_and_skip_of_options_and_settings(project: Made, call: Run) -> None:
    folder = project({"Dockerfile": DOCKERFILE})
    assert _codes(call("check", str(folder), "--json", "--only", "jt008").out) == {"JT008"}
    assert "JT008" not in _codes(call("check", str(folder), "--json", "--skip", "JT008").out)
    (folder / "jettison.toml").write_text('only = ["install-cache-kept"]\n')
    assert _codes(call("check", str(folder), "--json").out) == {"JT008"}


def test_comment_silences(project: Made, call: Run) -> None:
    text = DOCKERFILE.replace("RUN", "# jettison: ignore=JT008 the lists are wanted\nRUN")
    done = call("check", str(project({"Dockerfile": text})), "--json")
    assert "JT008" not in _codes(done.out)
    assert json.loads(done.out)["suppressed"][0]["reason"] == "the lists are wanted"


def test_places_are_those_of_the_repository(
    project: Made, call: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = project({"Dockerfile": DOCKERFILE})
    monkeypatch.setenv("GITHUB_WORKSPACE", str(folder.parent))
    out = call("check", str(folder), "--format", "github", "--only", "JT008").out
    assert out.startswith(f"::warning file={folder.name}/Dockerfile,line=2,title=JT008 ")
    log = json.loads(call("check", str(folder), "--format", "sarif", "--only", "JT008").out)
    (result,) = log["runs"][0]["results"]
    place = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    assert place == f"{folder.name}/Dockerfile"
    assert result["fixes"][0]["artifactChanges"]


@pytest.mark.parametrize(
    ("argv", "code", "said"),
    [
        (["check", "--only", "JT0088"], ExitCode.USAGE, "Did you mean JT008"),
        (["check", "--level", "bad"], ExitCode.USAGE, "bad"),
        (["check", "--target", "x"], ExitCode.USAGE, "--dockerfile"),
        (["check", "gone"], ExitCode.PROJECT, "not a folder"),
        (["check"], ExitCode.PROJECT, "no Dockerfile"),
        (["chekc"], ExitCode.USAGE, "Did you mean check"),
        (["explain", "install-cache"], ExitCode.USAGE, "Did you mean install-cache-kept"),
    ],
)
def test_mistakes(
    *,
    call: Run,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    argv: list[str],
    code: int,
    said: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    done = call(*argv)
    assert done.code == code
    assert said in done.err


def test_an_unknown_setting_has_a_place(project: Made, call: Run) -> None:
    done = call("check", str(project({"Dockerfile": "FROM a\n", "jettison.toml": "onyl = 1\n"})))
    assert done.code == ExitCode.SOURCE
    assert "jettison.toml:1:1: unknown key onyl" in done.err
    assert "Did you mean only?" in done.err


def test_rules_are_listed(call: Run) -> None:
    out = call("rules").out
    listed = json.loads(call("rules", "--json").out)
    assert [one["code"] for one in listed] == [rule.code for rule in all_rules()]
    for rule in all_rules():
        assert f"{rule.code}  {rule.name} " in out


@pytest.mark.parametrize("word", ["JT008", "jt008", "install-cache-kept"])
def test_a_rules_page_has_its_examples_as_differences(call: Run, word: str) -> None:
    out = call("explain", word).out
    assert out.startswith("JT008 install-cache-kept\n")
    assert "Why it matters" in out
    assert "    -RUN pip install" in out
    assert json.loads(call("explain", "rule", word, "--json").out)["code"] == "JT008"


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_script(shell: str) -> None:
    done = run("completion", shell)
    assert done.returncode == 0, done.stderr
    assert "_JETTISON_COMPLETE" in done.stdout


def test_completion_of_commands_and_rules() -> None:
    environment = {"_JETTISON_COMPLETE": "bash_complete", "COMP_CWORD": "1"}
    assert "plain,check" in run(COMP_WORDS="jettison che", **environment).stdout
    environment["COMP_CWORD"] = "2"
    assert "plain,JT008" in run(COMP_WORDS="jettison explain JT00", **environment).stdout
    assert os.environ.get("_JETTISON_COMPLETE") is None
