"""The part of SARIF 2.1.0 that is written here, one frozen type for each of its objects.

Fields are called as the standard calls them, in the spelling of Python. Source: OASIS, "Static
Analysis Results Interchange Format (SARIF) Version 2.1.0", section 3.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass

__all__ = [
    "Artifact",
    "ArtifactChange",
    "ArtifactLocation",
    "Driver",
    "Fix",
    "Invocation",
    "Location",
    "Message",
    "Notification",
    "PhysicalLocation",
    "Region",
    "Replacement",
    "ReportingConfiguration",
    "ReportingDescriptor",
    "Result",
    "Run",
    "SarifLog",
    "Suppression",
    "Tool",
    "plain",
]


@dataclass(frozen=True, slots=True)
class Message:
    """A text; ``markdown`` is the same for who can show it."""

    text: str
    markdown: str | None = None


@dataclass(frozen=True, slots=True)
class ArtifactLocation:
    """A file, as a URI relative to a base that the run names."""

    uri: str
    uri_base_id: str | None = None


@dataclass(frozen=True, slots=True)
class Region:
    """A part of a file; lines and columns count from 1, the end column is behind the last one."""

    start_line: int
    start_column: int | None = None
    end_line: int | None = None
    end_column: int | None = None


@dataclass(frozen=True, slots=True)
class PhysicalLocation:
    """A place in a file."""

    artifact_location: ArtifactLocation
    region: Region | None = None


@dataclass(frozen=True, slots=True)
class Location:
    """A place of a result."""

    physical_location: PhysicalLocation


@dataclass(frozen=True, slots=True)
class Artifact:
    """A file's contents."""

    text: str


@dataclass(frozen=True, slots=True)
class Replacement:
    """A region that goes and the text that comes."""

    deleted_region: Region
    inserted_content: Artifact | None = None


@dataclass(frozen=True, slots=True)
class ArtifactChange:
    """The replacements in one file."""

    artifact_location: ArtifactLocation
    replacements: tuple[Replacement, ...]


@dataclass(frozen=True, slots=True)
class Fix:
    """Changes that mend a result."""

    description: Message
    artifact_changes: tuple[ArtifactChange, ...]


@dataclass(frozen=True, slots=True)
class Suppression:
    """That a comment silences a result, and why."""

    kind: str
    justification: str
    location: Location


@dataclass(frozen=True, slots=True)
class Result:
    """A finding."""

    rule_id: str
    level: str
    message: Message
    locations: tuple[Location, ...]
    partial_fingerprints: Mapping[str, str]
    properties: Mapping[str, object]
    rule_index: int | None = None
    fixes: tuple[Fix, ...] | None = None
    suppressions: tuple[Suppression, ...] | None = None


@dataclass(frozen=True, slots=True)
class ReportingConfiguration:
    """How a rule's results are reported if nothing else is said."""

    level: str


@dataclass(frozen=True, slots=True)
class ReportingDescriptor:
    """A rule."""

    id: str
    name: str
    short_description: Message
    full_description: Message
    help: Message
    default_configuration: ReportingConfiguration
    properties: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Driver:
    """The program."""

    name: str
    semantic_version: str
    rules: tuple[ReportingDescriptor, ...]


@dataclass(frozen=True, slots=True)
class Tool:
    """The program and its parts."""

    driver: Driver


@dataclass(frozen=True, slots=True)
class Notification:
    """Something to say that is no result."""

    level: str
    message: Message
    locations: tuple[Location, ...]


@dataclass(frozen=True, slots=True)
class Invocation:
    """How the program was run."""

    execution_successful: bool
    tool_execution_notifications: tuple[Notification, ...]


@dataclass(frozen=True, slots=True)
class Run:
    """One run of the program."""

    tool: Tool
    invocations: tuple[Invocation, ...]
    results: tuple[Result, ...]
    column_kind: str = "unicodeCodePoints"


@dataclass(frozen=True, slots=True)
class SarifLog:
    """A file of one or more runs."""

    runs: tuple[Run, ...]
    version: str = "2.1.0"
    schema: str = "https://json.schemastore.org/sarif-2.1.0.json"


def plain(value: object) -> object:
    """The value as ``json`` writes it: names in camel case, what is ``None`` left out."""
    if isinstance(value, tuple):
        return [plain(one) for one in value]
    if isinstance(value, Mapping):
        return {str(key): plain(one) for key, one in value.items()}
    if not is_dataclass(value):
        return value
    found = ((field.name, getattr(value, field.name)) for field in fields(value))
    return {_name(name): plain(one) for name, one in found if one is not None}


def _name(name: str) -> str:
    if name == "schema":
        return "$schema"
    first, *rest = name.split("_")
    return first + "".join(word.title() for word in rest)
