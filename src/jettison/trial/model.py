"""What a trial is given and what it measures."""

from __future__ import annotations

from dataclasses import field
from enum import StrEnum
from typing import TYPE_CHECKING

from jettison.record import record
from jettison.trial.times import Times

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


OPENED = "OPEN"
"""Stands for a method where a page is opened in a browser."""
UNKNOWN = "/jettison/no-such-page"
"""A path that no service has, asked of each."""
HEADERS = (
    "www-authenticate",
    "allow",
    "access-control-allow-origin",
    "content-disposition",
    "content-language",
)
"""Headers that are compared as they are."""
POLICIES = (
    "content-security-policy",
    "strict-transport-security",
    "x-frame-options",
    "x-content-type-options",
    "referrer-policy",
    "permissions-policy",
    "cross-origin-opener-policy",
    "cross-origin-embedder-policy",
    "cross-origin-resource-policy",
)
"""Headers by which a server protects who asks it: one that was there must be there as it was."""
SAID_IN_HEADERS = (*HEADERS, "location", "cookies")
"""What is compared of an answer's headers."""


class Side(StrEnum):
    """Which of the two stacks of a comparison."""

    BEFORE = "before"
    AFTER = "after"


@record
class ServiceMeasure:
    """One service of one launched stack.

    ``uncompressed_bytes`` and ``compressed_bytes`` are those of the service's whole image.
    ``seconds_to_healthy`` runs from the container's start to the end of its first successful
    health check, or to its first HTTP answer; ``None`` when there is neither. Of several ``starts``
    it is the median; they are in the order in which they were made. ``memory_bytes``
    is anonymous memory once the services had been asked; ``None`` where it cannot be read.
    """

    service: str
    image: str
    built: bool
    stand_in: bool
    uncompressed_bytes: int
    compressed_bytes: int
    healthy: bool
    health_source: str
    seconds_to_healthy: float | None
    memory_bytes: int | None
    starts: tuple[float, ...] = ()


@record
class BuildMeasure:
    """One build: the services that use its image, seconds from a cold or a filled cache.

    ``context_bytes`` is what crossed to the builder in this build.
    """

    services: tuple[str, ...]
    dockerfile: str
    seconds: float
    cold: bool
    context_bytes: int
    steps: int
    cached_steps: int


@record(order=True)
class Probe:
    """A request to a service: the port, the path and the method.

    The method is :data:`OPENED` for a page that a browser opens.
    ``step`` is its place (from 1) among those that the settings ask for in order, else 0.
    ``port`` is the one that Compose publishes on the host, where it names one: it stays when the
    container's own port changes. Otherwise it is the container's.
    """

    service: str
    port: int
    path: str
    method: str = "GET"
    step: int = 0

    @property
    def in_browser(self) -> bool:
        """Whether it is a page that a browser opens."""
        return self.method == OPENED

    @property
    def asked(self) -> str:
        """The request for a person: ``GET /path``."""
        if self.in_browser:
            return f"page {self.path} in Chromium"
        return f"{self.method} {self.path}"


@record
class Answer:
    """How a service answered a probe; ``status`` is ``None`` when no HTTP answer came.

    ``shape`` is the body in short, for a person: the keys of a JSON object, the title of a page.
    ``parts`` are what is compared, by the name of the part: headers, the values of a JSON document,
    the texts of a page, its assets; what changes from one moment to the next is masked in them.
    ``policies`` are what it tells browsers and caches to do, by header.
    ``bare`` tells that it is an error in plain words, or a page that loads nothing of its site: as
    servers of files say it by themselves. ``scripted`` tells that it is a page which shows next to
    nothing before its scripts have run.
    """

    status: int | None
    content_type: str
    shape: str
    seconds: float
    error: str = ""
    parts: Mapping[str, str] = field(default_factory=dict)
    policies: Mapping[str, str] = field(default_factory=dict)
    bare: bool = False
    scripted: bool = False

    def differing(self, other: Answer) -> tuple[str, ...]:
        """The names of the parts that the other answer has otherwise, or only one of them has."""
        names = dict.fromkeys((*self.parts, *other.parts))
        found = [name for name in names if self.parts.get(name) != other.parts.get(name)]
        return ("status", *found) if self.status != other.status else tuple(found)

    def is_like(self, other: Answer) -> bool:
        """Whether status, headers and body are the same."""
        return not self.differing(other)


@record
class Trial:
    """One side's evidence: its builds, services, probes and bytes counted once."""

    side: Side
    builds: tuple[BuildMeasure, ...]
    services: tuple[ServiceMeasure, ...]
    answers: Mapping[Probe, Answer]
    context_bytes: int
    packages: Mapping[str, tuple[str, ...]]
    uncompressed_once_bytes: int
    compressed_once_bytes: int
    seconds_to_all_healthy: float
    notes: tuple[str, ...] = ()

    @property
    def all_healthy(self) -> bool:
        """Whether every service became healthy."""
        return all(service.healthy for service in self.services)


@record
class Progress:
    """Where a trial's news goes, each one line for a person, and where its time is counted."""

    say: Callable[[str], None] = field(default=lambda _: None)
    status: Callable[[str], None] = field(default=lambda _: None)
    times: Times = field(default_factory=Times)
