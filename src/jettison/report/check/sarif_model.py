"""The part of SARIF 2.1.0 that is written here, one frozen type for each of its objects.

Fields are called as the standard calls them, in the spelling of Python. Source: OASIS, "Static
Analysis Results Interchange Format (SARIF) Version 2.1.0", section 3.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass

from jettison.record import record

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


@record
class Message:
    """A text; ``markdown`` is the same for who can show it."""

    text: str
    markdown: str | None = None


@record
class ArtifactLocation:
    """A file, as a URI relative to a base that the run names."""

    uri: str
    uri_base_id: str | None = None


@record
class Region:
    """A part of a file; lines and columns count from 1, the end column is behind the last one."""

    start_line: int
    start_column: int | None = None
    end_line: int | None = None
    end_column: int | None = None


@record
class PhysicalLocation:
    """A place in a file."""

    artifact_location: ArtifactLocation
    region: Region | None = None


@record
class Location:
    """A place of a result."""

    physical_location: PhysicalLocation


@record
class Artifact:
    """A file's contents."""

    text: str


@record
class Replacement:
    """A region that goes and the text that comes."""

    deleted_region: Region
    inserted_content: Artifact | None = None


@record
class ArtifactChange:
    """The replacements in one file."""

    artifact_location: ArtifactLocation
    replacements: tuple[Replacement, ...]


@record
class Fix:
    """Changes that mend a result."""

    description: Message
    artifact_changes: tuple[ArtifactChange, ...]


@record
class Suppression:
    """That a comment silences a result, and why."""

    kind: str
    justification: str
    location: Location


@record
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


@record
class ReportingConfiguration:
    """How a rule's results are reported if nothing else is said."""

    level: str


@record
class ReportingDescriptor:
    """A rule."""

    id: str
    name: str
    short_description: Message
    full_description: Message
    help: Message
    default_configuration: ReportingConfiguration
    properties: Mapping[str, object]


@record
class Driver:
    """The program."""

    name: str
    semantic_version: str
    rules: tuple[ReportingDescriptor, ...]


@record
class Tool:
    """The program and its parts."""

    driver: Driver


@record
class Notification:
    """Something to say that is no result."""

    level: str
    message: Message
    locations: tuple[Location, ...]


@record
class Invocation:
    """How the program was run."""

    execution_successful: bool
    tool_execution_notifications: tuple[Notification, ...]


@record
class Run:
    """One run of the program."""

    tool: Tool
    invocations: tuple[Invocation, ...]
    results: tuple[Result, ...]
    column_kind: str = "unicodeCodePoints"


@record
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
