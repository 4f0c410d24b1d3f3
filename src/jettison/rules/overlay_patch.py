"""Patches that add services to the production overlay, which they make where it is missing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jettison.analysis.variants.overlays import overlay
from jettison.compose import ComposeEditor
from jettison.rules.model import Patch
from jettison.source import Pieces, SourceText, Span, TextEdit
from jettison.source.ours import MARK

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from jettison.analysis.facts import Facts
    from jettison.analysis.variants.overlays import Overlay
    from jettison.compose import EditValue, Service

__all__ = ["networks_of", "overlay_patch", "production_overlay", "runs_image"]


def production_overlay(facts: Facts) -> Overlay | None:
    """The overlay for production; ``None`` without a Compose file."""
    return overlay(facts, "prod") if facts.project.compose_names else None


def overlay_patch(
    facts: Facts,
    there: Overlay,
    services: Mapping[str, Mapping[str, EditValue]],
    *,
    volumes: Iterable[str] = (),
    unpublished: Iterable[str] = (),
) -> Patch:
    """Adds services and volumes; the ports of ``unpublished`` services are no longer published.

    Raises ``ComposeError`` or ``UsageError`` where the file cannot be edited so.
    """
    files = " ".join(f"-f {name}" for name in (*facts.project.compose_names, there.path))
    text = there.text
    if text is None:
        text = (
            f"# {MARK}: for production.\n# Use: docker compose {files} up --build -d\n\nservices:\n"
        )
    pieces = Pieces.of(SourceText(there.path, text))
    pieces = pieces.edited(_without_ports(text, tuple(unpublished)))
    editor = ComposeEditor(SourceText(there.path, pieces.text()))
    for name, definition in services.items():
        editor.add_service(name, definition)
    for name in volumes:
        editor.add_volume(name)
    pieces = pieces.edited(editor.edits())
    if there.text is None:
        return Patch({}, {there.path: pieces.text()})
    return Patch.of(there.path, pieces.edits())


def _without_ports(text: str, services: tuple[str, ...]) -> list[TextEdit]:
    """``ports: !reset []`` in each service's section, a new one where it has none."""
    edits = []
    missing = []
    for name in services:
        head = f"\n  {name}:\n"
        at = text.find(head)
        if at < 0:
            missing.append(f"  {name}:\n    ports: !reset []\n")
        elif not text[at + len(head) :].startswith("    ports: "):
            place = at + len(head)
            edits.append(TextEdit(Span(place, place), "    ports: !reset []\n"))
    if missing:
        place = text.index("\nservices:\n") + len("\nservices:\n")
        rest = "\n" if text[place:].strip() else ""
        edits.append(TextEdit(Span(place, place), "\n".join(missing) + rest))
    return edits


def networks_of(services: Iterable[Service]) -> tuple[str, ...]:
    """The networks on which services can be reached; none where that is the project's own."""
    found = dict.fromkeys(name for one in services for name in one.networks)
    return tuple(found) if set(found) != {"default"} else ()


def runs_image(facts: Facts, *words: str) -> bool:
    """Whether a service runs an image from elsewhere with one of these words in its name."""
    compose = facts.project.compose
    return compose is not None and any(
        word in (service.image or "").rpartition("/")[2].partition(":")[0]
        for service in compose.services.values()
        if service.build is None
        for word in words
    )
