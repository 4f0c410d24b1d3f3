"""What is typed into the filter, and which entries it fits.

Words are separated by blanks and all of them must fit, whatever the case: ``lib`` is a part of
the path, ``*.pyc`` a pattern for the name (with a slash: for the path), ``re:`` begins a regular
expression for the path, ``package:`` and ``category:`` a part of those, ``>1MB`` and ``<1MB`` a
number of bytes. ``!`` before a word turns it round.
"""

from __future__ import annotations

import fnmatch
import re
from enum import Enum
from operator import and_
from typing import TYPE_CHECKING

from jettison.imaging.owners import CATEGORIES
from jettison.record import record
from jettison.tui.catalogue import NO_FILE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from jettison.imaging import Owners
    from jettison.tui.catalogue import Catalogue

_BYTES = re.compile(r"([<>])(\d+(?:\.\d+)?)([kmg]?)i?b?", re.IGNORECASE)
_POWERS = {"": 1, "k": 10**3, "m": 10**6, "g": 10**9}


class How(Enum):
    """How a word is looked for."""

    PART = "part of the path"
    PATTERN = "shell pattern"
    EXPRESSION = "regular expression"
    PACKAGE = "package"
    CATEGORY = "category"
    BYTES = "bytes"


@record
class Word:
    """One word of a filter, in lower case; ``problem`` says why it fits nothing."""

    how: How
    text: str
    turned: bool = False
    problem: str = ""


def words(text: str) -> tuple[Word, ...]:
    """The words of a filter; those without a meaning yet are left out."""
    found = []
    for given in text.split():
        turned = given.startswith("!")
        word = _word(given.removeprefix("!"), turned=turned)
        if word.text:
            found.append(word)
    return tuple(found)


def _word(text: str, *, turned: bool) -> Word:
    lower = text.lower()
    if lower.startswith("re:"):
        try:
            re.compile(text[3:], re.IGNORECASE)
        except (re.error, OverflowError, RecursionError) as error:
            return Word(How.EXPRESSION, text[3:], problem=f"{text}: {error}")
        return Word(How.EXPRESSION, text[3:], turned)
    for how in (How.PACKAGE, How.CATEGORY):
        if lower.startswith(f"{how.value}:"):
            return Word(how, lower.partition(":")[2], turned)
    if _BYTES.fullmatch(lower):
        return Word(How.BYTES, lower, turned)
    if "*" in lower or "?" in lower:
        return Word(How.PATTERN, lower, turned)
    return Word(How.PART, lower, turned)


def path_test(word: Word) -> Callable[[str], bool]:
    """A test of a path in lower case that begins with a slash.

    A pattern without slash is for the path's last name, one that does not begin with a slash for
    the path from any folder on.
    """
    if word.how is not How.PATTERN:
        return text_test(word)
    if "/" not in word.text:
        match = _pattern(word.text)
        return lambda path: match(path.rpartition("/")[2]) is not None
    match = _pattern(word.text if word.text.startswith("/") else f"*/{word.text}")
    return lambda path: match(path) is not None


def text_test(word: Word) -> Callable[[str], bool]:
    """A test of a text in lower case, a part of which must fit."""
    if word.problem:
        return lambda _: False
    if word.how is How.PATTERN:
        match = _pattern(f"*{word.text}*")
        return lambda text: match(text) is not None
    if word.how is How.EXPRESSION:
        search = re.compile(word.text, re.IGNORECASE).search
        return lambda text: search(text) is not None
    return lambda text: word.text in text


def _pattern(text: str) -> Callable[[str], re.Match[str] | None]:
    return re.compile(fnmatch.translate(text)).match


def bytes_test(word: Word) -> Callable[[int], bool]:
    """A test of a number of bytes."""
    found = _BYTES.fullmatch(word.text)
    if found is None:
        return lambda _: False
    limit = float(found[2]) * _POWERS[found[3]]
    return (lambda count: count > limit) if found[1] == ">" else (lambda count: count < limit)


def fits(catalogue: Catalogue, owners: Owners, given: Iterable[Word]) -> bytearray | None:
    """A byte for each entry, 1 for those that all words fit; ``None`` when there are no words."""
    found: bytearray | None = None
    for word in given:
        one = _fits_word(catalogue, owners, word)
        if word.turned:
            one = bytearray(one.translate(_TURNED))
        found = one if found is None else both(found, one)
    return found


_TURNED = bytes((1, 0)) + bytes(254)


def both(one: bytearray, other: bytearray) -> bytearray:
    """The entries that are in both."""
    return bytearray(map(and_, one, other))


def _fits_word(catalogue: Catalogue, owners: Owners, word: Word) -> bytearray:
    if word.how is How.BYTES:
        return bytearray(map(bytes_test(word), catalogue.held))
    if word.how is How.PACKAGE:
        names = [str(package or "").lower() for package in owners.packages]
        chosen = [word.text in name for name in names]
        return owned(catalogue, owners.package_numbers, chosen)
    if word.how is How.CATEGORY:
        chosen = [word.text in category for category in CATEGORIES]
        return owned(catalogue, owners.category_numbers, chosen)
    if word.how is How.PATTERN and "/" not in word.text:
        match = _pattern(word.text)
        return bytearray([match(name) is not None for name in catalogue.lower_names()])
    if word.how is How.PART:
        return _with_part(catalogue, word.text)
    return bytearray(map(path_test(word), _paths(catalogue)))


def owned(catalogue: Catalogue, numbers: Iterable[int], chosen: list[bool]) -> bytearray:
    """The entries whose file has a chosen number."""
    by_file = bytearray([chosen[number] for number in numbers])
    return bytearray([file != NO_FILE and by_file[file] for file in catalogue.file])


def _paths(catalogue: Catalogue) -> Iterable[str]:
    names = catalogue.lower_names()
    for number, folder in enumerate(catalogue.folders):
        above = f"/{folder.lower()}/" if folder else "/"
        for entry in catalogue.entries(number):
            yield above + names[entry]


def _with_part(catalogue: Catalogue, text: str) -> bytearray:
    """The entries whose path has a part, without a path for each being made.

    It is in the folder's path, or in the name, or the last slash of the path is in it.
    """
    names = catalogue.lower_names()
    head, slash, tail = text.rpartition("/")
    found = bytearray(len(names)) if slash else bytearray([text in name for name in names])
    for number, folder in enumerate(catalogue.folders):
        entries = catalogue.entries(number)
        above = f"/{folder.lower()}" if folder else ""
        if text in above:
            found[entries.start : entries.stop] = b"\1" * len(entries)
        elif slash and above.endswith(head):
            for entry in entries:
                found[entry] |= names[entry].startswith(tail)
    return found
