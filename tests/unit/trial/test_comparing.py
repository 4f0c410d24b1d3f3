"""Two sides held against each other."""

from __future__ import annotations

from dataclasses import replace

import pytest

from jettison.trial import Answer, Probe
from jettison.trial.comparing import (
    answer_rows,
    complaints,
    error_notes,
    health_rows,
    log_rows,
    varying_parts,
)
from jettison.trial.launching.launch import (
    ACCEPTS,
    EXIT_CODE,
    HEALTH_CHECK,
    RUNNING,
    SCHEDULES,
    WORKS,
    Health,
)
from jettison.trial.model import OPENED, UNKNOWN

_PROBE = Probe("web", 80, "/")


def _answer(**parts: str) -> Answer:
    return Answer(200, "text/html", "", 0.1, parts=parts)


def test_a_changed_value_is_a_difference() -> None:
    (row,) = answer_rows({_PROBE: _answer(a="1")}, {_PROBE: _answer(a="2")}, {})
    assert not row.same
    assert row.difference == "a: 1 became 2"


def test_what_a_page_of_a_development_server_lacked_before_is_no_difference() -> None:
    gone = {"asset /gone.svg": "404 text/html 1"}
    before = _answer(development="yes", **gone)
    (row,) = answer_rows({_PROBE: before}, {_PROBE: _answer(**gone)}, {})
    assert row.same
    (row,) = answer_rows({_PROBE: _answer(development="yes")}, {_PROBE: _answer(**gone)}, {})
    assert not row.same


def test_lines_are_shown_as_a_diff() -> None:
    before = _answer(**{f"line {n}": text for n, text in enumerate("abcd", 1)})
    after = _answer(**{f"line {n}": text for n, text in enumerate("abXcd", 1)}, kind="x")
    (row,) = answer_rows({_PROBE: before}, {_PROBE: after}, {})
    assert row.difference == "kind: nothing became x\nits lines:\n  +X"


def test_of_another_status_the_answer_says_why() -> None:
    before = replace(_answer(**{"content type": "application/json", "$.id": "1", "$.name": '"x"'}))
    after = replace(before, status=500, parts={"content type": "text/html", "title": "Oh no"})
    (row,) = answer_rows({_PROBE: before}, {_PROBE: after}, {})
    assert row.difference == "status: 200 became 500\nit says: Oh no"


def test_what_varied_before_is_not_compared() -> None:
    varying = {_PROBE: frozenset({"a"})}
    (row,) = answer_rows({_PROBE: _answer(a="1")}, {_PROBE: _answer(a="2")}, varying)
    assert row.same


def test_no_answer_is_a_difference() -> None:
    after = {_PROBE: Answer(None, "", "", 0.1, "refused")}
    (row,) = answer_rows({_PROBE: _answer()}, after, {})
    assert not row.same
    assert "refused" in row.difference


_FRAMED = {"x-frame-options": "DENY"}


@pytest.mark.parametrize(
    ("before", "after", "same"),
    [
        (_FRAMED, _FRAMED, True),
        (_FRAMED, {}, False),
        (_FRAMED, {"x-frame-options": "SAMEORIGIN"}, False),
        ({}, _FRAMED, True),
    ],
)
def test_what_protects_must_be_there_as_it_was(
    before: dict[str, str], after: dict[str, str], *, same: bool
) -> None:
    one, other = (replace(_answer(), policies=policies) for policies in (before, after))
    (row,) = answer_rows({_PROBE: one}, {_PROBE: other}, {})
    assert row.same is same
    assert row.difference.startswith("x-frame-options: DENY became") is not row.same
    (row,) = answer_rows({_PROBE: one}, {_PROBE: other}, {}, frozenset({_PROBE.service}))
    assert row.same, "another server has its own"
    (row,) = answer_rows({_PROBE: one}, {_PROBE: other}, {_PROBE: varying_parts(one, other)})
    assert row.same, "it varies by itself"


def test_a_development_server_has_policies_of_its_own() -> None:
    before = replace(_answer(development="yes"), policies=_FRAMED)
    assert next(answer_rows({_PROBE: before}, {_PROBE: _answer()}, {})).same


def test_a_built_site_may_have_other_scripts_than_a_development_server() -> None:
    before = _answer(
        development="yes", title="A", **{"asset /src/main.js": "200 text/javascript x"}
    )
    good = _answer(title="A", **{"asset /assets/i.js": "200 text/javascript y"})
    bad = _answer(title="A", **{"asset /assets/i.js": "404 text/html z"})
    assert next(answer_rows({_PROBE: before}, {_PROBE: good}, {})).same
    assert not next(answer_rows({_PROBE: before}, {_PROBE: bad}, {})).same


@pytest.mark.parametrize(("services", "same"), [(("web",), True), ((), False)])
def test_a_development_servers_bundle_has_its_name_elsewhere_too(
    services: tuple[str, ...], *, same: bool
) -> None:
    origin = {"access-control-allow-origin": "*"}
    before = _answer(development="maybe", title="A", **origin)
    probe = replace(_PROBE, service="web")
    (row,) = answer_rows({probe: before}, {probe: _answer(title="A")}, {}, frozenset(services))
    assert row.same is same


def test_an_error_without_a_body_may_get_words() -> None:
    before = {_PROBE: Answer(404, "", "", 0.1, parts={"content type": ""})}
    after = Answer(404, "text/html", "", 0.1, parts={"content type": "text/html", "title": "404"})
    (row,) = answer_rows(before, {_PROBE: after}, {})
    assert row.same
    moved = replace(after, parts={**after.parts, "location": "/login"})
    (row,) = answer_rows(before, {_PROBE: moved}, {})
    assert not row.same
    (row,) = answer_rows(before, {_PROBE: replace(after, status=403)}, {})
    assert not row.same


def test_another_server_has_its_own_words_for_an_error() -> None:
    said = {"content type": "text/plain", "line 1": "The base is /shop/"}
    before = Answer(404, "text/plain", "", 0.1, parts=said, bare=True)
    after = Answer(404, "text/html", "", 0.1, parts={"content type": "text/html", "title": "404"})

    def same(one: Answer, other: Answer, *services: str) -> bool:
        (row,) = answer_rows({_PROBE: one}, {_PROBE: other}, {}, frozenset(services))
        return row.same

    assert same(before, after, _PROBE.service)
    assert not same(before, after)
    assert not same(replace(before, bare=False), after, _PROBE.service)
    assert not same(before, replace(after, status=200), _PROBE.service)


def _made_and_written(path: str, status: int = 200) -> tuple[dict[Probe, Answer], ...]:
    """A page that a script makes, plain and in a browser, and the one written beforehand."""
    plain, page = Probe("web", 80, path), Probe("web", 80, path, OPENED)
    shown = {"title": "Home", "text 1": "Welcome"}
    own = f"error Failed to load resource: the server responded with a status of 404 () {path}"
    said = shown | ({own: "network"} if status != 200 else {})
    return (
        {
            plain: replace(_answer(title="Site", **{"asset /main.js": "200 a"}), scripted=True),
            page: replace(_answer(**shown), scripted=True),
        },
        {
            plain: replace(_answer(**shown, **{"asset /m.1.js": "200 b"}), status=status),
            page: replace(_answer(**said), status=status),
        },
    )


def test_a_page_written_beforehand_is_the_one_that_scripts_made() -> None:
    before, after = _made_and_written("/")
    web = frozenset({"web"})
    assert all(row.same for row in answer_rows(before, after, {}, web))
    assert not all(row.same for row in answer_rows(before, after, {}))
    (plain, said), (page, shown) = after.items()
    (row,) = answer_rows({plain: before[plain]}, {plain: said}, {}, web)
    assert not row.same  # no browser looked at it
    other = replace(shown, parts={**shown.parts, "text 1": "Not found"})
    assert [row.same for row in answer_rows(before, {plain: said, page: other}, {}, web)] == [
        True,
        False,
    ]


@pytest.mark.parametrize(("path", "same"), [(UNKNOWN, True), ("/about", False)])
def test_a_site_of_written_pages_knows_which_it_has(path: str, *, same: bool) -> None:
    before, after = _made_and_written(path, status=404)
    rows = list(answer_rows(before, after, {}, frozenset({"web"})))
    assert [row.same for row in rows] == [same, same]
    bare = {probe: replace(answer, bare=True) for probe, answer in after.items()}
    assert not any(row.same for row in answer_rows(before, bare, {}, frozenset({"web"})))


@pytest.mark.parametrize(
    ("statuses", "exercised", "note"),
    [
        ((500, 404), [False, True], "requests that succeed: each was answered with 404, 500"),
        ((502, 502), [False, False], "requests that succeed: each was answered with 502"),
        ((200, 500), [True, False], ""),
    ],
)
def test_a_server_that_fails_has_done_nothing(
    statuses: tuple[int, ...], exercised: list[bool], note: str
) -> None:
    answers = {
        Probe("web", 80, f"/{n}"): Answer(status, "", "", 0.1) for n, status in enumerate(statuses)
    }
    rows = list(answer_rows(answers, answers, {}))
    assert all(row.same for row in rows)
    assert [row.exercises for row in rows] == exercised
    assert dict(error_notes(answers)) == ({"web": note} if note else {})


def test_health_checks_ends_and_ports_are_comparisons() -> None:
    before = {"a": HEALTH_CHECK, "b": EXIT_CODE, "c": ACCEPTS, "d": RUNNING, "e": WORKS}
    before["f"] = SCHEDULES
    after = {name: Health(True, source, None) for name, source in before.items()}
    rows = {row.service: row for row in health_rows(before, after)}
    assert set(rows) == {"a", "b", "c", "e", "f"}
    assert all(row.same for row in rows.values())
    for name in ("a", "e", "f"):
        only = {name: Health(True, RUNNING, None)}
        assert not next(health_rows(before, only)).same, "that it runs is not enough"


def test_errors_of_a_log() -> None:
    log = (
        'starting\nTraceback (most recent call last):\n  File "/app/main.py", line 3\n'
        "ModuleNotFoundError: No module named 'dns'\n404 not found\n"
        "sh: gcc: not found\nerror while loading shared libraries: libpq.so.5: cannot open\n"
    )
    assert complaints(log) == {
        "ModuleNotFoundError: No module named 'dns'",
        "gcc: not found",
        "error while loading shared libraries: libpq.so.#: cannot open",
    }
    assert complaints("all is well\nGET /x 404\n") == frozenset()


def test_only_new_errors_of_a_log_are_a_difference() -> None:
    before = {"web": frozenset({"ValueError: x"})}
    assert not list(log_rows(before, before))
    (row,) = log_rows(before, {"web": frozenset({"ValueError: x", "ImportError: y"})})
    assert (row.same, row.after) == (False, "ImportError: y")
