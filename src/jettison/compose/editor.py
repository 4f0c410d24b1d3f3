"""Edits of a Compose file that leave every line alone which they do not concern.

The text is never written anew from a tree: each change replaces the characters of one node, so
comments, order, quotes, anchors, indentation and line ends stay as they are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from jettison.compose import splice
from jettison.compose.change import Parsed, removals, settings
from jettison.compose.locate import merges
from jettison.compose.scalars import go_text
from jettison.compose.splice import child_of, slots
from jettison.compose.tree import AliasNode, MappingNode, ScalarNode, SequenceNode
from jettison.errors import JettisonError, UsageError
from jettison.source import SourceText
from jettison.source.pieces import Pieces

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from jettison.compose.render import EditValue, Style
    from jettison.compose.splice import Edits, Slot
    from jettison.source import TextEdit

Step = str | int


class ComposeEditor:
    """A Compose file's text under edit.

    A path leads from a service to a key: ``("build", "target")``; an ``int`` is an index into a
    list, and a name in a list of ``NAME=value`` is found too. Values are written as given: ``$``
    still starts an interpolation. An edit that would change another service through an anchor
    raises :class:`ComposeError` unless the editor is made with ``shared=True``; a key that only an
    alias or a merge key supplies cannot be changed from within. An edit that raises changes
    nothing.
    """

    def __init__(self, source: SourceText, *, shared: bool = False) -> None:
        self._pieces = Pieces.of(source)
        self._parsed = Parsed.of(source, shared=shared)

    def text(self) -> str:
        """The text with all edits so far."""
        return self._parsed.source.text

    def edits(self, origin: str = "") -> tuple[TextEdit, ...]:
        """The edits that turn the original text into :meth:`text`, in the name of ``origin``."""
        return self._pieces.edits(origin)

    def set_service_key(self, service: str, path: Sequence[Step], value: EditValue) -> None:
        """Set what ``path`` leads to, making what is missing on the way.

        ``build: dir`` becomes a mapping with that ``context`` when a key below it is set. In a
        block mapping or list that is there already, the entries that stay keep their text. Raises
        :class:`UsageError` where there is no such service or the path leads nowhere.
        """
        if not path:
            raise UsageError("an edit of a service needs the path of a key")
        trail, rest = self._reach(service, tuple(path))
        slot = trail[-1]
        for one in trail[:-1] if not rest else trail:
            self._parsed.guard_shared(one.value)
        if rest:
            self._extend(slot, rest, value)
            return
        if isinstance(slot.parent, SequenceNode) and isinstance(path[-1], str):
            value = _assignment(path[-1], value)
        before = self._pieces, self._parsed
        try:
            self._apply(settings(self._parsed, slot, value))
            trail, _rest = self._reach(service, tuple(path))
            self._apply(removals(self._parsed, trail[-1], value))
        except JettisonError:
            self._pieces, self._parsed = before
            raise

    def written(self, service: str, path: Sequence[Step]) -> str:
        """What ``path`` leads to as it stands in the file; ``""`` where it is missing."""
        trail, rest = self._reach(service, tuple(path))
        span = trail[-1].value.span
        return "" if rest else self._parsed.source.text[span.start : span.end]

    def remove(self, service: str, path: Sequence[Step] = ()) -> None:
        """Remove a key with its lines, or the whole service; nothing happens where it is missing.

        A mapping or list that would be left empty goes too; a service becomes ``{}``.
        """
        if self._service(service) is None:
            return
        trail, rest = self._reach(service, tuple(path))
        if rest:
            return
        while path and len(trail) > 1 and len(slots(trail[-2].value)) == 1:
            trail = trail[:-1]
        for one in trail[:-1]:
            self._parsed.guard_shared(one.value)
        self._parsed.guard_loss(trail[-1].value)
        source, style = self._place()
        if len(trail) == 1 and path:
            self._apply(splice.replace(source, style, trail[0], {}))
        else:
            self._apply(splice.remove(source, trail[-1]))

    def add_service(self, name: str, definition: Mapping[str, EditValue]) -> None:
        """Add a service after the others; raises :class:`UsageError` where the name is taken."""
        if self._service(name) is not None:
            raise UsageError(f"there is a service {name!r} already")
        section = self._section()
        if section is not None:
            self._extend(section, (name,), definition)
            return
        source, style = self._place()
        root = next((one for one in self._parsed.documents if isinstance(one, MappingNode)), None)
        services = {name: definition}
        if root is None or not root.entries:
            self._apply(splice.append_section(source, style, "services", services))
        else:
            self._apply(splice.insert_entry(source, style, root, "services", services))

    def add_volume(self, name: str) -> None:
        """Add a named volume to the top level; nothing happens where it is there."""
        source, style = self._place()
        section = next(
            (s for d in self._parsed.documents if (s := child_of(d, "volumes")) is not None), None
        )
        if section is None:
            self._apply(splice.append_section(source, style, "volumes", {name: {}}))
        elif child_of(section.value, name) is None:
            self._extend(section, (name,), {})

    def _place(self) -> tuple[SourceText, Style]:
        return self._parsed.source, self._parsed.style

    def _apply(self, edits: Edits) -> None:
        if not edits:
            return
        pieces = self._pieces.edited(edits)
        source = SourceText(self._parsed.source.name, pieces.text())
        self._parsed = Parsed.of(source, shared=self._parsed.shared)
        self._pieces = pieces

    def _section(self, service: str | None = None) -> Slot | None:
        """The ``services`` of the first document that has them (and ``service`` in them)."""
        for document in self._parsed.documents:
            section = child_of(document, "services")
            if section is not None and (service is None or child_of(section.value, service)):
                return section
        return None

    def _service(self, service: str) -> Slot | None:
        section = self._section(service)
        return None if section is None else child_of(section.value, service)

    def _reach(
        self, service: str, path: tuple[Step, ...]
    ) -> tuple[tuple[Slot, ...], tuple[Step, ...]]:
        """The slots from the service on along ``path``, and the steps that are not there."""
        slot = self._service(service)
        if slot is None:
            raise UsageError(f"{self._parsed.source.name} has no service {service!r}")
        trail = [slot]
        for index, step in enumerate(path):
            value = trail[-1].value
            if isinstance(value, AliasNode):
                raise self._parsed.error(
                    f"*{value.name} is shared; its parts cannot be edited", value
                )
            child = child_of(value, step)
            if child is None:
                return tuple(trail), path[index:]
            trail.append(child)
        return tuple(trail), ()

    def _extend(self, slot: Slot, rest: tuple[Step, ...], value: EditValue) -> None:
        """Make ``rest`` below the slot's value, with ``value`` at its end."""
        step, node, (source, style) = rest[0], slot.value, self._place()
        if isinstance(node, SequenceNode) and len(rest) == 1:
            self._append(slot, node, step, value)
            return
        if not all(isinstance(one, str) for one in rest) or not isinstance(step, str):
            raise UsageError(f"{rest!r} leads nowhere in {slot.name!r}")
        for name in reversed(rest[1:]):
            value = {str(name): value}
        match node:
            case MappingNode():
                if len(rest) > 1 and merges(node, step):
                    raise self._parsed.error(f"{step!r} comes from a merge key and is shared", node)
                if node.entries:
                    edits = splice.insert_entry(source, style, node, step, value)
                else:
                    edits = splice.replace(source, style, slot, {step: value})
            case ScalarNode(text="", plain=True):
                edits = splice.replace(source, style, slot, {step: value})
            case ScalarNode() if slot.name == "build":
                long = {"context": node.text, step: value}
                edits = splice.replace(source, style, slot, long)
            case _:
                raise self._parsed.error(f"{slot.name!r} takes no key {step!r}", node)
        self._apply(edits)

    def _append(self, slot: Slot, node: SequenceNode, step: Step, value: EditValue) -> None:
        source, style = self._place()
        if isinstance(step, str):
            value = _assignment(step, value)
        elif step != len(node.items):
            raise UsageError(f"{slot.name!r} has no item {step}")
        if node.items:
            edits = splice.insert_items(source, style, node, len(node.items), [value])
        else:
            edits = splice.replace(source, style, slot, [value])
        self._apply(edits)


def _assignment(name: str, value: EditValue) -> str:
    if value is not None and not isinstance(value, str | int | float):
        raise UsageError(f"{name}: a list of variables takes scalars")
    return name if value is None else f"{name}={go_text(value)}"
