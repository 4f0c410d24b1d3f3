"""Hold what two stacks said against each other, service by service."""

from __future__ import annotations

from dataclasses import replace
from difflib import unified_diff
from http import HTTPStatus
from typing import TYPE_CHECKING

from jettison.patterns import regex
from jettison.trial.launching.launch import ACCEPTS, EXIT_CODE, HEALTH_CHECK, SCHEDULES, WORKS
from jettison.trial.model import OPENED, SAID_IN_HEADERS, UNKNOWN
from jettison.trial.outcomes import Row

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from jettison.trial.launching.launch import Health
    from jettison.trial.model import Answer, Probe

__all__ = [
    "answer_rows",
    "complaints",
    "differing",
    "error_notes",
    "health_rows",
    "log_rows",
    "varying_parts",
]

_ERROR = "error "
_OTHER_THERE = ("asset ", "tag ")
_MOST_SHOWN = 3
_MOST_LINES = 8
_LINE = regex(r"(?:text|line) \d+")
_SAYS = regex(r"title|(?:text|line) \d+|\$")
_TRACEBACK = regex(
    r"^(?:\w+ \| )?\s*((?:[\w.]+\.)?(?:ModuleNotFoundError|ImportError|FileNotFoundError|"
    r"PermissionError|OSError|[A-Z]\w*(?:Error|Exception)): .+)$"
)
_OTHERS = regex(
    r"(error while loading shared libraries: .+|Error: Cannot find module .+|"
    r"\S+: (?:command )?not found\b.*|exec: \S+: not found.*|Permission denied.*)",
)
_NUMBERS = regex(r"0x[0-9a-fA-F]+|\b\d+\b")
_SAID = {
    HEALTH_CHECK: "passed",
    EXIT_CODE: "0",
    ACCEPTS: "open",
    WORKS: "answered",
    SCHEDULES: "began",
}
_WHAT = {ACCEPTS: "port", WORKS: "ping of the worker", SCHEDULES: "schedule of tasks"}


def varying_parts(first: Answer, second: Answer) -> frozenset[str]:
    """The parts in which two answers of one stack differ."""
    return frozenset((*first.differing(second), *_without_policies(first, second)))


def answer_rows(
    before: Mapping[Probe, Answer],
    after: Mapping[Probe, Answer],
    varying: Mapping[Probe, frozenset[str]],
    replaced: frozenset[str] = frozenset(),
    *,
    policies: bool = True,
) -> Iterator[Row]:
    """A row for each probe that had an answer before.

    ``replaced`` are the services that another server serves now: it has ``policies`` of its own.
    """
    for probe, answer in before.items():
        other = after.get(probe)
        if answer.status is None or other is None:
            continue
        masked = varying.get(probe, frozenset())
        own = differing(answer, other, replaced=probe.service in replaced)
        if probe.service in replaced and _is_written(answer, other):
            looked = replace(probe, method=OPENED) in after
            own = _unlike_written(own, probe, other, looked=looked)
        lost = _without_policies(answer, other)
        own = [*own, *(lost if policies and probe.service not in replaced else ())]
        names = [name for name in own if name not in masked]
        yield Row(
            service=probe.service,
            what=probe.asked,
            before=_short(answer),
            after=_short(other),
            same=not names,
            difference=_described(names, answer, other, masked),
            exercises=answer.status < HTTPStatus.INTERNAL_SERVER_ERROR,
        )


def _without_policies(before: Answer, after: Answer) -> list[str]:
    """The policies that the other answer lacks or has otherwise; a development server has its own.

    More of them do no harm. Of another status the body is compared, and that tells.
    """
    if before.status != after.status or "development" in before.parts:
        return []
    return [name for name, said in before.policies.items() if after.policies.get(name) != said]


def error_notes(answers: Mapping[Probe, Answer]) -> Iterator[tuple[str, str]]:
    """The services that answered nothing but errors, as (service, sentence)."""
    found: dict[str, set[int]] = {}
    for probe, answer in answers.items():
        if answer.status is not None:
            found.setdefault(probe.service, set()).add(answer.status)
    for service, said in found.items():
        if min(said) >= HTTPStatus.BAD_REQUEST:
            shown = ", ".join(map(str, sorted(said)))
            yield service, f"requests that succeed: each was answered with {shown}"


def health_rows(before: Mapping[str, str], after: Mapping[str, Health]) -> Iterator[Row]:
    """A row for each service that was judged by its health check, end, port, ping or schedule.

    ``before`` is how each service that was up was judged.
    """
    for service, source in before.items():
        health = after.get(service)
        if health is None or source not in _SAID:
            continue
        what = _WHAT.get(source, source)
        same = health.healthy and source in (health.source, ACCEPTS)
        now = _SAID.get(health.source, health.source) if health.healthy else "failed"
        yield Row(service, what, _SAID[source], now, same, "" if same else f"{what}: {now}")


def complaints(log: str) -> frozenset[str]:
    """The errors that a log tells of: a traceback's last line, a library or a program missing."""
    found: set[str] = set()
    inside = False
    for line in log.splitlines():
        if "Traceback (most recent call last)" in line:
            inside = True
            continue
        match = _TRACEBACK.match(line)
        if match and (inside or "ModuleNotFoundError" in line or "ImportError" in line):
            found.add(_NUMBERS.sub("#", match[1].strip()))
            inside = False
        elif other := _OTHERS.search(line):
            found.add(_NUMBERS.sub("#", other[1].strip()))
    return frozenset(found)


def log_rows(
    before: Mapping[str, frozenset[str]], after: Mapping[str, frozenset[str]]
) -> Iterator[Row]:
    """A row for each service whose log tells of errors that it did not tell of before."""
    for service, said in after.items():
        new = sorted(said - before.get(service, frozenset()))
        if new:
            yield Row(service, "log", "no such error", new[0], same=False, difference=new[0])


def differing(before: Answer, after: Answer, *, replaced: bool = False) -> Iterable[str]:
    """The parts in which an answer is no longer as before; ``replaced`` if another server gives it.

    What tells a development server from a built site is none of them.
    """
    # What the console told of before and tells no longer is no harm.
    names = [n for n in before.differing(after) if n[:6] != _ERROR or n in after.parts]
    alike = _says_nothing(before) or (replaced and before.bare)
    if alike and before.status == after.status:
        # Another server says in its own words what this one told by the status alone, or in its.
        return [n for n in names if n in SAID_IN_HEADERS]
    written = replaced and _is_written(before, after)
    said = "yes" if written else before.parts.get("development")
    if said != "yes" and not (said and replaced):
        return names
    # A development server sends other scripts than a built site has; each must load all the same.
    # They may add tools for developers to a page, and name other places in an error.
    ignored = ("development", "access-control-allow-origin")
    kinds = {kind for name, kind in before.parts.items() if name.startswith(_ERROR)}
    names = [n for n in names if n[:6] != _ERROR or after.parts[n] not in kinds]
    kept = [name for name in names if name not in ignored and not name.startswith(_OTHER_THERE)]
    broken = [
        name
        for name, said in after.parts.items()
        if name.startswith("asset ") and said[:3] != "200" and before.parts.get(name) != said
    ]
    return [*kept, *broken]


def _is_written(before: Answer, after: Answer) -> bool:
    """Whether a page is written beforehand now that was made in the browser."""
    return before.scripted and not after.scripted


def _unlike_written(
    names: Iterable[str], probe: Probe, after: Answer, *, looked: bool
) -> Iterable[str]:
    """What differs in a page that is written beforehand now.

    Its texts came with the scripts: they are compared where a browser ``looked`` at both. Such a
    site knows which pages it has, and says of others in its own words that they are not found.
    """
    if looked and not probe.in_browser:
        names = [name for name in names if name != "title" and not name.startswith("text ")]
    if probe.path == UNKNOWN and looked and after.status == HTTPStatus.NOT_FOUND and not after.bare:
        own = f" {UNKNOWN}"  # what the console says of the page itself
        names = [n for n in names if n != "status" and not (n[:6] == _ERROR and n.endswith(own))]
    return names


def _says_nothing(answer: Answer) -> bool:
    """Whether an answer is an error without any body."""
    return (answer.status or 0) >= HTTPStatus.BAD_REQUEST and answer.parts == {"content type": ""}


def _short(answer: Answer) -> str:
    if answer.status is None:
        return answer.error or "no answer"
    return " ".join(one for one in (str(answer.status), answer.content_type, answer.shape) if one)


def _described(
    names: Collection[str], before: Answer, after: Answer, varying: frozenset[str]
) -> str:
    """The differences as a reader wants them: lines as a diff, values one by one.

    Of another status nothing of the body is as it was: what it says now tells why.
    """
    if "status" in names:
        told = (v for n, v in after.parts.items() if v and (n[:2] == "$." or _SAYS.fullmatch(n)))
        words = list(dict.fromkeys(told))[:_MOST_SHOWN]
        kept = [name for name in names if name in SAID_IN_HEADERS or name.startswith(_ERROR)]
        said = [_said(name, before, after) for name in ("status", *kept[:_MOST_SHOWN])]
        return "\n".join(said + ([f"it says: {' | '.join(words)}"] if words else []))
    texts: list[str] = []
    others: list[str] = []
    for name in names:
        (texts if _LINE.fullmatch(name) else others).append(name)
    said = [_said(name, before, after) for name in others[:_MOST_SHOWN]]
    if len(others) > _MOST_SHOWN:
        said.append(f"{len(others) - _MOST_SHOWN} more parts")
    if texts:
        one, other = (
            [v for n, v in answer.parts.items() if _LINE.fullmatch(n) and n not in varying]
            for answer in (before, after)
        )
        lines = [line for line in unified_diff(one, other, n=0, lineterm="") if line[:2] != "@@"]
        more = len(lines) - 2 - _MOST_LINES
        said.append("its lines:")
        said += [f"  {line}" for line in lines[2 : 2 + _MOST_LINES]]
        said += [f"  … {more} more"] if more > 0 else []
    return "\n".join(said)


def _said(name: str, before: Answer, after: Answer) -> str:
    if name == "status":
        return f"status: {before.status} became {after.status or after.error or 'no answer'}"
    if name.startswith(_ERROR):
        return f"new in the console: {name.removeprefix(_ERROR)}"
    one, other = ({**answer.policies, **answer.parts} for answer in (before, after))
    return f"{name}: {one.get(name, 'nothing')} became {other.get(name, 'nothing')}"
