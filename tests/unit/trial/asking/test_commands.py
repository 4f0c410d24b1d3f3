"""Commands of services: which are found, and when they differ."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from jettison.engine import FakeEngine, RunResult, StackRequest
from jettison.trial.asking.commands import (
    command_notes,
    command_rows,
    found_commands,
    run_commands,
)
from jettison.trial.launching.processes import builds_first, schedule_of, worker_asks, written_since
from jettison.trial.learned import Command, Imports, Ran

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


@pytest.mark.parametrize(
    ("line", "asks"),
    [
        ("celery -A app.tasks worker --loglevel=info", "celery -A app.tasks"),
        (
            "/usr/bin/python /usr/bin/celery worker --app=app -c 2",
            "/usr/bin/python /usr/bin/celery --app=app",
        ),
        ("python -m celery -A app worker", "python -m celery -A app"),
        ("celery -A app beat", ""),
        ("sh -c celery -A app worker", ""),
        ("sleep 2; celery -A app worker", ""),
        ("[celeryd: celery@host:MainProcess] -active- (-A app worker)", ""),
        ("gunicorn app:app --worker-class x", ""),
        ("", ""),
    ],
)
def test_how_a_worker_is_asked(line: str, asks: str) -> None:
    assert " ".join(worker_asks(["PID 1", line])) == asks


def _imports(used: str, beside: str, words: tuple[str, ...]) -> tuple[Imports, ...]:
    modules: dict[str, str | None] = {used: ""}
    return (
        Imports(
            "Python",
            {"/app/a.py": ""},
            {"/app/a.py": {f"{used}.x": 1}},
            {},
            modules,
            {},
            beside=frozenset(beside.split()),
            words=words,
        ),
    )


def _found(used: str, beside: str, *words: str) -> list[tuple[str, str]]:
    found = found_commands("web", (), _imports(used, beside, words))
    return [(one.name, " ".join(one.words)) for one in found]


def test_commands_come_from_what_the_service_is_made_with() -> None:
    assert _found("django", "manage.py", "/venv/bin/python3.11", "manage.py") == [
        ("manage.py check", "/venv/bin/python3.11 manage.py check")
    ]
    assert _found("django", "", "python") == []
    assert _found("fastapi", "manage.py", "python") == []
    assert _found("alembic", "alembic.ini") == [("alembic current", "python3 -m alembic current")]
    assert _found("flask", "", "gunicorn", "-b", "0.0.0.0:80", "shop.wsgi:app") == [
        ("flask routes", "python3 -m flask --app shop.wsgi:app routes")
    ]
    assert _found("flask", "", "flask", "run") == [("flask routes", "python3 -m flask routes")]
    assert _found("flask", "", "python", "serve.py") == []


def _run(tmp_path: Path, said: list[RunResult], *, twice: bool) -> dict[Command, Ran]:
    answers = iter(said)
    engine = FakeEngine({}, executed=lambda _, __: next(answers))
    file = tmp_path / "compose.json"
    file.write_text('{"services": {"web": {}}}')
    stack = StackRequest("s-before", file, tmp_path)
    engine.up(stack)
    command = Command.asked("web", ["report", "--all"])
    return run_commands(engine, engine.states(stack), [command], twice=twice, seconds=300)


def test_what_varies_by_itself_is_not_compared(tmp_path: Path) -> None:
    one = RunResult(0, "users 3\nlucky 5\nat 2026-01-01 10:00:00\n", "")
    two = RunResult(0, "users 3\nlucky 8\nat 2026-01-01 10:00:01\n", "")
    three = RunResult(0, "users 4\nlucky 9\nat 2026-01-01 11:00:00\n", "")
    before = _run(tmp_path, [one, two], twice=True)
    (row,) = command_rows(before, _run(tmp_path, [two], twice=False))
    assert row.same
    assert row.exercises
    (row,) = command_rows(before, _run(tmp_path, [three], twice=False))
    assert row.difference == "-users 3\n+users 4"
    (row,) = command_rows(before, _run(tmp_path, [RunResult(1, "", "a\nno dns\n")], twice=False))
    assert row.difference == "exit code 0 became 1: no dns"


def test_a_command_that_fails_before_is_not_compared_and_said_so(tmp_path: Path) -> None:
    before = _run(tmp_path, [RunResult(2, "", "no database")], twice=True)
    assert list(command_rows(before, before)) == []
    assert list(command_notes(before)) == [("web", "report --all fails before, too: no database")]


def test_the_order_of_a_list_is_no_difference_and_what_nobody_asked_for_verifies_nothing() -> None:
    one = {Command("w", "celery inspect registered", ("a",)): Ran(0, ("a", "b"))}
    other = {Command("w", "celery inspect registered", ("elsewhere",)): Ran(0, ("b", "a"))}
    (row,) = command_rows(one, other)
    assert row.same
    assert not row.exercises


@pytest.mark.parametrize(
    ("line", "builds"),
    [
        ("/opt/java/openjdk/bin/java -cp a.jar org.apache.maven.wrapper.MavenWrapperMain x", True),
        ("java org.codehaus.plexus.classworlds.launcher.Launcher spring-boot:run", True),
        ("/usr/local/cargo/bin/cargo run --release", True),
        ("npm run build", True),
        ("npm start", False),
        ("/app/target/release/cargo-watcher", False),
        ("java -jar app.jar", False),
    ],
)
def test_what_builds_before_it_runs(line: str, *, builds: bool) -> None:
    assert builds_first(["sh -c x", line]) is builds


def test_a_command_of_the_settings_may_take_as_long_as_they_say(tmp_path: Path) -> None:
    allowed = []

    class Timed(FakeEngine):
        def execute(
            self, container_id: str, argv: Sequence[str], seconds: float, folder: str = ""
        ) -> RunResult:
            allowed.append((argv[0], seconds))
            return super().execute(container_id, argv, seconds, folder)

    engine = Timed({}, executed=lambda _, __: RunResult(0, "", ""))
    file = tmp_path / "compose.json"
    file.write_text('{"services": {"web": {}}}')
    stack = StackRequest("s-before", file, tmp_path)
    engine.up(stack)
    commands = [Command.asked("web", ["own"]), Command("web", "found", ("found",))]
    for seconds in (300.0, 10.0):
        run_commands(engine, engine.states(stack), commands, twice=False, seconds=seconds)
    assert allowed == [("found", 90.0), ("own", 300.0), ("found", 10.0), ("own", 10.0)]


@pytest.mark.parametrize(
    ("line", "path"),
    [
        ("/usr/bin/python /usr/bin/celery -A app beat", "celerybeat-schedule"),
        ("celery -A app beat -l info -s /data/times", "/data/times"),
        ("celery -A app beat --schedule=times", "times"),
        ("celery -A app beat -S django", ""),
        ("celery -A app worker", ""),
        ("sh -c celery -A app beat", ""),
        ("celery -A beat worker", ""),
    ],
)
def test_where_a_scheduler_keeps_its_times(line: str, path: str) -> None:
    assert schedule_of(["PID 1", line]) == path


def test_a_schedule_of_an_earlier_start_does_not_count() -> None:
    engine = FakeEngine({}, executed=lambda _, __: RunResult(1, "100\n205\n", ""))
    assert written_since(engine, "c", "times", 200.5)
    assert not written_since(engine, "c", "times", 300.0)
