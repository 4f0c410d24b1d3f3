"""The renderings of a check: what each says of each kind of remedy."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tests.unit.report.check.samples import LONG, RULES, checked

from jettison.report.check.github import check_to_github
from jettison.report.check.json import check_to_json
from jettison.report.check.sarif import check_to_sarif
from jettison.report.check.text import render_check

if TYPE_CHECKING:
    from pathlib import Path


def test_text_fits_80_columns_and_cuts_nothing(tmp_path: Path) -> None:
    text = render_check(checked(tmp_path))
    for line in text.splitlines():
        assert len(line) <= 80 or "x" * 90 in line
    words = " ".join(text.split())
    assert LONG in words
    assert "1 warning T01 name-t01, 1.0 MB to 2.5 MB" in words
    assert "fix: use slim [jettison optimize, proved by a trial]" in words
    assert "fix: use slim, as it has one stage [jettison optimize]" in words
    assert "no fix: nobody knows how (line 3)" in words
    assert "advice: ask someone" in words
    assert "Dockerfile:4: unused suppression: nothing to ignore here for T06" in words
    assert "1 finding silenced by comments" in words
    assert "compose.yaml:" in words
    assert "4 findings in 1 file (1 error, 2 warnings, 1 note)" in words
    assert "can mend 2 of 4" in words


def test_only_and_skip_name_rules_and_keys(tmp_path: Path) -> None:
    some = checked(tmp_path, only=("T01", "T03/api"), skip=("T03/api/a:b",))
    assert [one.code for one in some.findings] == ["T01"]
    assert not some.unused, "of a part it cannot be said whether a comment is of use"


def test_json(tmp_path: Path) -> None:
    document = json.loads(check_to_json(checked(tmp_path)))
    assert document["counts"] == {"findings": 4, "fixable": 2, "suppressed": 1}
    first, second, *_ = document["findings"]
    assert first["key"] == "T01/api/a:b"
    assert first["saving"] == {"low_bytes": 1_000_000, "high_bytes": 2_500_000, "basis": "guessed"}
    assert first["remedy"]["files"] == [".dockerignore", "Dockerfile"]
    assert second["remedy"]["waits_for"] == "T07/api"
    assert document["suppressed"][0]["reason"] == "it is so by contract"
    assert document["unread"]


def test_github_commands_escape_what_they_must(tmp_path: Path) -> None:
    lines = check_to_github(checked(tmp_path), "a,b:c/").splitlines()
    start = "::warning file=a%2Cb%3Ac/Dockerfile,line=1,title=T01 name-t01::"
    assert lines[0] == f"{start}it is so (1.0 MB to 2.5 MB)%0Afix: use slim"
    assert [line.partition(" ")[0] for line in lines[:4]] == [
        "::warning",
        "::notice",
        "::error",
        "::warning",
    ]
    assert "100%25 of it" in lines[2]
    assert lines[3].endswith("ask%0Asomeone")


def _log(folder: Path) -> Any:
    text = check_to_sarif(checked(folder), RULES, version="1.2.3", prefix="sub dir/")
    return json.loads(text)


def test_sarif_is_of_the_standards_shape(tmp_path: Path) -> None:
    log = _log(tmp_path)
    assert (log["version"], log["$schema"].rpartition("/")[2]) == ("2.1.0", "sarif-2.1.0.json")
    (run,) = log["runs"]
    assert run["columnKind"] == "unicodeCodePoints"
    ids = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    for result in run["results"]:
        assert ids[result["ruleIndex"]] == result["ruleId"]
        assert result["level"] in {"note", "warning", "error"}
        (location,) = result["locations"]
        place = location["physicalLocation"]
        assert place["artifactLocation"]["uri"] == "sub%20dir/Dockerfile"
        assert place["region"]["startLine"] >= 1
    silenced = [result for result in run["results"] if "suppressions" in result]
    assert [one["suppressions"][0]["justification"] for one in silenced] == ["it is so by contract"]
    notes = run["invocations"][0]["toolExecutionNotifications"]
    assert any("nothing to ignore" in note["message"]["text"] for note in notes)


def test_sarif_fix_is_the_changes_edits(tmp_path: Path) -> None:
    (fix,) = _log(tmp_path)["runs"][0]["results"][0]["fixes"]
    edit, new = fix["artifactChanges"]
    assert edit["replacements"] == [
        {
            "deletedRegion": {"startLine": 1, "startColumn": 1, "endLine": 1, "endColumn": 12},
            "insertedContent": {"text": "FROM debian:slim"},
        }
    ]
    assert new["artifactLocation"]["uri"] == "sub%20dir/.dockerignore"
    assert new["replacements"][0]["insertedContent"]["text"] == ".git\n"
