"""Commands that people run in these containers: found, run on both sides, and compared.

Those that are found are harmless, and only run where the service's own command line or files tell
of the framework: ``manage.py check``, ``alembic current``, ``flask routes``, and what a Celery
worker says of itself.
"""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from difflib import unified_diff
from typing import TYPE_CHECKING

from jettison.engine.running import TOO_LONG
from jettison.trial.asking.masking import masked
from jettison.trial.launching.processes import folder_of, worker_asks
from jettison.trial.learned import HOST, Command, Ran
from jettison.trial.outcomes import Row

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from jettison.engine import ContainerState, Engine
    from jettison.trial.learned import Imports

__all__ = [
    "command_notes",
    "command_rows",
    "found_commands",
    "run_commands",
]

_SECONDS = 90.0
_MOST_LINES = 400
_MOST_SHOWN = 8


def found_commands(
    service: str, lines: Sequence[str], imports: Sequence[Imports]
) -> Iterator[Command]:
    """The commands of the frameworks that a service's program is made with."""
    asks = worker_asks(lines)
    if asks:
        words = (*asks, "inspect", "registered")
        yield Command(service, "celery inspect registered", words, in_place=True)
    for one in imports:
        if one.language != "Python":
            continue
        used = {name.partition(".")[0] for names in one.imports.values() for name in names}
        python = next((word for word in one.words if _is_python(word)), "python3")
        if "django" in used and "manage.py" in one.beside:
            yield Command(service, "manage.py check", (python, "manage.py", "check"))
        if "alembic.ini" in one.beside and one.modules.get("alembic", "no") == "":
            yield Command(service, "alembic current", (python, "-m", "alembic", "current"))
        app = _flask_app(one.words) if "flask" in used else None
        if app is not None:
            yield Command(service, "flask routes", (python, "-m", "flask", *app, "routes"))


def _is_python(word: str) -> bool:
    name = word.rpartition("/")[2]
    return word.startswith("/") and re.fullmatch(r"python[0-9.]*", name) is not None


def _flask_app(words: Sequence[str]) -> tuple[str, ...] | None:
    """What tells ``flask`` its application, from the words that start the service."""
    names = [word.rpartition("/")[2] for word in words]
    if "flask" in names:
        for flag in ("--app", "-A"):
            if flag in words[:-1]:
                return ("--app", words[words.index(flag) + 1])
        return ()
    if "gunicorn" in names or "waitress-serve" in names or "uwsgi" in names:
        for word in words:
            module, colon, name = word.partition(":")
            if colon and name.isidentifier() and all(p.isidentifier() for p in module.split(".")):
                return ("--app", word)
    return None


def run_commands(
    engine: Engine,
    states: Mapping[str, ContainerState],
    commands: Iterable[Command],
    *,
    twice: bool,
    seconds: float,
) -> dict[Command, Ran]:
    """How commands end in the running containers.

    With ``twice`` those of the settings are run again, to learn what varies by itself. These may
    take ``seconds``; those that were found have less patience.
    """
    least = min(_SECONDS, seconds)
    wanted = list(dict.fromkeys(commands))
    with ThreadPoolExecutor(2, "commands") as pool:
        harmless = [one for one in wanted if one.found]
        ran = pool.map(lambda one: _ran(engine, states, one, least), harmless)
        found = dict(zip(harmless, ran, strict=True))
    for command in wanted:
        if not command.found:
            first = _ran(engine, states, command, seconds)
            again = twice and first.exit_code == 0
            found[command] = (
                _both(first, _ran(engine, states, command, seconds)) if again else first
            )
    return found


def _both(first: Ran, again: Ran) -> Ran:
    """The first with what the second had otherwise."""
    length = max(len(first.lines), len(again.lines))
    varying = frozenset(n for n in range(length) if _at(first, n) != _at(again, n))
    said = f"the second time: {again.said}" if again.exit_code else ""
    return Ran(again.exit_code, first.lines, said, varying)


def _ran(
    engine: Engine, states: Mapping[str, ContainerState], command: Command, seconds: float
) -> Ran:
    state = states.get(command.service)
    if state is None or state.status != "running":
        return Ran(126, (), "it does not run")
    folder = folder_of(engine, state.container_id) if command.in_place else ""
    done = engine.execute(state.container_id, command.words, seconds, folder)
    text = masked(done.stdout)
    lines = tuple(line.rstrip() for line in text.splitlines()[:_MOST_LINES])
    last = [line for line in (done.stderr or done.stdout).strip().splitlines() if line.strip()]
    return Ran(done.exit_code, lines, last[-1].strip() if last else "")


def _at(ran: Ran, number: int) -> str | None:
    return ran.lines[number] if number < len(ran.lines) else None


def command_rows(before: Mapping[Command, Ran], after: Mapping[Command, Ran]) -> Iterator[Row]:
    """A row for each command that ended well before."""
    for command, ran in before.items():
        other = after.get(command)
        if not ran.proves or other is None:
            continue
        if command.found and other.exit_code == TOO_LONG:
            continue  # nobody asked for it, and a busy machine is no difference
        difference = _ends(ran, other) if command.test else _difference(ran, other)
        again = ", at the second try" if command.test and other.again else ""
        yield Row(
            service=command.service,
            what=command.what,
            before=f"exit code {ran.exit_code}",
            after=f"exit code {other.exit_code}{again}",
            same=not difference,
            difference=difference,
            exercises=not command.found and command.service != HOST,
        )


def _ends(before: Ran, after: Ran) -> str:
    """How a test ends otherwise, with the end of what it said."""
    if not after.worse_than(before):
        return ""
    said = "\n".join(f"  {line}" for line in after.lines) or f"  {after.said}"
    late = f" ({after.said})" if after.exit_code == TOO_LONG else ""
    if after.exit_code == before.exit_code:
        return f"{before.passed} tests passed, then {after.passed}\n{said}".rstrip()
    return f"exit code {before.exit_code} became {after.exit_code}{late}\n{said}".rstrip()


def _difference(before: Ran, after: Ran) -> str:
    if after.exit_code != before.exit_code:
        return f"exit code {before.exit_code} became {after.exit_code}: {after.said}"
    if len(before.varying) == len(before.lines):
        return ""
    one, other = (
        [line for number, line in enumerate(ran.lines) if number not in before.varying]
        for ran in (before, after)
    )
    # The order of what is listed, tasks and routes, may differ from start to start.
    if sorted(one) == sorted(other):
        return ""
    lines = [line for line in unified_diff(one, other, n=0, lineterm="") if line[:2] != "@@"][2:]
    more = len(lines) - _MOST_SHOWN
    return "\n".join([*lines[:_MOST_SHOWN], *([f"… {more} more"] if more > 0 else [])])


def command_notes(before: Mapping[Command, Ran]) -> Iterator[tuple[str, str]]:
    """The commands that were not compared, as (service, sentence)."""
    for command, ran in before.items():
        if ran.exit_code != 0:
            name = command.what if command.test else command.name
            yield command.service, f"{name} fails before, too: {ran.said[:200]}"
        elif not ran.proves:
            yield command.service, f"{command.what} ran no test before: it says nothing"
